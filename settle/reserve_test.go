package settle_test

import (
	"math/rand/v2"
	"testing"

	"sancun/calendar"
	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
)

// reserveOf adds the reserve up by market.
func reserveOf(m *custody.Machine) map[uint8]money.Amount {
	have := map[uint8]money.Amount{}
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		if k := ledger.KeyFrom(a.Key); k.Kind == ledger.ClientReserve {
			have[uint8(k.Owner)] += money.Amount(a.Balance)
		}
	}
	return have
}

// Whatever is traded, once the plan is carried out the reserve of every market holds
// the minimum and what settlement will take, cleared yet or not; planned again there
// is nothing to do. After settlement what is more than the minimum comes back.
func TestReserveHoldsWhatSettlementTakes(t *testing.T) {
	minimums := []settle.MinimumReserve{{Market: 1, Currency: money.CNY, Amount: 31_234_56}, {Market: 2, Currency: money.CNY, Amount: 20_000_00}}
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(t)
		w.open(6)
		carry := func() (out, back int) {
			t.Helper()
			var plan []record.AskRemittance
			w.look(func(m *custody.Machine) { plan = must(settle.PlanReserve(m, minimums)) })
			for _, x := range plan {
				id := w.do(&x).Ref
				w.as(record.CallerOf(record.CallerBank, uint64(x.Bank)), &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: "P"})
				if x.Amount > 0 {
					out++
				} else {
					back++
				}
				if x.Amount%10_000_00 != 0 {
					t.Errorf("seed %d: %s travels", seed, x.Amount)
				}
			}
			return out, back
		}
		enough := func(when string, payable map[uint8]money.Amount) {
			t.Helper()
			w.look(func(m *custody.Machine) {
				have := reserveOf(m)
				for _, x := range minimums {
					if have[x.Market] < x.Amount+payable[x.Market] {
						t.Errorf("seed %d, %s: market %d holds %s, minimum %s, payable %s", seed, when, x.Market, have[x.Market], x.Amount, payable[x.Market])
					}
				}
				if again := must(settle.PlanReserve(m, minimums)); len(again) != 0 {
					t.Errorf("seed %d, %s: planned again %+v", seed, when, again)
				}
			})
		}
		if out, back := carry(); out != 6 || back != 0 {
			t.Errorf("in the morning %d out and %d back", out, back)
		}
		enough("in the morning", nil)
		payable := map[uint8]money.Amount{}
		for range 12 {
			fund, id := 1001+uint64(rng.IntN(6)), []market.ID{stockSH, stockSZ}[rng.IntN(2)]
			side := []market.Side{market.Buy, market.Buy, market.Sell}[rng.IntN(3)]
			quantity := money.Quantity(1+rng.IntN(5)) * 100
			if !w.affordable(fund, id, side, quantity) {
				continue
			}
			price := map[market.ID]money.Price{stockSH: 10_0000, stockSZ: 12_0000}[id]
			w.order(fund, id, side, price, quantity, quantity)
			amount := must(price.Times(quantity))
			if side == market.Sell {
				amount = -amount
			}
			payable[uint8(id.Market())] += amount
		}
		carry()
		enough("before the close", payable)
		w.clock.Store(at(19, 30))
		report, _ := runDay(t, w, w.evening().files(t), nil)
		if len(report.Differences) != 0 {
			t.Fatalf("differences %+v", report.Differences)
		}
		w.look(func(m *custody.Machine) {
			for _, x := range must(settle.PlanReserve(m, minimums)) {
				if x.Amount > 0 { // commission was counted too and stays with us, so a step may come back
					t.Errorf("seed %d: cleared and not settled: %+v", seed, x)
				}
			}
		})
		w.settleAndCompare(report)
		w.clock.Store(calendar.Date(testNext).UnixMilli(calendar.Clock(16, 5, 0)))
		for b := uint16(1); b <= 3; b++ {
			w.do(&record.BankSession{Bank: b, Date: testNext})
		}
		if out, _ := carry(); out != 0 {
			t.Errorf("seed %d: %d out after settlement", seed, out)
		}
		enough("after settlement", nil)
		w.look(func(m *custody.Machine) {
			for of, have := range reserveOf(m) {
				if have > minimums[of-1].Amount+3*10_000_00 {
					t.Errorf("seed %d: market %d keeps %s", seed, of, have)
				}
			}
		})
		w.balanced()
	}
}
