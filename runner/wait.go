package runner

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
)

// again looks until it holds or the time of the step is over; then the error says
// what was seen last.
func (w *World) again(ctx context.Context, look func() (bool, string)) error {
	for {
		ok, saw := look()
		if ok {
			return nil
		}
		if err := w.Pause(ctx, lookAgain); err != nil {
			return fmt.Errorf("%s: %w", saw, err)
		}
	}
}

func waitCopy(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	height, err := strconv.ParseUint(c.Value("height"), 10, 64)
	if err != nil {
		return nil, err
	}
	return nil, w.again(ctx, func() (bool, string) {
		s, err := w.state(ctx, c.Value("centre"), false)
		return err == nil && s.Applied >= height, fmt.Sprintf("%s has applied %d of %d, %v", c.Value("centre"), s.Applied, height, err)
	})
}

func compareRoot(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	s, err := w.state(ctx, c.Value("centre"), true)
	switch {
	case err != nil:
		return nil, err
	case number(s.RootAt) != c.Value("height"):
		return nil, fmt.Errorf("%s is at height %d, wanted is %s", c.Value("centre"), s.RootAt, c.Value("height"))
	case s.Root != c.Value("root"):
		return nil, fmt.Errorf("at height %s %s has the root %s, wanted is %s", c.Value("height"), c.Value("centre"), s.Root, c.Value("root"))
	}
	return nil, nil
}

// sameRoot compares both centres. While one writes the other is asked for the root
// at the height at which the first was; under load the heights meet by chance, so
// it is tried until they do.
func sameRoot(ctx context.Context, w *World, c *Call) (finds []plan.Pair, err error) {
	var differ error
	err = w.again(ctx, func() (bool, string) {
		a, err := w.state(ctx, c.Value("a"), true)
		if err != nil {
			return false, err.Error()
		}
		b, err := w.state(ctx, c.Value("b"), true)
		if err != nil || a.RootAt != b.RootAt {
			return false, fmt.Sprintf("%s is at %d, %s at %d, %v", c.Value("a"), a.RootAt, c.Value("b"), b.RootAt, err)
		}
		if a.Root != b.Root {
			differ = fmt.Errorf("at height %d the roots are %s and %s", a.RootAt, a.Root, b.Root)
		}
		finds = []plan.Pair{{Name: "height", Value: number(a.RootAt)}, {Name: "root", Value: a.Root}}
		return true, ""
	})
	if differ != nil {
		return nil, differ
	}
	return finds, err
}

// findFault finds t0: the last news that the heir had of the centre that wrote, or
// an earlier time that the run was begun with.
func findFault(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	before := w.Now()
	s, err := w.state(ctx, c.Value("heir"), false)
	if err != nil {
		return nil, err
	}
	off := s.Time.Sub(before.Add(w.Now().Sub(before) / 2)) // a drill's clocks run at another time
	at := w.Now()
	if !s.Line.BeatAt.IsZero() {
		at = s.Line.BeatAt.Add(-off)
	}
	for _, m := range c.Marks {
		if m.Mark == plan.MarkFault && m.At.Before(at) {
			at = m.At
		}
	}
	last := s.Time.Add(-time.Duration(s.BlockAge) * time.Millisecond).Add(-off) // the commit time of the last block there
	return []plan.Pair{
		{Name: "at", Value: at.UTC().Format(time.RFC3339Nano)}, {Name: "height", Value: number(s.Stored)},
		{Name: "rpo_ms", Value: number(uint64(max(0, at.Sub(last).Milliseconds())))},
	}, nil
}

func probe(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	p, ok := w.Probes(c.Value("name"))
	if !ok {
		return nil, fmt.Errorf("the runner has no probe %q; it has %v", c.Value("name"), w.Known)
	}
	return p(ctx, c.Values)
}

// linesUp waits until all lines of a kind are up.
func linesUp(kind string) func(context.Context, *World, *Call) ([]plan.Pair, error) {
	return func(ctx context.Context, w *World, c *Call) (finds []plan.Pair, err error) {
		return finds, w.again(ctx, func() (bool, string) {
			o, err := w.outlook(ctx, c.Value("centre"))
			if err != nil {
				return false, err.Error()
			}
			var down, parts []string
			lines := 0
			for _, l := range o.Lines {
				if l.Kind != kind {
					continue
				}
				if lines++; !l.Up {
					down = append(down, l.Name+" "+l.State)
				}
				if l.Reports != "" {
					parts = append(parts, l.Name+" "+l.Reports)
				}
			}
			finds = []plan.Pair{{Name: "lines", Value: strconv.Itoa(lines)}}
			if kind == node.LineExchange {
				finds = append(finds, plan.Pair{Name: "partitions", Value: strings.Join(parts, "; ")})
			}
			return len(down) == 0 && o.Writes, fmt.Sprintf("down are %v; writes: %t", down, o.Writes)
		})
	}
}

