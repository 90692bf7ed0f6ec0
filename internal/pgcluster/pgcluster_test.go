package pgcluster_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"sancun/internal/pgcluster"
)

// ask runs statements and gives the one value of the last.
func ask(t *testing.T, dsn string, statements ...string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	last := len(statements) - 1
	for _, statement := range statements[:last] {
		if _, err := conn.Exec(t.Context(), statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.QueryRow(t.Context(), statements[last]).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// A cluster keeps what was committed over a kill and a stop, and a standby of it
// has the same after its promotion.
func TestLife(t *testing.T) {
	c, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Remove(); err != nil {
			t.Error(err)
		}
	}()
	ask(t, c.DSN("postgres"), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", "SELECT n::text FROM kept")
	for _, end := range []func() error{c.Kill, c.Stop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, c.DSN("postgres"), "SELECT n::text FROM kept"); got != "7" {
			t.Errorf("got %s, want 7", got)
		}
	}
	s, err := c.Standby(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	if got := ask(t, s.DSN("postgres"), "SELECT pg_is_in_recovery()::text"); got != "true" {
		t.Error("a standby takes writes")
	}
	if err := s.Promote(); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s.DSN("postgres"), "INSERT INTO kept VALUES (8) RETURNING n::text"); got != "8" {
		t.Errorf("a promoted standby gave %s", got)
	}
	// Of both, the address finds the one that takes writes.
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, pgcluster.DSN("postgres", c, s)+"&target_session_attrs=read-write", "SELECT count(*)::text FROM kept"); got != "2" {
		t.Errorf("got %s, want 2", got)
	}
}
