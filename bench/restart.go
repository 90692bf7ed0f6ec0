package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"sancun/node"
	"sancun/record"
	"sancun/state"
)

// Restart measures how long a centre takes from its start to its first decision:
// behind commands commands a snapshot was taken, and a tenth as many follow it.
func Restart(c Conditions, accounts, commands int) (Result, error) {
	r := Result{Name: "restart, snapshot and tail", Size: commands, Unit: "commands"}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	t := trickle{rng: rand.New(rand.NewPCG(c.Seed, 5)), accounts: accounts}
	err = t.pour(core, commands)
	if err == nil {
		_, err = core.Snapshot(context.Background())
	}
	if err == nil {
		err = t.pour(core, commands/10)
	}
	if err = errors.Join(err, core.Abandon()); err != nil {
		return r, err
	}
	began := time.Now()
	core, err = node.OpenCore(node.CoreConfig{Dir: c.Dir, Answers: cellAnswers})
	if err != nil {
		return r, err
	}
	r.finish(began, int(core.Recovery.Replayed))
	r.Note = fmt.Sprintf("%.2f s until the first decision: snapshot at block %d, %d commands replayed", r.Seconds, core.Recovery.Snapshot, core.Recovery.Replayed)
	return r, core.Abandon()
}

// trickle makes keyed transfers without end.
type trickle struct {
	rng      *rand.Rand
	accounts int
	serial   uint64
}

// pour submits count transfers, which are made while earlier ones are decided.
func (t *trickle) pour(core *node.Core, count int) error {
	var drain Result
	for count > 0 {
		const some = 64
		batches := make([][]record.Request, 0, some)
		for len(batches) < some && count > 0 {
			batch := make([]record.Request, min(count, ledgerBatch))
			count -= len(batch)
			for i := range batch {
				t.serial++
				debit := 1 + t.rng.IntN(t.accounts)
				credit := 1 + (debit+t.rng.IntN(t.accounts-1))%t.accounts
				batch[i] = record.Request{Key: state.KeyOf(t.serial, ^t.serial), Cmd: &record.LedgerTransfer{Debit: uint32(debit), Credit: uint32(credit), Amount: 1}}
			}
			batches = append(batches, batch)
		}
		if err := drain.inOrder(core, batches, 1); err != nil {
			return err
		}
	}
	if drain.Failures > 0 {
		return fmt.Errorf("%d transfers failed, the last with %s", drain.Failures, drain.First)
	}
	return nil
}