func countOrphans(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	o, err := w.outlook(ctx, c.Value("centre"))
	if err != nil {
		return nil, err
	}
	return []plan.Pair{
		{Name: "rpo_blocks", Value: number(o.Parted.Blocks)}, {Name: "rpo_money_fen", Value: strconv.FormatInt(o.Parted.CashFen, 10)},
		{Name: "orphans", Value: number(o.Parted.Orphans)}, {Name: "orphans_listed", Value: number(o.Parted.Listed)},
	}, nil
}

// checks are what plans may look at. None changes anything.
var checks = []Check{
	{
		Signature: plan.Signature{Name: "answers", Help: "The centre's control door answers.", Takes: []plan.Taken{takes("centre", plan.Centre)}},
		Look:      looked(func(c *Call, s *node.CentreState) (bool, string) { return true, s.Centre + " is " + s.Role }),
	},
	{
		Signature: plan.Signature{Name: "silent", Help: "The centre's control door does not answer, for as long as the wanted time.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("for", plan.Duration)}},
		Look:      silent,
	},
	{
		Signature: plan.Signature{Name: "role", Help: "The centre is in a role.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("is", plan.RoleName)}},
		Look: looked(func(c *Call, s *node.CentreState) (bool, string) {
			return s.Role == c.Value("is"), s.Centre + " is " + s.Role
		}),
	},
	{
		Signature: plan.Signature{Name: "copying", Help: "The centre copies, has a line to the other, and has applied all it has.", Takes: []plan.Taken{takes("centre", plan.Centre)}},
		Look: looked(func(_ *Call, s *node.CentreState) (bool, string) {
			ok := s.Role == dr.Standby.String() && s.Line.Connected && s.Applied == s.Stored
			return ok, fmt.Sprintf("%s is %s, line %t, applied %d of %d", s.Centre, s.Role, s.Line.Connected, s.Applied, s.Stored)
		}),
	},
	{
		Signature: plan.Signature{Name: "agrees", Help: "No state root of the centre has differed.", Takes: []plan.Taken{takes("centre", plan.Centre)}},
		Look: looked(func(_ *Call, s *node.CentreState) (bool, string) {
			return !s.Disagree, fmt.Sprintf("%s disagrees: %t", s.Centre, s.Disagree)
		}),
	},
	{
		Signature: plan.Signature{Name: "mode", Help: "The centre is in a protection mode.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("is", plan.Mode)}},
		Look: looked(func(c *Call, s *node.CentreState) (bool, string) {
			return s.Mode == modeName(c.Value("is")), s.Centre + " is in mode " + s.Mode
		}),
	},
	{
		Signature: plan.Signature{Name: "delay", Help: "The copy is not further behind than a time.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("most", plan.Duration)}},
		Look: looked(func(c *Call, s *node.CentreState) (bool, string) {
			most, err := time.ParseDuration(c.Value("most"))
			if err != nil || s.Line.Behind == nil {
				return false, s.Centre + " measures no delay"
			}
			d := time.Duration(s.Line.Behind.StoredNS)
			return d <= most, fmt.Sprintf("the copy is %v behind, %d blocks", d, s.Line.Behind.Blocks)
		}),
	},
	{
		Signature: plan.Signature{Name: "no-trading-day", Help: "The date of the centre is no trading day.", Takes: []plan.Taken{takes("centre", plan.Centre)}},
		Look:      noTrading,
	},
	{
		Signature: plan.Signature{Name: "lines", Help: "Every line of the centre to banks and exchanges is up.", Takes: []plan.Taken{takes("centre", plan.Centre)}},
		Look: func(ctx context.Context, w *World, c *Call) (bool, string) {
			o, err := w.outlook(ctx, c.Value("centre"))
			if err != nil {
				return false, err.Error()
			}
			for _, l := range o.Lines {
				if !l.Up {
					return false, l.Name + " is " + l.State
				}
			}
			return true, fmt.Sprintf("%d lines are up", len(o.Lines))
		},
	},
}

// looked makes a check of a centre's state.
func looked(holds func(c *Call, s *node.CentreState) (bool, string)) func(context.Context, *World, *Call) (bool, string) {
	return func(ctx context.Context, w *World, c *Call) (bool, string) {
		s, err := w.state(ctx, c.Value("centre"), false)
		if err != nil {
			return false, c.Value("centre") + " does not answer: " + err.Error()
		}
		return holds(c, &s)
	}
}

// silent asks as long as it is to be silent; one answer is enough to deny it.
func silent(ctx context.Context, w *World, c *Call) (bool, string) {
	want, err := time.ParseDuration(c.Value("for"))
	if err != nil {
		return false, err.Error()
	}
	began := w.Now()
	for asked := 1; ; asked++ {
		_, err := w.state(ctx, c.Value("centre"), false)
		if err == nil {
			return false, c.Value("centre") + " answers"
		}
		if took := w.Now().Sub(began); took >= want {
			return true, fmt.Sprintf("%s has not answered %d questions in %v: %v", c.Value("centre"), asked, took.Round(time.Millisecond), err)
		}
		if w.Pause(ctx, lookAgain) != nil {
			return false, "the time of the step is over"
		}
	}
}
