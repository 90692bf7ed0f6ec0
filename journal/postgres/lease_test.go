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
	if err := a.Hold(t.Context()); a.Holds() || !errors.Is(err, postgres.ErrLeaseLost) {
		t.Errorf("a lease that was never taken: %v", err)
	}
	epoch, err := a.Acquire(t.Context())
	if err != nil || epoch != 1 || !a.Holds() {
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
	if err := first.Append(h.next(t, 10)); !a.Holds() || !errors.Is(err, journal.ErrEpoch) {
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

// kept is a lease whose renewals and clock are driven by hand.
type kept struct {
	*postgres.Lease
	*watch
	turn chan struct{} // lets one renewal begin
	end  chan error    // what Keep returned
}

// keep takes a lease through a proxy and keeps it.
func keep(t *testing.T, p *proxy, cell uint32, patience time.Duration) *kept {
	t.Helper()
	k := &kept{watch: &watch{at: time.Unix(1_000, 0)}, turn: make(chan struct{}), end: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: p.dsn(), Cell: cell, Patience: patience, Pause: func(ctx context.Context, _ time.Duration) error {
		select {
		case <-k.turn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if k.Lease, err = e.Lease("a", time.Second, k.now); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(k.end)
		k.end <- k.Keep(ctx)
	}()
	t.Cleanup(func() {
		stop()
		for range k.end { // Keep has returned
		}
		k.Close()
		e.Close()
	})
	return k
}

// A holder counts the lease by his own clock, shows nothing when it has run out, and
// goes on when a renewal proves that nobody else had it.
func TestLeaseRunsOutAndIsRenewed(t *testing.T) {
	k := keep(t, newProxy(t, server), newCell(), postgres.PatienceMax)
	k.forward(time.Second - 1)
	if err := k.Hold(t.Context()); !k.Holds() || err != nil {
		t.Error(err)
	}
	k.forward(1)
	if k.Holds() {
		t.Error("a lease that has run out holds")
	}
	held := make(chan error, 1)
	go func() { held <- k.Hold(t.Context()) }()
	k.turn <- struct{}{}
	if err := <-held; !k.Holds() || err != nil {
		t.Error(err)
	}
	for range 8 { // renewed, it goes on and on
		k.turn <- struct{}{}
		k.forward(time.Second / 4)
	}
}

// Keep notices when another has taken over, at once when it goes on.
func TestLeaseIsTakenOver(t *testing.T) {
	cell := newCell()
	k := keep(t, newProxy(t, server), cell, postgres.PatienceMax)
	k.forward(time.Minute)
	held := make(chan error, 1)
	go func() { held <- k.Hold(t.Context()) }()
	sql(t, server, fmt.Sprintf(`UPDATE sancun_lease SET epoch = epoch + 1, holder = 'b' WHERE cell = %d`, cell))
	k.turn <- struct{}{}
	for what, err := range map[string]error{"keeping": <-k.end, "holding": <-held, "holding again": k.Hold(t.Context())} {
		if !errors.Is(err, postgres.ErrLeaseLost) {
			t.Errorf("%s: got %v, want ErrLeaseLost", what, err)
		}
	}
}

// While the database is away the lease is neither held nor lost, until the patience
// is at its end.
func TestLeaseWithoutDatabase(t *testing.T) {
	p := newProxy(t, server)
	k := keep(t, p, newCell(), time.Minute)
	p.refuse(true)
	p.cutAll()
	for range 30 {
		k.turn <- struct{}{}
		k.forward(time.Second)
	}
	if k.Holds() {
		t.Error("a lease that nobody renews holds")
	}
	p.refuse(false)
	held := make(chan error, 1)
	go func() { held <- k.Hold(t.Context()) }()
	for renewed := false; !renewed; {
		select {
		case k.turn <- struct{}{}:
		case err := <-held:
			if renewed = true; err != nil {
				t.Error(err)
			}
		}
	}
	p.refuse(true)
	p.cutAll()
	k.forward(2 * time.Minute)
	var err error
	for err == nil {
		select {
		case k.turn <- struct{}{}:
		case err = <-k.end:
		}
	}
	if !errors.Is(err, postgres.ErrLeaseLost) {
		t.Errorf("got %v, want ErrLeaseLost", err)
	}
}
