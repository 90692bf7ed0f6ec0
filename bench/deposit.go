package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"sancun/money"
	"sancun/record"
)

// manyBanks is over how many banks clients are spread when the load is uniform.
const manyBanks = 50

// banksOf is one bank, whose pooled account takes part in everything, when the
// load is hot.
func banksOf(hot bool) int {
	if hot {
		return 1
	}
	return manyBanks
}

// teller makes deposits that begin at a bank, with the bank's key.
type teller struct {
	*cell
	rng    *rand.Rand
	serial int
}

// deposits makes a batch of n deposits.
func (t *teller) deposits(n int) []record.Request {
	batch, commands := make([]record.Request, n), make([]record.BankDeposit, n)
	for i := range batch {
		n := t.rng.IntN(t.clients)
		t.serial++
		ref := "R" + strconv.Itoa(t.serial)
		commands[i] = record.BankDeposit{
			Bank: t.bankOf(n), Date: cellDate, BankRef: ref, Fund: fundOf(n), Currency: money.CNY,
			Amount: money.Amount(1 + t.rng.IntN(1_000_00)), Card: cardOf(n), Name: nameOf(n),
		}
		caller := record.CallerOf(record.CallerBank, uint64(t.bankOf(n)))
		batch[i] = record.Request{Caller: caller, Key: record.KeyFor(caller, ref), Cmd: &commands[i]}
	}
	return batch
}

// Deposits runs deposits that begin at a bank, in process: the clients of many
// banks, or all of one bank, whose pooled account then takes part in every one.
func Deposits(c Conditions, clients, deposits int, hot bool) (Result, error) {
	r := Result{Name: "custody deposits", Unit: "deposits"}
	made, err := openCell(c, clients, banksOf(hot))
	if err != nil {
		return r, err
	}
	from := teller{cell: made, rng: rand.New(rand.NewPCG(c.Seed, 2))}
	batches := (deposits + batchRequests - 1) / batchRequests
	r.Size = batches * batchRequests
	r.Note = fmt.Sprintf("%d clients, %d banks, batches of %d, keyed", clients, made.banks, batchRequests)
	return r, made.close(c.Dir, r.inOrder(made.Core, rounds(batches, func() []record.Request { return from.deposits(batchRequests) })))
}
