package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sancun/journal"
	"sancun/journal/postgres"
)

// damage runs a statement that the trigger would refuse.
func damage(t testing.TB, statement string) {
	t.Helper()
	sql(t, server, `ALTER TABLE sancun_block DISABLE TRIGGER kept`, statement, `ALTER TABLE sancun_block ENABLE TRIGGER kept`)
}

// Whatever is done to the rows behind the program's back, reading or opening says so.
func TestDamage(t *testing.T) {
	const blocks = 6
	tests := map[string]string{
		"a bit of a record":               `UPDATE sancun_block SET block = set_bit(block, 1200, 1 - get_bit(block, 1200)) WHERE height = 3`,
		"a bit of a header":               `UPDATE sancun_block SET block = set_bit(block, 130, 1 - get_bit(block, 130)) WHERE height = 3`,
		"a bit of the last block":         `UPDATE sancun_block SET block = set_bit(block, 1200, 1 - get_bit(block, 1200)) WHERE height = 6`,
		"another hash":                    `UPDATE sancun_block SET hash = set_bit(hash, 9, 1 - get_bit(hash, 9)) WHERE height = 3`,
		"another hash of the last block":  `UPDATE sancun_block SET hash = set_bit(hash, 9, 1 - get_bit(hash, 9)) WHERE height = 6`,
		"cut short":                       `UPDATE sancun_block SET block = substring(block for octet_length(block) - 1) WHERE height = 3`,
		"a byte too much":                 `UPDATE sancun_block SET block = block || '\x00' WHERE height = 3`,
		"empty":                           `UPDATE sancun_block SET block = '' WHERE height = 3`,
		"missing in the middle":           `DELETE FROM sancun_block WHERE height = 3`,
		"missing at the beginning":        `DELETE FROM sancun_block WHERE height = 1`,
		"the next one's bytes":            `UPDATE sancun_block a SET block = b.block, hash = b.hash FROM sancun_block b WHERE b.cell = a.cell AND b.height = 4 AND a.height = 3`,
		"moved":                           `UPDATE sancun_block SET height = 9 WHERE height = 3`,
		"another journal's whole history": `UPDATE sancun_block a SET block = b.block, hash = b.hash FROM sancun_block b WHERE b.cell = OTHER AND b.height = a.height AND a.height < 4`,
	}
	other := newCell()
	fill(t, other, 1, blocks)
	for name, statement := range tests {
		cell := newCell()
		fill(t, cell, 0, blocks)
		damage(t, strings.ReplaceAll(strings.Replace(statement, "WHERE", fmt.Sprintf("WHERE %s = %d AND", cellColumn(statement), cell), 1), "OTHER", fmt.Sprint(other)))
		for from := uint64(1); from <= 3; from++ {
			if err := readFrom(cell, from); !errors.Is(err, journal.ErrCorrupt) && !(from > 1 && name == "missing at the beginning") {
				t.Errorf("%s, read from %d: got %v, want ErrCorrupt", name, from, err)
			}
		}
		if strings.Contains(name, "last") {
			if _, err := openOn(server.DSN("postgres"), cell); !errors.Is(err, journal.ErrCorrupt) {
				t.Errorf("%s: opening gave %v, want ErrCorrupt", name, err)
			}
		}
	}
}

func cellColumn(statement string) string {
	if strings.Contains(statement, " a SET") {
		return "a.cell"
	}
	return "cell"
}

func fill(t testing.TB, cell uint32, salt byte, blocks int) {
	t.Helper()
	e := mustOpen(t, server.DSN("postgres"), cell)
	h := &history{at: journal.Position{Cell: cell}, salt: salt}
	for range blocks {
		b := h.next(t, 60)
		if err := e.Append(b); err != nil {
			t.Fatal(err)
		}
		h.at = b.Position()
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func readFrom(cell uint32, from uint64) error {
	r, err := postgres.OpenReader(context.Background(), postgres.Options{DSN: server.DSN("postgres"), Cell: cell})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Read(from, func(*journal.Block) error { return nil })
}

// The database itself refuses what no program should do.
func TestBlocksAreKept(t *testing.T) {
	cell := newCell()
	fill(t, cell, 0, 2)
	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range []string{
		`UPDATE sancun_block SET height = height + 1`, `DELETE FROM sancun_block`, `TRUNCATE sancun_block`,
		fmt.Sprintf(`INSERT INTO sancun_block SELECT cell, height, hash, block FROM sancun_block WHERE cell = %d`, cell),
	} {
		if _, err := conn.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s was done", statement)
		}
	}
	if got := readAll(t, server.DSN("postgres"), cell); len(got) != 2 {
		t.Errorf("%d blocks, want 2", len(got))
	}
}

// An engine that follows another's writing notices when what it read is gone.
func TestRefresh(t *testing.T) {
	cell := newCell()
	e := mustOpen(t, server.DSN("postgres"), cell)
	for i, blocks := range []uint64{0, 5, 5} {
		if i == 1 {
			fill(t, cell, 0, 5)
		}
		if head, err := e.Refresh(t.Context()); err != nil || head.Height != blocks {
			t.Errorf("head %d, %v, want %d", head.Height, err, blocks)
		}
		var read uint64
		if err := e.Read(1, func(b *journal.Block) error { read = b.Height; return nil }); err != nil || read != blocks {
			t.Errorf("read to %d, %v, want %d", read, err, blocks)
		}
	}
	head, _ := e.Head()
	for name, wrong := range map[string]journal.Position{
		"a head that is gone":  {Cell: cell, Height: 6, Hash: head.Hash},
		"another head":         {Cell: cell, Height: 5, Hash: journal.Hash{1}},
		"another block before": {Cell: cell, Height: 3, Hash: journal.Hash{1}},
	} {
		e.Adopt(wrong)
		if _, err := e.Refresh(t.Context()); !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
	}
	r, err := postgres.OpenReader(t.Context(), postgres.Options{DSN: server.DSN("postgres"), Cell: cell})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := r.Head(); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a closed reader: %v", err)
	}
}
