package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
	"sancun/runner"
)

type planCmd struct {
	Shipped   planShippedCmd   `cmd:"" help:"List the plans that come with the program, or print one."`
	Check     planCheckCmd     `cmd:"" help:"Check a plan: names, values, ways back, gates."`
	Approve   planApproveCmd   `cmd:"" help:"Write the approval of a plan for two people to sign."`
	Sign      planSignCmd      `cmd:"" help:"Sign the approval of a plan with the key of its maker or checker."`
	DryRun    planDryRunCmd    `cmd:"" help:"Say what a run would do now, and how long it would take; changes nothing."`
	Run       planRunCmd       `cmd:"" help:"Carry an approved plan out."`
	Resume    planResumeCmd    `cmd:"" help:"Go on with a run whose runner died."`
	Confirm   planConfirmCmd   `cmd:"" help:"Say yes or no at a gate, or how to go on at a hold, with your own key."`
	Show      planShowCmd      `cmd:"" help:"Show a run: steps, planned against actual time, clock t0 to t9, who is asked."`
	History   planHistoryCmd   `cmd:"" help:"List all runs and what the detection would have done."`
	Readiness planReadinessCmd `cmd:"" help:"Say whether the centres could be switched now, and why not."`
	Observe   planObserveCmd   `cmd:"" help:"Watch both centres and write down when it would have failed over; never acts."`
}

// Help says what plans are.
func (*planCmd) Help() string {
	return `A plan is YAML that two people approved. A run of it is written down event by event in the control journal of the
runner's folder, survives the death of the runner, and asks people at its gates, who sign with keys of their own.
docs/flows/plans.md explains plans and the runner's configuration.`
}

// runnerFlags name the runner.
type runnerFlags struct {
	Config string `help:"The runner's configuration." default:"runner.yaml" type:"existingfile"`
	JSON   bool   `help:"Print JSON."`
}

type planShippedCmd struct {
	Name string `arg:"" optional:"" help:"The plan to print."`
}

// Run lists or prints plans.
func (c *planShippedCmd) Run() error {
	if c.Name == "" {
		for _, name := range runner.Shipped() {
			fmt.Println(name)
		}
		return nil
	}
	text, err := runner.ShippedText(c.Name)
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	return err
}

type planCheckCmd struct {
	Files []string `arg:"" help:"The plans: one, and those it contains." type:"existingfile"`
	JSON  bool     `help:"Print JSON."`
}

// Run checks plans.
func (c *planCheckCmd) Run() error {
	var plans []*plan.Plan
	for _, name := range c.Files {
		p, err := readPlan(name)
		if err != nil {
			return err
		}
		plans = append(plans, p)
	}
	for i, p := range plans {
		whole, err := p.Join(plans)
		if err == nil {
			err = whole.Check(runner.Registry())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Files[i], err)
		}
		planned, took := whole.Forecast(nil)
		if c.JSON {
			if err := printJSON(map[string]any{"plan": p.Name, "version": p.Version, "hash": p.Hash, "steps": len(planned), "expected_ns": took}); err != nil {
				return err
			}
			continue
		}
		fmt.Printf("%s: %s version %d, %d steps, about %v; SHA-256 %v\n", c.Files[i], p.Name, p.Version, len(planned), took, p.Hash)
	}
	return nil
}

