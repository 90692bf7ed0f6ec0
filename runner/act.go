package runner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
)

func takes(name string, of plan.Type) plan.Taken { return plan.Taken{Name: name, Type: of} }
func may(name string, of plan.Type) plan.Taken {
	return plan.Taken{Name: name, Type: of, Optional: true}
}

// acts are what plans may do. Those that change something at a centre are orders of
// two people, and can be asked back.
var acts = []Act{
	{
		Signature: plan.Signature{Name: "hand-over", Help: "The writing centre ends its reign for the next epoch.", Takes: []plan.Taken{takes("centre", plan.Centre)},
			Finds: []plan.Found{{Name: "height", Type: plan.Height}, {Name: "root", Type: plan.Root}}, Changes: true, Asks: true, Order: dr.ActHandOver},
		Do: order(handedOver), Ask: handedOver, Draft: draftNext("centre", true),
		Says: func(c *Call) string {
			return "order " + c.Value("centre") + " to end its reign: it takes in nothing more, answers what it took in, and fences its own store"
		},
	},
	{
		Signature: plan.Signature{Name: "fence", Help: "The centre that wrote is told to stop, if it can still be reached; the heir's store is fenced by its promotion in any case.",
			Takes: []plan.Taken{takes("centre", plan.Centre), takes("heir", plan.Centre)}, Finds: []plan.Found{{Name: "reached", Type: plan.Bool}}, Changes: true, Asks: true, Again: true, Order: dr.ActHandOver},
		Do: fence, Ask: fenced, Draft: draftNext("heir", false),
		Says: func(c *Call) string {
			return "order " + c.Value("centre") + " to stop writing if it can be reached; if not, note that"
		},
	},
	{
		Signature: plan.Signature{Name: "promote", Help: "A copying centre fences its store, applies what it has, and writes under the next epoch.",
			Takes: []plan.Taken{takes("centre", plan.Centre), takes("planned", plan.Bool)}, Finds: []plan.Found{{Name: "height", Type: plan.Height}, {Name: "epoch", Type: plan.Number}},
			Changes: true, Asks: true, Order: dr.ActPromote},
		Do: order(promoted), Ask: promoted, Draft: draftPromote,
		Says: func(c *Call) string { return "order " + c.Value("centre") + " to write under the next epoch" },
	},
	{
		Signature: plan.Signature{Name: "set-mode", Help: "The protection mode of the writing centre.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("mode", plan.Mode)}, Changes: true, Asks: true, Order: dr.ActProtection},
		Do:        order(modeSet), Ask: modeSet, Draft: draftMode,
		Says: func(c *Call) string { return "order " + c.Value("centre") + " to go into mode " + c.Value("mode") },
	},
	{
		Signature: plan.Signature{Name: "rebase", Help: "A parted centre keeps its orphans and goes back to the common block; one that has not parted is left alone.",
			Takes: []plan.Taken{takes("centre", plan.Centre)}, Changes: true, Asks: true, Order: dr.ActRebase},
		Do: rebase, Ask: rebased, Draft: draftPresent,
		Says: func(c *Call) string {
			return "order " + c.Value("centre") + " to keep what only it has, with a list, and to copy again from the common block"
		},
	},
	{
		Signature: plan.Signature{Name: "take-path", Help: "A centre uses another access path to a counterparty.",
			Takes: []plan.Taken{takes("centre", plan.Centre), takes("line", plan.Line), takes("path", plan.Path)}, Changes: true, Asks: true, Order: dr.ActPath},
		Do: order(pathTaken), Ask: pathTaken, Draft: draftPath,
		Says: func(c *Call) string {
			return "order " + c.Value("centre") + " to reach " + c.Value("line") + " by the path " + c.Value("path")
		},
	},
	{
		Signature: plan.Signature{Name: "drill-begin", Help: "The standby opens a copy of its state in a closed zone.", Takes: []plan.Taken{takes("centre", plan.Centre), may("zone", plan.Text)}, Changes: true, Asks: true, Order: dr.ActDrillBegin},
		Do:        order(drillBegun), Ask: drillBegun, Draft: draftDrill(dr.ActDrillBegin),
		Says: func(c *Call) string { return "order " + c.Value("centre") + " to open a copy of its state" },
	},
	{
		Signature: plan.Signature{Name: "drill-end", Help: "The copy is purged.", Takes: []plan.Taken{takes("centre", plan.Centre)}, Changes: true, Asks: true, Order: dr.ActDrillEnd},
		Do:        order(drillEnded), Ask: drillEnded, Draft: draftDrill(dr.ActDrillEnd),
		Says: func(c *Call) string { return "order " + c.Value("centre") + " to purge its copy" },
	},
	{
		Signature: plan.Signature{Name: "find-fault", Help: "When the centre that wrote was last heard of by the other: t0 of the clock.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("heir", plan.Centre)},
			Finds: []plan.Found{{Name: "at", Type: plan.Moment}, {Name: "height", Type: plan.Height}, {Name: "rpo_ms", Type: plan.Number}}},
		Do: findFault, Says: func(c *Call) string { return "note when " + c.Value("heir") + " last heard of " + c.Value("centre") },
	},
	{
		Signature: plan.Signature{Name: "wait-copy", Help: "Waits until the copy has applied a height.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("height", plan.Height)}},
		Do:        waitCopy, Says: func(c *Call) string {
			return "wait until " + c.Value("centre") + " has applied height " + c.Value("height")
		},
	},
	{
		Signature: plan.Signature{Name: "compare-root", Help: "The state of a centre at a height has a root.", Takes: []plan.Taken{takes("centre", plan.Centre), takes("height", plan.Height), takes("root", plan.Root)}},
		Do:        compareRoot, Says: func(c *Call) string {
			return "compare the root of " + c.Value("centre") + " at height " + c.Value("height")
		},
	},
	{
		Signature: plan.Signature{Name: "same-root", Help: "Both centres have the same root at the same height.", Takes: []plan.Taken{takes("a", plan.Centre), takes("b", plan.Centre)},
			Finds: []plan.Found{{Name: "height", Type: plan.Height}, {Name: "root", Type: plan.Root}}},
		Do: sameRoot, Says: func(c *Call) string {
			return "compare the roots of " + c.Value("a") + " and " + c.Value("b") + " at one height"
		},
	},
	{
		Signature: plan.Signature{Name: "probe", Help: "Runs a probe of the runner's configuration: verification of the business, a notice.", Takes: []plan.Taken{takes("name", plan.Text), may("centre", plan.Centre), may("text", plan.Text)},
			Finds: []plan.Found{{Name: "at", Type: plan.Moment}, {Name: "verified", Type: plan.Number}}},
		Do: probe, Says: func(c *Call) string { return "run the probe " + c.Value("name") },
	},
	{
		Signature: plan.Signature{Name: "sign-in-banks", Help: "Waits until every bank has taken the sign-in of the new writing centre.", Takes: []plan.Taken{takes("centre", plan.Centre)}, Finds: []plan.Found{{Name: "lines", Type: plan.Number}}},
		Do:        linesUp(node.LineBank), Says: func(c *Call) string { return "wait until " + c.Value("centre") + " is signed in at every bank" },
	},
	{
		Signature: plan.Signature{Name: "sync-reports", Help: "Waits until every exchange line has synchronised its reports from the partition indexes of the journal.", Takes: []plan.Taken{takes("centre", plan.Centre)},
			Finds: []plan.Found{{Name: "lines", Type: plan.Number}, {Name: "partitions", Type: plan.Text}}},
		Do: linesUp(node.LineExchange), Says: func(c *Call) string {
			return "wait until " + c.Value("centre") + " has asked both exchanges for their reports from the next index of every partition"
		},
	},
	{
		Signature: plan.Signature{Name: "count-orphans", Help: "What the old centre answered and the new one never got.", Takes: []plan.Taken{takes("centre", plan.Centre)},
			Finds: []plan.Found{{Name: "rpo_blocks", Type: plan.Number}, {Name: "rpo_money_fen", Type: plan.Number}, {Name: "orphans", Type: plan.Number}, {Name: "orphans_listed", Type: plan.Number}}},
		Do: countOrphans, Says: func(c *Call) string { return "count the orphans that " + c.Value("centre") + " kept" },
	},
}

// asker finds out what became of an act.
type asker func(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string)

// order brings the signed order of an act to its centre. A refusal, or an error
// behind which nothing was done, is ErrNotDone.
func order(ask asker) func(context.Context, *World, *Call) ([]plan.Pair, error) {
	return func(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
		centre, err := w.Centre(c.Value("centre"))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotDone, err)
		}
		if c.Order.MakerSign == nil || c.Order.CheckerSign == nil {
			return nil, fmt.Errorf("%w: two people have not signed its order", ErrNotDone)
		}
		result, err := centre.Order(ctx, c.Order)
		switch {
		case err == nil:
			return foundIn(&result, c), nil
		case errors.Is(err, dr.ErrOrder):
			return nil, fmt.Errorf("%w: %w", ErrNotDone, err)
		}
		outcome, finds, detail := ask(ctx, w, c)
		switch outcome {
		case plan.OK:
			return finds, nil
		case plan.Failed:
			if errors.Is(err, node.ErrControl) { // it said no, and it did not
				return nil, fmt.Errorf("%w: %w", ErrNotDone, err)
			}
		}
		return nil, fmt.Errorf("%w (asked back: %s)", err, detail)
	}
}

