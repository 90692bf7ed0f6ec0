package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"sancun/ledger"
	"sancun/node"
	"sancun/record"
	"sancun/state"
)

// chest makes keyed commands on plain accounts 1 to accounts. When hot, every
// one of them touches account 1, as every deposit touches a bank's pool.
type chest struct {
	rng      *rand.Rand
	accounts int
	hot      bool
	serial   uint64
}

// two returns two different accounts.
func (c *chest) two() (from, to uint32) {
	from, to = 1+uint32(c.rng.IntN(c.accounts)), 1+uint32(c.rng.IntN(c.accounts))
	if c.hot {
		to = 1
	}
	for from == to {
		from = 1 + uint32(c.rng.IntN(c.accounts))
	}
	return from, to
}

// transfers makes a batch of n transfers.
func (c *chest) transfers(n int) []record.Request {
	batch, commands := make([]record.Request, n), make([]record.LedgerTransfer, n)
	for i := range batch {
		from, to := c.two()
		c.serial++
		commands[i] = record.LedgerTransfer{Debit: to, Credit: from, Amount: 1}
		batch[i] = record.Request{Key: state.KeyOf(c.serial, ^c.serial), Cmd: &commands[i]}
	}
	return batch
}

// pairs makes a batch of n holds, each followed by its settlement.
func (c *chest) pairs(n int) []record.Request {
	batch := make([]record.Request, 2*n)
	for i := range n {
		from, to := c.two()
		c.serial++
		batch[2*i] = record.Request{Key: state.KeyOf(c.serial, 1), Cmd: &record.LedgerHold{Account: from, Amount: 3}}
		batch[2*i+1] = record.Request{Key: state.KeyOf(c.serial, 2), Cmd: &record.LedgerSettle{From: from, To: to, Held: 3, Amount: 2}}
	}
	return batch
}

// Ledger runs plain transfers between general accounts, in process.
func Ledger(c Conditions, accounts, transfers int, hot bool) (Result, error) {
	r := Result{Name: "ledger transfers", Unit: "transfers", Note: fmt.Sprintf("%d accounts, batches of %d, keyed", accounts, batchRequests)}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	from := chest{rng: rand.New(rand.NewPCG(c.Seed, 1)), accounts: accounts, hot: hot}
	batches := (transfers + batchRequests - 1) / batchRequests
	r.Size = batches * batchRequests
	err = r.inOrder(core, rounds(batches, func() []record.Request { return from.transfers(batchRequests) }))
	return r, errors.Join(err, core.Abandon(), os.RemoveAll(c.Dir))
}

// HoldSettle runs pairs of a hold and its settlement.
func HoldSettle(c Conditions, accounts, pairs int, hot bool) (Result, error) {
	r := Result{Name: "hold and settle pairs", Unit: "pairs", Note: fmt.Sprintf("%d accounts, batches of %d commands, keyed", accounts, batchRequests)}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	from := chest{rng: rand.New(rand.NewPCG(c.Seed, 1)), accounts: accounts, hot: hot}
	const perBatch = batchRequests / 2
	batches := (pairs + perBatch - 1) / perBatch
	r.Size = batches * perBatch
	err = r.inOrder(core, rounds(batches, func() []record.Request { return from.pairs(perBatch) }))
	return r, errors.Join(err, core.Abandon(), os.RemoveAll(c.Dir))
}

// ledgerFunds is what every account begins with: more than any run can take.
const ledgerFunds = 1 << 40

// openLedger opens a core with funded accounts 1 to n; account 0 is the world.
func openLedger(c Conditions, accounts int) (*node.Core, error) {
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, err
	}
	core, err := node.OpenCore(node.CoreConfig{Dir: c.Dir, Answers: cellAnswers})
	if err != nil {
		return nil, err
	}
	err = prepare(core, []record.Request{{Cmd: &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 1}}})
	for _, make1 := range []func(owner int) record.Command{
		func(owner int) record.Command {
			return &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: uint64(owner)}
		},
		func(owner int) record.Command {
			return &record.LedgerTransfer{Debit: 0, Credit: uint32(owner), Amount: ledgerFunds}
		},
	} {
		if err == nil {
			err = prepareAll(core, ofEach(accounts, make1))
		}
	}
	if err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	return core, nil
}

// ofEach makes one command for each of 1 to n.
func ofEach(n int, make1 func(owner int) record.Command) source {
	owner := 0
	return rounds((n+batchRequests-1)/batchRequests, func() []record.Request {
		batch := make([]record.Request, min(batchRequests, n-owner))
		for i := range batch {
			owner++
			batch[i].Cmd = make1(owner)
		}
		return batch
	})
}
