package settle_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
)

var benchClients = flag.Int("clients", 2_000, "clients of the benchmark, with five fills each")

// bulk submits many commands quickly.
func (w *world) bulk(n int, make func(i int) record.Command) {
	w.t.Helper()
	const group = 8_192
	for from := 0; from < n; from += group {
		var requests []record.Request
		for i := from; i < min(n, from+group); i++ {
			requests = append(requests, record.Request{Cmd: make(i)})
		}
		answers, err := w.core.Submit(context.Background(), requests...)
		if err != nil {
			w.t.Fatal(err)
		}
		for i, a := range answers {
			if a.Code != 0 {
				w.t.Fatalf("%T %d: %s", requests[i].Cmd, from+i, record.Code(a.Code))
			}
		}
	}
}

const benchFills = 5

// busyDay is a day on which every client trades benchFills orders of one fill.
func busyDay(t testing.TB, clients int) *world {
	w := newWorld(t)
	w.open(0)
	for from := 0; from < clients; from += record.BatchMax {
		w.openClients(1+uint64(from), uint64(min(clients-from, record.BatchMax)))
	}
	ids := []market.ID{stockSH, stockSZ}
	w.bulk(2*clients, func(i int) record.Command {
		w.held[place{1001 + uint64(i/2), ids[i%2]}] += 1000
		return &record.SecuritiesIn{Fund: 1001 + uint64(i/2), Instrument: uint32(ids[i%2]), Quantity: 1000}
	})
	n := clients * benchFills
	for i := range n {
		l := leg{id: ids[i%2], fund: 1001 + uint64(i%clients), side: market.Side(1 + i/clients%2), exec: fmt.Sprintf("%016d", i+1), price: money.Price(100_000 + 20_000*(i%2)), quantity: 100}
		w.legs = append(w.legs, l)
		if l.side == market.Sell {
			w.held[place{l.fund, l.id}] -= 100
		} else {
			w.held[place{l.fund, l.id}] += 100
		}
	}
	w.bulk(n, func(i int) record.Command {
		l := &w.legs[i]
		return &record.NewOrder{
			Fund: l.fund, Instrument: uint32(l.id), Side: uint8(l.side), Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1,
			Price: l.price, Quantity: l.quantity,
		}
	})
	w.bulk(n, func(i int) record.Command { return &record.OrderReported{Report: w.report(w.legs[i].id, uint64(i+1))} })
	w.bulk(n, func(i int) record.Command {
		cmd := &record.OrderFilled{Report: w.report(w.legs[i].id, uint64(i+1)), Price: w.legs[i].price, Quantity: 100}
		copy(cmd.ExecID[:], w.legs[i].exec)
		return cmd
	})
	return w
}

// BenchmarkDayEnd measures the whole chain and says what each step took.
func BenchmarkDayEnd(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := busyDay(b, *benchClients)
		dir := w.evening().files(b)
		w.clock.Store(at(19, 30))
		o, out := w.options(), settle.Memory{}
		o.Now = time.Now
		in := w.inputs(dir)
		b.StartTimer()
		report, err := settle.Run(context.Background(), w.core, in, out, o)
		b.StopTimer()
		if err != nil || len(report.Differences) > 0 {
			b.Fatal(err, report.Differences[:min(3, len(report.Differences))])
		}
		for _, s := range report.Steps {
			b.ReportMetric(s.Took.Seconds(), fmt.Sprintf("s/step%d", s.Number))
		}
		slow := slices.MaxFunc(report.Steps, func(x, y settle.StepReport) int { return int(x.Took - y.Took) })
		b.Logf("%d clients, %d fills: slowest step %s, %v", *benchClients, len(w.legs), slow.Name, slow.Took)
		b.StartTimer()
	}
}
