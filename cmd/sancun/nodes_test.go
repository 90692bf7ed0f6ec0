package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sancun/internal/pgcluster"
)

// Two processes serve one centre from a journal in PostgreSQL. The first is killed:
// the second opens everything and serves under the next epoch. Started again, the
// first waits for its turn, and gets it when the second is stopped in good order.
func TestServeTakesTurns(t *testing.T) {
	c, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Remove(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "dsn"), []byte(c.DSN("postgres")), 0o600))
	for _, keys := range [][]string{{"keys", "vault", filepath.Join(dir, "vault.key")}, {"keys", "bank", filepath.Join(dir, "banks.key"), "BANK01"}} {
		if p := start(t, "sancun", keys...); p.end() != 0 {
			t.Fatal(p.errs)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "vault"), 0o700))
	health, configs := map[string]string{}, map[string]string{}
	for _, name := range []string{"a", "b"} {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		health[name] = free.Addr().String()
		must(free.Close())
		must(os.Mkdir(filepath.Join(dir, name), 0o700))
		must(os.Symlink(filepath.Join(dir, "vault"), filepath.Join(dir, name, "vault"))) // what the nodes share
		configs[name] = filepath.Join(dir, name+".yaml")
		must(os.WriteFile(configs[name], fmt.Appendf(nil, `
centre: {name: node-%[1]s, dir: %[1]s, journal: {engine: postgres, dsn: "file:dsn", lease: 500ms}}
books: {engine: postgres, dsn: "file:dsn"}
vault: {key_file: vault.key}
broker: {code: "60050000"}
health: {listen: %[2]q}
banks:
  - {number: 1, code: BANK01, name: one, format: delim, address: "127.0.0.1:1", key_file: banks.key, operator: SANCUN, terms: {single_max: 1000000, daily_max: 5000000}}
`, name, health[name]), 0o600))
	}
	nodes, last := map[string]*process{}, 0
	serves := func(name string) {
		t.Helper()
		epoch := 0
		for epoch == 0 {
			select {
			case <-nodes[name].ended:
				t.Fatalf("node %s ended: %s", name, nodes[name].errs)
			default:
			}
			epoch = epochOf(health[name])
		}
		if epoch <= last {
			t.Errorf("node %s serves under epoch %d after %d", name, epoch, last)
		}
		last = epoch
	}
	nodes["a"] = start(t, "sancun", "serve", configs["a"])
	serves("a")
	nodes["b"] = start(t, "sancun", "serve", configs["b"])
	must(nodes["a"].cmd.Process.Kill())
	nodes["a"].end()
	serves("b")
	nodes["a"] = start(t, "sancun", "serve", configs["a"])
	must(nodes["b"].cmd.Process.Signal(os.Interrupt))
	if code := nodes["b"].end(); code != 0 {
		t.Errorf("node b ended with %d: %s", code, nodes["b"].errs)
	}
	serves("a")
	must(nodes["a"].cmd.Process.Signal(os.Interrupt))
	if code := nodes["a"].end(); code != 0 {
		t.Errorf("node a ended with %d: %s", code, nodes["a"].errs)
	}
	if p := start(t, "sancun", "verify", c.DSN("postgres")); p.end() != 0 {
		t.Errorf("verify: %s", p.errs)
	}
}

// epochOf asks a node's health page for the epoch it writes under, 0 while it does
// not serve.
func epochOf(address string) int {
	client := http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://" + address + "/health")
	if err != nil {
		time.Sleep(10 * time.Millisecond) // another process's turn
		return 0
	}
	defer answer.Body.Close()
	var status struct{ Epoch int }
	if err := json.NewDecoder(answer.Body).Decode(&status); err != nil {
		return 0
	}
	return status.Epoch
}
