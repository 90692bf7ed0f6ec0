package bench

import (
	"fmt"
	"math/rand/v2"

	"sancun/record"
)

// clearBatch is how many orders one command of clearing takes, and clearCommands
// how many commands are handed over together.
const (
	clearBatch    = 1_000
	clearCommands = 4
)

// Clearing runs second-level clearing: the fills of a day, two an order, become
// postings of cash, fees and units. Only the clearing is timed. Hot are the fills
// of one bank's clients in one security.
func Clearing(c Conditions, clients, fills int, hot bool) (Result, error) {
	r := Result{Name: "second-level clearing", Unit: "fills"}
	made, err := openCell(c, clients, banksOf(hot))
	if err != nil {
		return r, err
	}
	t := tape{cell: made, rng: rand.New(rand.NewPCG(c.Seed, 4)), fills: 2, stocks: stocksOf(hot)}
	const perBatch = batchRequests / 4
	err = prepareAll(made.Core, rounds((fills/2+perBatch-1)/perBatch, func() []record.Request { return t.lives(perBatch) }))
	if err == nil {
		err = prepare(made.Core, []record.Request{{Cmd: &record.StopDay{Date: cellDate}}})
	}
	if err != nil {
		return r, made.close(c.Dir, err)
	}
	r.Size = int(t.orders) * t.fills
	r.Note = fmt.Sprintf("%d clients, %d banks, %d securities, two fills an order", clients, made.banks, t.stocks)
	cleared := uint64(0)
	const orders = clearBatch * clearCommands
	return r, made.close(c.Dir, r.inOrder(made.Core, rounds(int(t.orders+orders-1)/orders, func() []record.Request {
		var batch []record.Request
		for len(batch) < clearCommands && cleared < t.orders {
			cmd := &record.ClearOrders{Date: cellDate}
			for len(cmd.Orders) < clearBatch && cleared < t.orders {
				cleared++
				cmd.Orders = append(cmd.Orders, cleared)
			}
			batch = append(batch, record.Request{Cmd: cmd})
		}
		return batch
	})))
}
