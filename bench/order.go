package bench

import (
	"fmt"
	"math/rand/v2"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// tape makes orders and the reports of an exchange on them. Order numbers and
// report indices follow from the order in which requests are handed over.
type tape struct {
	*cell
	rng    *rand.Rand
	orders uint64 // order numbers given out
	index  uint64 // of the last report
	fills  int    // of one order
	stocks int    // securities that are traded
}

// stocksOf is one security when the load is hot: what is held of it in total takes
// part in everything.
func stocksOf(hot bool) int {
	if hot {
		return 1
	}
	return cellStocks
}

const orderLots = 4 // of 100 shares, so that an order can have up to four fills

func (t *tape) report(order uint64) record.Report {
	t.index++
	r := record.Report{Market: uint8(market.Shanghai), Partition: 1, Index: t.index}
	for i, id := len(r.ClOrdID)-1, order; i >= 0; i, id = i-1, id/10 {
		r.ClOrdID[i] = byte('0' + id%10)
	}
	return r
}

// lives returns whole lives of so many orders: all placed, all acknowledged, then
// all filled.
func (t *tape) lives(orders int) []record.Request {
	fresh, told := make([]record.NewOrder, orders), make([]record.OrderReported, orders)
	filled := make([]record.OrderFilled, orders*t.fills)
	all := make([]record.Request, 0, orders*(2+t.fills))
	first := t.orders + 1
	t.orders += uint64(orders)
	for i := range fresh {
		n := t.rng.IntN(t.clients)
		fresh[i] = record.NewOrder{
			Fund: fundOf(n), Instrument: cellShare + uint32(t.rng.IntN(t.stocks)), Side: custody.Buy, Category: custody.CategoryAuction,
			Type: uint8(market.LimitOrder), Channel: record.ChannelAPI, Price: cellClose + money.Price(100*t.rng.IntN(10)), Quantity: orderLots * 100,
		}
		id := first + uint64(i)
		caller := record.CallerOf(record.CallerClient, uint64(n+1))
		all = append(all, record.Request{Caller: caller, Key: state.KeyOf(id, ^id), Cmd: &fresh[i]})
	}
	exchange := record.CallerOf(record.CallerExchange, uint64(market.Shanghai))
	for i := range told {
		told[i] = record.OrderReported{Report: t.report(first + uint64(i))}
		all = append(all, record.Request{Caller: exchange, Cmd: &told[i]})
	}
	for i := range filled {
		filled[i] = record.OrderFilled{
			Report: t.report(first + uint64(i%orders)), Price: fresh[i%orders].Price, Quantity: money.Quantity(orderLots * 100 / t.fills),
		}
		all = append(all, record.Request{Caller: exchange, Cmd: &filled[i]})
	}
	return all
}

// OrderLives runs orders from placing to filling, in process: three commands each.
// Hot are the orders of one bank's clients in one security.
func OrderLives(c Conditions, clients, lives int, hot bool) (Result, error) {
	r := Result{Name: "whole order lives", Unit: "commands"}
	made, err := openCell(c, clients, banksOf(hot))
	if err != nil {
		return r, err
	}
	t := tape{cell: made, rng: rand.New(rand.NewPCG(c.Seed, 3)), fills: 1, stocks: stocksOf(hot)}
	const perBatch = batchRequests / 3
	batches := (lives + perBatch - 1) / perBatch
	r.Size = batches * perBatch * 3
	r.Note = fmt.Sprintf("%d clients, %d banks, %d securities; placed (keyed), acknowledged, filled; batches of %d", clients, made.banks, t.stocks, perBatch*3)
	return r, made.close(c.Dir, r.inOrder(made.Core, rounds(batches, func() []record.Request { return t.lives(perBatch) })))
}
