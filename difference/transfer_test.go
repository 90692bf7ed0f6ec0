package difference_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/difference"
	"sancun/record"
)

var scope = difference.Scope{Bank: 1, Date: 20230825, File: "strans0825"}

// TestTransfers: one line a kind of difference a bank's transfer detail can show.
func TestTransfers(t *testing.T) {
	type (
		own  = difference.Transfer
		row  = difference.Detail
		want = difference.Difference
	)
	made := func(kind uint8, w want) want {
		w.Type, w.Subject, w.Bank, w.Date, w.File = kind, record.CaseTransfer, scope.Bank, scope.Date, scope.File
		return w
	}
	in := own{ID: 11, Fund: 1001, BankRef: "A", Amount: 500, Posted: true}
	out := own{ID: 12, Fund: 1001, BankRef: "B", Amount: 300, Posted: true, Out: true}
	reversed := own{ID: 13, Fund: 1001, BankRef: "C", Amount: 200}
	reversal := own{ID: 14, Reverses: 13, Fund: 1001, BankRef: "D", Amount: 200}
	for _, c := range []struct {
		name   string
		ours   []own
		theirs []row
		want   []want
	}{
		{"nothing", nil, nil, nil},
		{"by their serial", []own{in, out}, []row{{BankRef: "B", Fund: 1001, Move: -300}, {BankRef: "A", Fund: 1001, Move: 500}}, nil},
		{"by ours", []own{in}, []row{{BankRef: "Z", OurRef: 11, Fund: 1001, Move: 500}}, nil},
		{"a refused one is nothing", []own{{ID: 15, Fund: 1001, Amount: 9}}, nil, nil},
		{"missing here", nil, []row{{BankRef: "X", Fund: 1001, Move: -500, Line: 7}}, []want{
			made(record.CaseMissingHere, want{Fund: 1001, Theirs: -500, TheirRef: "X", Line: 7}),
		}},
		{"missing there", []own{out}, nil, []want{
			made(record.CaseMissingThere, want{Fund: 1001, Ours: -300, OurRef: 12, TheirRef: "B"}),
		}},
		{"amount", []own{in}, []row{{BankRef: "A", Fund: 1001, Move: 501, Line: 1}}, []want{
			made(record.CaseAmount, want{Fund: 1001, Ours: 500, Theirs: 501, OurRef: 11, TheirRef: "A", Line: 1}),
		}},
		{"account", []own{in}, []row{{BankRef: "A", Fund: 1002, Move: 500, Line: 1}}, []want{
			made(record.CaseAccount, want{Fund: 1002, Ours: 500, Theirs: 500, OurRef: 11, TheirRef: "A", Line: 1}),
		}},
		{"the other direction", []own{in}, []row{{BankRef: "A", Fund: 1001, Move: -500, Line: 1}}, []want{
			made(record.CaseState, want{Fund: 1001, Ours: 500, Theirs: -500, OurRef: 11, TheirRef: "A", Line: 1}),
		}},
		{"refused here, done there", []own{{ID: 16, Fund: 1001, Amount: 5}}, []row{{BankRef: "E", OurRef: 16, Fund: 1001, Move: 5, Line: 2}}, []want{
			made(record.CaseState, want{Fund: 1001, Theirs: 5, OurRef: 16, TheirRef: "E", Line: 2}),
		}},
		{"open here, done there", []own{{ID: 17, Fund: 1001, Amount: 5, Out: true, Posted: true, Open: true}}, []row{{BankRef: "F", OurRef: 17, Fund: 1001, Move: -5, Line: 3}}, []want{
			made(record.CaseState, want{Fund: 1001, Ours: -5, Theirs: -5, OurRef: 17, TheirRef: "F", Line: 3}),
		}},
		{"open here, not there", []own{{ID: 17, Fund: 1001, Amount: 5, Out: true, Posted: true, Open: true}}, nil, []want{
			made(record.CaseState, want{Fund: 1001, Ours: -5, OurRef: 17}),
		}},
		{"reversed on both sides", []own{reversed, reversal}, []row{{BankRef: "C", Fund: 1001, Move: 200}, {BankRef: "D", Fund: 1001, Move: -200}}, nil},
		{"reversed under one serial", []own{reversed, {ID: 14, Reverses: 13, Fund: 1001, Amount: 200}}, []row{{BankRef: "C", Fund: 1001, Move: 200}, {BankRef: "C", Fund: 1001, Move: -200}}, nil},
		{"never booked there", []own{reversed, reversal}, nil, nil},
		{"reversed here only", []own{reversed, reversal}, []row{{BankRef: "C", Fund: 1001, Move: 200, Line: 4}}, []want{
			made(record.CaseState, want{Fund: 1001, Theirs: 200, OurRef: 13, TheirRef: "C", Line: 4}),
		}},
		{"reversed there only", []own{in}, []row{{BankRef: "A", Fund: 1001, Move: 500}, {BankRef: "R", Fund: 1001, Move: -500, Line: 5}}, []want{
			made(record.CaseMissingHere, want{Fund: 1001, Theirs: -500, TheirRef: "R", Line: 5}),
		}},
		{"reversal open", []own{{ID: 13, Fund: 1001, BankRef: "C", Amount: 200}, {ID: 14, Reverses: 13, Fund: 1001, Amount: 200, Open: true}}, []row{{BankRef: "C", Fund: 1001, Move: 200}}, []want{
			made(record.CaseState, want{Fund: 1001, OurRef: 14}),
		}},
		{"there twice", []own{in}, []row{{BankRef: "A", Fund: 1001, Move: 500}, {BankRef: "A", Fund: 1001, Move: 500, Line: 6}}, []want{
			made(record.CaseMissingHere, want{Fund: 1001, Theirs: 500, TheirRef: "A", Line: 6}),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, difference.Transfers(scope, c.ours, c.theirs)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFigures: balances and positions by account and reference, trades by their
// number, totals without an account.
func TestFigures(t *testing.T) {
	type (
		fig  = difference.Figure
		want = difference.Difference
	)
	for _, c := range []struct {
		name         string
		subject      uint8
		ours, theirs []fig
		want         []want
	}{
		{"equal", record.CasePosition, []fig{{Fund: 1, Ref: "600000", Amount: 5}}, []fig{{Fund: 1, Ref: "600000", Amount: 5}}, nil},
		{"zero is none", record.CasePosition, []fig{{Fund: 1, Ref: "600000"}}, []fig{{Fund: 2, Ref: "600000"}}, nil},
		{"units differ", record.CasePosition, []fig{{Fund: 1, Ref: "600000", Amount: 5}}, []fig{{Fund: 1, Ref: "600000", Amount: 6, Line: 2}}, []want{
			{Type: record.CaseAmount, Fund: 1, Ours: 5, Theirs: 6, TheirRef: "600000", Line: 2},
		}},
		{"another security", record.CasePosition, []fig{{Fund: 1, Ref: "600000", Amount: 5}}, []fig{{Fund: 1, Ref: "600001", Amount: 5, Line: 1}}, []want{
			{Type: record.CaseMissingThere, Fund: 1, Ours: 5, TheirRef: "600000"},
			{Type: record.CaseMissingHere, Fund: 1, Theirs: 5, TheirRef: "600001", Line: 1},
		}},
		{"a trade under another account", record.CaseTrade, []fig{{Fund: 1, Ref: "T1", Amount: 5, OurRef: 9}}, []fig{{Fund: 2, Ref: "T1", Amount: 5, Line: 1}}, []want{
			{Type: record.CaseAccount, Fund: 2, Ours: 5, Theirs: 5, OurRef: 9, TheirRef: "T1", Line: 1},
		}},
		{"a trade there twice", record.CaseTrade, []fig{{Fund: 1, Ref: "T1", Amount: 5, OurRef: 9}}, []fig{{Fund: 1, Ref: "T1", Amount: 5, Line: 1}, {Fund: 1, Ref: "T1", Amount: 5, Line: 2}}, []want{
			{Type: record.CaseMissingHere, Fund: 1, Theirs: 5, TheirRef: "T1", Line: 1},
		}},
		{"a trade here twice", record.CaseTrade, []fig{{Fund: 1, Ref: "T1", Amount: 5, OurRef: 9}, {Fund: 1, Ref: "T1", Amount: 5, OurRef: 10}}, []fig{{Fund: 1, Ref: "T1", Amount: 5, Line: 1}}, []want{
			{Type: record.CaseMissingThere, Fund: 1, Ours: 5, OurRef: 10, TheirRef: "T1"},
		}},
		{"a total", record.CaseCash, []fig{{Ref: "CNY", Amount: 5}}, []fig{{Ref: "CNY", Amount: 7, Line: 1}}, []want{
			{Type: record.CaseTotal, Ours: 5, Theirs: 7, TheirRef: "CNY", Line: 1},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.want {
				w := &c.want[i]
				w.Subject, w.Bank, w.Date, w.File = c.subject, scope.Bank, scope.Date, scope.File
			}
			if diff := cmp.Diff(c.want, difference.Figures(scope, c.subject, c.ours, c.theirs)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFile: a file is named, so that another file of the day is another case.
func TestFile(t *testing.T) {
	got := difference.File(scope, "40 rows announced, 39 there")
	want := difference.Difference{
		Type: record.CaseFile, Subject: record.CaseData, Bank: 1, Date: 20230825, TheirRef: "strans0825", File: "strans0825",
		Detail: "40 rows announced, 39 there",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}
