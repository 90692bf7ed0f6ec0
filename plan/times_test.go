package plan

import (
	"strings"
	"testing"
	"time"

	"sancun/dr"
)

// A run's clock: recovery holds the decision, its parts are shown apart, and the
// forecast takes the times of past runs.
func TestTimesAndForecast(t *testing.T) {
	s := newTeller(t)
	defer s.engine.Close()
	text := strings.Replace(good, "    rests: behind\n", "    rests: behind\n    marks: [t6, t7, t8]\n", 1)
	text = strings.Replace(text, "    within: 1h\n", "    within: 1h\n    expect: 20s\n    marks: [t4]\n", 1)
	text = strings.Replace(text, "    pre: [{check: role", "    expect: 2s\n    marks: [t1, t2]\n    pre: [{check: role", 1)
	var err error
	if s.plan, err = Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := s.plan.Check(toys); err != nil {
		t.Fatal(err)
	}
	all, whole := s.plan.Forecast(nil)
	if at, ok := s.plan.At(all, MarkDecided); whole != 22*time.Second || !ok || at != 22*time.Second {
		t.Errorf("forecast %v in %v, decision at %v", all, whole, at)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.begin("run-1", []Pair{{"to", "south"}}))
	s.run.mark(MarkFault, s.now.Add(-3*time.Second), "the watch")
	must(s.event(&Event{Kind: EventChecked, Step: "look", Phase: Pre, Outcome: OK}))
	must(s.openGate("decide"))
	must(s.say("wang", Yes))
	must(s.say("li", Yes))
	for _, name := range []string{"first", "last"} {
		must(s.event(&Event{Kind: EventStarted, Step: name, Phase: Do}))
		finds := []Pair{{"height", "7"}, {"rpo_blocks", "3"}, {"rpo_ms", "250"}, {"rpo_money_fen", "12345"}, {"orphans", "4"}, {"orphans_listed", "4"}}
		must(s.event(&Event{Kind: EventFinished, Step: name, Phase: Do, Outcome: OK, Finds: finds}))
	}
	must(s.event(&Event{Kind: EventEnded, Outcome: OK, Safe: "behind"}))
	got := s.run.Times(s.now)
	if got.Recovery != 11*time.Second || got.Detect != 4*time.Second || got.Decision != 3*time.Second || got.Machine != 4*time.Second || got.Whole != 9*time.Second {
		t.Errorf("times %+v", got)
	}
	if l := got.Loss; !l.Known || l.Blocks != 3 || l.Time != 250*time.Millisecond || l.Fen != 12345 || l.Orphans != 4 || l.OrphansListed != 4 {
		t.Errorf("loss %+v", l)
	}
	past := Past(s.control.Runs, "small")
	if all, whole = s.plan.Forecast(past); whole != 8*time.Second {
		t.Errorf("forecast from the past %v in %v, %v", all, whole, past)
	}
}

