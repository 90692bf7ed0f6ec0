package runner

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/dr"
	"sancun/plan"
)

func (w *town) whole(name string, more ...string) *plan.Plan {
	w.t.Helper()
	var all []*plan.Plan
	for _, n := range append([]string{name}, more...) {
		p, err := plan.Parse([]byte(w.approved(n).Text))
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, p)
	}
	p, err := all[0].Join(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// A dry run changes nothing, says what would be done, and is refused where the run
// would be.
func TestDryRunChangesNothing(t *testing.T) {
	w := newTown(t)
	over := []plan.Pair{{Name: "from", Value: "north"}, {Name: "to", Value: "south"}}
	d := DryRun(t.Context(), w.world(), w.whole("switchover"), over, nil)
	if !d.Works || len(d.Why) > 0 || d.Whole < 30*time.Second || d.Machine <= 0 || d.Machine > 5*time.Second {
		t.Errorf("a switchover that works: %+v", d)
	}
	i := slices.IndexFunc(d.Steps, func(s Foreseen) bool { return s.Step == "level" })
	if !strings.Contains(d.Steps[i].Says, "what hand-over.height will be") {
		t.Errorf("it says of a value that is not known yet: %s", d.Steps[i].Says)
	}
	back := []plan.Pair{{Name: "from", Value: "south"}, {Name: "to", Value: "north"}}
	if d := DryRun(t.Context(), w.world(), w.whole("switchover"), back, nil); d.Works || !strings.Contains(strings.Join(d.Why, "\n"), "look: role: south is standby") {
		t.Errorf("a switchover the wrong way round: %v", d.Why)
	}
	past := []plan.Pair{{Name: "decide", Value: "5s"}, {Name: "verify", Value: "1s"}}
	if quick := DryRun(t.Context(), w.world(), w.whole("switchover"), over, past); quick.Decide >= d.Decide || quick.RTO >= d.RTO || quick.Source == d.Source {
		t.Errorf("past runs do not count: %v and %v", quick, d)
	}
	lacking := w.world()
	lacking.Probes = func(string) (Probe, bool) { return nil, false }
	if d := DryRun(t.Context(), lacking, w.whole("switchover"), over, nil); d.Works || !strings.Contains(strings.Join(d.Why, "\n"), "no probe") {
		t.Errorf("without its probes: %v", d.Why)
	}
	for _, c := range w.centres {
		if len(c.effects) > 0 {
			t.Errorf("%s did %v", c.name, c.effects)
		}
	}
	if values, missing := Values(w.whole("failover"), over[:1]); len(values) != 2 || !slices.Equal(missing, []string{"to"}) {
		t.Errorf("values %v, missing %v", values, missing)
	}
	if _, missing := Values(w.whole("failover"), append(over, plan.Pair{Name: "too", Value: "south"})); len(missing) != 1 {
		t.Errorf("a value of no parameter: %v", missing)
	}
}

// What would be lost now is told by mode: nothing when both disks have it.
func TestLossByMode(t *testing.T) {
	w := newTown(t)
	for mode, known := range map[string]bool{"protect": true, "fast": false} { // a toy measures no delay
		w.centres[0].mode = mode
		if l := w.world().loss(t.Context()); l.Known != known || l.Blocks != 0 || l.Text == "" || l.Mode != mode {
			t.Errorf("mode %s: %+v", mode, l)
		}
	}
	w.centres[0].lost = true
	if l := w.world().loss(t.Context()); l.Known {
		t.Errorf("no centre writes: %+v", l)
	}
}

// The picture shows what the centres say; a lost one is a reason.
func TestPictureOfTheCentres(t *testing.T) {
	w := newTown(t)
	p := w.world().Look(t.Context(), w.people)
	if len(p.Centres) != 2 || p.Centres[0].Role != "primary" || p.Centres[1].Failure != "" || !p.Centres[1].Linked || p.Centres[1].Offset.Abs() > time.Second {
		t.Fatalf("%+v", p)
	}
	w.centres[1].lost = true
	p = w.world().Look(t.Context(), w.people)
	r := plan.Judge(&p, plan.DefaultBounds)
	i := slices.IndexFunc(r.Reasons, func(x plan.Reason) bool { return x.Name == "answers-south" && !x.OK && x.Stops })
	if i < 0 || r.Ready || !strings.Contains(r.Reasons[i].Detail, "refused") {
		t.Errorf("with a lost centre: %+v", r)
	}
}

// The observer sees a loss through both centres, and nothing is done about it.
func TestObserverNeverActs(t *testing.T) {
	w := newTown(t)
	watch, primary := plan.NewWatch(plan.Rule{Misses: 3, Silent: 100 * time.Millisecond, Calm: time.Second}), ""
	look := func(times int) (said []string) {
		for range times {
			var seen plan.Seen
			seen, primary = w.world().Observe(t.Context(), primary)
			if says := watch.Look(seen); says != "" {
				said = append(said, says)
			}
			if err := w.pause(t.Context(), 50*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		return said
	}
	if said := look(5); len(said) > 0 || primary != "north" {
		t.Fatalf("while all is well: %v, primary %q", said, primary)
	}
	w.centres[0].lost = true
	if said := look(20); len(said) != 1 || !strings.HasPrefix(said[0], "would not have failed over") { // the toy's line is up
		t.Fatalf("with a line that is up: %v", said)
	}
	w.centres[1].role = dr.Recovering // no line
	if said := look(20); len(said) != 1 || !strings.HasPrefix(said[0], "would have failed over to south") {
		t.Fatalf("with a lost centre: %v", said)
	}
	if len(w.centres[1].effects) > 0 {
		t.Fatalf("it did %v", w.centres[1].effects)
	}
}

// An act that is not an order, a path and a mode: each by a plan of its own, with two
// people, and once.
func TestPathAndModeByPlan(t *testing.T) {
	w := newTown(t)
	text := `plan: move
version: 1
purpose: acceptance
title: move a line and set the mode
review: 2027-01-01
parameters: [{name: from, type: centre, help: the writing centre}, {name: to, type: centre, default: south, help: not used}]
safe: [{name: before, text: as before}, {name: moved, text: the line goes the other way}]
start: before
steps:
  - step: decide
    owner: operate
    second: command
    manual: move?
    signs: [move, move/undo, mode]
    within: 1h
  - step: move
    owner: operate
    within: 10s
    do: {act: take-path, with: {centre: $from, line: bank-1, path: rs2}}
    undo: {act: take-path, with: {centre: $from, line: bank-1, path: rs1}}
    post: [{check: lines, with: {centre: $from}}]
  - step: mode
    owner: operate
    within: 10s
    do: {act: set-mode, with: {centre: $from, mode: protect}}
    post: [{check: mode, with: {centre: $from, is: protect}}]
    keep: true
    rests: moved
`
	p, err := plan.Parse([]byte(text))
	if err == nil {
		err = p.Check(Registry())
	}
	if err != nil {
		t.Fatal(err)
	}
	a := p.Draft("wang", "li", monday.Add(-time.Hour), time.Hour*24)
	for _, who := range []string{"wang", "li"} {
		if err := a.Sign(who, w.keys[who]); err != nil {
			t.Fatal(err)
		}
	}
	b := w.begin("switchover")
	b.Plans = []plan.Approved{{Text: text, Approval: a}}
	r, err := w.life("run-1", b, plan.Retry)
	if err != nil || r.Outcome != plan.OK || r.Safe != "moved" || w.centres[0].path != "rs2" || w.centres[0].mode != "protect" || len(w.centres[0].effects) != 2 {
		t.Fatalf("%+v, %v; the centre %+v", r, err, w.centres[0].effects)
	}
}

// A drill's plan does not begin on a trading day, and ends with the copy purged.
func TestDrillPlan(t *testing.T) {
	for _, tt := range []struct {
		day  time.Time
		want plan.Outcome
		safe string
		acts int
	}{
		{monday, plan.RolledBack, "no-copy", 0}, {monday.AddDate(0, 0, 6), plan.OK, "purged", 2},
	} {
		w := newTown(t)
		w.now = tt.day
		b := w.begin("drill")
		b.Values = []plan.Pair{{Name: "main", Value: "north"}, {Name: "at", Value: "south"}}
		b.Plans[0] = w.approvedFor("drill", 30*24*time.Hour)
		r, err := w.life("drill-1", b, plan.Abandon)
		if err != nil || r.Outcome != tt.want || r.Safe != tt.safe || len(w.centres[1].effects) != tt.acts || w.centres[1].role != dr.Standby {
			t.Errorf("on %s: %v in %q, %v: %v; %v", tt.day.Format(time.DateOnly), r.Outcome, r.Safe, w.centres[1].effects, r.Why, err)
		}
	}
}

// A run is not begun while another is open, without its approval, or twice.
func TestRunsThatDoNotBegin(t *testing.T) {
	w := newTown(t)
	b := w.begin("switchover")
	b.Plans[0].Approval.Checker = "wang"
	if _, err := w.life("run-1", b, plan.Retry); err == nil || !strings.Contains(err.Error(), "signature") {
		t.Errorf("with an approval of one person: %v", err)
	}
	b = w.begin("switchover")
	b.Reason = ""
	if _, err := w.life("run-1", b, plan.Retry); err == nil || !strings.Contains(err.Error(), "reason") {
		t.Errorf("without a reason: %v", err)
	}
	b = w.begin("switchover")
	b.People = b.People[:1]
	if _, err := w.life("run-1", b, plan.Retry); err == nil || !strings.Contains(err.Error(), "command") {
		t.Errorf("without a commander: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.pause(ctx, time.Hour); err == nil {
		t.Error("a pause outlives its context")
	}
	b = w.begin("switchover")
	if r, err := w.life("run-1", b, plan.Retry); err != nil || r.Outcome != plan.OK {
		t.Fatalf("the good one: %v", err)
	}
}
