package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/journal"
	"sancun/node"
	"sancun/parallel"
	"sancun/record"
	"sancun/replica"
)

// Clearing is parallel clearing in the report.
type Clearing struct {
	parallel.Comparison
	Day     string `json:"day"`
	Clients int    `json:"clients"`
	Orders  int    `json:"orders"`
	Image   uint64 `json:"image_height"`
}

// print writes the two tables.
func (c *Clearing) print(row func(format string, args ...any)) {
	if c == nil {
		return
	}
	row("parallel clearing of %s     %d rows equal, %d different; whole state equal %v; 21:00 and 23:00 kept %v (%s, %s)\n", c.Day, c.RowsEqual, c.RowsDifferent, c.RootEqual,
		c.InTime, c.Second.Reported.Format(time.TimeOnly), c.Second.Banked.Format(time.TimeOnly))
	for _, r := range c.Rows {
		row("  %-44s %7d items  %.12s  %.12s  equal %v\n", r.Name, r.Items[1], r.Main, r.Second, r.Equal)
	}
	for _, t := range c.Times {
		row("  %-44s main %7.0f ms, second %7.0f ms  %s\n", t.Name, t.MainMS, t.SecondMS, t.Verdict)
	}
}

// clearing plays a small trading day, takes its image at the instant before clearing
// at both centres, clears both and compares.
func (d *drill) clearing(ctx context.Context) error {
	if d.o.Data == "" {
		return nil
	}
	if _, err := os.Stat(d.o.Data); err != nil {
		d.report.NotAvailable = append(d.report.NotAvailable, "clearing (the market data are not there; make data fetches them)")
		return nil
	}
	dir := filepath.Join(d.o.Dir, "clearing")
	c, err := ClearBoth(ctx, dir, day.Config{Dir: filepath.Join(dir, "day"), Data: d.o.Data, Clients: d.o.ClearClients, Orders: d.o.ClearOrders, Faults: true})
	d.report.Clearing = c
	if err != nil {
		return err
	}
	if c.RowsDifferent > 0 || !c.RootEqual {
		return fmt.Errorf("the two centres cleared differently: %v, whole state equal %v", c.Differing(), c.RootEqual)
	}
	d.o.Say("parallel clearing: %d rows equal, %d different", c.RowsEqual, c.RowsDifferent)
	return nil
}

// ClearBoth plays a day and clears it at two centres, each on a fork of its own. The
// second centre's journal came to it as blocks that it proved, as from a line.
func ClearBoth(ctx context.Context, dir string, c day.Config) (r *Clearing, err error) {
	r = &Clearing{Clients: c.Clients, Orders: c.Orders}
	forks := [2]string{filepath.Join(dir, names[0]), filepath.Join(dir, names[1])}
	evening, err := day.PlayEvening(ctx, c, func(ctx context.Context, core *node.Core) error {
		at, root, err := core.Branch(ctx, filepath.ToSlash(forks[0]))
		if err != nil {
			return err
		}
		r.Image = at.Height
		return copyAndFork(ctx, core, filepath.ToSlash(filepath.Join(dir, "copy")), filepath.ToSlash(forks[1]), root)
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, evening.Close()) }()
	var cleared [2]parallel.Cleared
	for i, fork := range forks {
		if cleared[i], err = clearFork(ctx, names[i], fork, evening); err != nil {
			return nil, err
		}
	}
	options, err := evening.Options(nil)
	if err != nil {
		return nil, err
	}
	r.Day = calendar.Date(options.Date).String()
	r.Comparison, err = parallel.Compare(cleared[0], cleared[1], options)
	return r, err
}

// copyAndFork makes the second centre's copy of a journal, block by block through
// both ends of the line's protocol, and forks it.
func copyAndFork(ctx context.Context, from *node.Core, dir, fork string, root journal.Hash) error {
	core, err := node.OpenCore(node.CoreConfig{Dir: dir, Standby: true})
	if err != nil {
		return err
	}
	defer func() { _ = core.Abandon() }() // a copy that is not needed any more
	if err := converse(from, core.Engine()); err != nil {
		return fmt.Errorf("copy the journal to the second centre: %w", err)
	}
	if _, err := core.CatchUp(); err != nil {
		return err
	}
	at, got, err := core.Branch(ctx, fork)
	if err == nil && got != root {
		err = fmt.Errorf("at the image, height %d, the second centre has the root %v, the main centre %v", at.Height, got, root)
	}
	return err
}

// converse has a follower copy a core's blocks to their end, without a line between.
func converse(from *node.Core, to journal.Engine) error {
	now := func() int64 { return 0 }
	source := replica.NewSource(replica.SourceOptions{Chain: from.Engine(), Cell: 1, Centre: names[0], Epoch: from.Epoch(), Now: now})
	follower, err := replica.NewFollower(replica.FollowerOptions{Engine: to, Cell: 1, Centre: names[1], Applied: func() replica.Applied { return replica.Applied{} }, Now: now})
	if err != nil {
		return err
	}
	hello, err := follower.Hello()
	if err != nil {
		return err
	}
	if err := source.Receive(hello); err != nil {
		return err
	}
	for {
		said, err := source.Next()
		if err != nil || said == nil {
			return err
		}
		answer, err := follower.Receive(said)
		if err != nil {
			return err
		}
		if answer != nil {
			if err := source.Receive(answer); err != nil {
				return err
			}
		}
	}
}

// clearFork opens a fork as a drill does and clears it.
func clearFork(ctx context.Context, name, dir string, evening *day.Evening) (c parallel.Cleared, err error) {
	core, err := node.OpenCore(node.CoreConfig{Dir: filepath.ToSlash(dir), Drill: true, Standby: true, Now: evening.Now})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, core.Abandon()) }()
	if err := core.Promote(ctx, record.Promote{
		Centre: "clearing", Epoch: journal.DrillEpoch(core.Epoch()), Plan: "parallel-clearing", Reason: "parallel clearing on a fork",
		Maker: record.CallerOf(record.CallerStaff, 1), Checker: record.CallerOf(record.CallerStaff, 2),
	}); err != nil {
		return c, err
	}
	options, err := evening.Options(core)
	if err != nil {
		return c, err
	}
	return parallel.Clear(ctx, name, core, evening.Inputs(), options, time.Now)
}
