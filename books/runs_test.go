package books_test

import (
	"database/sql"
	"fmt"
	"math"
	"slices"
	"testing"

	"sancun/books"
)

// Runs are merged a little in every commit, over restarts too, and no line is ever
// missing or doubled for a reader, whose pages are those of tables that were filled
// in one commit.
func TestRunsAreMerged(t *testing.T) {
	h, path, whole := newHouse(t), bookPath(t), bookPath(t)
	h.begin(40)
	f := openFiller(t, path)
	h.fill(f)
	h.hold = true
	merging, most := 0, 0
	for commit := range 120 {
		for i := range 70 {
			h.deposit(uint64(1+(commit*31+i*7)%40), fmt.Sprintf("D%d-%d", commit, i), 100)
		}
		h.seal()
		h.fill(f)
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		if commit%10 == 3 { // a restart in the middle of whatever goes on
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			f = openFiller(t, path)
		}
		runs, targets := countRuns(t, path)
		merging, most = merging+targets, max(most, runs)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// Sixteen runs that wait for a level, sixteen that are being merged, and what they
	// are merged into, of three levels at most.
	if merging == 0 || most > 3*33 {
		t.Errorf("merges were seen going on %d times, and %d runs of entries at most", merging, most)
	}
	f = openFiller(t, whole)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want, got := dump(t, whole), dump(t, path)
	for table := range want {
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("table %s has %d rows, want %d", table, len(got[table]), len(want[table]))
		}
	}
	if got, want := walk(t, path), walk(t, whole); !slices.Equal(got, want) || len(want) < 120*70 {
		t.Errorf("%d lines on pages, want %d, or others", len(got), len(want))
	}
}

// countRuns counts the runs of entries, and those that others are merged into.
func countRuns(t *testing.T, path string) (runs, targets int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE reach > 0) FROM runs WHERE lines = 1`).Scan(&runs, &targets); err != nil {
		t.Fatal(err)
	}
	return runs, targets
}

// walk pages through what there is of every fund account.
func walk(t *testing.T, path string) (all []string) {
	t.Helper()
	b, err := books.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for client := range uint64(40) {
		for p := (books.Page{Limit: 50}); ; {
			s, err := b.Statement(t.Context(), fundOf(client+1), 0, math.MaxInt32, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range s.Rows {
				all = append(all, fmt.Sprintf("%d %+v %d %d", client, line, s.Opening, s.Closing))
			}
			if p.After = s.Next; p.After == "" {
				break
			}
		}
		for p := (books.Page{Limit: 50}); ; {
			s, err := b.Transfers(t.Context(), books.TransferQuery{Fund: fundOf(client + 1)}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range s.Rows {
				all = append(all, fmt.Sprintf("%+v", x))
			}
			if p.After = s.Next; p.After == "" {
				break
			}
		}
	}
	return all
}
