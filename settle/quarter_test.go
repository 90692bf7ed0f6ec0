package settle_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
)

var demand = settle.InterestRate{Currency: money.CNY, From: 20120706, Rate: 3_500_000, Base: 360, Source: "test"}

// A quarter that ends on a Friday before a weekend: interest counts up to that
// Friday, is posted, and the weekend belongs to the new quarter, with interest on
// interest. Interrupted between posting and the rest, it is posted once.
func TestQuarterEndsBeforeAWeekend(t *testing.T) {
	onDate(t, 20240920, 20240923)
	w := newWorld(t)
	w.open(3)
	w.clock.Store(at(19, 30))
	dir := w.evening().files(t)
	_, err := settle.Run(context.Background(), w.core, w.inputs(dir), settle.Memory{}, w.options())
	if !errors.Is(err, settle.ErrNoRate) {
		t.Errorf("without a rate: %v", err)
	}
	report, out := runDay(t, w, dir, func(o *settle.Options) { o.Rates = []settle.InterestRate{demand} })
	if len(report.Differences) != 0 {
		t.Errorf("differences %+v", report.Differences)
	}
	const interest = money.Amount(97) // 100,000.00 × 0.35 % ÷ 360
	w.look(func(m *custody.Machine) {
		f, row, _ := m.Fund(1001)
		balance := money.Amount(m.CashOf(row).Balance)
		if balance != 100_000_00+interest || f.DayProduct != 2*int64(balance) || f.AccruedTo != 20240922 {
			t.Errorf("balance %s, day-product %d up to %d", balance, f.DayProduct, f.AccruedTo)
		}
	})
	if got := string(out["bank-1/accr0920.dat"]); got != "2024092000000001|6222000000001001|60050000|8|0|1001|0|0.97|0.00|\r\n" {
		t.Errorf("accr: %q", got)
	}
	if got := string(out["bank-1/sbusi0920.dat"]); got != "" {
		t.Errorf("interest is in sbusi too: %q", got)
	}
	w.balanced()
}

// Whatever the clients trade, what the banks are told moves over the pooled
// account is what settlement then moves, to the fen, and nothing is left over.
func TestWhatIsToldIsWhatMoves(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t)
		w.open(6)
		prices := map[market.ID]int{stockSH: 1000, stockSZ: 1200}
		for range 1 + rng.IntN(25) {
			fund := 1001 + uint64(rng.IntN(6))
			id := []market.ID{stockSH, stockSZ}[rng.IntN(2)]
			side := []market.Side{market.Buy, market.Sell}[rng.IntN(2)]
			price := money.Price(prices[id]+rng.IntN(31)-15) * 100
			var all money.Quantity
			var fills []money.Quantity
			for range 1 + rng.IntN(3) {
				fills = append(fills, money.Quantity(1+rng.IntN(3))*100)
				all += fills[len(fills)-1]
			}
			if !w.affordable(fund, id, side, all) {
				continue
			}
			w.order(fund, id, side, price, all, fills...)
		}
		rate := []money.Rate{0, 50_000, 500_000_000}[seed%3]
		w.clock.Store(at(19, 30))
		report, _ := runDay(t, w, w.evening().files(t), func(o *settle.Options) { o.DrawRate = rate })
		if len(report.Differences) != 0 {
			t.Fatalf("differences %+v", report.Differences)
		}
		w.settleAndCompare(report)
	}
}

// affordable keeps orders within what a client has.
func (w *world) affordable(fund uint64, id market.ID, side market.Side, quantity money.Quantity) (ok bool) {
	w.look(func(m *custody.Machine) {
		_, row, _ := m.Fund(fund)
		cash := m.CashOf(row)
		h, _ := m.HoldingOf(row, id)
		ok = side == market.Buy && cash.Available() > 20_000_00 || side == market.Sell && h.Units.Sellable(false) >= int64(quantity)
	})
	return ok
}

// settleAndCompare settles the day and holds the pooled accounts against what
// sums the banks were told.
func (w *world) settleAndCompare(report settle.Report) {
	t := w.t
	told := map[uint16]money.Amount{}
	var before, after []custody.Totals
	w.look(func(m *custody.Machine) { before = m.Totals() })
	for _, b := range before {
		told[b.Bank] = b.InSettlement // what clients were credited beyond what lies at the bank
	}
	w.do(&record.OpenDay{Date: testNext, Next: 20230829})
	w.clock.Store(at(16, 0) + 3*24*3600_000)
	if _, err := settle.SettleDue(context.Background(), w.core, report.Obligations, settle.Settlement{Now: w.now(), Refill: true}); err != nil {
		t.Fatal(err)
	}
	var left books
	w.look(func(m *custody.Machine) { after, left = m.Totals(), booksOf(m) })
	w.balanced()
	var stays money.Amount
	for i := range after {
		moved := after[i].Pooled - before[i].Pooled
		if after[i].Reserve != before[i].Reserve {
			t.Errorf("bank %d: reserve went from %s to %s", after[i].Bank, before[i].Reserve, after[i].Reserve)
		}
		if moved+after[i].InSettlement != told[after[i].Bank] {
			t.Errorf("bank %d: %s moved and %s waits, %s was told", after[i].Bank, moved, after[i].InSettlement, told[after[i].Bank])
		}
		stays -= after[i].InSettlement
	}
	if left.inSettlement != 0 || stays != left.feesDue {
		t.Errorf("%s is left in settlement, %s of commission waits as %s", left.inSettlement, left.feesDue, stays)
	}
	w.clock.Store(at(9, 40))
}
