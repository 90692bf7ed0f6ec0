package difference_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/difference"
	"sancun/record"
)

// TestCase: a case is the same difference wherever it was seen.
func TestCase(t *testing.T) {
	d := difference.Difference{
		Type: record.CaseAmount, Subject: record.CaseTransfer, Bank: 310, Date: 20260706, Fund: 10001,
		Ours: 100, Theirs: 200, OurRef: 7, TheirRef: "B7", File: "first", Line: 3, Detail: "seen first",
	}
	want := &record.OpenCase{
		Type: record.CaseAmount, Subject: record.CaseTransfer, Bank: 310, Date: 20260706, Fund: 10001,
		Ours: 100, Theirs: 200, OurRef: 7, TheirRef: "B7",
	}
	if diff := cmp.Diff(want, d.Case()); diff != "" {
		t.Errorf("case differs (-want +got):\n%s", diff)
	}
	again := d
	again.File, again.Line, again.Detail = "second", 9, "sent again"
	if diff := cmp.Diff(d.Case(), again.Case()); diff != "" {
		t.Errorf("the same difference in another file is another case:\n%s", diff)
	}
	if c := difference.Compare(d, again); c != 0 {
		t.Errorf("the same difference in another file compares as %d", c)
	}
}

// TestCompare: every field that tells differences apart orders them.
func TestCompare(t *testing.T) {
	ordered := []difference.Difference{
		{Subject: 1, Type: 1},
		{Subject: 1, Type: 1, Ours: 1},
		{Subject: 1, Type: 1, Ours: 1, Theirs: 1},
		{Subject: 1, Type: 2},
		{Subject: 1, Type: 1, TheirRef: "A"},
		{Subject: 1, Type: 1, OurRef: 1},
		{Subject: 1, Type: 1, Fund: 1},
		{Subject: 1, Type: 1, Date: 1},
		{Subject: 1, Type: 1, Market: 1},
		{Subject: 1, Type: 1, Bank: 1},
		{Subject: 2, Type: 1},
	}
	got := slices.Clone(ordered)
	slices.Reverse(got)
	slices.SortFunc(got, difference.Compare)
	if diff := cmp.Diff(ordered, got); diff != "" {
		t.Errorf("order differs (-want +got):\n%s", diff)
	}
}
