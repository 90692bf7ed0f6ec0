package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
	"sancun/runner"
)

type planRunCmd struct {
	Plan string `arg:"" help:"Name of the plan in the runner's folder of plans."`
	runnerFlags
	Name   string   `help:"Name of the run: small letters, digits and dashes; it is used once." required:""`
	Set    []string `help:"NAME=VALUE of the plan's parameters." sep:"none"`
	People []string `help:"DUTY=NAME: who is on duty for this run, for operate, command, verify and rehearse. Left out, the first in the file of people who is qualified." sep:"none"`
	Reason string   `help:"Why." required:""`
	Fault  string   `help:"When the fault was, as 2026-03-02T09:00:00Z, when it is known: t0."`
}

// Run carries a plan out.
func (c *planRunCmd) Run(ctx context.Context) error {
	d, err := c.room()
	if err != nil {
		return err
	}
	defer d.close()
	b, err := c.begin(d)
	if err != nil {
		return err
	}
	return d.drive(ctx, &c.runnerFlags, func(ctx context.Context, driver *runner.Driver) (*plan.Run, error) {
		b.Forecast, err = forecast(b, driver.Control.Runs)
		if err != nil {
			return nil, err
		}
		return driver.Begin(ctx, c.Name, *b)
	})
}

// begin collects what the run begins with.
func (c *planRunCmd) begin(d *room) (*plan.Begin, error) {
	library, err := runner.Library(d.config.Plans, d.people, time.Now())
	if err != nil {
		return nil, err
	}
	set, whole, err := runner.Set(library, c.Plan)
	if err != nil {
		return nil, err
	}
	given, err := pairs(c.Set)
	if err != nil {
		return nil, err
	}
	values, missing := runner.Values(whole, given)
	if len(missing) > 0 {
		return nil, fmt.Errorf("give --set NAME=VALUE for %s", strings.Join(missing, ", "))
	}
	b := &plan.Begin{Plans: set, Values: values, Reason: c.Reason}
	if b.People, err = pairs(c.People); err != nil {
		return nil, err
	}
	b.People, b.Known = onDuty(b.People, d.people, time.Now())
	if c.Fault != "" {
		at, err := time.Parse(time.RFC3339Nano, c.Fault)
		if err != nil {
			return nil, fmt.Errorf("--fault: %w", err)
		}
		b.Marks = []plan.Marked{{Mark: plan.MarkFault, At: at.UTC(), Source: "the person who began the run"}}
	}
	return b, nil
}

// onDuty names a person for each duty: those given, and for the others the first who
// is qualified and not named yet.
func onDuty(given []plan.Pair, people []dr.Operator, now time.Time) (named []plan.Pair, known []dr.Operator) {
	named = given
	for _, duty := range []dr.Duty{dr.DutyOperate, dr.DutyCommand, dr.DutyVerify, dr.DutyRehearse} {
		if _, ok := plan.Find(named, string(duty)); ok {
			continue
		}
		best := -1
		for i, p := range people {
			if !slices.Contains(p.Duties, duty) || now.Before(p.From) || now.After(p.Until) {
				continue
			}
			free := !slices.ContainsFunc(named, func(n plan.Pair) bool { return n.Value == p.Name })
			if best < 0 || free && slices.ContainsFunc(named, func(n plan.Pair) bool { return n.Value == people[best].Name }) {
				best = i
			}
		}
		if best >= 0 {
			named = plan.With(named, string(duty), people[best].Name)
		}
	}
	for _, p := range people {
		if slices.ContainsFunc(named, func(n plan.Pair) bool { return n.Value == p.Name }) {
			known = append(known, p)
		}
	}
	return named, known
}

