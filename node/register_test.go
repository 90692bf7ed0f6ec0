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
	t     *testing.T
	node  *Node
	token string
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
	c.HTTP.Users = write("users.json", fmt.Appendf(nil, `{"users":[{"name":"maker","roles":["broker-maker"],"number":11,"hash":%q}]}`, hash))
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
	k := &counter{t: t, node: n}
	k.token, _ = k.ask("POST", "/v1/sessions", map[string]any{"user": "maker", "password": "Right-Horse-7"})["token"].(string)
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