func readPlan(name string) (*plan.Plan, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p, err := plan.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

type planApproveCmd struct {
	File    string        `arg:"" help:"The plan." type:"existingfile"`
	Maker   string        `help:"Who makes it; needs the duty operate." required:""`
	Checker string        `help:"Who checks it; needs the duty command." required:""`
	Valid   time.Duration `help:"How long the approval holds, at most 366 days." default:"4380h"`
}

// Run writes an approval without signatures beside the plan.
func (c *planApproveCmd) Run() error {
	p, err := readPlan(c.File)
	if err != nil {
		return err
	}
	a := p.Draft(c.Maker, c.Checker, time.Now(), c.Valid)
	text, err := json.MarshalIndent(&a, "", "  ")
	if err != nil {
		return err
	}
	name := runner.ApprovalFile(c.File)
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := make600(name, append(text, '\n')); err != nil {
		return err
	}
	fmt.Printf("%s is to be signed by %s and %s:\nsancun plan sign %s NAME KEY\n", name, c.Maker, c.Checker, c.File)
	return nil
}

type planSignCmd struct {
	File string `arg:"" help:"The plan." type:"existingfile"`
	Name string `arg:"" help:"Who signs."`
	Key  string `arg:"" help:"The signer's private key." type:"existingfile"`
}

// Run adds a signature to the approval of a plan, if it is the plan's.
func (c *planSignCmd) Run() error {
	p, err := readPlan(c.File)
	if err != nil {
		return err
	}
	name := runner.ApprovalFile(c.File)
	a, err := runner.ReadApproval(name)
	if err != nil {
		return err
	}
	if a.Hash != p.Hash || a.Plan != p.Name || a.Version != p.Version {
		return fmt.Errorf("%s is of another text than %s; draft it anew", name, c.File)
	}
	key, err := node.ReadPersonKey(c.Key)
	if err != nil {
		return err
	}
	if err := a.Sign(c.Name, key); err != nil {
		return err
	}
	text, err := json.MarshalIndent(&a, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}

// room is what most subcommands work with.
type room struct {
	config *runner.Config
	world  *runner.World
	people []dr.Operator
	close  func()
}

func (f *runnerFlags) room() (*room, error) {
	config, err := runner.ReadConfig(f.Config)
	if err != nil {
		return nil, err
	}
	people, err := config.Signatories()
	if err != nil {
		return nil, err
	}
	world, closeWorld, err := config.World()
	if err != nil {
		return nil, err
	}
	return &room{config, world, people, closeWorld}, nil
}

// runs reads the control journal without taking it; a folder without one has none.
func (d *room) runs() ([]*plan.Run, []plan.Event, error) { return readRuns(d.config) }

func readRuns(c *runner.Config) (runs []*plan.Run, observed []plan.Event, err error) {
	if _, err := os.Stat(c.Dir + "/control"); errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	journal, err := node.LookControl(c.Dir, c.Cell)
	if err != nil {
		return nil, nil, err
	}
	runs, observed, err = plan.Read(journal.Read)
	return runs, observed, errors.Join(err, journal.Close())
}

// pairs reads NAME=VALUE flags.
func pairs(given []string) (out []plan.Pair, err error) {
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE", text)
		}
		out = plan.With(out, name, value)
	}
	return out, nil
}

type planDryRunCmd struct {
	Plan string `arg:"" help:"Name of the plan in the runner's folder of plans."`
	runnerFlags
	Set []string `help:"NAME=VALUE of the plan's parameters." sep:"none"`
}

// Run prints what would be done.
func (c *planDryRunCmd) Run(ctx context.Context) error {
	d, err := c.room()
	if err != nil {
		return err
	}
	defer d.close()
	library, err := runner.Library(d.config.Plans, d.people, time.Now())
	if err != nil {
		return err
	}
	_, whole, approval := runner.Set(library, c.Plan)
	if whole == nil {
		return approval
	}
	given, err := pairs(c.Set)
	if err != nil {
		return err
	}
	values, missing := runner.Values(whole, given)
	if len(missing) > 0 {
		return fmt.Errorf("give --set NAME=VALUE for %s", strings.Join(missing, ", "))
	}
	runs, _, err := d.runs()
	if err != nil {
		return err
	}
	p := runner.DryRun(ctx, d.world, whole, values, plan.Past(runs, whole.Name))
	if approval != nil {
		p.Works, p.Why = false, append(p.Why, approval.Error())
	}
	if c.JSON {
		err = printJSON(p)
	} else {
		printProspect(&p)
	}
	if err == nil && !p.Works {
		return errVerdict
	}
	return err
}

func printProspect(p *runner.Prospect) {
	fmt.Printf("%s version %d, %s; nothing was changed\n\n", p.Plan, p.Version, p.At.Format(time.RFC3339))
	for _, s := range p.Steps {
		fmt.Printf("%8s  %-24s %s\n", "+"+s.Offset.Round(time.Millisecond).String(), s.Step, s.Says)
		for _, l := range s.Checks {
			mark := holding(l.OK)
			if !l.Counts {
				mark += " now"
			}
			fmt.Printf("%8s  %-24s   %s %s: %s\n", "", "", l.Name, mark, l.Detail)
		}
	}
	fmt.Printf("\nwhole run %v; RTO %s (decision %s, machine %s), by %s\nRPO now: %s, %d blocks, %.2f yuan gross, %v (%s)\n",
		p.Whole.Round(time.Millisecond), measured(p.RTO), measured(p.Decide), measured(p.Machine), p.Source, p.Loss.Mode, p.Loss.Blocks, float64(p.Loss.Fen)/100, p.Loss.Time, p.Loss.Text)
	if p.Works {
		fmt.Println("it would begin")
		return
	}
	fmt.Println("it would not get far:")
	for _, w := range p.Why {
		fmt.Println("  " + w)
	}
}

func measured(d time.Duration) string {
	if d == plan.NotMeasured {
		return "-"
	}
	return d.Round(time.Millisecond).String()
}

func holding(ok bool) string {
	if ok {
		return "holds"
	}
	return "does not hold"
}
