package settle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	wire "sancun/wire/bank"
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
	w.settleAndCompare(report)
	w.look(func(m *custody.Machine) {
		for _, x := range m.Totals() {
			if x.InSettlement != 0 || x.Pooled != x.Ledger {
				t.Errorf("bank %d has not paid its clients' interest: %+v", x.Bank, x)
			}
		}
	})
}

// A whole quarter of days without trade, with the National Day holiday in it: two
// clients, one of whom brings money now and then. What is posted on the 21st of the
// last month is the sum over calendar days, added up here one day at a time, and the
// bank pays it on the next day.
func TestWholeQuarterOfQuietDays(t *testing.T) {
	const first, last = 20230921, 20231221
	date := calendar.Date(first)
	onDate(t, first, uint32(must(years.Next(date))))
	w := newWorld(t)
	w.open(2)
	naive, products := map[uint64]money.Amount{1001: 100_000_00, 1002: 100_000_00}, map[uint64]int64{}
	opened, postings := 0, 0
	for ; date <= last; date = must(years.Next(date)) {
		next := must(years.Next(date))
		if date > first {
			onDate(t, uint32(date), uint32(next))
			w.clock.Store(at(9, 40))
			w.legs, w.moves, w.banks = nil, map[uint16][]wire.TransferDetail{}, map[uint16]fstest.MapFS{}
			w.do(&record.OpenDay{Date: testDate, Next: testNext})
			for b := uint16(1); b <= 3; b++ {
				w.do(&record.BankSession{Bank: b, Date: testDate})
			}
		}
		if opened%9 == 4 {
			w.deposit(1001, money.Amount(1_000_00+opened), record.OutcomeSuccess)
			naive[1001] += money.Amount(1_000_00 + opened)
		}
		opened++
		w.clock.Store(at(19, 30))
		report, out := runDay(t, w, w.evening().files(t), func(o *settle.Options) { o.Rates = settle.BuiltinRates() })
		if len(report.Differences) != 0 {
			t.Fatalf("%s: %+v", date, report.Differences)
		}
		if date == last { // posted before the day itself counts
			for fund, product := range products {
				interest := money.Amount((product*35 + 1_800_000) / 3_600_000) // × 0.35 % ÷ 360, half up
				naive[fund] += interest
				postings++
				if !strings.Contains(string(out[fmt.Sprintf("bank-%d/%s", bankOf(fund), map[uint16]string{1: "accr1221.dat", 2: "S0520231221"}[bankOf(fund)])]), interest.String()) {
					t.Errorf("the bank of %d is not told of %s", fund, interest)
				}
			}
			if postings != 2 || len(report.Obligations) != 2 || report.Obligations[0].Kind != settle.ObligationInterest {
				t.Errorf("%d postings, obligations %+v", postings, report.Obligations)
			}
			w.settleAndCompare(report)
		}
		for fund, balance := range naive {
			products[fund] += int64(balance) * int64(date.DaysUntil(next))
			w.look(func(m *custody.Machine) {
				if f, row, _ := m.Fund(fund); money.Amount(m.CashOf(row).Balance) != balance || date < last && date > first && f.DayProduct != products[fund] {
					t.Errorf("%s: %d has %s with %d fen-days, counted %s and %d", date, fund, money.Amount(m.CashOf(row).Balance), f.DayProduct, balance, products[fund])
				}
			})
		}
	}
	if opened != 60 {
		t.Errorf("%d trading days from %d to %d", opened, first, last)
	}
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
	w.do(&record.OpenDay{Date: testNext, Next: uint32(must(years.Next(calendar.Date(testNext))))})
	w.clock.Store(calendar.Date(testNext).UnixMilli(calendar.Clock(16, 0, 0)))
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
