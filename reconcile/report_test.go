package reconcile_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/difference"
	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
)

// The report counts what was found, closed and open, by subject and type, with
// ages and levels.
func TestReport(t *testing.T) {
	c := newCentre(t)
	r := rules(t)
	c.register(
		difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Theirs: 500, TheirRef: "A"},
		difference.Difference{Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Date: today, Ours: 900, Theirs: 400, TheirRef: "CNY"},
	)
	if _, err := r.WorkAll(ctx, c, people); err != nil {
		t.Fatal(err)
	}
	c.nextDay()
	c.register(difference.Difference{Type: record.CaseTotal, Subject: record.CaseCash, Bank: 2, Date: tomorrow, Ours: 100, Theirs: 170, TheirRef: "CNY"})
	got, err := r.Report(c.live)
	if err != nil {
		t.Fatal(err)
	}
	want := reconcile.Report{
		Date: tomorrow, Found: 1, Closed: 1, Open: 2, Oldest: 1,
		Lines: []reconcile.ReportLine{
			{Subject: record.CaseTransfer, Type: record.CaseMissingHere, SubjectName: "transfer", TypeName: "missing here", Closed: 1},
			{Subject: record.CaseCash, Type: record.CaseTotal, SubjectName: "cash", TypeName: "total", Found: 1, Open: 2, Gap: 570, Oldest: 1},
		},
		Levels: []reconcile.LevelLine{
			{Days: 0, ZH: "清算岗", EN: "clearing desk", Open: 1}, {Days: 1, ZH: "清算主管", EN: "head of clearing", Open: 1},
			{Days: 3, ZH: "运营总监", EN: "head of operations"}, {Days: 5, ZH: "合规部门", EN: "compliance"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

// Every part of a gap has its class, and what has none is the alarm.
func TestThreeWay(t *testing.T) {
	c := newCentre(t)
	c.ask(1001, -700, "") // here, and not at the bank yet
	c.must(0, &record.MoveReserve{Bank: 1, Market: 1, Currency: money.CNY, Amount: 10_000})
	c.must(0, &record.SettleNet{Bank: 1, Market: 1, Currency: money.CNY, Amount: 2_500})
	c.must(0, &record.InterestReceived{Bank: 1, Currency: money.CNY, Amount: 90})
	ledger := 2*opening - 700
	reserve := money.Amount(10_000 + 2_500)
	pooled := 2*opening - 10_000 + 90 // as the bank has it: the withdrawal has not gone out
	checks := reconcile.ThreeWay(c.live, []reconcile.Figures{
		{Bank: 2, Currency: money.CNY, Management: 2*opening + 1, Pooled: 2*opening - 1},
		{Bank: 1, Currency: money.CNY, Management: ledger + 700 - 40, Pooled: pooled, Pending: 40},
		{Bank: 1, Currency: money.USD},
	})
	want := []reconcile.Check{
		{
			Bank: 1, Currency: money.CNY, Ledger: ledger, Management: ledger + 660, Pooled: pooled, Reserve: reserve,
			Against: []reconcile.Residual{{Class: reconcile.InCourse, Amount: 40}, {Class: reconcile.InFlight, Amount: -700}},
			Funds:   []reconcile.Residual{{Class: reconcile.InCourse, Amount: -2_500}, {Class: reconcile.Accrual, Amount: -90}, {Class: reconcile.InFlight, Amount: -700}},
		},
		{Bank: 1, Currency: money.USD},
		{
			Bank: 2, Currency: money.CNY, Ledger: 2 * opening, Management: 2*opening + 1, Pooled: 2*opening - 1,
			Against: []reconcile.Residual{{Class: reconcile.Unexplained, Amount: -1}},
			Funds:   []reconcile.Residual{{Class: reconcile.Unexplained, Amount: 1}},
		},
	}
	if diff := cmp.Diff(want, checks); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	for i, holds := range []bool{true, true, false} {
		if checks[i].Holds() != holds {
			t.Errorf("check %d holds: %v", i, !holds)
		}
	}
}
