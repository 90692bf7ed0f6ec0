package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// overloadBatch is how many transfers one offer holds, overloadCallers how many
// callers offer without waiting for answers.
const (
	overloadBatch   = 500
	overloadCallers = 8
)

// Overload offers transfers several times faster than they can be decided: callers
// do not wait for answers, do not retry, and pause a millisecond when refused. What is refused is refused at once; the latencies
// are those of what was accepted, which the bound of the queue keeps short.
func Overload(c Conditions, accounts, transfers int) (Result, error) {
	r := Result{Name: "overload: offers without waiting", Unit: "transfers accepted"}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	offers := transfers / overloadBatch
	type taken struct {
		batch *sequencer.Batch
		since time.Time
	}
	answered := make([][]time.Duration, overloadCallers)
	refused, refusing, errs := make([]int, overloadCallers), make([]time.Duration, overloadCallers), make([]error, overloadCallers)
	var wg sync.WaitGroup
	began := time.Now()
	for caller := range overloadCallers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(c.Seed, uint64(caller)))
			var open []taken
			for offer := caller; offer < offers; offer += overloadCallers {
				b := &sequencer.Batch{Requests: offered(rng, accounts, uint64(offer))}
				start := time.Now()
				switch err := core.Sequencer.Enqueue(b); {
				case err == nil:
					open = append(open, taken{b, start})
				case errors.Is(err, sequencer.ErrBusy):
					refused[caller]++
					refusing[caller] = max(refusing[caller], time.Since(start))
					time.Sleep(time.Millisecond) // the next offer is another one, not a repetition
				default:
					errs[caller] = err
					return
				}
				for len(open) > 0 && done(open[0].batch) {
					answered[caller] = append(answered[caller], time.Since(open[0].since))
					open = open[1:]
				}
			}
			for _, t := range open {
				<-t.batch.Done()
				answered[caller] = append(answered[caller], time.Since(t.since))
			}
		})
	}
	wg.Wait()
	var all []time.Duration
	refusedAll, slowest := 0, time.Duration(0)
	for i := range answered {
		all = append(all, answered[i]...)
		refusedAll += refused[i]
		slowest = max(slowest, refusing[i])
	}
	r.Size = len(all) * overloadBatch
	r.finish(began, r.Size)
	r.percentiles(all)
	r.Note = fmt.Sprintf("%d of %d offers refused, the slowest refusal after %s", refusedAll, offers, slowest.Round(time.Microsecond))
	return r, errors.Join(append(errs, core.Abandon())...)
}

func done(b *sequencer.Batch) bool {
	select {
	case <-b.Done():
		return true
	default:
		return false
	}
}

// offered makes the transfers of one offer.
func offered(rng *rand.Rand, accounts int, offer uint64) []record.Request {
	requests := make([]record.Request, overloadBatch)
	for i := range requests {
		t := &record.LedgerTransfer{Debit: 1 + uint32(rng.IntN(accounts)), Credit: 1 + uint32(rng.IntN(accounts)), Amount: 1}
		for t.Debit == t.Credit {
			t.Credit = 1 + uint32(rng.IntN(accounts))
		}
		requests[i] = record.Request{Key: state.KeyOf(offer*overloadBatch+uint64(i), 3), Cmd: t}
	}
	return requests
}
