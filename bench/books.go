package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"sancun/books"
	"sancun/journal"
	"sancun/node"
	"sancun/record"
	"sancun/sequencer"
)

// The steady load under which is looked how far the books are behind.
const (
	lagRate  = 15_000 // commands a second
	lagTick  = 10 * time.Millisecond
	lagLook  = 20 * time.Millisecond
	lagDrain = time.Minute
)

// Books fills the query tables with deposits from the journal, and then looks how
// far they are behind while deposits go on coming at a steady rate, in tables of
// that size.
func Books(c Conditions, clients, deposits int, steady time.Duration, hot bool) ([]Result, error) {
	made, err := openCell(c, clients, banksOf(hot))
	if err != nil {
		return nil, err
	}
	from := teller{cell: made, rng: rand.New(rand.NewPCG(c.Seed, 6))}
	path := filepath.Join(c.Dir, "books.db")
	filler, err := books.OpenFiller(books.FillerOptions{Path: path})
	if err != nil {
		return nil, made.close(c.Dir, err)
	}
	fill, err := from.fill(filler, deposits)
	if err != nil {
		return nil, errors.Join(filler.Close(), made.close(c.Dir, err))
	}
	lag, err := from.lag(filler, path, steady)
	lag.Note = fmt.Sprintf("how far readers are behind, with %d deposits a second and %d rows there before; the deposits took p99 %s", lagRate, fill.Size, lag.Note)
	fill.Workload, lag.Workload = "books-fill", "books-lag"
	return []Result{fill, lag}, errors.Join(filler.Close(), made.close(c.Dir, err))
}

// fill measures the filling alone: the journal is there.
func (t *teller) fill(filler *books.Filler, deposits int) (Result, error) {
	r := Result{Name: "query tables, filling", Unit: "deposits", Size: deposits}
	catchUp := func() error {
		return errors.Join(t.Blocks(filler.Position().Height+1, filler.Add), filler.Flush())
	}
	if err := catchUp(); err != nil { // clients, accounts, contracts
		return r, err
	}
	batches := (deposits + batchRequests - 1) / batchRequests
	r.Size = batches * batchRequests
	if err := prepareAll(t.Core, rounds(batches, func() []record.Request { return t.deposits(batchRequests) })); err != nil {
		return r, err
	}
	forgetPeak()
	began := startClock()
	err := catchUp()
	r.timed(began, r.Size)
	r.Note = fmt.Sprintf("%d clients, %d banks; a transfer, an entry and a balance each", t.clients, t.banks)
	return r, err
}

// lag measures how far the committed tables are behind the clock while deposits
// come in. The note is the p99 of the deposits.
func (t *teller) lag(filler *books.Filler, path string, steady time.Duration) (Result, error) {
	r := Result{Name: "query tables, behind by", Unit: "deposits"}
	view, err := books.Open(path)
	if err != nil {
		return r, err
	}
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	var followed, looked error
	var behind []time.Duration
	parts.Go(func() {
		followed = filler.Run(ctx, func(ctx context.Context, from uint64, fn func(*journal.Block) error) error {
			return t.Follow(ctx, from, fn)
		})
	})
	looking := make(chan struct{})
	parts.Go(func() {
		for tick := time.NewTicker(lagLook); ; {
			select {
			case <-looking:
				tick.Stop()
				return
			case <-tick.C:
			}
			reached, err := view.Reached(ctx)
			if err != nil {
				looked = err
				return
			}
			behind = append(behind, t.now().Sub(reached.Time))
		}
	})
	began := startClock()
	took, err := t.trickle(&r, steady)
	r.timed(began, r.Size)
	close(looking)
	if err == nil {
		err = drained(ctx, t.Core, view)
	}
	stop()
	parts.Wait()
	var deposits Result
	deposits.percentiles("", took)
	r.Note = Short(deposits.P99)
	if warm := len(behind) / 10; warm > 0 {
		behind = behind[warm:] // the books begin at rest
	}
	r.percentiles("how far behind", behind)
	return r, errors.Join(err, followed, looked, view.Close())
}

// trickle hands deposits over at the steady rate and returns how long each handful
// took.
func (t *teller) trickle(r *Result, steady time.Duration) (took []time.Duration, err error) {
	var mu sync.Mutex
	var waiting sync.WaitGroup
	tick := time.NewTicker(lagTick)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < steady; <-tick.C {
		// A late tick brings what was due meanwhile.
		n := int(time.Since(began)*lagRate/time.Second) - r.Size
		if n <= 0 {
			continue
		}
		r.Size += n
		b := &sequencer.Batch{Requests: t.deposits(n)}
		start := time.Now()
		if err := enqueue(t.Core, b); err != nil {
			return nil, err
		}
		waiting.Go(func() {
			<-b.Done()
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(start))
			r.count(b)
		})
	}
	waiting.Wait()
	return took, nil
}

// drained waits until readers see the head.
func drained(ctx context.Context, core *node.Core, view *books.Books) error {
	ctx, stop := context.WithTimeout(ctx, lagDrain)
	defer stop()
	for {
		reached, err := view.Reached(ctx)
		if head, _ := core.Head(); err != nil || reached.Height == head.Height {
			return err
		}
		time.Sleep(lagLook)
	}
}
