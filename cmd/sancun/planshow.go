package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sancun/node"
	"sancun/plan"
	"sancun/runner"
)

// runView is a run for programs.
type runView struct {
	Run      string       `json:"run"`
	Plan     string       `json:"plan"`
	Version  int          `json:"version"`
	Hash     plan.Hash    `json:"hash"`
	Purpose  plan.Purpose `json:"purpose"`
	Outcome  plan.Outcome `json:"outcome,omitempty"`
	Safe     string       `json:"safe"`
	SafeText string       `json:"safe_text"`
	Why      string       `json:"why,omitempty"`
	Began    time.Time    `json:"began"`
	Ended    *time.Time   `json:"ended,omitempty"`
	Resumed  int          `json:"resumed"`
	People   []plan.Pair  `json:"people"`
	Values   []plan.Pair  `json:"values"`
	Times    plan.Times   `json:"times"`
	Steps    []stepView   `json:"steps"`
	Asked    []askView    `json:"asked,omitempty"`
}

type stepView struct {
	Step    string        `json:"step"`
	Status  plan.Status   `json:"status"`
	Planned time.Duration `json:"planned_ns"`
	Took    time.Duration `json:"took_ns"` // -1 while it has not ended
	Tries   int           `json:"tries,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Finds   []plan.Pair   `json:"finds,omitempty"`
}

type askView struct {
	Gate int      `json:"gate"`
	Step string   `json:"step,omitempty"`
	Asks string   `json:"asks"`
	Of   []string `json:"of"`
}

func viewOf(r *plan.Run, now time.Time) runView {
	v := runView{
		Run: r.Name, Plan: r.Plan.Name, Version: r.Plan.Version, Hash: r.Plan.Hash, Purpose: r.Plan.Purpose, Outcome: r.Outcome, Safe: r.Safe, SafeText: r.Plan.SafeText(r.Safe), Why: r.Why,
		Began: r.Began, Resumed: r.Resumed, People: r.People, Values: r.Values, Times: r.Times(now),
	}
	if !r.Ended.IsZero() {
		v.Ended = &r.Ended
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		step := stepView{Step: s.Step.Name, Status: s.Status, Took: plan.NotMeasured, Tries: s.Tries, Detail: s.Detail, Finds: s.Finds}
		if !s.Ended.IsZero() && !s.Began.IsZero() {
			step.Took = s.Ended.Sub(s.Began)
		}
		for _, p := range r.Planned {
			if p.Step == s.Step.Name {
				step.Planned = p.Took
			}
		}
		v.Steps = append(v.Steps, step)
	}
	for _, g := range r.Open() {
		v.Asked = append(v.Asked, askView{g.Number, g.Step, g.Asks, waitedFor(r, g)})
	}
	return v
}

func printRun(r *plan.Run, now time.Time) {
	v := viewOf(r, now)
	outcome := string(v.Outcome)
	if outcome == "" {
		outcome = "not over"
	}
	fmt.Printf("run %s of %s version %d: %s, rests in %s: %s\n", v.Run, v.Plan, v.Version, outcome, v.Safe, v.SafeText)
	if v.Why != "" {
		fmt.Println("because", v.Why)
	}
	if v.Resumed > 0 {
		fmt.Printf("the runner died and was taken over %d times\n", v.Resumed)
	}
	fmt.Printf("\n%-24s %-12s %10s %10s\n", "step", "", "planned", "took")
	for _, s := range v.Steps {
		fmt.Printf("%-24s %-12s %10s %10s  %s\n", s.Step, s.Status, s.Planned.Round(time.Millisecond), measured(s.Took), s.Detail)
	}
	fmt.Println()
	for _, m := range v.Times.Marks {
		fmt.Printf("%s %-26s %s  %s\n", m.Mark, m.Mark.Text(), m.At.Format("15:04:05.000"), m.Source)
	}
	t := v.Times
	fmt.Printf("RTO t8-t0 %s; detection %s, decision %s, machine %s; whole run %s\n", measured(t.Recovery), measured(t.Detect), measured(t.Decision), measured(t.Machine), t.Whole.Round(time.Millisecond))
	if t.Loss.Known {
		fmt.Printf("RPO %v, %d blocks, %.2f yuan gross; orphans %d, listed %d\n", t.Loss.Time, t.Loss.Blocks, float64(t.Loss.Fen)/100, t.Loss.Orphans, t.Loss.OrphansListed)
	}
	for _, a := range v.Asked {
		fmt.Printf("gate %d %s waits for %v: %s\n", a.Gate, a.Step, a.Of, a.Asks)
	}
}

type planShowCmd struct {
	RunName string `arg:"" optional:"" name:"run" help:"Name of the run; the last one when left out."`
	runnerFlags
}

// Run shows a run.
func (c *planShowCmd) Run() error {
	config, err := runner.ReadConfig(c.Config)
	if err != nil {
		return err
	}
	runs, _, err := readRuns(config)
	if err != nil {
		return err
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if c.RunName != "" && runs[i].Name != c.RunName {
			continue
		}
		if c.JSON {
			return printJSON(viewOf(runs[i], time.Now()))
		}
		printRun(runs[i], time.Now())
		return nil
	}
	return fmt.Errorf("%w: %q", plan.ErrNoRun, c.RunName)
}

type planHistoryCmd struct {
	runnerFlags
}

// Run lists runs and observations.
func (c *planHistoryCmd) Run() error {
	config, err := runner.ReadConfig(c.Config)
	if err != nil {
		return err
	}
	runs, observed, err := readRuns(config)
	if err != nil {
		return err
	}
	_, more, err := readRuns(observing(config))
	if err != nil {
		return err
	}
	observed = append(observed, more...)
	if c.JSON {
		views := []runView{}
		for _, r := range runs {
			views = append(views, viewOf(r, time.Now()))
		}
		return printJSON(map[string]any{"runs": views, "observed": observed})
	}
	for _, r := range runs {
		t := r.Times(time.Now())
		outcome := string(r.Outcome)
		if outcome == "" {
			outcome = "not over"
		}
		fmt.Printf("%s  %-20s %-12s %-12s RTO %-8s machine %-8s rests in %s\n", r.Began.Format(time.RFC3339), r.Name, r.Plan.Name, outcome, measured(t.Recovery), measured(t.Machine), r.Safe)
	}
	for _, e := range observed {
		fmt.Printf("%s  %s\n", e.At.Format(time.RFC3339), e.Detail)
	}
	return nil
}

// observing is the runner's configuration with the folder of the observer, which
// has a control journal of its own so that it never stands in a run's way.
func observing(c *runner.Config) *runner.Config {
	o := *c
	o.Dir = filepath.Join(c.Dir, "observed")
	return &o
}

type planReadinessCmd struct {
	runnerFlags
	Watch bool          `help:"Judge again and again until it is interrupted."`
	Every time.Duration `help:"How often with --watch." default:"1m"`
}

// Run judges readiness; without --watch the exit code is 1 when it is not given.
func (c *planReadinessCmd) Run(ctx context.Context) error {
	d, err := c.room()
	if err != nil {
		return err
	}
	defer d.close()
	for {
		r, err := d.readiness(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			fmt.Println(string(text))
		} else {
			printReadiness(&r)
		}
		if !c.Watch {
			if !r.Ready {
				return errVerdict
			}
			return nil
		}
		if d.world.Pause(ctx, c.Every) != nil {
			return nil
		}
	}
}

func (d *room) readiness(ctx context.Context) (plan.Readiness, error) {
	people, err := d.config.Signatories() // anew: the roster changes
	if err != nil {
		return plan.Readiness{}, err
	}
	library, err := runner.Library(d.config.Plans, people, time.Now())
	if err != nil {
		return plan.Readiness{}, err
	}
	runs, _, err := d.runs()
	if err != nil {
		return plan.Readiness{}, err
	}
	p := d.world.Look(ctx, people)
	p.Plans = runner.Pictures(library)
	for _, r := range runs {
		if r.Outcome == "" {
			p.Running = r.Name
		}
		if r.Plan.Purpose == plan.Drill && r.Outcome == plan.OK && r.Ended.After(p.LastDrill) {
			p.LastDrill = r.Ended
		}
	}
	return plan.Judge(&p, plan.DefaultBounds), nil
}

func printReadiness(r *plan.Readiness) {
	verdict := map[bool]string{true: "ready", false: "NOT READY"}[r.Ready]
	fmt.Printf("%s  %s, %d%% of the reasons hold\n", r.At.Format(time.RFC3339), verdict, r.Score)
	for _, x := range r.Reasons {
		if x.OK {
			continue
		}
		stops := ""
		if x.Stops {
			stops = " (a switch would not work)"
		}
		fmt.Printf("  %s%s: %s\n", x.Name, stops, x.Detail)
	}
}

type planObserveCmd struct {
	runnerFlags
	Every time.Duration `help:"How often both centres are probed." default:"500ms"`
	Until time.Duration `help:"How long to watch; until it is interrupted when left out."`
}

// Run watches and writes down what it would have done. It never acts.
func (c *planObserveCmd) Run(ctx context.Context) (err error) {
	d, err := c.room()
	if err != nil {
		return err
	}
	defer d.close()
	o := observing(d.config)
	engine, err := node.OpenControl(o.Dir, o.Cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	control, err := plan.Take(engine, o.Cell)
	if err != nil {
		return err
	}
	if c.Until > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, c.Until)
		defer done()
	}
	watch, primary := plan.NewWatch(plan.DefaultRule), ""
	for ctx.Err() == nil {
		var seen plan.Seen
		seen, primary = d.world.Observe(ctx, primary)
		if ctx.Err() != nil {
			break
		}
		if says := watch.Look(seen); says != "" {
			fmt.Fprintln(os.Stdout, says)
			if err := control.Append(&plan.Event{Kind: plan.EventObserved, At: time.Now(), Detail: says}); err != nil {
				return err
			}
		}
		if d.world.Pause(ctx, c.Every) != nil {
			break
		}
	}
	return nil
}
