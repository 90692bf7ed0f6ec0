package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"sancun/money"
	"sancun/record"
)

// batchRequests is how many requests of the custody workloads are handed over
// together.
const batchRequests = 8_000

// Deposits runs deposits that begin at a bank, in process, with the bank's key:
// the clients of many banks, or all of one bank, whose pooled account then takes
// part in every one of them.
func Deposits(c Conditions, clients, deposits int, hot bool) (Result, error) {
	r := Result{Name: "custody deposits, uniform", Unit: "deposits"}
	banks := 50
	if hot {
		r.Name, banks = "custody deposits, hot", 1
	}
	made, err := openCell(c, clients, banks)
	if err != nil {
		return r, err
	}
	rng := rand.New(rand.NewPCG(c.Seed, 2))
	batches := make([][]record.Request, (deposits+batchRequests-1)/batchRequests)
	r.Size = len(batches) * batchRequests
	r.Note = fmt.Sprintf("%d clients, %d banks, batches of %d, keyed", clients, banks, batchRequests)
	for b := range batches {
		batch, commands := make([]record.Request, batchRequests), make([]record.BankDeposit, batchRequests)
		for i := range batch {
			n := rng.IntN(clients)
			ref := "R" + strconv.Itoa(b*batchRequests+i)
			commands[i] = record.BankDeposit{
				Bank: made.bankOf(n), Date: cellDate, BankRef: ref, Fund: fundOf(n), Currency: money.CNY,
				Amount: money.Amount(1 + rng.IntN(1_000_00)), Card: cardOf(n), Name: nameOf(n),
			}
			caller := record.CallerOf(record.CallerBank, uint64(made.bankOf(n)))
			batch[i] = record.Request{Caller: caller, Key: record.KeyFor(caller, ref), Cmd: &commands[i]}
		}
		batches[b] = batch
	}
	return r, made.close(c.Dir, r.inOrder(made.Core, batches, r.Size))
}
