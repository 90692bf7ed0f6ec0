package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"sancun/node"
	"sancun/sequencer"
)

// overloadBatch is how many transfers one offer holds, overloadCallers how many
// callers make offers.
const (
	overloadBatch   = 500
	overloadCallers = 8
)

// Overload offers transfers several times faster than they can be decided: callers
// do not wait for answers, do not retry, and pause a millisecond when refused.
// What is refused is refused at once; the latencies are those of what was
// accepted, which the bound of the queue keeps short. Before that the same callers
// wait for every answer, and the note has the p99 of then.
func Overload(c Conditions, accounts, transfers int, hot bool) (Result, error) {
	r := Result{Name: "overload: offers without waiting", Unit: "transfers accepted"}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	crowd := make([]caller, overloadCallers)
	for i := range crowd {
		// Serials far apart keep the callers' keys apart.
		crowd[i] = caller{core: core, from: chest{rng: rand.New(rand.NewPCG(c.Seed, uint64(i))), accounts: accounts, hot: hot, serial: uint64(i) << 48}}
	}
	offers := transfers / overloadBatch
	patient := together(crowd, offers/16, (*caller).wait)
	var calm Result
	calm.percentiles("an offer", answered(crowd))
	began := startClock()
	err = together(crowd, offers, (*caller).push)
	all := answered(crowd)
	r.Size = len(all) * overloadBatch
	r.timed(began, r.Size)
	r.percentiles("an offer", all)
	refused, slowest := 0, time.Duration(0)
	for i := range crowd {
		refused += crowd[i].refused
		slowest = max(slowest, crowd[i].slowest)
	}
	r.Note = fmt.Sprintf("%d of %d offers of %d refused, the slowest refusal after %s; when all wait for their answers p99 is %s", refused, offers, overloadBatch,
		slowest.Round(time.Microsecond), Short(calm.P99))
	return r, errors.Join(patient, err, core.Abandon())
}

// caller makes offers and notes how long those that were taken took.
type caller struct {
	core    *node.Core
	from    chest
	took    []time.Duration
	refused int
	slowest time.Duration // refusal
}

// together has every caller make its part of so many offers.
func together(crowd []caller, offers int, make1 func(c *caller, offers int) error) error {
	errs := make([]error, len(crowd))
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() { errs[i] = make1(&crowd[i], offers/len(crowd)) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// answered takes the latencies of all callers.
func answered(crowd []caller) (all []time.Duration) {
	for i := range crowd {
		all = append(all, crowd[i].took...)
		crowd[i].took = nil
	}
	return all
}

// wait makes offers, each after the answer to the one before.
func (c *caller) wait(offers int) error {
	for range offers {
		b := &sequencer.Batch{Requests: c.from.transfers(overloadBatch)}
		start := time.Now()
		if err := enqueue(c.core, b); err != nil {
			return err
		}
		<-b.Done()
		c.took = append(c.took, time.Since(start))
	}
	return nil
}

// push makes offers without waiting for answers.
func (c *caller) push(offers int) error {
	type taken struct {
		batch *sequencer.Batch
		since time.Time
	}
	var open []taken
	for range offers {
		b := &sequencer.Batch{Requests: c.from.transfers(overloadBatch)}
		start := time.Now()
		switch err := c.core.Sequencer().Enqueue(b); {
		case err == nil:
			open = append(open, taken{b, start})
		case errors.Is(err, sequencer.ErrBusy):
			c.refused++
			c.slowest = max(c.slowest, time.Since(start))
			time.Sleep(time.Millisecond) // the next offer is another one, not a repetition
		default:
			return err
		}
		for len(open) > 0 && done(open[0].batch) {
			c.took = append(c.took, time.Since(open[0].since))
			open = open[1:]
		}
	}
	for _, t := range open {
		<-t.batch.Done()
		c.took = append(c.took, time.Since(t.since))
	}
	return nil
}

func done(b *sequencer.Batch) bool {
	select {
	case <-b.Done():
		return true
	default:
		return false
	}
}
