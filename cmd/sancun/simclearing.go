package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/market"
	"sancun/node"
	"sancun/sim/clearing"
	"sancun/wire/csdc"
)

type simClearingCmd struct {
	Trades   []string       `required:"" help:"Files of the day's trades, one an exchange; docs/simulators/clearing.md describes them, sim exchange --trades writes them." type:"path"`
	Out      string         `required:"" help:"Folder the files go to, a folder a day." type:"path"`
	Holdings string         `help:"File of what the accounts hold when the day begins." type:"path"`
	Faults   map[string]int `mapsep:"," help:"Chances in a million files or trades, such as truncated=60000,drop=10."`
	Inject   []string       `help:"A fault of this day for certain: truncated:jsmx, late:sjsmx1, gap, drop:SH or amount:SZ. May be given more than once."`
	Paced    bool           `help:"Send every file at its time instead of all at once."`
	Requests string         `help:"Folder in which requests to send a file again are left (clearing.requests). It is looked into until Ctrl-C, and every file goes out at its time." type:"path"`
	Seed     uint64         `default:"1" help:"Seed of the faults."`
	Date     string         `default:"20230825" help:"Trading day, yyyymmdd."`
	clockFlags
}

// Run plays the evening of a clearing house.
func (c *simClearingCmd) Run(ctx context.Context) error {
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return err
	}
	clock, err := c.clock(date)
	if err != nil {
		return err
	}
	faults := clearing.Faults{Seed: c.Seed, Rates: map[clearing.Fault]int{}}
	for name, n := range c.Faults {
		fault, err := clearing.ParseFault(name)
		if err != nil {
			return fmt.Errorf("--faults %s: %w", name, err)
		}
		faults.Rates[fault] = n
	}
	holdings, err := c.readHoldings()
	if err != nil {
		return err
	}
	trades, err := c.readTrades()
	if err != nil {
		return err
	}
	injections, err := injectionsOf(c.Inject)
	if err != nil {
		return err
	}
	conf := clearing.RunConfig{
		Injections: injections,
		House:      day.Drill{Date: date}.ClearingHouse(holdings, faults, clearing.DirSink{Root: c.Out}), Date: date, Trades: bytes.NewReader(trades),
	}
	if c.Requests != "" {
		return c.follow(ctx, conf, clock)
	}
	if c.Paced {
		conf.Pace = func(ctx context.Context, until calendar.TimeOfDay) error { return wait(ctx, clock, date, until) }
	}
	report, err := clearing.Run(ctx, conf)
	c.print(&report)
	return err
}

// wait waits until it is a time of a date, however the clock is moved meanwhile.
func wait(ctx context.Context, clock node.Clock, date calendar.Date, until calendar.TimeOfDay) error {
	for at := time.UnixMilli(date.UnixMilli(until)); ; {
		left := at.Sub(clock.Now())
		if left <= 0 {
			return nil
		}
		passed, release := clock.After(left)
		select {
		case <-passed:
		case <-ctx.Done():
			release()
			return ctx.Err()
		}
	}
}

func (c *simClearingCmd) print(report *clearing.Report) {
	for _, d := range report.Deliveries {
		fmt.Printf("%s  %s, version %d\n", d.At, d.Name, d.Version)
	}
	fmt.Printf("%d trades cleared, %d files sent to %s, %d faults\n", report.Trades, len(report.Deliveries), c.Out, len(report.Faults))
}

// follow sends every file at its time and answers requests until Ctrl-C.
func (c *simClearingCmd) follow(ctx context.Context, conf clearing.RunConfig, clock node.Clock) error {
	ticks, stop := clock.Every(requestsTick)
	defer stop()
	say(fmt.Sprintf("clearing house: files of %s go to %s, requests come from %s", conf.Date, c.Out, c.Requests), clock)
	report, err := clearing.Follow(ctx, conf, clearing.RequestDir{Root: c.Requests}, ticks, timeOn(clock, conf.Date), func(name string, err error) {
		if err != nil {
			fmt.Printf("asked for %s: %v\n", name, err)
			return
		}
		fmt.Printf("asked for %s: sent again\n", name)
	})
	c.print(&report)
	return err
}

// requestsTick is how often the clearing house looks for requests, in its own time.
const requestsTick = 5 * time.Second

// readTrades lays the files one after another under the head of the first. Another
// head stays where it is, and the house says so.
func (c *simClearingCmd) readTrades() (all []byte, err error) {
	for _, name := range c.Trades {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if head, _, ok := bytes.Cut(all, []byte("\n")); ok {
			text = bytes.TrimPrefix(text, append(head, '\n'))
		}
		all = append(all, text...)
	}
	return all, nil
}

func (c *simClearingCmd) readHoldings() ([]clearing.Holding, error) {
	if c.Holdings == "" {
		return nil, nil
	}
	f, err := os.Open(c.Holdings)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing to lose
	return clearing.ReadHoldings(f)
}

// injectionsOf reads faults as --inject has them: of a file by its layout, of a trade
// by its market.
func injectionsOf(texts []string) (all []clearing.Injection, err error) {
	for _, text := range texts {
		name, of, _ := strings.Cut(text, ":")
		i := clearing.Injection{}
		if i.Fault, err = clearing.ParseFault(name); err != nil {
			return nil, fmt.Errorf("--inject %s: %w", text, err)
		}
		switch {
		case i.Fault.OfFile():
			at := slices.IndexFunc(csdc.Layouts(), func(l csdc.Layout) bool { return strings.EqualFold(l.String(), of) })
			if at >= 0 {
				i.Layout = csdc.Layouts()[at]
			}
		case of == "SH":
			i.Market = market.Shanghai
		case of == "SZ":
			i.Market = market.Shenzhen
		}
		if of == "" != (i.Fault == clearing.FaultGap) || of != "" && i.Layout == 0 && i.Market == 0 {
			return nil, fmt.Errorf("--inject %s: say which file (%v) or which market (SH or SZ); gap needs neither", text, csdc.Layouts())
		}
		all = append(all, i)
	}
	return all, nil
}
