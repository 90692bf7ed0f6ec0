package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sancun/internal/pgcluster"
	"sancun/journal"
	"sancun/journal/postgres"
)

func setting(t testing.TB, c *pgcluster.Cluster, key string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), c.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), `SELECT current_setting($1)`, key).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Settings that would lose acknowledged blocks are refused at opening, and when they
// are changed under an open journal nothing more is acknowledged.
func TestSettingsThatLoseBlocks(t *testing.T) {
	for _, key := range []string{"fsync", "full_page_writes"} {
		cell := newCell()
		open, err := postgres.Open(t.Context(), postgres.Options{DSN: server.DSN("postgres"), Cell: cell, Patience: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		configure(t, server, key, "off")
		_, err = openOn(server.DSN("postgres"), cell)
		if !errors.Is(err, postgres.ErrPromise) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is off: opening gave %v", key, err)
		}
		h := &history{at: journal.Position{Cell: cell}}
		if err := open.Append(h.next(t, 10)); !errors.Is(err, postgres.ErrPromise) || !errors.Is(err, journal.ErrPoisoned) {
			t.Errorf("%s was switched off: append gave %v", key, err)
		}
		configure(t, server, key, "on")
		open.Close()
		if err := mustOpen(t, server.DSN("postgres"), cell).Append(h.next(t, 10)); err != nil {
			t.Errorf("%s is on again: %v", key, err)
		}
	}
}

func TestPromises(t *testing.T) {
	tests := []struct {
		commit  string
		promise postgres.Promise
		good    bool
	}{
		{"off", postgres.OnServer, false},
		{"local", postgres.OnServer, true},
		{"remote_write", postgres.OnServer, true},
		{"on", postgres.OnServer, true},
		{"on", postgres.OnStandby, false}, // nobody to wait for
		{"remote_apply", postgres.Applied, false},
	}
	for _, test := range tests {
		role := "role_" + test.commit
		sql(t, server, `DROP ROLE IF EXISTS `+role, `CREATE ROLE `+role+` SUPERUSER LOGIN`, `ALTER ROLE `+role+` SET synchronous_commit = `+test.commit)
		dsn := strings.Replace(server.DSN("postgres"), "user=sancun", "user="+role, 1)
		e, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn, Cell: newCell(), Promise: test.promise})
		if err == nil {
			e.Close()
		}
		if test.good != (err == nil) || err != nil && !errors.Is(err, postgres.ErrPromise) {
			t.Errorf("synchronous_commit %s, promise %v: %v", test.commit, test.promise, err)
		}
		sql(t, server, `DROP ROLE `+role)
	}
	for p := postgres.OnServer; p <= postgres.Applied; p++ {
		if got, err := postgres.ParsePromise(p.String()); err != nil || got != p {
			t.Errorf("%v reads back as %v, %v", p, got, err)
		}
	}
	if _, err := postgres.ParsePromise("off"); err == nil {
		t.Error("off is taken for a promise")
	}
}

// No error tells the password or the rest of an address.
func TestAddressStaysSecret(t *testing.T) {
	for _, dsn := range []string{
		"postgres://someone:hush-hush@127.0.0.1:1/x", "postgres://someone:hush-hush@[bad/x", "host=127.0.0.1 port=1 password=hush-hush", "sslmode=hush-hush",
	} {
		_, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn, Cell: 1, Patience: time.Second})
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v", err)
		}
		_, err = postgres.OpenReader(t.Context(), postgres.Options{DSN: dsn, Cell: 1, Patience: time.Second})
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v", err)
		}
	}
}

// A server without room refuses before it writes; the engine stays usable.
func TestFullServer(t *testing.T) {
	cell := newCell()
	e := mustOpen(t, server.DSN("postgres"), cell)
	h := &history{at: journal.Position{Cell: cell}}
	sql(t, server, noRoom,
		`CREATE TRIGGER room BEFORE INSERT ON sancun_block FOR EACH STATEMENT EXECUTE FUNCTION no_room()`)
	b := h.next(t, 10)
	for range 2 {
		if err := e.Append(b); !errors.Is(err, journal.ErrFull) {
			t.Errorf("got %v, want ErrFull", err)
		}
	}
	sql(t, server, `DROP TRIGGER room ON sancun_block`)
	if err := e.Append(b); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// A server that has no room while an earlier answer is still unknown gives no
// refusal: the earlier statement may take effect yet.
func TestFullWhileUnknown(t *testing.T) {
	p := newProxy(t, server)
	cell := newCell()
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: p.dsn(), Cell: cell, Patience: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h := &history{at: journal.Position{Cell: cell}}
	b := h.next(t, 10)
	if err := e.Append(b); err != nil {
		t.Fatal(err)
	}
	h.at = b.Position()
	sql(t, server, noRoom, `CREATE TRIGGER room BEFORE INSERT ON sancun_block FOR EACH STATEMENT EXECUTE FUNCTION no_room()`)
	defer sql(t, server, `DROP TRIGGER room ON sancun_block`)
	p.set(plan{up: 3, down: -1})
	if err := e.Append(h.next(t, 10)); !errors.Is(err, journal.ErrPoisoned) || errors.Is(err, journal.ErrFull) {
		t.Errorf("got %v, want ErrPoisoned", err)
	}
}

const noRoom = `CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$`
