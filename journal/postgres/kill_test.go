package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sancun/internal/pgcluster"
	"sancun/journal"
	"sancun/journal/postgres"
)

// killCycles is how often TestServerKilled kills.
const killCycles = 3

func startCluster(t testing.TB, more map[string]string) *pgcluster.Cluster {
	t.Helper()
	c, err := pgcluster.Start(more)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removed(t, c) })
	return c
}

func removed(t testing.TB, c *pgcluster.Cluster) {
	if err := c.Remove(); err != nil {
		t.Error(err)
	}
}

// writer appends one block after another until it is stopped or refused.
type writer struct {
	engine *postgres.Engine
	acks   []journal.Position
	tick   chan struct{} // each acknowledged block
	stop   chan struct{}
	err    error
	done   sync.WaitGroup
}

func write(t testing.TB, e *postgres.Engine, cell uint32, epoch uint32) *writer {
	t.Helper()
	w := &writer{engine: e, tick: make(chan struct{}, 1<<16), stop: make(chan struct{})}
	h := &history{at: journal.Position{Cell: cell, Epoch: epoch}}
	w.done.Go(func() {
		for {
			select {
			case <-w.stop:
				return
			default:
			}
			b := h.next(t, int(h.at.Height%9)*700)
			if w.err = e.Append(b); w.err != nil {
				close(w.tick)
				return
			}
			h.at = b.Position()
			w.acks = append(w.acks, h.at)
			w.tick <- struct{}{}
		}
	})
	return w
}

// after waits for so many more acknowledged blocks.
func (w *writer) after(t testing.TB, n int) {
	t.Helper()
	for range n {
		if _, ok := <-w.tick; !ok {
			t.Fatalf("the writer ended: %v", w.err)
		}
	}
}

func (w *writer) end() error {
	close(w.stop)
	w.done.Wait()
	return w.err
}

