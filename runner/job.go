package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sancun/dr"
	"sancun/plan"
)

// act does an act whose beginning is durable.
func (f *flight) act(ctx context.Context, j *job) plan.Event {
	e := plan.Event{Kind: plan.EventFinished, Phase: j.t.Phase}
	a, err := act(j.t.Calls[0].Name)
	if err == nil {
		err = j.broken
	}
	if err != nil { // it was not even begun
		e.Outcome, e.Detail = plan.Failed, cut(err.Error())
		return e
	}
	finds, err := a.Do(ctx, f.World, &j.calls[0])
	switch {
	case err == nil:
		e.Outcome, e.Finds = plan.OK, finds
	case errors.Is(err, ErrNotDone) || !a.Changes:
		e.Outcome, e.Detail = plan.Failed, cut(err.Error())
	default:
		e.Outcome, e.Detail = plan.Unknown, cut(err.Error())
	}
	return e
}

// askBack finds out what became of an act.
func (f *flight) askBack(ctx context.Context, j *job) plan.Event {
	e := plan.Event{Kind: plan.EventAsked, Phase: j.t.Phase}
	a, err := act(j.t.Calls[0].Name)
	if err == nil {
		err = j.broken
	}
	if err != nil {
		e.Outcome, e.Detail = plan.Unknown, cut(err.Error())
		return e
	}
	if !a.Asks || !a.Changes { // doing it again does no harm
		e.Outcome, e.Detail = plan.Failed, "its outcome was not written down; it may be done again"
		return e
	}
	if j.asks > 0 && f.World.Pause(f.ctx, min(askPause<<j.asks, askPauseMax)) != nil {
		return plan.Event{}
	}
	within, done := context.WithTimeout(f.ctx, askWithin)
	defer done()
	e.Outcome, e.Finds, e.Detail = a.Ask(within, f.World, &j.calls[0])
	e.Detail = cut(e.Detail)
	if f.ctx.Err() != nil {
		return plan.Event{}
	}
	if e.Outcome == plan.Unknown && a.Again {
		e.Outcome = plan.Failed // it may be done again
	}
	if e.Outcome != plan.OK {
		e.Finds = nil
	}
	return e
}

// preWithin bounds how long the checks before an act may take to hold: under load a
// copy is behind at every second look.
const preWithin = 3 * time.Second

// look looks at the checks of a phase until they hold: before an act for a moment,
// after it until the time of the step is over.
func (f *flight) look(ctx context.Context, j *job) plan.Event {
	e := plan.Event{Kind: plan.EventChecked, Phase: j.t.Phase}
	began := f.World.Now()
	for {
		var ok bool
		ok, e.Detail = f.lookOnce(ctx, j)
		if e.Outcome = plan.Failed; ok {
			e.Outcome = plan.OK
		}
		e.Detail = cut(e.Detail)
		if ok || j.t.Phase == plan.Pre && f.World.Now().Sub(began) >= preWithin || f.World.Pause(ctx, lookAgain) != nil {
			break
		}
	}
	if f.ctx.Err() != nil {
		return plan.Event{}
	}
	return e
}

func (f *flight) lookOnce(ctx context.Context, j *job) (bool, string) {
	if j.broken != nil {
		return false, j.broken.Error()
	}
	var all []string
	for i := range j.calls {
		c, err := check(j.t.Calls[i].Name)
		if err != nil {
			return false, err.Error()
		}
		ok, detail := c.Look(ctx, f.World, &j.calls[i])
		if !ok {
			return false, c.Name + ": " + detail
		}
		all = append(all, c.Name+": "+detail)
	}
	return true, strings.Join(all, "; ")
}

// prepareDrafts collects what the orders of a gate need. It belongs to the loop.
func (f *flight) prepareDrafts(j *job) error {
	for _, name := range j.t.Step.Signs {
		step, undo := strings.CutSuffix(name, "/undo")
		s := f.run.State(step)
		if s == nil {
			return fmt.Errorf("there is no step %q to sign for", step)
		}
		call := s.Step.Do
		if undo {
			call = s.Step.Undo
		}
		a, err := act(call.Name)
		if err != nil {
			return err
		}
		values, err := f.run.Resolve(call)
		if err != nil {
			return err
		}
		maker, _ := plan.Find(f.run.People, string(j.t.Step.Owner))
		second, _ := plan.Find(f.run.People, string(j.t.Step.Second))
		j.drafts = append(j.drafts, draftCall{name, a, Call{Values: values}, maker, second})
	}
	return nil
}

// draftAgain is the pause before a silent centre is asked again for what an order needs.
const draftAgain = 100 * time.Millisecond

// draft opens a gate with the orders that its people are to sign. A centre that must
// be asked for them and stays silent fails the step.
func (f *flight) draft(ctx context.Context, j *job) plan.Event {
	for {
		e := plan.Event{Kind: plan.EventOpened}
		err := j.broken
		for i := range j.drafts {
			d := &j.drafts[i]
			var o dr.Order
			if err == nil {
				o, err = d.of.Draft(ctx, f.World, &d.call)
			}
			o.Cell, o.Run, o.Reason, o.Maker, o.Checker = f.World.Cell, f.run.Name, f.run.Reason, d.maker, d.second
			e.Drafts = append(e.Drafts, plan.Draft{Act: d.act, Order: o})
		}
		if err == nil {
			return e
		}
		if f.World.Pause(ctx, draftAgain) != nil {
			if f.ctx.Err() != nil {
				return plan.Event{}
			}
			return plan.Event{Kind: plan.EventChecked, Phase: plan.Pre, Outcome: plan.Failed, Detail: cut("its orders cannot be drafted: " + err.Error())}
		}
	}
}
