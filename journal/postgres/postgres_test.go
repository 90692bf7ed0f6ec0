package postgres_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"sancun/internal/pgcluster"
	"sancun/journal"
	"sancun/journal/journaltest"
	"sancun/journal/postgres"
)

// server is the cluster that most tests share; each has a cell of its own. Tests
// that kill or promote have clusters of their own.
var server *pgcluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if server, err = pgcluster.Start(nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := server.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

var cells atomic.Uint32

func newCell() uint32 { return cells.Add(1) }

func openOn(dsn string, cell uint32) (*postgres.Engine, error) {
	return postgres.Open(context.Background(), postgres.Options{DSN: dsn, Cell: cell})
}

func mustOpen(t testing.TB, dsn string, cell uint32) *postgres.Engine {
	t.Helper()
	e, err := openOn(dsn, cell)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestEngine(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journaltest.Harness {
		cell := newCell()
		return journaltest.Harness{Cell: cell, Open: func() (journal.Engine, error) {
			e, err := openOn(server.DSN("postgres"), cell)
			if err != nil {
				return nil, err
			}
			return e, nil
		}}
	})
}

// sql runs statements as the superuser.
func sql(t testing.TB, of *pgcluster.Cluster, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), of.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, text := range statements {
		if _, err := conn.Exec(context.Background(), text, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// history makes the blocks of a chain, told apart from another by its salt.
type history struct {
	at   journal.Position
	salt byte
}

// next seals the following block without moving on.
func (h *history) next(t testing.TB, size int) *journal.Block {
	t.Helper()
	size = max(size, 8)
	record := make([]byte, size)
	record[0], record[1], record[2], record[4], record[size-1] = byte(size), byte(size>>8), byte(size>>16), h.salt, byte(h.at.Height)
	b, err := journal.Seal(journal.Header{
		Kind: journal.SHA256, Cell: h.at.Cell, Epoch: h.at.Epoch, Height: h.at.Height + 1, Previous: h.at.Hash, Time: h.at.Time + 1,
	}, record)
	if err != nil {
		t.Fatal(err)
	}
	return &b
}

// readAll reads a whole journal and checks chain and records.
func readAll(t testing.TB, dsn string, cell uint32) []journal.Position {
	t.Helper()
	r, err := postgres.OpenReader(context.Background(), postgres.Options{DSN: dsn, Cell: cell})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []journal.Position
	if err := r.Read(1, func(b *journal.Block) error {
		all = append(all, b.Position())
		return b.Check()
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