// The server is killed in the middle of appends and started again. The engine finds
// it, settles what was under way and goes on; nothing is lost and nothing twice.
func TestServerKilled(t *testing.T) {
	c := startCluster(t, nil)
	cell := newCell()
	e := mustOpen(t, c.DSN("postgres"), cell)
	w := write(t, e, cell, 0)
	for range killCycles {
		w.after(t, 40)
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	w.after(t, 40)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	sameChain(t, readAll(t, c.DSN("postgres"), cell), w.acks)

	// An engine that has no patience dies with the server; the next one finds at most
	// the block that was under way.
	e.Close()
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: c.DSN("postgres"), Cell: cell + 1_000, Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	w = write(t, e, cell+1_000, 0)
	w.after(t, 10)
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if w.done.Wait(); !errors.Is(w.err, journal.ErrPoisoned) {
		t.Fatalf("got %v, want ErrPoisoned", w.err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, c.DSN("postgres"), cell+1_000)
	if len(got) > len(w.acks)+1 {
		t.Fatalf("%d blocks, %d were acknowledged", len(got), len(w.acks))
	}
	sameChain(t, got[:min(len(got), len(w.acks))], w.acks)
}

// The primary is killed in the middle of appends and its synchronous standby
// promoted. The engine finds the new primary, which has every acknowledged block,
// waits until that has a standby of its own, and goes on.
func TestStandbyPromoted(t *testing.T) {
	primary := startCluster(t, map[string]string{"synchronous_standby_names": "''"})
	first, err := primary.Standby(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer removed(t, first)
	promiseStandby(t, primary)
	cell := newCell()
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: pgcluster.DSN("postgres", primary, first), Cell: cell, Promise: postgres.OnStandby})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	w := write(t, e, cell, 0)
	w.after(t, 50)
	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := first.Promote(); err != nil {
		t.Fatal(err)
	}
	promiseStandby(t, first)
	// The engine now writes on the new primary and waits: there is no standby yet.
	waiting(t, first, "SyncRep", 1)
	second, err := first.Standby(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer removed(t, second)
	w.after(t, 50)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	sameChain(t, readAll(t, first.DSN("postgres"), cell), w.acks)

	// Promoted in turn without being told to wait for anybody, the third does not keep
	// the promise, and the engine says so instead of writing there.
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	configure(t, second, "synchronous_standby_names", "")
	if err := second.Promote(); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Options{DSN: second.DSN("postgres"), Cell: cell, Promise: postgres.OnStandby}); !errors.Is(err, postgres.ErrPromise) {
		t.Errorf("a primary without a standby: got %v, want ErrPromise", err)
	}
	sameChain(t, readAll(t, second.DSN("postgres"), cell), w.acks)
}

// promiseStandby makes a primary wait for any one standby.
func promiseStandby(t testing.TB, c *pgcluster.Cluster) {
	configure(t, c, "synchronous_standby_names", "*")
}

// configure changes a setting of a running server and waits until sessions see it.
func configure(t testing.TB, c *pgcluster.Cluster, key, value string) {
	t.Helper()
	if err := c.Configure(map[string]string{key: "'" + value + "'"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	for setting(t, c, key) != value {
		time.Sleep(time.Millisecond) // another process's turn
	}
}

// What happens to a primary whose standby is slow, and then gone.
func TestPrimaryWithoutItsStandby(t *testing.T) {
	primary := startCluster(t, map[string]string{"synchronous_standby_names": "''"})
	standby, err := primary.Standby(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer removed(t, standby)
	promiseStandby(t, primary)
	cancelledWait(t, primary, standby)
	isolated(t, primary, standby)
}

func openPromised(t testing.TB, c *pgcluster.Cluster, cell uint32) *postgres.Engine {
	t.Helper()
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: c.DSN("postgres"), Cell: cell, Promise: postgres.OnStandby})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// cancelWait cancels the wait for the standby, as an impatient person might.
const cancelWait = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`

// cancelledWait: a wait for the standby that somebody cancels makes the block visible
// before it is safe. It is not acknowledged before the standby has it.
func cancelledWait(t *testing.T, primary, standby *pgcluster.Cluster) {
	cell := newCell()
	e := openPromised(t, primary, cell)
	defer e.Close()
	if err := standby.Freeze(); err != nil {
		t.Fatal(err)
	}
	h := &history{at: journal.Position{Cell: cell}}
	appended := make(chan error, 1)
	go func() { appended <- e.Append(h.next(t, 100)) }()
	waiting(t, primary, "SyncRep", 1)
	sql(t, primary, cancelWait)
	if got := readAll(t, primary.DSN("postgres"), cell); len(got) != 1 {
		t.Errorf("%d blocks can be seen: the test did not do what it is for", len(got))
	}
	waiting(t, primary, "SyncRep", 1) // the engine asks again, and waits again
	select {
	case err := <-appended:
		t.Fatalf("answered with %v although no standby has the block", err)
	default:
	}
	if err := standby.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := <-appended; err != nil {
		t.Fatal(err)
	}
	if head, err := e.Head(); err != nil || head.Height != 1 {
		t.Errorf("head %d, %v", head.Height, err)
	}
}

// isolated: a primary that does not know that its standby was promoted answers
// nothing any more. There is one history, and it is the new primary's.
func isolated(t *testing.T, primary, standby *pgcluster.Cluster) {
	cell := newCell()
	old := openPromised(t, primary, cell)
	defer old.Close()
	w := write(t, old, cell, 1)
	w.after(t, 20)
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	waiting(t, primary, "SyncRep", 1) // the old one writes on, and waits for ever
	young := mustOpen(t, standby.DSN("postgres"), cell)
	if err := young.Fence(2); err != nil {
		t.Fatal(err)
	}
	head, err := young.Head()
	if err != nil {
		t.Fatal(err)
	}
	h := &history{at: head, salt: 9}
	h.at.Epoch = 2
	if err := young.Append(h.next(t, 100)); err != nil {
		t.Fatal(err)
	}
	sql(t, primary, cancelWait)
	waiting(t, primary, "SyncRep", 1)
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	w.done.Wait()
	if !errors.Is(w.err, journal.ErrClosed) {
		t.Errorf("the old writer ended with %v", w.err)
	}
	if n := uint64(len(w.acks)); n > head.Height {
		t.Fatalf("%d blocks were acknowledged, the new primary has %d of them", n, head.Height)
	}
	sameChain(t, readAll(t, standby.DSN("postgres"), cell)[:len(w.acks)], w.acks)
}

// A primary that lacks what was acknowledged is not written to.
func TestLostBlocksAreNoticed(t *testing.T) {
	cell := newCell()
	e := mustOpen(t, server.DSN("postgres"), cell)
	w := write(t, e, cell, 0)
	w.after(t, 5)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	// What a promoted standby that was behind looks like, on the same server.
	damage(t, `DELETE FROM sancun_block WHERE height > 3 AND cell = `+fmt.Sprint(cell))
	sql(t, server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sancun journal%'`)
	h := &history{at: w.acks[len(w.acks)-1]}
	if err := e.Append(h.next(t, 10)); !errors.Is(err, journal.ErrPoisoned) || !strings.Contains(err.Error(), "blocks are gone") {
		t.Fatalf("got %v, want ErrPoisoned", err)
	}
	if got := readAll(t, server.DSN("postgres"), cell); len(got) != 3 {
		t.Errorf("%d blocks: something was written over the loss", len(got))
	}
}

// Nor is one whose last block is another than was acknowledged.
func TestOtherHistoryIsNoticed(t *testing.T) {
	cell, other := newCell(), newCell()
	e := mustOpen(t, server.DSN("postgres"), cell)
	w := write(t, e, cell, 0)
	w.after(t, 1)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	fill(t, other, 3, len(w.acks))
	damage(t, fmt.Sprintf(`UPDATE sancun_block a SET block = b.block, hash = b.hash FROM sancun_block b WHERE a.cell = %d AND b.cell = %d AND b.height = a.height`, cell, other))
	h := &history{at: w.acks[len(w.acks)-1]}
	if err := e.Append(h.next(t, 10)); !errors.Is(err, journal.ErrPoisoned) || !strings.Contains(err.Error(), "acknowledged is") {
		t.Fatalf("got %v, want ErrPoisoned", err)
	}
}
