package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sancun/internal/pgcluster"
	"sancun/journal"
	"sancun/journal/postgres"
)

// The connection is cut behind every byte that an append sends and behind every byte
// of its answer. Each time the engine finds out what became of the block, and each
// block is there once.
func TestCutAtEveryByte(t *testing.T) {
	p := newProxy(t, server)
	cell := newCell()
	e := mustOpen(t, p.dsn(), cell)
	h := &history{at: journal.Position{Cell: cell}}
	var acknowledged []journal.Position
	appendNext := func() {
		b := h.next(t, 24)
		if err := e.Append(b); err != nil {
			t.Fatalf("block %d: %v", b.Height, err)
		}
		h.at = b.Position()
		acknowledged = append(acknowledged, h.at)
	}
	appendNext() // prepares the statement
	for way, next := range map[string]func(n int) plan{
		"to the server": func(n int) plan { return plan{up: n, down: -1} },
		"back":          func(n int) plan { return plan{up: -1, down: n} },
	} {
		cuts := 0
		for n := 0; ; n++ {
			p.set(next(n))
			appendNext()
			if !p.hasStruck() {
				break
			}
			cuts++
			p.set(whole)
			appendNext()
		}
		p.set(whole)
		if cuts < 20 {
			t.Errorf("%s: only %d bytes were cut behind", way, cuts)
		}
		t.Logf("%s: %d cuts", way, cuts)
	}
	sameChain(t, readAll(t, server.DSN("postgres"), cell), acknowledged)
}

func sameChain(t testing.TB, got, want []journal.Position) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the journal has %d blocks, acknowledged are %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("height %d is %+v, acknowledged was %+v", i+1, got[i], want[i])
		}
	}
}

// An engine that cannot find out is poisoned, whether the block is there or not, and
// the next opening knows.
func TestUnknownOutcomePoisons(t *testing.T) {
	for name, test := range map[string]struct {
		plan plan
		want int
	}{
		"the block is there":     {plan{up: -1, down: 0}, 2},
		"the block is not there": {plan{up: 3, down: -1}, 1},
	} {
		p := newProxy(t, server)
		cell := newCell()
		e, err := postgres.Open(t.Context(), postgres.Options{DSN: p.dsn(), Cell: cell, Patience: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		h := &history{at: journal.Position{Cell: cell}}
		first := h.next(t, 10)
		if err := e.Append(first); err != nil {
			t.Fatal(err)
		}
		h.at = first.Position()
		p.set(test.plan)
		p.refuse(true)
		if err := e.Append(h.next(t, 10)); !errors.Is(err, journal.ErrPoisoned) {
			t.Errorf("%s: got %v, want ErrPoisoned", name, err)
		}
		_, head := e.Head()
		_, fenced := e.Fenced()
		for what, err := range map[string]error{
			"append": e.Append(h.next(t, 10)), "fence": e.Fence(9), "head": head, "fenced": fenced,
			"read": e.Read(1, func(*journal.Block) error { return nil }),
		} {
			if !errors.Is(err, journal.ErrPoisoned) {
				t.Errorf("%s: %s of a poisoned engine: %v", name, what, err)
			}
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if got, err := mustOpen(t, server.DSN("postgres"), cell).Head(); err != nil || got.Height != uint64(test.want) {
			t.Errorf("%s: opened again at height %d, %v, want %d", name, got.Height, err, test.want)
		}
	}
}

// A statement that reaches the server after somebody has looked has no effect.
func TestLateStatementIsRefused(t *testing.T) {
	p := newProxy(t, server)
	cell := newCell()
	old, err := postgres.Open(t.Context(), postgres.Options{DSN: p.dsn(), Cell: cell, Patience: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	h := &history{at: journal.Position{Cell: cell}}
	b := h.next(t, 10)
	if err := old.Append(b); err != nil {
		t.Fatal(err)
	}
	h.at = b.Position()
	p.set(plan{up: -1, down: -1, hold: true})
	p.refuse(true)
	late := h.next(t, 10)
	if err := old.Append(late); !errors.Is(err, journal.ErrPoisoned) {
		t.Fatalf("got %v, want ErrPoisoned", err)
	}
	e := mustOpen(t, server.DSN("postgres"), cell)
	p.release()
	if got := readAll(t, server.DSN("postgres"), cell); len(got) != 1 {
		t.Fatalf("the journal has %d blocks: a late statement wrote one that opening had not seen", len(got))
	}
	h.salt = 1
	if err := e.Append(h.next(t, 10)); err != nil {
		t.Error(err)
	}
}

// A statement that waits in the server when its connection is lost comes to its end
// before the engine looks.
func TestStatementUnderWayIsWaitedFor(t *testing.T) {
	p := newProxy(t, server)
	cell := newCell()
	e := mustOpen(t, p.dsn(), cell)
	h := &history{at: journal.Position{Cell: cell}}
	b := h.next(t, 10)
	if err := e.Append(b); err != nil {
		t.Fatal(err)
	}
	h.at = b.Position()
	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM sancun_journal WHERE cell = $1 FOR UPDATE`, int64(cell)); err != nil {
		t.Fatal(err)
	}
	appended := make(chan error)
	go func() { appended <- e.Append(h.next(t, 10)) }()
	waiting(t, server, "Lock", 1)
	p.cutAll()
	waiting(t, server, "Lock", 2)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-appended; err != nil {
		t.Error(err)
	}
	if got := readAll(t, server.DSN("postgres"), cell); len(got) != 2 {
		t.Errorf("the journal has %d blocks, want 2", len(got))
	}
}

// waiting looks until so many sessions of journals wait for something.
func waiting(t testing.TB, of *pgcluster.Cluster, kind string, want int) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), of.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for n := -1; n < want; {
		err := conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity
			WHERE $1 IN (wait_event_type, wait_event) AND application_name LIKE 'sancun journal%'`, kind).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
	}
}
