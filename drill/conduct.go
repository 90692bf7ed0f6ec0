package drill

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"slices"
	"sync"
	"time"

	"sancun/dr"
	"sancun/journal"
	"sancun/node"
	"sancun/plan"
	"sancun/runner"
)

// conductor has plans carried out as a house would: by a runner with a control
// journal of its own, and people who sign at its gates. They are prepared, and take
// as long as they are told to.
type conductor struct {
	d      *drill
	engine journal.Engine
	driver *runner.Driver
	plans  []plan.Approved
	people []dr.Operator
	said   chan plan.Confirmation
	spoke  []string // run, gate and name of those who have spoken
	think  time.Duration
	runs   int
	talk   sync.WaitGroup
	lost   int // answers that the last sample did not find
}

// saidMax is room for everybody at every gate of a plan.
const saidMax = 64

func newConductor(d *drill) (*conductor, error) {
	c := &conductor{d: d, said: make(chan plan.Confirmation, saidMax)}
	var err error
	if c.people, err = node.ReadPeople(d.field.at("people.yaml")); err != nil {
		return nil, err
	}
	for _, name := range []string{"switchover", "failover", "switch-back"} {
		if err := c.approve(name); err != nil {
			return nil, err
		}
	}
	if c.engine, err = node.OpenControl(d.field.at("runner"), d.field.cell); err != nil {
		return nil, err
	}
	control, err := plan.Take(c.engine, d.field.cell)
	if err != nil {
		return nil, errors.Join(err, c.engine.Close())
	}
	world := &runner.World{Cell: d.field.cell, Probes: c.probe, Known: []string{"alarm", "business", "first-answer"}, Now: time.Now, Pause: pause}
	for i, name := range names {
		world.Names, world.Centres = append(world.Names, name), append(world.Centres, d.field.carriers[i])
	}
	c.driver = &runner.Driver{Control: control, World: world, People: func() ([]dr.Operator, error) { return c.people, nil }, Said: c.said}
	c.driver.Heard = func(e *plan.Event) { c.speak(control.Find(e.Run)) }
	c.driver.Refused = func(said *plan.Confirmation, err error) { d.o.Say("what %s said was not taken: %v", said.Name, err) }
	return c, nil
}

func (c *conductor) close() error {
	c.talk.Wait()
	return c.engine.Close()
}

// reviewLine is the day until which a plan may begin: a drill has looked at it today.
var reviewLine = regexp.MustCompile(`(?m)^review: .*$`)

// approve has two people of the drill approve a plan that comes with the program.
func (c *conductor) approve(name string) error {
	text, err := runner.ShippedText(name)
	if err != nil {
		return err
	}
	text = reviewLine.ReplaceAll(text, []byte("review: "+time.Now().AddDate(1, 0, 0).Format(time.DateOnly)))
	p, err := plan.Parse(text)
	if err != nil {
		return err
	}
	a := p.Draft("operator", "commander", time.Now().Add(-time.Minute), time.Hour)
	for _, who := range []string{"operator", "commander"} {
		if err := a.Sign(who, c.d.field.people[who]); err != nil {
			return err
		}
	}
	c.plans = append(c.plans, plan.Approved{Text: string(text), Approval: a})
	return nil
}

// speak has everybody who is asked say yes when they have thought.
func (c *conductor) speak(r *plan.Run) {
	for _, g := range r.Open() {
		for _, duty := range g.Need {
			name, _ := plan.Find(r.People, string(duty))
			key := fmt.Sprintf("%s %d %s", r.Name, g.Number, name)
			if g.Hold() || slices.Contains(c.spoke, key) { // at a hold people would think; a drill fails
				continue
			}
			c.spoke = append(c.spoke, key)
			think := c.think
			if len(g.Need) == 1 {
				think = 0 // the leader is there
			}
			c.talk.Go(func() {
				time.Sleep(think)
				said, err := g.Sign(r.Name, r.Plan.Hash, name, plan.Yes, "", time.Now(), c.d.field.people[name])
				if err != nil {
					c.d.o.Say("%s cannot sign: %v", name, err)
				}
				c.said <- said
			})
		}
	}
}

