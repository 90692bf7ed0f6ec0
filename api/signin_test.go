package api_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"context"

	"sancun/api"
	"sancun/vault"
)

func (c *centre) try(user, secret string) reply {
	c.t.Helper()
	return c.send("", "POST", "/v1/sessions", "", map[string]string{"user": user, "password": secret})
}

// Five wrong passwords lock, twice as long with each more; the right one after
// the wait starts the count again. A name that does not exist is treated alike.
func TestLock(t *testing.T) {
	c := open(t, 100)
	for _, user := range []string{"ming", "nobody"} {
		for i := range 5 {
			if got := c.try(user, "wrong"); got.status != http.StatusUnauthorized || got.code() != "sign-in-refused" {
				t.Fatalf("%s, try %d: %d %s", user, i, got.status, got.raw)
			}
		}
		if got := c.try(user, password); got.status != http.StatusTooManyRequests || got.code() != "user-locked" || got.head.Get("Retry-After") != "60" {
			t.Errorf("%s, locked: %d %v %s", user, got.status, got.head, got.raw)
		}
	}
	c.pass(61 * time.Second)
	if got := c.try("ming", "wrong"); got.code() != "sign-in-refused" {
		t.Errorf("after the lock: %s", got.raw)
	}
	if got := c.try("ming", password); got.head.Get("Retry-After") != "120" {
		t.Errorf("the second lock: %d %v", got.status, got.head)
	}
	c.pass(121 * time.Second)
	if got := c.try("ming", password); got.status != http.StatusCreated {
		t.Errorf("the right password: %d %s", got.status, got.raw)
	}
	if got := c.try("ming", "wrong"); got.code() != "sign-in-refused" {
		t.Errorf("the count starts again: %s", got.raw)
	}
}

// A session ends when it is idle, when it is old, when its owner leaves, when
// there are too many of one user, and when the machine voids it.
func TestSessionsEnd(t *testing.T) {
	c := withClients(t, 1000)
	alive := func(user string) bool {
		c.t.Helper()
		return c.send(user, "GET", "/v1/session", "", nil).status == http.StatusOK
	}
	c.signIn("ming")
	c.pass(14 * time.Minute)
	if !alive("ming") {
		t.Error("a session that is used ended")
	}
	c.pass(16 * time.Minute)
	if alive("ming") {
		t.Error("an idle session is alive")
	}
	c.tokens["ming"] = ""
	c.signIn("ming")
	for range 40 {
		c.pass(14 * time.Minute)
		if !alive("ming") {
			break
		}
	}
	if alive("ming") {
		t.Error("a session of nine hours is alive")
	}
	c.tokens["ming"] = ""
	first := c.signIn("ming")
	for range 8 {
		c.tokens["ming"] = ""
		c.signIn("ming")
	}
	latest := c.tokens["ming"]
	c.tokens["ming"] = first
	if alive("ming") {
		t.Error("the ninth session left the first alive")
	}
	c.tokens["ming"] = latest
	if !alive("ming") {
		t.Error("the ninth session is not alive")
	}
	c.tokens["maker"] = ""
	c.must("maker", "POST", "/v1/clients/1/sessions/end", "", map[string]any{})
	c.pass(3 * time.Second)
	if alive("ming") {
		t.Error("a session that the machine voided is alive")
	}
	c.tokens["ming"] = ""
	c.signIn("ming")
	c.pass(3 * time.Second)
	if !alive("ming") {
		t.Error("a session begun after that is not alive")
	}
	c.must("ming", "DELETE", "/v1/session", "", nil)
	if alive("ming") {
		t.Error("a session is alive after signing out")
	}
}

// When the users are replaced, who is as before stays signed in; who is gone, has
// another password or other roles is out at once, and newcomers get in.
func TestSetUsers(t *testing.T) {
	c := open(t, 100)
	names := []string{"maker", "checker", "ops", "audit"}
	for _, user := range names {
		c.signIn(user)
	}
	hash, err := c.passwords.HashPassword(t.Context(), vault.NewSecret("Other-Horse-8"))
	if err != nil {
		t.Fatal(err)
	}
	file := func(change map[string]map[string]any) api.Users {
		var users []map[string]any
		for _, name := range append(names, "fresh") {
			u := map[string]any{"name": name, "roles": []string{"auditor"}, "number": 99, "hash": c.users[name]["hash"]}
			if known := c.users[name]; known != nil {
				u = maps.Clone(known)
			} else {
				u["hash"] = c.users["maker"]["hash"]
			}
			if with, ok := change[name]; ok {
				if with == nil {
					continue
				}
				maps.Copy(u, with)
			}
			users = append(users, u)
		}
		text, err := json.Marshal(map[string]any{"users": users})
		if err != nil {
			t.Fatal(err)
		}
		all, err := api.ParseUsers(text)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if ended := c.api.SetUsers(file(nil)); ended != 0 {
		t.Errorf("%d sessions ended although nobody changed but a newcomer", ended)
	}
	if ended := c.api.SetUsers(file(map[string]map[string]any{"checker": nil, "ops": {"hash": hash}, "audit": {"roles": []string{"operations"}}})); ended != 3 {
		t.Errorf("%d sessions ended, want 3", ended)
	}
	for user, want := range map[string]int{"maker": 200, "checker": 401, "ops": 401, "audit": 401} {
		if got := c.send(user, "GET", "/v1/session", "", nil); got.status != want {
			t.Errorf("%s: %d %s, want %d", user, got.status, got.raw, want)
		}
	}
	for user, want := range map[string]int{"maker": 201, "fresh": 201, "checker": 401, "ops": 401, "audit": 201} {
		if got := c.try(user, password); got.status != want {
			t.Errorf("%s signs in: %d %s, want %d", user, got.status, got.raw, want)
		}
	}
	if got := c.try("ops", "Other-Horse-8"); got.status != http.StatusCreated {
		t.Errorf("the new password: %d %s", got.status, got.raw)
	}
}

// The door speaks TLS 1.3 and nothing older.
func TestServe(t *testing.T) {
	c := open(t, 100)
	dir := t.TempDir()
	certificate, key, err := api.SelfSigned([]string{"127.0.0.1", "localhost"}, time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"cert.pem": certificate, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	security, err := api.LoadTLS(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.LoadTLS(filepath.Join(dir, "none.pem"), filepath.Join(dir, "key.pem")); err == nil {
		t.Error("a certificate that is not there was loaded")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- c.api.Serve(ctx, l, security) }()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	get := func(most uint16) error {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: most}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+l.Addr().String()+"/v1/health", nil)
		if err != nil {
			return err
		}
		answer, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK || answer.TLS.Version != tls.VersionTLS13 {
			t.Errorf("answer %s over TLS %x", answer.Status, answer.TLS.Version)
		}
		return answer.Body.Close()
	}
	if err := get(tls.VersionTLS13); err != nil {
		t.Error(err)
	}
	if err := get(tls.VersionTLS12); err == nil {
		t.Error("TLS 1.2 was spoken")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
