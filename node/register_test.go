package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sancun/identity"
	"sancun/record"
	sim "sancun/sim/identity"
	"sancun/vault"
)

// counter is a centre with its door, in front of which a maker stands.
type counter struct {
	t      *testing.T
	node   *Node
	token  string            // of who asks
	tokens map[string]string // by user
}

// openCounter opens a centre that asks a simulated register, and signs the maker
// in. What else the configuration needs, more adds.
func openCounter(t *testing.T, server *sim.Server, more func(*Config)) *counter {
	t.Helper()
	c := small(t)
	dir := filepath.Dir(c.Vault.KeyFile)
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key, err := SelfSigned([]string{"127.0.0.1"}, time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := vault.NewPasswords(vault.PasswordCost{MemoryKiB: 64, Passes: 1, Lanes: 1}, 1, strings.NewReader(strings.Repeat("salt", 100)))
	if err != nil {
		t.Fatal(err)
	}
	hash, err := passwords.HashPassword(t.Context(), vault.NewSecret("Right-Horse-7"))
	if err != nil {
		t.Fatal(err)
	}
	c.HTTP.Listen = Listen{netip.MustParseAddrPort("127.0.0.1:0")}
	c.HTTP.Certificate, c.HTTP.KeyFile = write("cert.pem", certificate), write("key.pem", key)
	c.HTTP.Users = write("users.json", fmt.Appendf(nil, `{"users":[{"name":"maker","roles":["broker-maker"],"number":11,"hash":%q},{"name":"checker","roles":["broker-checker"],"number":12,"hash":%q}]}`, hash, hash))
	c.Identity.URL, c.Identity.Token = server.URL(), Secret("file:"+write("token", []byte("token-1")))
	c.Identity.Timeout = Duration(100 * time.Millisecond)
	if more != nil {
		more(&c)
	}
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	k := &counter{t: t, node: n, tokens: map[string]string{}}
	for _, user := range []string{"checker", "maker"} {
		k.tokens[user], _ = k.ask("POST", "/v1/sessions", map[string]any{"user": user, "password": "Right-Horse-7"})["token"].(string)
	}
	k.token = k.tokens["maker"]
	return k
}

// ask sends a request and returns what came back, whatever its status.
func (k *counter) ask(method, path string, body any) map[string]any {
	k.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(k.t.Context(), method, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+k.token)
	if strings.HasPrefix(path, "/v1/proposals") {
		r.Header.Set("Idempotency-Key", strings.ReplaceAll(path, "/", "-"))
	}
	w := httptest.NewRecorder()
	k.node.door.Handler().ServeHTTP(w, r)
	answer := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= http.StatusInternalServerError {
		k.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return answer
}

// open asks to open the n-th invented person, with some fields changed.
func (k *counter) open(n uint64, other map[string]any) map[string]any {
	k.t.Helper()
	p := registered.Person(n)
	body := map[string]any{
		"number": 500 + n, "class": "person", "document_kind": 1, "document": p.Number, "name": p.Name, "mobile": p.Mobile, "card": p.Card,
	}
	for name, value := range other {
		body[name] = value
	}
	return k.ask("POST", "/v1/clients", body)
}

// registered are the people the register knows.
var registered = identity.NewPeople(1, 20230825)

func startRegister(t *testing.T) *sim.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.Start(listener, sim.Config{Truth: sim.Among(50, registered.Person), Token: "token-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server
}

// The whole way from the form to the register and back, with a register that
// agrees, disagrees, refuses and says nothing on demand.
func TestOpeningAsksTheRegister(t *testing.T) {
	server := startRegister(t)
	k := openCounter(t, server, nil)
	if got := k.open(1, map[string]any{"portrait": sim.Portrait(registered.Person(1)), "document_image": sim.Specimen(registered.Person(1))}); got["code"] != "accepted" || got["held"] != nil {
		t.Errorf("agreed: %v", got)
	}
	if asked := server.Struck(0); asked != 4 {
		t.Errorf("%d questions for four checks", asked)
	}
	for what, other := range map[string]map[string]any{
		"another name":      {"name": registered.Person(3).Name},
		"another card":      {"card": registered.Person(3).Card},
		"another's face":    {"portrait": sim.Portrait(registered.Person(3))},
		"another's papers":  {"document_image": sim.Specimen(registered.Person(3))},
		"an unknown number": {"document": registered.Person(99).Number},
	} {
		if got := k.open(2, other); got["code"] != "identity-disagrees" || got["errors"] == nil || got["zh"] == "" {
			t.Errorf("%s: %v", what, got)
		}
	}
	command := func(fault sim.Fault, questions int) {
		if err := server.Command(fault, questions); err != nil {
			t.Fatal(err)
		}
	}
	command(sim.Contrary, 2)
	if got := k.open(2, nil); got["code"] != "identity-disagrees" {
		t.Errorf("on demand it disagrees: %v", got)
	}
	for i, fault := range []sim.Fault{sim.Silent, sim.Refuse, sim.Broken, sim.Mistaken} {
		command(fault, 2)
		if got := k.open(uint64(10+i), nil); got["code"] != "accepted" || !strings.Contains(fmt.Sprint(got["held"]), "unanswered") {
			t.Errorf("%v: %v", fault, got)
		}
	}
	if got := k.ask("POST", "/v1/clients/510/checks", map[string]any{}); got["state"] != "normal" {
		t.Errorf("asked again: %v", got)
	}
	company := map[string]any{
		"number": 700, "class": "organisation", "document_kind": 8, "document": "91350100M000100Y43", "name": "某某有限公司", "mobile": registered.Person(4).Mobile,
	}
	if got := k.ask("POST", "/v1/clients", company); got["code"] != "accepted" || got["held"] != nil {
		t.Errorf("an organisation: %v", got)
	}
}

// Name lists are compared before a client is normal: a document or a name, however
// it is written, holds the opening; the version of the list is that of the date; the
// journal and the centre's files hold nothing of the list.
func TestOpeningIsScreened(t *testing.T) {
	server := startRegister(t)
	dir := t.TempDir()
	list := func(name, date string, entries ...string) string {
		path := filepath.Join(dir, name+date)
		text := "sancun-name-list 1\nname " + name + "\ndate " + date + "\nsource invented\n" + strings.Join(entries, "\n") + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spaced := func(name string) string { return strings.Join(strings.Split(name, ""), " ") }
	lists := []string{
		list("TEST", "20230801", "7|"+spaced(registered.Person(20).Name)+"|", "8||"+strings.ToLower(registered.Person(21).Number)),
		list("TEST", "20230826", "9||"+registered.Person(22).Number),
		list("HOUSE", "20230101", "A-1|"+registered.Person(20).Name+"|", "B|某某 有限公司|"),
	}
	k := openCounter(t, server, func(c *Config) { c.Identity.Lists = lists })
	for n, want := range map[uint64]string{20: "HOUSE/20230101#A-1+", 21: "TEST/20230801#8", 22: ""} {
		got := k.open(n, nil)
		if (got["held"] != nil) != (want != "") {
			t.Errorf("client %d: %v", 500+n, got)
		}
		k.token = k.tokens["checker"]
		checks := k.ask("GET", fmt.Sprintf("/v1/clients/%d/checks", 500+n), nil)
		if text := fmt.Sprint(checks); want != "" && (!strings.Contains(text, want) || checks["state"] != "held") || want == "" && !strings.Contains(text, "check:list outcome:agreed") {
			t.Errorf("client %d: %s", 500+n, text)
		}
		k.token = k.tokens["maker"]
		got["asked"] = k.ask("GET", fmt.Sprintf("/v1/clients/%d/checks", 500+n), nil)
		if text := fmt.Sprint(got); strings.Contains(text, "HOUSE") || strings.Contains(text, "TEST") {
			t.Errorf("the maker learns the list: %s", text)
		}
	}
	company := map[string]any{
		"number": 700, "class": "organisation", "document_kind": 8, "document": "91350100M000100Y43", "name": "某某(上海)有限公司", "mobile": registered.Person(4).Mobile,
	}
	if got := k.ask("POST", "/v1/clients", company); got["held"] != nil {
		t.Errorf("another company: %v", got)
	}
	company["number"], company["document"], company["name"] = 701, "91310000607331009D", "某某有限公司"
	if got := k.ask("POST", "/v1/clients", company); got["code"] != "accepted" || got["held"] == nil {
		t.Errorf("a listed company: %v", got)
	}
}

// A list that cannot be read, or that stands there twice, is a mistake of the
// configuration, said before the centre starts.
func TestNameListsOfTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := os.WriteFile(good, []byte("sancun-name-list 1\nname A\ndate 20230801\nsource s\n1|x|\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := vault.ParseKeyring([]byte("sancun-key-file 1\nindex " + strings.Repeat("ab", 32) + "\nmaster 1 " + strings.Repeat("cd", 32) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Config{Keys: ring, Store: &vault.MemoryStore{}, Rand: rand.Reader, Audit: func(vault.Revelation) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{{filepath.Join(dir, "none")}, {good, good}} {
		if _, err := openScreen(v, files); err == nil {
			t.Errorf("%v is taken", files)
		}
	}
	c := Defaults()
	c.Identity.Lists = []string{filepath.Join(dir, "none")}
	if found := fmt.Sprint(check(&c, false)); !strings.Contains(found, "identity.lists[0]") {
		t.Errorf("the check says %s", found)
	}
}