func foundIn(r *node.OrderResult, c *Call) []plan.Pair {
	switch c.Order.Act {
	case dr.ActHandOver:
		if r.Root != "" {
			return []plan.Pair{{Name: "height", Value: number(r.Height)}, {Name: "root", Value: r.Root}}
		}
	case dr.ActPromote:
		return []plan.Pair{{Name: "height", Value: number(r.Height)}, {Name: "epoch", Value: number(uint64(r.Epoch))}}
	}
	return nil
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// state asks the centre that a value names.
func (w *World) state(ctx context.Context, name string, withRoot bool) (node.CentreState, error) {
	centre, err := w.Centre(name)
	if err != nil {
		return node.CentreState{}, err
	}
	within, done := context.WithTimeout(ctx, askWithin)
	defer done()
	return centre.State(within, withRoot)
}

func handedOver(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), true)
	switch {
	case err != nil:
		return plan.Unknown, nil, err.Error()
	case s.Role == dr.Primary.String() && s.Newest < c.Order.Epoch:
		return plan.Failed, nil, "it still writes"
	case s.Fence >= c.Order.Epoch && s.Role == dr.Standby.String() && s.RootAt == s.Stored:
		return plan.OK, []plan.Pair{{Name: "height", Value: number(s.Stored)}, {Name: "root", Value: s.Root}}, "it handed over"
	}
	return plan.Unknown, nil, fmt.Sprintf("it is %s in epoch %d behind fence %d", s.Role, s.Newest, s.Fence)
}

