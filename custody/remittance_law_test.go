package custody

import (
	"testing"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/record"
)

// Whatever is asked and whatever is said of it, in any order and as often as it
// likes: what went to the reserve is exactly what was asked and not refused, what
// came back exactly what was confirmed, the first definite word holds, no serial is
// a transfer's, and the identity of every bank holds.
func TestRemittancesAddUp(t *testing.T) {
	type asked struct {
		id      uint64
		amount  money.Amount
		outcome uint8 // 0 while open
	}
	rapid.Check(t, func(t *rapid.T) {
		r := newRun(t)
		withClients(t, r, 2)
		var all []*asked
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if len(all) == 0 || rapid.Bool().Draw(t, "ask") {
				amount := rapid.SampledFrom([]money.Amount{-700_000, -300, 1, 300, 400_000, 900_000}).Draw(t, "amount")
				a := r.do(0, &record.AskRemittance{Bank: 1, Market: 2, Currency: money.CNY, Amount: amount})
				if a.Code == 0 {
					all = append(all, &asked{id: a.Ref, amount: amount})
				}
				if _, known := r.live.transfer(a.Ref); known || a.Code == 0 && a.Ref%serialsOfDay <= remittanceSerials {
					t.Fatalf("serial %d of code %d", a.Ref, a.Code)
				}
				continue
			}
			x := rapid.SampledFrom(all).Draw(t, "which")
			outcome := rapid.SampledFrom([]uint8{record.OutcomeSuccess, record.OutcomeRefused, record.OutcomeUnknown}).Draw(t, "outcome")
			got := record.Code(r.do(record.CallerOf(record.CallerBank, 1), &record.BankAnswered{Transfer: x.id, Outcome: outcome, BankRef: "P"}).Code)
			switch {
			case x.outcome == 0 && outcome != record.OutcomeUnknown:
				x.outcome = outcome
			case x.outcome != 0 && outcome != record.OutcomeUnknown && outcome != x.outcome:
				if got != record.OutcomeKnown {
					t.Fatalf("a second word: %s", got)
				}
				continue
			}
			if got != record.Accepted {
				t.Fatalf("outcome %d of %+v: %s", outcome, x, got)
			}
		}
		var want, coming money.Amount
		for _, x := range all {
			if x.amount > 0 && x.outcome != record.OutcomeRefused || x.amount < 0 && x.outcome == record.OutcomeSuccess {
				want += x.amount
			}
			if x.amount < 0 && x.outcome == 0 {
				coming -= x.amount
			}
		}
		reserve := money.Amount(r.live.balanceOf(reserveKey(1, 2, money.CNY)))
		pooled := money.Amount(r.live.pooledBalance(1, money.CNY))
		if reserve != want || pooled != openingCash-want || coming > reserve || pooled < 0 {
			t.Fatalf("reserve %s, want %s; pooled %s; %s coming back of %d remittances", reserve, want, pooled, coming, len(all))
		}
		r.checkIdentity()
	})
}
