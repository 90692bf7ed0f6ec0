package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"sancun/ledger"
	"sancun/node"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// ledgerBatch is how many requests a caller hands over at once.
const ledgerBatch = 8_000

// ledgerCallers is how many batches are in flight: two keep decider and writer busy.
const ledgerCallers = 4

// Ledger runs plain transfers between general accounts, in process: uniform, or
// hot, where every transfer touches account 1 as every deposit touches a pool.
func Ledger(c Conditions, accounts, transfers int, hot bool) (Result, error) {
	r := Result{Name: "ledger transfers, uniform", Unit: "transfers", Size: transfers, Note: fmt.Sprintf("%d accounts, batches of %d, keyed", accounts, ledgerBatch)}
	if hot {
		r.Name = "ledger transfers, hot"
	}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	err = r.drive(core, c.Seed, transfers, 1, func(rng *rand.Rand, at []record.Request, serial uint64) {
		t := &record.LedgerTransfer{Debit: 1 + uint32(rng.IntN(accounts)), Credit: 1 + uint32(rng.IntN(accounts)), Amount: 1}
		if hot {
			t.Debit = 1
		}
		for t.Debit == t.Credit {
			t.Credit = 1 + uint32(rng.IntN(accounts))
		}
		at[0] = record.Request{Key: state.KeyOf(serial, ^serial), Cmd: t}
	})
	return r, errors.Join(err, core.Abandon())
}

// HoldSettle runs pairs of a hold and its settlement.
func HoldSettle(c Conditions, accounts, pairs int, hot bool) (Result, error) {
	r := Result{Name: "hold and settle pairs, uniform", Unit: "pairs", Size: pairs, Note: fmt.Sprintf("%d accounts, batches of %d commands, keyed", accounts, ledgerBatch)}
	if hot {
		r.Name = "hold and settle pairs, hot"
	}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	err = r.drive(core, c.Seed, pairs, 2, func(rng *rand.Rand, at []record.Request, serial uint64) {
		from, to := 1+uint32(rng.IntN(accounts)), 1+uint32(rng.IntN(accounts))
		if hot {
			to = 1
		}
		for from == to {
			from = 1 + uint32(rng.IntN(accounts))
		}
		at[0] = record.Request{Key: state.KeyOf(serial, 1), Cmd: &record.LedgerHold{Account: from, Amount: 3}}
		at[1] = record.Request{Key: state.KeyOf(serial, 2), Cmd: &record.LedgerSettle{From: from, To: to, Held: 3, Amount: 2}}
	})
	return r, errors.Join(err, core.Abandon())
}

// openLedger opens a core with funded accounts 1 to n; account 0 is the world.
func openLedger(c Conditions, accounts int) (*node.Core, error) {
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, err
	}
	core, err := node.OpenCore(node.CoreConfig{Dir: c.Dir, Answers: 10_000_000})
	if err != nil {
		return nil, err
	}
	open := func(owner int) record.Request {
		kind := ledger.General
		if owner == 0 {
			kind = ledger.GeneralWorld
		}
		return record.Request{Cmd: &record.LedgerOpen{AccountKind: uint16(kind), Unit: 1, Owner: uint64(owner)}}
	}
	fund := func(owner int) record.Request {
		return record.Request{Cmd: &record.LedgerTransfer{Debit: 0, Credit: uint32(owner), Amount: 1_000_000_000}}
	}
	for _, step := range []struct {
		from int
		make func(int) record.Request
	}{{0, open}, {1, fund}} {
		for first := step.from; first <= accounts; first += ledgerBatch {
			var batch []record.Request
			for owner := first; owner <= accounts && owner < first+ledgerBatch; owner++ {
				batch = append(batch, step.make(owner))
			}
			if _, err := core.Submit(context.Background(), batch...); err != nil {
				return nil, errors.Join(err, core.Abandon())
			}
		}
	}
	return core, nil
}

// drive keeps callers busy until count items of width requests each are answered.
// Requests are made before the clock starts, so that the generator's cost is not
// in the figure.
func (r *Result) drive(core *node.Core, seed uint64, count, width int, make1 func(rng *rand.Rand, at []record.Request, serial uint64)) error {
	items := ledgerBatch / width
	batches := (count + items - 1) / items
	r.Size = batches * items
	ready := make([][]record.Request, batches)
	rng := rand.New(rand.NewPCG(seed, 1))
	serial := uint64(1)
	for b := range ready {
		ready[b] = make([]record.Request, items*width)
		for i := range items {
			make1(rng, ready[b][i*width:(i+1)*width], serial)
			serial++
		}
	}
	took := make([]time.Duration, batches)
	var failures, errs = make([]int, ledgerCallers), make([]error, ledgerCallers)
	var wg sync.WaitGroup
	began := time.Now()
	for caller := range ledgerCallers {
		wg.Go(func() {
			for b := caller; b < batches; b += ledgerCallers {
				start := time.Now()
				answers, err := submit(core, ready[b])
				if err != nil {
					errs[caller] = err
					return
				}
				took[b] = time.Since(start)
				for i := range answers {
					if answers[i].Code != 0 {
						failures[caller]++
					}
				}
			}
		})
	}
	wg.Wait()
	r.finish(began, batches*items)
	r.percentiles(took)
	for i := range failures {
		r.Failures += failures[i]
	}
	return errors.Join(errs...)
}

// submit retries while the queue is full.
func submit(core *node.Core, requests []record.Request) ([]state.Answer, error) {
	for {
		answers, err := core.Submit(context.Background(), requests...)
		if !errors.Is(err, sequencer.ErrBusy) {
			return answers, err
		}
		time.Sleep(time.Millisecond)
	}
}
