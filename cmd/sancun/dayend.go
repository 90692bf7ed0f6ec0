package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

type dayEndCmd struct {
	Status  dayEndStatusCmd  `cmd:"" help:"Where the day and its end stand."`
	Ready   dayEndReadyCmd   `cmd:"" help:"What stands in the way of the next opening, or of trading."`
	Stop    dayEndStopCmd    `cmd:"" help:"Propose to stop the business day; another person approves it."`
	Open    dayEndOpenCmd    `cmd:"" help:"Propose to open the next business date; another person approves it."`
	Approve dayEndApproveCmd `cmd:"" help:"Show proposals and approve them, as another person than their maker."`
	Run     dayEndRunCmd     `cmd:"" help:"Run the day end, all of it or some steps, and watch it."`
	End     dayEndEndCmd     `cmd:"" help:"End the run under way; it can be run again."`
	Files   dayEndFilesCmd   `cmd:"" help:"List the files of the business date."`
	Ask     dayEndAskCmd     `cmd:"" help:"Ask the clearing house or a bank to send a file again."`
	Adopt   dayEndAdoptCmd   `cmd:"" help:"Propose to adopt a set of clearing files that came unasked."`
	Cases   dayEndCasesCmd   `cmd:"" help:"List the open differences and what the rules advise."`
	Work    dayEndWorkCmd    `cmd:"" help:"Propose what the rules advise about differences; another person approves it."`
	Compare dayEndCompareCmd `cmd:"" help:"Compare trades and positions with the newest clearing files."`
	Settle  dayEndSettleCmd  `cmd:"" help:"List final settlement, or book what is due."`
	Check   dayEndCheckCmd   `cmd:"" help:"The three-way check of a date: ledgers, banks, money."`
}

// Help says how an evening goes.
func (*dayEndCmd) Help() string {
	return `An evening: stop, approve, run --wait; next morning: ready, open, approve. --user and --password may stand in the
environment as SANCUN_USER and SANCUN_PASSWORD. docs/operating.md walks through a whole day.`
}

// with signs in, does one thing and signs out.
func (f *doorFlags) with(ctx context.Context, do func(*door) error) error {
	d, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer d.close(ctx)
	return do(d)
}

// show asks and prints: as it comes, or as text.
func show[A any](ctx context.Context, f *doorFlags, method, path string, body any, text func(*A)) error {
	return f.with(ctx, func(d *door) error { return asked(ctx, d, method, path, body, text) })
}

func asked[A any](ctx context.Context, d *door, method, path string, body any, text func(*A)) error {
	var raw json.RawMessage
	if err := d.call(ctx, method, path, body, &raw); err != nil {
		return err
	}
	if d.flags.JSON || text == nil {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		return printJSON(v)
	}
	a := new(A)
	if err := json.Unmarshal(raw, a); err != nil {
		return err
	}
	text(a)
	return nil
}

// dayState is what the door says of the day and its end.
type dayState struct {
	Date    uint32  `json:"date"`
	Next    uint32  `json:"next"`
	Phase   string  `json:"phase"`
	Lacks   string  `json:"lacks"`
	Run     *dayRun `json:"run"`
	Steps   []step  `json:"steps"`
	Cutoffs []struct {
		Name     string     `json:"name"`
		At       *time.Time `json:"at"`
		Left     int        `json:"left"`
		Forecast *time.Time `json:"forecast"`
		Late     bool       `json:"late"`
	} `json:"cutoffs"`
}

type step struct {
	Number  uint16     `json:"number"`
	Title   string     `json:"title"`
	State   string     `json:"state"`
	Ended   *time.Time `json:"ended"`
	Rows    uint64     `json:"rows"`
	Found   int        `json:"found"`
	Late    bool       `json:"late"`
	Failure string     `json:"failure"`
}

