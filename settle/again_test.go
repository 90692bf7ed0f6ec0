package settle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/settle"
)

var (
	clerk = record.CallerOf(record.CallerStaff, 101)
	boss  = record.CallerOf(record.CallerStaff, 102)
)

// stopByTwo stops the day as two people do.
func (w *world) stopByTwo() {
	w.t.Helper()
	payload := record.Encode(nil, &record.StopDay{Date: testDate})
	id := w.as(clerk, &record.Propose{Act: record.KindStopDay, Payload: payload, Reason: "end of business"}).Ref
	w.as(boss, &record.Approve{Proposal: id, Payload: payload})
}

// A day that two people stopped ends like any other; its steps are in the journal
// under the one who answers for them.
func TestStoppedByTwoPeople(t *testing.T) {
	w := smallDay(t)
	w.stopByTwo()
	w.clock.Store(at(19, 30))
	report, _ := runDay(t, w, w.evening().files(t), func(o *settle.Options) { o.Owner = clerk })
	if !report.Cleared || report.Stopped == 0 || report.Stopped >= report.Pinned {
		t.Errorf("cleared %t, stopped at %d, pinned at %d", report.Cleared, report.Stopped, report.Pinned)
	}
	owners := map[record.Kind][]record.Caller{}
	if err := w.core.Blocks(report.Stopped, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			owners[v.Kind] = append(owners[v.Kind], v.Caller)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := owners[record.KindStepDone]; len(got) != custody.StepsOfDay || slices.ContainsFunc(got, func(c record.Caller) bool { return c != clerk }) {
		t.Errorf("steps are of %x", got)
	}
	if got := owners[record.KindClearOrders]; len(got) == 0 || got[0] != 0 {
		t.Errorf("clearing is of %x", got)
	}
	w.do(&record.OpenDay{Date: testNext, Next: 20230829})
}

// named is a source that can be told from others.
type named struct{ settle.Received }

// A day end stays with the files it began with, however many sets come after; a
// new one begins with the newest; one whose files are gone says so.
func TestBegun(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(19, 30))
	other := func(change func(*evening)) settle.Received {
		e := w.evening()
		change(e)
		return &named{w.inputs(e.files(t)).Clearing[0]}
	}
	sets := []settle.Received{other(func(e *evening) { e.legs = e.legs[1:] }), other(func(*evening) {}), other(func(e *evening) { e.legs = e.legs[2:] })}
	begun := func(sets ...settle.Received) settle.Received {
		t.Helper()
		got, err := settle.Begun(t.Context(), w.core, w.options(), sets)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := begun(sets...); got != sets[2] {
		t.Error("a day end that has not begun does not take the newest")
	}
	in := w.inputs(nil)
	in.Clearing = sets[1:2]
	o := w.options()
	o.Steps = until(custody.StepReceive)
	if _, err := settle.Run(t.Context(), w.core, in, settle.Memory{}, o); err != nil {
		t.Fatal(err)
	}
	if got := begun(sets...); got != sets[1] {
		t.Error("a day end that has begun does not stay with its set")
	}
	in.Clearing = []settle.Received{begun(sets...)}
	o.Steps = nil
	if report, err := settle.Run(t.Context(), w.core, in, settle.Memory{}, o); err != nil || !report.Cleared {
		t.Errorf("the rest: %v", err)
	}
	if _, err := settle.Begun(t.Context(), w.core, w.options(), []settle.Received{sets[0], sets[2]}); !errors.Is(err, settle.ErrChanged) {
		t.Errorf("without its set: %v", err)
	}
	if _, err := settle.Begun(t.Context(), w.core, w.options(), nil); !errors.Is(err, settle.ErrMissing) {
		t.Errorf("without any: %v", err)
	}
}

// Corrected files are compared without a trace: what they put right is not found
// any more, and the day end goes on with its own.
func TestCompareAgain(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(19, 30))
	e := w.evening()
	e.legs = e.legs[1:]
	wrong := e.files(t)
	right := w.evening().files(t)
	report, out := runDay(t, w, wrong, func(o *settle.Options) { o.Steps = until(custody.StepPositions) })
	if len(report.Differences) != 1 {
		t.Fatalf("differences %+v", report.Differences)
	}
	before := w.root()
	for _, c := range []struct {
		dir  fstest.MapFS
		want int
	}{{wrong, 1}, {right, 0}, {wrong, 1}} {
		still, err := settle.CompareAgain(t.Context(), w.core, w.inputs(c.dir), w.options())
		if err != nil || len(still) != c.want {
			t.Errorf("%d differences %+v, %v", len(still), still, err)
		}
	}
	if w.root() != before {
		t.Error("the comparison left a trace")
	}
	if report, err := settle.Run(t.Context(), w.core, w.inputs(wrong), out, w.options()); err != nil || !report.Cleared {
		t.Errorf("the rest: %v", err)
	}
}

// Before anything runs the plan says when everything is due and would end, and so
// does every progress; both cut-offs are told from the first minute on.
func TestPlan(t *testing.T) {
	w := smallDay(t)
	now := time.UnixMilli(at(20, 55))
	steps, due, err := settle.Plan(w.options(), now, func(uint16) bool { return false })
	if err != nil || len(steps) != custody.StepsOfDay || len(due) != 2 {
		t.Fatalf("%d steps, %d groups, %v", len(steps), len(due), err)
	}
	if s := steps[0]; s.Number != 1 || !s.Due.Equal(time.UnixMilli(at(21, 0))) || !s.Ends.After(now) || !steps[12].Ends.After(steps[11].Ends) {
		t.Errorf("first step %+v, last %+v", s, steps[12])
	}
	if d := due[0]; d.Cutoff != calendar.ExchangeReporting || d.Left != 9 || !d.Late || !d.At.Equal(time.UnixMilli(at(21, 0))) {
		t.Errorf("the first group %+v", d)
	}
	if d := due[1]; d.Cutoff != calendar.BankFiles || d.Left != 4 || d.Late || !d.Finish.Equal(steps[12].Ends) {
		t.Errorf("the second group %+v", d)
	}
	steps, due, err = settle.Plan(w.options(), now, func(step uint16) bool { return step <= custody.StepInterest })
	if err != nil || due[0].Left != 0 || due[0].Late || !steps[3].Ends.IsZero() || due[1].Left != 4 {
		t.Errorf("with nine steps done: %+v, %v", due, err)
	}
	w.clock.Store(at(20, 50))
	var first settle.Progress
	runDay(t, w, w.evening().files(t), func(o *settle.Options) {
		o.Progress = func(p settle.Progress) {
			if first.Step == 0 {
				first = p
			}
		}
	})
	if len(first.Due) != 2 || first.Due[0].Left != 9 || first.Due[1].Left != 4 || !first.Due[1].Finish.Equal(first.Finish) {
		t.Errorf("first progress %+v", first)
	}
	bad := w.options()
	bad.Broker.Code = ""
	if _, _, err := settle.Plan(bad, now, func(uint16) bool { return false }); !errors.Is(err, settle.ErrOptions) {
		t.Errorf("without a broker's code: %v", err)
	}
	if _, err := settle.Begun(context.Background(), w.core, bad, make([]settle.Received, 1)); !errors.Is(err, settle.ErrOptions) {
		t.Errorf("begun without a broker's code: %v", err)
	}
}