// forecast says how long the steps of a run are to take.
func forecast(b *plan.Begin, runs []*plan.Run) ([]plan.Planned, error) {
	var all []*plan.Plan
	for _, a := range b.Plans {
		p, err := plan.Parse([]byte(a.Text))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	whole, err := all[0].Join(all)
	if err != nil {
		return nil, err
	}
	planned, _ := whole.Forecast(plan.Past(runs, whole.Name))
	return planned, nil
}

// drive takes the control journal and has a driver do its work, telling what happens.
func (d *room) drive(ctx context.Context, f *runnerFlags, work func(context.Context, *runner.Driver) (*plan.Run, error)) (err error) {
	engine, err := node.OpenControl(d.config.Dir, d.config.Cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	control, err := plan.Take(engine, d.config.Cell)
	if err != nil {
		return err
	}
	listen, stop := context.WithCancel(ctx)
	complain := func(err error) { fmt.Fprintln(os.Stderr, "sancun:", err) }
	said := d.config.Inbox().Listen(listen, d.world, complain)
	defer func() {
		stop()
		for range said { // until the listener has ended
		}
	}()
	driver := &runner.Driver{
		Control: control, World: d.world, People: d.config.Signatories, Said: said,
		Refused: func(c *plan.Confirmation, err error) {
			complain(fmt.Errorf("what %s said was not taken: %w", c.Name, err))
		},
	}
	driver.Heard = func(e *plan.Event) { tellEvent(control.Find(e.Run), e, f) }
	r, err := work(ctx, driver)
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(viewOf(r, time.Now()))
	}
	printRun(r, time.Now())
	if r.Outcome != plan.OK {
		return errVerdict
	}
	return nil
}

// tellEvent says on the standard error what happened, and whom it waits for.
func tellEvent(r *plan.Run, e *plan.Event, f *runnerFlags) {
	line := e.At.Format("15:04:05.000 ") + e.Kind.String()
	for _, part := range []string{e.Step, string(e.Phase), string(e.Outcome), e.Detail} {
		if part != "" {
			line += " " + part
		}
	}
	if e.Said != nil {
		line += fmt.Sprintf(" %s says %s", e.Said.Name, e.Said.Answer)
	}
	fmt.Fprintln(os.Stderr, line)
	if r == nil || e.Kind != plan.EventOpened && e.Kind != plan.EventHeld && e.Kind != plan.EventResumed {
		return
	}
	for _, g := range r.Open() {
		for _, name := range waitedFor(r, g) {
			fmt.Fprintf(os.Stderr, "  waits for %s: %s\n  sancun plan confirm %s --config %s --name %s --key KEY\n", name, g.Asks, r.Name, f.Config, name)
		}
	}
}

// waitedFor are those who have not spoken yet at a gate.
func waitedFor(r *plan.Run, g *plan.Gate) (all []string) {
	for _, duty := range g.Need {
		name, _ := plan.Find(r.People, string(duty))
		if !slices.ContainsFunc(g.Said, func(c plan.Confirmation) bool { return c.Name == name }) {
			all = append(all, name)
		}
	}
	return all
}

type planResumeCmd struct {
	runnerFlags
}

// Run goes on with the run that is not over.
func (c *planResumeCmd) Run(ctx context.Context) error {
	d, err := c.room()
	if err != nil {
		return err
	}
	defer d.close()
	return d.drive(ctx, &c.runnerFlags, func(ctx context.Context, driver *runner.Driver) (*plan.Run, error) {
		open := driver.Control.Running()
		if open == nil {
			return nil, fmt.Errorf("%w that is not over", plan.ErrNoRun)
		}
		return driver.Resume(ctx, open.Name)
	})
}

type planConfirmCmd struct {
	RunName string `arg:"" name:"run" help:"Name of the run."`
	runnerFlags
	Name   string `help:"Who you are." required:""`
	Key    string `help:"Your private key." required:"" type:"existingfile"`
	Answer string `help:"At a gate yes or no; at a hold retry, skip, was-done, not-done, roll-back or abandon." default:"yes" enum:"yes,no,retry,skip,was-done,not-done,roll-back,abandon"`
	Remark string `help:"A remark, for the record."`
	Gate   int    `help:"Number of the gate, when you are asked at several."`
}

// Run signs what a person says and lays it into the runner's inbox.
func (c *planConfirmCmd) Run() error {
	config, err := runner.ReadConfig(c.Config)
	if err != nil {
		return err
	}
	runs, _, err := readRuns(config)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(runs, func(r *plan.Run) bool { return r.Name == c.RunName })
	if i < 0 {
		return fmt.Errorf("%w: %q", plan.ErrNoRun, c.RunName)
	}
	r := runs[i]
	var asked []*plan.Gate
	for _, g := range r.Open() {
		if slices.Contains(waitedFor(r, g), c.Name) && (c.Gate == 0 || c.Gate == g.Number) {
			asked = append(asked, g)
		}
	}
	if len(asked) != 1 {
		return fmt.Errorf("%s is asked at %d gates of %s now; name one with --gate, as sancun plan show lists them", c.Name, len(asked), c.RunName)
	}
	g := asked[0]
	key, err := node.ReadPersonKey(c.Key)
	if err != nil {
		return err
	}
	said, err := g.Sign(r.Name, r.Plan.Hash, c.Name, plan.Answer(c.Answer), c.Remark, time.Now(), key)
	if err != nil {
		return err
	}
	people, err := config.Signatories()
	if err != nil {
		return err
	}
	if err := r.Take(g, &said, people, time.Now()); err != nil {
		return err
	}
	for _, o := range g.Drafts {
		if said.Answer == plan.Yes {
			fmt.Printf("signed the order %s for %s, epoch %d\n", o.Order.Act, o.Order.Centre, o.Order.Epoch)
		}
	}
	return config.Inbox().Put(&said)
}