type dayRun struct {
	Running    bool     `json:"running"`
	By         string   `json:"by"`
	Step       string   `json:"step"`
	Done       uint64   `json:"done"`
	Total      uint64   `json:"total"`
	WaitingFor []string `json:"waiting_for"`
	Found      int      `json:"found"`
	Cleared    bool     `json:"cleared"`
	Failure    string   `json:"failure"`
}

// clockTime is a moment as the business reads it.
func clockTime(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.In(beijing).Format("01-02 15:04:05")
}

func (s *dayState) print() {
	fmt.Printf("%d is %s, next is %d\n", s.Date, s.Phase, s.Next)
	if s.Lacks != "" {
		fmt.Println(s.Lacks)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, x := range s.Steps {
		late := ""
		if x.Late {
			late = "late"
		}
		fmt.Fprintf(w, "%2d\t%s\t%s\t%s\t%d rows\t%d found\t%s\n", x.Number, x.State, clockTime(x.Ended), late, x.Rows, x.Found, x.Title)
	}
	for _, c := range s.Cutoffs {
		late := ""
		if c.Late {
			late = "late"
		}
		fmt.Fprintf(w, "%s\tdue %s\tforecast %s\t%s\t%d left\n", c.Name, clockTime(c.At), clockTime(c.Forecast), late, c.Left)
	}
	_ = w.Flush() // a terminal that is gone hears nothing anyway
	if s.Run != nil {
		fmt.Println(s.Run)
	}
}

// String is the run in a line.
func (r *dayRun) String() string {
	switch {
	case r.Running && len(r.WaitingFor) > 0:
		return "waiting for " + strings.Join(r.WaitingFor, "; ")
	case r.Running && r.Total > 0:
		return fmt.Sprintf("running %s: %d of %d", r.Step, r.Done, r.Total)
	case r.Running && r.Step == "":
		return "starting"
	case r.Running:
		return "running " + r.Step
	case r.Failure != "":
		return "ended before its end: " + r.Failure
	case r.Cleared:
		return fmt.Sprintf("the day is cleared, %d differences found", r.Found)
	}
	return fmt.Sprintf("done, %d differences found", r.Found)
}

type dayEndStatusCmd struct{ doorFlags }

// Run prints where the day and its end stand.
func (c *dayEndStatusCmd) Run(ctx context.Context) error {
	return show(ctx, &c.doorFlags, "GET", "/v1/day-end", nil, (*dayState).print)
}

type dayEndReadyCmd struct{ doorFlags }

// Run prints the checks.
func (c *dayEndReadyCmd) Run(ctx context.Context) error {
	type readiness struct {
		Date   uint32 `json:"date"`
		Open   bool   `json:"open"`
		Ready  bool   `json:"ready"`
		Checks []struct {
			Name   string `json:"name"`
			OK     bool   `json:"ok"`
			Stops  bool   `json:"stops"`
			Detail string `json:"detail"`
		} `json:"checks"`
	}
	return show(ctx, &c.doorFlags, "GET", "/v1/day-end/readiness", nil, func(r *readiness) {
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, x := range r.Checks {
			mark := map[bool]string{true: "good", false: "look"}[x.OK]
			if !x.OK && x.Stops {
				mark = "STOPS"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", mark, x.Name, x.Detail)
		}
		_ = w.Flush() // a terminal that is gone hears nothing anyway
		fmt.Printf("%d: %s\n", r.Date, map[[2]bool]string{{true, true}: "open", {false, true}: "may be opened", {false, false}: "may not be opened yet", {true, false}: "open"}[[2]bool{r.Open, r.Ready}])
	})
}

// turnFlags name the day that ends or begins.
type turnFlags struct {
	doorFlags
	Date   uint32 `required:"" help:"The date meant, yyyymmdd, so that nobody stops or opens another."`
	Reason string `required:"" help:"Why, for the one who approves."`
}

func (c *turnFlags) propose(ctx context.Context, path string) error {
	return show(ctx, &c.doorFlags, "POST", path, map[string]any{"date": c.Date, "reason": c.Reason}, printProposed)
}

type proposed struct {
	Ref uint64 `json:"ref"`
}

func printProposed(p *proposed) {
	fmt.Printf("proposal %d waits for another person: sancun day-end approve %d\n", p.Ref, p.Ref)
}

type dayEndStopCmd struct{ turnFlags }

// Run proposes to stop the day.
func (c *dayEndStopCmd) Run(ctx context.Context) error { return c.propose(ctx, "/v1/day-end/stop") }

type dayEndOpenCmd struct{ turnFlags }

// Run proposes to open the next date.
func (c *dayEndOpenCmd) Run(ctx context.Context) error { return c.propose(ctx, "/v1/day-end/open") }

type dayEndApproveCmd struct {
	doorFlags
	Proposals []uint64 `arg:"" help:"Numbers of the proposals."`
	Yes       bool     `help:"Approve them; without this they are only shown."`
}

// Run shows proposals, and approves the content it has shown, one after the other.
func (c *dayEndApproveCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(d *door) error {
		for _, number := range c.Proposals {
			if err := c.approve(ctx, d, number); err != nil {
				return fmt.Errorf("proposal %d: %w", number, err)
			}
		}
		if !c.Yes {
			fmt.Fprintln(os.Stderr, "to approve, give --yes")
		}
		return nil
	})
}

func (c *dayEndApproveCmd) approve(ctx context.Context, d *door, number uint64) error {
	path := fmt.Sprintf("/v1/proposals/%d", number)
	var p struct {
		Act     string          `json:"act"`
		Content json.RawMessage `json:"content"`
		Maker   string          `json:"maker"`
		Reason  string          `json:"reason"`
		State   string          `json:"state"`
		Digest  string          `json:"digest"`
	}
	if err := d.await(ctx, path, &p); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "proposal %d is %s: %s %s by %s, because: %s\n", number, p.State, p.Act, p.Content, p.Maker, p.Reason)
	if !c.Yes {
		return nil
	}
	return asked(ctx, d, "POST", path+"/approve", map[string]any{"digest": p.Digest}, func(*proposed) { fmt.Println("approved") })
}

