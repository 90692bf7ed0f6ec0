package postgres_test

import (
	"errors"
	"sync"
	"testing"

	"sancun/journal"
	"sancun/journal/postgres"
)

// Two writers of the same epoch offer different blocks for the same height at the
// same moment, a thousand times: one is taken, the other refused.
func TestTwoWritersRace(t *testing.T) {
	const rounds = 1_000
	cell := newCell()
	writers := [2]*postgres.Engine{mustOpen(t, server.DSN("postgres"), cell), mustOpen(t, server.DSN("postgres"), cell)}
	var won [2]int
	var chain []journal.Position
	at := journal.Position{Cell: cell}
	for round := range rounds {
		var offers [2]*journal.Block
		var errs [2]error
		var start, both sync.WaitGroup
		start.Add(1)
		for i := range writers {
			h := history{at: at, salt: byte(i)}
			offers[i] = h.next(t, 16)
			both.Go(func() {
				start.Wait()
				errs[i] = writers[i].Append(offers[i])
			})
		}
		start.Done()
		both.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		if errs[winner] != nil || !errors.Is(errs[1-winner], journal.ErrHeight) {
			t.Fatalf("round %d: %v and %v, want one success and one ErrHeight", round, errs[0], errs[1])
		}
		won[winner]++
		at = offers[winner].Position()
		chain = append(chain, at)
		writers[1-winner].Adopt(at)
	}
	sameChain(t, readAll(t, server.DSN("postgres"), cell), chain)
	if won[0] == 0 || won[1] == 0 {
		t.Errorf("one writer won every round: %v", won)
	}
	t.Logf("won %v", won)
}

// A writer is fenced while it appends: what it was acknowledged lies below the fence,
// and nothing of it comes after.
func TestFenceRacesAppends(t *testing.T) {
	const rounds = 60
	cell := newCell()
	at := journal.Position{Cell: cell}
	var chain []journal.Position
	for round := range rounds {
		old, young := mustOpen(t, server.DSN("postgres"), cell), mustOpen(t, server.DSN("postgres"), cell)
		ready, fenced := make(chan struct{}), make(chan error)
		go func() {
			<-ready
			fenced <- young.Fence(at.Epoch + 1)
		}()
		var err error
		for n := 0; err == nil; n++ {
			if n == round%3 {
				close(ready)
			}
			h := history{at: at}
			b := h.next(t, 16)
			if err = old.Append(b); err == nil {
				at = b.Position()
				chain = append(chain, at)
			}
			if n > 10_000 {
				t.Fatal("the fence never came")
			}
		}
		if !errors.Is(err, journal.ErrEpoch) {
			t.Fatalf("round %d: got %v, want ErrEpoch", round, err)
		}
		if err := <-fenced; err != nil {
			t.Fatal(err)
		}
		old.Close()
		young.Close()
		at.Epoch++
	}
	for i := range chain {
		if i > 0 && chain[i].Epoch < chain[i-1].Epoch {
			t.Errorf("height %d has epoch %d after %d", i+1, chain[i].Epoch, chain[i-1].Epoch)
		}
	}
	sameChain(t, readAll(t, server.DSN("postgres"), cell), chain)
}
