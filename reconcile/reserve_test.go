package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
)

// The reserve in our books is held against the clearing house's; what is under way
// explains its own amount and not a fen more.
func TestReserves(t *testing.T) {
	c := newCentre(t)
	atBank := record.CallerOf(record.CallerBank, 1)
	ask := func(bank uint16, amount money.Amount) uint64 {
		return c.must(0, &record.AskRemittance{Bank: bank, Market: 1, Currency: money.CNY, Amount: amount})
	}
	answered := func(id uint64) {
		c.must(atBank, &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: "P"})
	}
	answered(ask(1, 50_000))
	back := ask(1, -20_000)
	out := ask(1, 7_000)
	c.must(0, &record.MoveReserve{Bank: 2, Market: 2, Currency: money.CNY, Amount: 300})
	row := func(of uint8, ours, theirs, minimum money.Amount, parts ...reconcile.Residual) reconcile.ReserveCheck {
		return reconcile.ReserveCheck{Market: of, Currency: money.CNY, Ours: ours, Theirs: theirs, Minimum: minimum, Against: parts}
	}
	figures := func(balance, received money.Amount) []reconcile.ReserveFigures {
		return []reconcile.ReserveFigures{{Market: 1, Currency: money.CNY, Balance: balance, Minimum: 40_000, Received: received}}
	}
	alone := row(2, 300, 0, 0, reconcile.Residual{Class: reconcile.Unexplained, Amount: 300}) // nobody spoke of market 2
	for _, x := range []struct {
		balance, received money.Amount
		want              reconcile.ReserveCheck
	}{
		{57_000, 0, row(1, 57_000, 57_000, 40_000)},
		{50_000, 0, row(1, 57_000, 50_000, 40_000, reconcile.Residual{Class: reconcile.InFlight, Amount: 7_000})},
		{30_000, 0, row(1, 57_000, 30_000, 40_000, reconcile.Residual{Class: reconcile.InFlight, Amount: 27_000})},
		{29_999, 0, row(1, 57_000, 29_999, 40_000, reconcile.Residual{Class: reconcile.InFlight, Amount: 27_000}, reconcile.Residual{Class: reconcile.Unexplained, Amount: 1})},
		{57_001, 0, row(1, 57_000, 57_001, 40_000, reconcile.Residual{Class: reconcile.Unexplained, Amount: -1})},
		{57_900, 900, row(1, 57_000, 57_900, 40_000, reconcile.Residual{Class: reconcile.InCourse, Amount: -900})},
	} {
		got := reconcile.Reserves(c.live, figures(x.balance, x.received))
		if diff := cmp.Diff([]reconcile.ReserveCheck{x.want, alone}, got); diff != "" {
			t.Errorf("balance %s (-want +got):\n%s", x.balance, diff)
		}
		d, off := got[0].Difference(today)
		if off == got[0].Holds() || off && (d.Ours-d.Theirs != x.want.Against[len(x.want.Against)-1].Amount || d.Theirs != x.balance || d.Market != 1) {
			t.Errorf("balance %s: difference %+v", x.balance, d)
		}
		if got[0].Enough() != (x.balance >= 40_000) || got[1].Holds() {
			t.Errorf("balance %s: enough %v", x.balance, got[0].Enough())
		}
	}
	d, _ := reconcile.Reserves(c.live, figures(57_001, 0))[0].Difference(today)
	if a := c.advise(c.register(d)[0]); a.Action != reconcile.Ask || a.Acts != nil {
		t.Errorf("a reserve that differs: %+v", a)
	}
	// The bank's side of the same: its pooled account has what has not gone, or has come.
	sum := 2 * opening
	for _, pooled := range []money.Amount{sum - 57_000, sum - 50_000, sum - 30_000} {
		check := reconcile.ThreeWay(c.live, []reconcile.Figures{{Bank: 1, Currency: money.CNY, Management: sum, Pooled: pooled}})
		if !check[0].Holds() {
			t.Errorf("pooled %s: %+v", pooled, check[0])
		}
	}
	answered(back)
	answered(out)
	got := reconcile.Reserves(c.live, figures(37_000, 0))
	if !got[0].Holds() || got[0].Against != nil || got[0].Enough() {
		t.Errorf("nothing is under way: %+v", got[0])
	}
}