func promoted(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	switch {
	case err != nil:
		return plan.Unknown, nil, err.Error()
	case s.Role == dr.Primary.String() && s.Newest >= c.Order.Epoch:
		return plan.OK, []plan.Pair{{Name: "height", Value: number(s.Stored)}, {Name: "epoch", Value: number(uint64(s.Newest))}}, "it writes"
	case s.Role == dr.Standby.String() && s.Newest < c.Order.Epoch:
		return plan.Failed, nil, "it still copies"
	}
	return plan.Unknown, nil, fmt.Sprintf("it is %s in epoch %d", s.Role, s.Newest)
}

func modeSet(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	switch {
	case err != nil:
		return plan.Unknown, nil, err.Error()
	case s.Mode == modeName(c.Value("mode")):
		return plan.OK, nil, "it is in mode " + s.Mode
	}
	return plan.Failed, nil, "it is in mode " + s.Mode
}

func modeName(mode string) string {
	for i := range mode {
		if mode[i] == ' ' {
			return mode[:i]
		}
	}
	return mode
}

func pathTaken(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	o, err := w.outlook(ctx, c.Value("centre"))
	if err != nil {
		return plan.Unknown, nil, err.Error()
	}
	for _, l := range o.Lines {
		if l.Name == c.Value("line") {
			if l.Path == c.Value("path") {
				return plan.OK, nil, "it uses the path " + l.Path
			}
			return plan.Failed, nil, "it uses the path " + l.Path
		}
	}
	return plan.Failed, nil, "it has no line " + c.Value("line")
}

func (w *World) outlook(ctx context.Context, name string) (node.Outlook, error) {
	centre, err := w.Centre(name)
	if err != nil {
		return node.Outlook{}, err
	}
	within, done := context.WithTimeout(ctx, askWithin)
	defer done()
	return centre.Outlook(within)
}