// carryOut carries out one of the approved plans from one centre to another and
// returns the run, which has ended well.
func (c *conductor) carryOut(ctx context.Context, name string, from, to int, think time.Duration, marks []plan.Marked) (*plan.Run, error) {
	c.runs++
	c.think = think
	ctx, done := context.WithTimeout(ctx, waitAtMost)
	defer done()
	b := plan.Begin{
		Known: c.people, Reason: "a drill", Marks: marks, Values: []plan.Pair{{Name: "from", Value: names[from]}, {Name: "to", Value: names[to]}},
		People: []plan.Pair{{Name: "operate", Value: "operator"}, {Name: "command", Value: "commander"}, {Name: "verify", Value: "verifier"}},
	}
	if name == "failover" {
		b.Values = append(b.Values, plan.Pair{Name: "silent", Value: (deadAfter * askEvery).String()})
	}
	for _, a := range c.plans { // the one wanted first, then those it may contain
		if a.Approval.Plan == name {
			b.Plans = slices.Insert(b.Plans, 0, a)
		} else {
			b.Plans = append(b.Plans, a)
		}
	}
	r, err := c.driver.Begin(ctx, fmt.Sprintf("%s-%d", name, c.runs), b)
	if err != nil {
		return nil, err
	}
	if r.Outcome != plan.OK {
		return r, fmt.Errorf("the run %s is %s in %q: %s", r.Name, r.Outcome, r.Safe, r.Why)
	}
	c.d.writer = to
	return r, nil
}

// probe is what the plans ask for by name.
func (c *conductor) probe(name string) (runner.Probe, bool) {
	switch name {
	case "first-answer":
		return c.firstAnswer, true
	case "business":
		return c.business, true
	case "alarm":
		return func(context.Context, []plan.Pair) ([]plan.Pair, error) { return nil, nil }, true
	}
	return nil, false
}

// firstAnswer asks for one deposit until it is answered.
func (c *conductor) firstAnswer(ctx context.Context, _ []plan.Pair) ([]plan.Pair, error) {
	l := c.d.load
	a, err := l.ask(ctx, l.next.Add(1))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.answers = append(l.answers, a)
	l.mu.Unlock()
	return []plan.Pair{{Name: "at", Value: a.at.UTC().Format(time.RFC3339Nano)}}, nil
}

// business asks again, under its key, for the newest answers from before the switch:
// each must be the same, or it is lost, and counted.
func (c *conductor) business(ctx context.Context, _ []plan.Pair) ([]plan.Pair, error) {
	l := c.d.load
	l.mu.Lock()
	sample := slices.Clone(l.answers[max(0, len(l.answers)-sampleMax):])
	l.mu.Unlock()
	c.lost = 0
	for _, before := range sample {
		again, err := l.ask(ctx, before.id)
		if err != nil {
			return nil, err
		}
		if again.ref != before.ref || again.height != before.height {
			c.lost++
		}
	}
	return []plan.Pair{{Name: "verified", Value: fmt.Sprint(len(sample))}}, nil
}

// sampleMax is how many answers are asked for again before the business counts as
// verified; all of them are audited afterwards.
const sampleMax = 100

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measured fills in what a failover took, by the clock of its run.
func (f *Failover) measured(r *plan.Run) {
	t := r.Times(r.Ended)
	at := func(m plan.Mark) time.Time { when, _ := r.When(m); return when }
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	f.DetectMS, f.DecisionMS, f.PromoteMS = ms(t.Detect), ms(t.Decision), ms(at(plan.MarkPromoted).Sub(at(plan.MarkDecided)))
	f.MachineMS, f.RTOMS = ms(t.Detect+t.Machine), ms(t.Recovery)
	f.Note = "by the run of the plan: t0 is the kill, RTO ends when the business is verified (t8): the newest answers asked for again; all answers are audited behind it"
}

// outline lists the runs of the drill's plans for its report.
func (c *conductor) outline() (all []PlanRun) {
	for _, r := range c.driver.Control.Runs {
		t := r.Times(r.Ended)
		p := PlanRun{Run: r.Name, Plan: r.Plan.Name, Outcome: string(r.Outcome), Safe: r.Safe, WholeMS: float64(t.Whole) / 1e6}
		for _, m := range t.Marks {
			p.Marks = append(p.Marks, fmt.Sprintf("%s %s", m.Mark, m.At.Format("15:04:05.000")))
		}
		all = append(all, p)
	}
	return all
}

// ready judges readiness as the house would, without plans on a shelf.
func (c *conductor) ready(ctx context.Context) plan.Readiness {
	p := c.driver.World.Look(ctx, c.people)
	return plan.Judge(&p, plan.DefaultBounds)
}