// The watch speaks once for one loss, not when only its own line is cut, and again
// only after a calm: it never acts.
func TestWatch(t *testing.T) {
	w := NewWatch(Rule{Misses: 3, Silent: 2 * time.Second, Calm: 5 * time.Second})
	at := monday
	var said []string
	for _, look := range []struct {
		times         int
		answers, sees bool
		heir          bool
	}{
		{times: 5, answers: true}, {times: 4, sees: true, heir: true}, {times: 2, answers: true}, {times: 6, heir: true}, {times: 3, answers: true}, {times: 6, heir: true}, {times: 6, answers: true},
		{times: 6, heir: true}, {times: 7, answers: true}, {times: 4},
	} {
		for range look.times {
			at = at.Add(time.Second)
			if says := w.Look(Seen{At: at, Primary: "north", Answers: look.answers, Failure: "refused", Heir: "south", HeirAnswers: look.heir, HeirSees: look.sees, HeirBehind: "3 blocks"}); says != "" {
				said = append(said, says)
			}
		}
	}
	want := []string{"would not have failed over", "would have failed over to south", "north answers again", "would have failed over to south", "north answers again", "would not have failed over"}
	if len(said) != len(want) {
		t.Fatalf("it said %d things: %s", len(said), strings.Join(said, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(said[i], want[i]) {
			t.Errorf("it said %q, want %q", said[i], want[i])
		}
	}
	if !strings.Contains(said[1], "missing would be 3 blocks") || !strings.Contains(said[1], "3 probes in a row") {
		t.Errorf("it does not say why: %s", said[1])
	}
}

// picture is one in which nothing is amiss.
func picture() *Picture {
	people, _ := persons()
	centre := func(name, role string) CentrePicture {
		return CentrePicture{Name: name, Role: role, Mode: "protect", Linked: true, Epoch: 3, Version: "v1", DiskFree: 50, DiskAll: 100, KeyUntil: monday.AddDate(1, 0, 0), Config: "abc"}
	}
	return &Picture{
		At: monday, Centres: []CentrePicture{centre("north", "primary"), centre("south", "standby")}, People: people,
		Plans: []PlanPicture{{Name: "failover", Until: monday.AddDate(0, 6, 0), Review: monday.AddDate(0, 6, 0)}}, LastDrill: monday.AddDate(0, -1, 0), LastBackup: monday.Add(-time.Hour),
	}
}

// Every planted fault is found, with the reason that says so (reliability D16).
func TestReadiness(t *testing.T) {
	if r := Judge(picture(), DefaultBounds); !r.Ready || r.Score != 100 {
		t.Fatalf("a good picture: %+v", r)
	}
	for _, tt := range []struct {
		name, reason string
		stops        bool
		plant        func(*Picture)
	}{
		{"silent", "answers-south", true, func(p *Picture) { p.Centres[1].Failure = "refused" }},
		{"two write", "roles", true, func(p *Picture) { p.Centres[1].Role = "primary" }},
		{"nobody writes", "roles", true, func(p *Picture) { p.Centres[0].Role = "recovering" }},
		{"line cut", "copies", true, func(p *Picture) { p.Centres[1].Linked = false }},
		{"behind", "delay", false, func(p *Picture) { p.Centres[0].Delay = 2 * time.Second }},
		{"not measured", "delay", false, func(p *Picture) { p.Centres[0].Delay = -1 }},
		{"alone", "mode", false, func(p *Picture) { p.Centres[0].Alone = true }},
		{"old epoch", "epoch", true, func(p *Picture) { p.Centres[1].Epoch = 4 }},
		{"versions", "versions", false, func(p *Picture) { p.Centres[1].Version = "v2" }},
		{"other people", "people-file", true, func(p *Picture) { p.Centres[1].Config = "abd" }},
		{"root", "state-root-south", true, func(p *Picture) { p.Centres[1].Disagree = true }},
		{"clock", "clock-north", false, func(p *Picture) { p.Centres[0].Offset = -150 * time.Millisecond }},
		{"disk", "disk-south", false, func(p *Picture) { p.Centres[1].DiskFree = 3 }},
		{"certificate soon", "certificate-north", false, func(p *Picture) { p.Centres[0].KeyUntil = monday.AddDate(0, 0, 3) }},
		{"certificate over", "certificate-north", true, func(p *Picture) { p.Centres[0].KeyUntil = monday.AddDate(0, 0, -1) }},
		{"one person", "approvers", true, func(p *Picture) { p.People = p.People[2:3] }},
		{"ended", "verifiers", true, func(p *Picture) { p.People[2].Until = monday.Add(-time.Hour) }},
		{"one person twice", "approvers", true, func(p *Picture) {
			p.People = []dr.Operator{p.People[0], p.People[1]}
			p.People[1].Key = p.People[0].Key
		}},
		{"plan not approved", "plan-failover", true, func(p *Picture) { p.Plans[0].Failure = "not approved" }},
		{"plan soon old", "plan-age-failover", false, func(p *Picture) { p.Plans[0].Review = monday.AddDate(0, 0, 3) }},
		{"plan old", "plan-age-failover", true, func(p *Picture) { p.Plans[0].Until = monday.Add(-time.Hour) }},
		{"run", "run-open", true, func(p *Picture) { p.Running = "run-7" }},
		{"no drill", "last-drill", false, func(p *Picture) { p.LastDrill = time.Time{} }},
		{"old drill", "last-drill", false, func(p *Picture) { p.LastDrill = monday.AddDate(-1, 0, 0) }},
		{"old backup", "last-backup", false, func(p *Picture) { p.LastBackup = monday.AddDate(0, 0, -3) }},
	} {
		p := picture()
		tt.plant(p)
		r := Judge(p, DefaultBounds)
		found := false
		for _, reason := range r.Reasons {
			found = found || reason.Name == tt.reason && !reason.OK && reason.Stops == tt.stops && reason.Detail != ""
		}
		if !found || r.Score == 100 || tt.stops && r.Ready {
			t.Errorf("%s: not found as %s: %+v", tt.name, tt.reason, r)
		}
	}
}

// A plan inside another keeps its steps, values and signatures under the name of
// its place.
func TestContainedPlan(t *testing.T) {
	inner, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	outer, err := Parse([]byte(`plan: outer
version: 2
purpose: switch-back
title: two of them
review: 2027-01-01
parameters: [{name: to, type: centre, help: where}]
safe: [{name: before, text: as before}, {name: behind, text: the other side}]
start: before
steps:
  - step: there
    plan: small@1
  - step: again
    owner: operate
    within: 1m
    do: {act: wait, with: {height: $there.first.height}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outer.Join(nil); err == nil || !strings.Contains(err.Error(), "there is no plan small@1") {
		t.Errorf("without the other plan: %v", err)
	}
	whole, err := outer.Join([]*Plan{inner})
	if err != nil {
		t.Fatal(err)
	}
	if err := whole.Check(toys); err != nil {
		t.Fatal(err)
	}
	if whole.Step("there.first") == nil || whole.Step("there.decide").Signs[1] != "there.first/undo" || whole.Hash != outer.Hash {
		t.Errorf("joined to %+v", whole.Leaves())
	}
	loop, err := Parse([]byte(strings.Replace(string(outer.Text), "small@1", "outer@2", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loop.Join([]*Plan{loop}); err == nil || !strings.Contains(err.Error(), "contains itself") {
		t.Errorf("a plan that contains itself: %v", err)
	}
}