type dayEndRunCmd struct {
	doorFlags
	Steps  []string `help:"Only these steps, by name, in their order; 'sancun day-end status --json' names them."`
	Wait   bool     `help:"Wait for files that have not come, instead of ending."`
	Detach bool     `help:"Start it and do not watch."`
}

// watchEvery is how often a run is looked at.
const watchEvery = time.Second

// Run starts a run and watches it to its end. Ctrl-C ends the watching, not the run.
func (c *dayEndRunCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(d *door) error {
		var s dayState
		if err := d.call(ctx, "POST", "/v1/day-end/runs", map[string]any{"steps": c.Steps, "wait": c.Wait}, &s); err != nil {
			return err
		}
		if c.Detach {
			return asked(ctx, d, "GET", "/v1/day-end", nil, (*dayState).print)
		}
		for before := ""; s.Run != nil && s.Run.Running; {
			if now := s.Run.String(); now != before {
				fmt.Fprintln(os.Stderr, now)
				before = now
			}
			select {
			case <-time.After(watchEvery):
			case <-ctx.Done():
				return errors.New("the run goes on; 'sancun day-end status' shows it, 'sancun day-end end' ends it")
			}
			s = dayState{}
			if err := d.call(ctx, "GET", "/v1/day-end", nil, &s); err != nil {
				return err
			}
		}
		if err := asked(ctx, d, "GET", "/v1/day-end", nil, (*dayState).print); err != nil {
			return err
		}
		if s.Run != nil && s.Run.Failure != "" {
			return exitError{1, errors.New(s.Run.Failure)}
		}
		return nil
	})
}

type dayEndEndCmd struct{ doorFlags }

// Run ends the run under way.
func (c *dayEndEndCmd) Run(ctx context.Context) error {
	return show(ctx, &c.doorFlags, "DELETE", "/v1/day-end/runs", nil, (*dayState).print)
}
