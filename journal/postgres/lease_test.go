package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sancun/journal"
	"sancun/journal/postgres"
)

func newLease(t testing.TB, cell uint32, holder string, length time.Duration, now func() time.Time) (*postgres.Engine, *postgres.Lease) {
	t.Helper()
	e := mustOpen(t, server.DSN("postgres"), cell)
	l, err := e.Lease(holder, length, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return e, l
}

// expire ends a lease as the server's clock would.
func expire(t testing.TB, cell uint32) {
	t.Helper()
	sql(t, server, fmt.Sprintf(`UPDATE sancun_lease SET until = clock_timestamp() WHERE cell = %d`, cell))
}

// A lease is held by one, taken over when it has run out, and the old holder is then
// fenced whatever he believes.
func TestLease(t *testing.T) {
	cell := newCell()
	first, a := newLease(t, cell, "a", time.Minute, nil)
	second, b := newLease(t, cell, "b", time.Minute, nil)
	if err := a.Valid(); !errors.Is(err, postgres.ErrLeaseLost) {
		t.Errorf("a lease that was never taken: %v", err)
	}
	epoch, err := a.Acquire(t.Context())
	if err != nil || epoch != 1 || a.Valid() != nil {
		t.Fatalf("epoch %d, %v", epoch, err)
	}
	h := &history{at: journal.Position{Cell: cell, Epoch: epoch}}
	block := h.next(t, 10)
	if err := first.Append(block); err != nil {
		t.Fatal(err)
	}
	h.at = block.Position()
	if _, err := b.Acquire(t.Context()); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a held lease: got %v, want ErrLocked", err)
	}
	expire(t, cell)
	if epoch, err = b.Acquire(t.Context()); err != nil || epoch != 2 {
		t.Fatalf("epoch %d, %v", epoch, err)
	}
	// The first was paused and believes in its lease: it cannot write.
	if err := first.Append(h.next(t, 10)); a.Valid() != nil || !errors.Is(err, journal.ErrEpoch) {
		t.Errorf("the old holder's append: %v, want ErrEpoch", err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := a.Acquire(t.Context()); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("the old holder released the new one's lease: %v", err)
	}
	if head, err := second.Refresh(t.Context()); err != nil || head != h.at {
		t.Errorf("head %+v, %v, want %+v", head, err, h.at)
	}
	h.at.Epoch = epoch
	if err := second.Append(h.next(t, 10)); err != nil {
		t.Error(err)
	}
	// The same holder, started again, need not wait; given back, nobody need.
	if epoch, err = b.Acquire(t.Context()); err != nil || epoch != 3 {
		t.Errorf("epoch %d, %v", epoch, err)
	}
	if err := b.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if epoch, err = a.Acquire(t.Context()); err != nil || epoch != 4 {
		t.Errorf("epoch %d, %v", epoch, err)
	}
}

// Of many who want it at the same moment, one gets it.
func TestLeaseIsTakenByOne(t *testing.T) {
	const many, rounds = 6, 10
	cell := newCell()
	var leases []*postgres.Lease
	for i := range many {
		_, l := newLease(t, cell, fmt.Sprint("holder", i), time.Minute, nil)
		leases = append(leases, l)
	}
	for round := range rounds {
		var wait sync.WaitGroup
		errs := make([]error, many)
		for i, l := range leases {
			wait.Go(func() { _, errs[i] = l.Acquire(context.Background()) })
		}
		wait.Wait()
		got := 0
		for _, err := range errs {
			switch {
			case err == nil:
				got++
			case !errors.Is(err, journal.ErrLocked):
				t.Error(err)
			}
		}
		if got != 1 {
			t.Fatalf("round %d: %d have the lease", round, got)
		}
		expire(t, cell)
	}
}

// watch is a clock that is set by hand.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func (w *watch) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *watch) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// A holder counts the lease by his own clock and stops in time, for good.
func TestLeaseRunsOutByOwnClock(t *testing.T) {
	w := &watch{at: time.Unix(1_000, 0)}
	cell := newCell()
	_, l := newLease(t, cell, "a", time.Second, w.now)
	if _, err := l.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.forward(time.Second - 1)
	if err := l.Valid(); err != nil {
		t.Error(err)
	}
	w.forward(1)
	for range 2 {
		if err := l.Valid(); !errors.Is(err, postgres.ErrLeaseLost) {
			t.Errorf("got %v, want ErrLeaseLost", err)
		}
		w.forward(-1) // no way back
	}
	if err := l.Keep(t.Context()); !errors.Is(err, postgres.ErrLeaseLost) {
		t.Errorf("keeping what is lost: %v", err)
	}
}

// Keep renews, and notices when another has taken over or the server is gone.
func TestLeaseIsKept(t *testing.T) {
	p := newProxy(t, server)
	cell := newCell()
	renewed := make(chan struct{})
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: p.dsn(), Cell: cell, Pause: func(ctx context.Context, d time.Duration) error {
		select {
		case renewed <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	w := &watch{at: time.Unix(1_000, 0)}
	l, err := e.Lease("a", time.Second, w.now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	keep := func(ctx context.Context) chan error {
		if _, err := l.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept := make(chan error, 1)
		go func() { kept <- l.Keep(ctx) }()
		return kept
	}
	ctx, stop := context.WithCancel(t.Context())
	kept := keep(ctx)
	for range 8 { // twice its length, by the holder's clock
		<-renewed
		w.forward(time.Second / 4)
	}
	stop()
	if err := <-kept; err != nil {
		t.Error(err)
	}
	kept = keep(t.Context())
	sql(t, server, fmt.Sprintf(`UPDATE sancun_lease SET epoch = epoch + 1, holder = 'b' WHERE cell = %d`, cell))
	<-renewed
	if err := <-kept; !errors.Is(err, postgres.ErrLeaseLost) {
		t.Errorf("another has taken over: %v", err)
	}
	expire(t, cell)
	kept = keep(t.Context())
	p.refuse(true)
	p.cutAll()
	for range 4 {
		select {
		case <-renewed:
		case err := <-kept:
			t.Fatalf("a short silence ended it: %v", err)
		}
		w.forward(time.Second / 5)
	}
	w.forward(time.Second / 5)
	for lost := false; !lost; {
		select {
		case <-renewed:
		case err := <-kept:
			if lost = true; !errors.Is(err, postgres.ErrLeaseLost) {
				t.Errorf("the server is gone: %v", err)
			}
		}
	}
}
