package risk_test

import (
	"testing"

	"sancun/calendar"
	"sancun/risk"
	"sancun/state"
)

// The gravest limit that a figure reaches holds; hours before a limit are early.
func TestJudge(t *testing.T) {
	house := risk.NewSettings()
	for _, s := range []risk.Setting{
		{Rule: risk.SingleAmount, Outcome: risk.Warn, From: 20230825, Limit: 10},
		{Rule: risk.SingleAmount, Outcome: risk.Hold, From: 20230825, Limit: 20},
		{Rule: risk.SingleAmount, Outcome: risk.Refuse, From: 20230825, Limit: 30},
		{Rule: risk.Early, Outcome: risk.Refuse, From: 20230825, Limit: 100},
		{Rule: risk.Late, Outcome: risk.Hold, From: 20230825, Limit: 200},
		{Rule: risk.PerSecond, Outcome: risk.Warn, From: 20230825, Limit: 0}, // takes the built-in one away
		{Rule: risk.Deviation, Outcome: risk.Refuse, From: 20230828, Limit: 1},
	} {
		house.Append(s)
	}
	l := risk.On(20230825, house)
	for _, c := range []struct {
		rule   risk.Rule
		figure int64
		want   risk.Outcome
	}{
		{risk.SingleAmount, 9, risk.Pass}, {risk.SingleAmount, 10, risk.Warn}, {risk.SingleAmount, 19, risk.Warn},
		{risk.SingleAmount, 20, risk.Hold}, {risk.SingleAmount, 30, risk.Refuse}, {risk.SingleAmount, 1 << 62, risk.Refuse},
		{risk.Early, 99, risk.Refuse}, {risk.Early, 100, risk.Pass}, {risk.Late, 199, risk.Pass}, {risk.Late, 200, risk.Hold},
		{risk.PerSecond, 1 << 40, risk.Pass}, {risk.Deviation, 1 << 40, risk.Pass},
	} {
		if got := l.Judge(c.rule, c.figure); got != c.want {
			t.Errorf("rule %d says %d of %d, want %d", c.rule, got, c.figure, c.want)
		}
	}
	if l.Watches(risk.PerSecond) || l.Watches(risk.Deviation) || !l.Watches(risk.Early) {
		t.Error("a rule is watched without a limit, or not watched with one")
	}
	if l.Limit(risk.SingleAmount, risk.Hold) != 20 || l.Limit(99, 99) != 0 {
		t.Error("limits read back wrongly")
	}
}

func TestValid(t *testing.T) {
	for _, c := range []struct {
		rule    risk.Rule
		outcome risk.Outcome
		limit   int64
		want    bool
	}{
		{risk.PerSecond, risk.Warn, 0, true}, {risk.Late, risk.Refuse, int64(calendar.DayEnd), true}, {risk.Late, risk.Refuse, int64(calendar.DayEnd) + 1, false},
		{0, risk.Warn, 1, false}, {risk.Late + 1, risk.Warn, 1, false}, {risk.PerDay, risk.Pass, 1, false}, {risk.PerDay, risk.Refuse + 1, 1, false}, {risk.PerDay, risk.Hold, -1, false},
	} {
		if got := risk.Valid(c.rule, c.outcome, c.limit); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A watch begins anew with the date, and its second with the second.
func TestWatch(t *testing.T) {
	w := risk.Watch{Fund: 7, Date: 20230825, Second: 100, InSecond: 3, Orders: 5, Amount: 9, Warned: 1, LastCode: 803}
	if got := w.At(20230825, 100); got != w {
		t.Errorf("the same second: %+v", got)
	}
	want := w
	want.Second, want.InSecond = 101, 0
	if got := w.At(20230825, 101); got != want {
		t.Errorf("the next second: %+v", got)
	}
	if got := w.At(20230828, 100); got != (risk.Watch{Fund: 7, Date: 20230828, Second: 100}) {
		t.Errorf("the next day: %+v", got)
	}
}

// A listing says nothing off the list or of the other side.
func TestListing(t *testing.T) {
	l := risk.Listing{Subject: risk.ListedClient, Number: 1, Outcome: risk.Hold, Side: 1, State: risk.OnList}
	if l.Judge(1) != risk.Hold || l.Judge(2) != risk.Pass {
		t.Errorf("buys %d, sells %d", l.Judge(1), l.Judge(2))
	}
	l.State = risk.OffList
	if l.Judge(1) != risk.Pass {
		t.Error("off the list it still speaks")
	}
	if risk.Key(risk.ListedClient, 5) == risk.Key(risk.ListedSecurity, 5) {
		t.Error("a client and a security share a key")
	}
}

// Rows are read back as they were written, within their width.
func TestRows(t *testing.T) {
	check := func(name string, table state.Kept) {
		before := table.EncodeRow(nil, 0)
		if len(before) != table.Width() {
			t.Errorf("%s: %d bytes, width %d", name, len(before), table.Width())
		}
		if !table.Set(1, before) || string(table.EncodeRow(nil, 1)) != string(before) {
			t.Errorf("%s: read back otherwise", name)
		}
	}
	settings, watches, listings := risk.NewSettings(), risk.NewWatches(), risk.NewListings()
	s := risk.Setting{Rule: risk.Late, Outcome: risk.Hold, From: 20230825, Limit: -1, Source: [40]byte{39: 9}}
	w := risk.Watch{Fund: 1, Date: 2, Second: 3, InSecond: 4, Orders: 5, Cancels: 6, Warned: 7, Held: 8, Amount: 9, LastCode: 10, LastAt: 11}
	l := risk.Listing{Number: 1, Subject: 2, Outcome: 3, Side: 1, State: 2, From: 20230825, At: 7, Reason: [64]byte{63: 9}}
	settings.Append(s)
	watches.Append(w)
	listings.Append(l)
	check("setting", settings)
	check("watch", watches)
	check("listing", listings)
	if *settings.At(1) != s || *watches.At(1) != w || *listings.At(1) != l {
		t.Error("a row lost a field")
	}
}