// fence orders the old centre to stop when it can be reached.
func fence(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	outcome, finds, detail := fenced(ctx, w, c)
	if outcome == plan.OK {
		return finds, nil
	}
	centre, err := w.Centre(c.Value("centre"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDone, err)
	}
	if _, err := centre.Order(ctx, c.Order); err != nil {
		if outcome, finds, _ = fenced(ctx, w, c); outcome == plan.OK {
			return finds, nil
		}
		return nil, fmt.Errorf("%w (%s)", err, detail)
	}
	return []plan.Pair{{Name: "reached", Value: "true"}}, nil
}

// fenced: a centre that cannot be reached is no hindrance, because the heir's store
// refuses it.
func fenced(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	switch {
	case err != nil:
		return plan.OK, []plan.Pair{{Name: "reached", Value: "false"}}, "it cannot be reached: " + err.Error()
	case s.Role != dr.Primary.String() && s.Role != dr.Isolated.String() || s.Fence >= c.Order.Epoch && c.Order.Epoch > 0:
		// Its store refuses what it would write, though it may still wait for the heir.
		return plan.OK, []plan.Pair{{Name: "reached", Value: "true"}}, fmt.Sprintf("it is %s behind fence %d", s.Role, s.Fence)
	}
	return plan.Failed, nil, "it still writes"
}

func rebase(ctx context.Context, w *World, c *Call) ([]plan.Pair, error) {
	if outcome, finds, _ := rebased(ctx, w, c); outcome == plan.OK {
		return finds, nil
	}
	return order(rebased)(ctx, w, c)
}

func rebased(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	switch {
	case err != nil:
		return plan.Unknown, nil, err.Error() // it opens its journal anew
	case s.Role == dr.Standby.String():
		return plan.OK, nil, "it copies"
	case s.Role == dr.Fenced.String():
		return plan.Failed, nil, "it is fenced"
	}
	return plan.Unknown, nil, "it is " + s.Role
}

const (
	// orderLead is how far before the centre's time an order begins, and orderValid how
	// long it is valid: a command group that decides later decides again.
	orderLead  = time.Second
	orderValid = time.Hour
)

func draftOf(s *node.CentreState, centre string, act dr.Act, epoch uint32) dr.Order {
	at := s.Time.UTC().Truncate(time.Second).Add(-orderLead)
	return dr.Order{Centre: centre, Act: act, Epoch: epoch, Issued: at, Expires: at.Add(orderValid)}
}

// draftNext drafts a hand-over for the epoch after the newest that a centre knows:
// the centre itself, or the heir of one that is lost.
func draftNext(knows string, planned bool) func(context.Context, *World, *Call) (dr.Order, error) {
	return func(ctx context.Context, w *World, c *Call) (dr.Order, error) {
		s, err := w.state(ctx, c.Value(knows), false)
		epoch := s.Leads(dr.ActHandOver)
		if knows != "centre" { // the heir's own
			epoch = s.Leads(dr.ActPromote)
		}
		o := draftOf(&s, c.Value("centre"), dr.ActHandOver, epoch)
		o.Planned = planned
		return o, err
	}
}

func draftPromote(ctx context.Context, w *World, c *Call) (dr.Order, error) {
	s, err := w.state(ctx, c.Value("centre"), false)
	o := draftOf(&s, c.Value("centre"), dr.ActPromote, s.Leads(dr.ActPromote))
	o.Planned = c.Value("planned") == "true"
	return o, err
}

func draftPresent(ctx context.Context, w *World, c *Call) (dr.Order, error) {
	s, err := w.state(ctx, c.Value("centre"), false)
	return draftOf(&s, c.Value("centre"), dr.ActRebase, s.Newest), err
}

func draftMode(ctx context.Context, w *World, c *Call) (dr.Order, error) {
	s, err := w.state(ctx, c.Value("centre"), false)
	o := draftOf(&s, c.Value("centre"), dr.ActProtection, s.Newest)
	o.Detail, o.Planned = c.Value("mode"), true
	return o, err
}

func draftPath(ctx context.Context, w *World, c *Call) (dr.Order, error) {
	s, err := w.state(ctx, c.Value("centre"), false)
	o := draftOf(&s, c.Value("centre"), dr.ActPath, s.Newest)
	o.Detail, o.Planned = c.Value("line")+" "+c.Value("path"), true
	return o, err
}
