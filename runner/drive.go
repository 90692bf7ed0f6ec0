package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sancun/dr"
	"sancun/plan"
)

// Driver drives one run to its end.
type Driver struct {
	Control *plan.Control
	World   *World
	// People are those who may sign, read anew for each confirmation: a duty that was
	// taken away in between counts.
	People func() ([]dr.Operator, error)
	// Said are the confirmations that came in; nil when nobody can.
	Said <-chan plan.Confirmation
	// Refused hears why a confirmation was not taken.
	Refused func(c *plan.Confirmation, err error)
	// Heard hears every event when it is durable.
	Heard func(e *plan.Event)
}

const (
	// askPause is the first pause before an unknown outcome is asked for again; each
	// one is twice as long, up to askPauseMax.
	askPause    = 20 * time.Millisecond
	askPauseMax = 5 * time.Second
	// askWithin bounds one question to a centre.
	askWithin = 3 * time.Second
	// lookAgain is the pause between two looks at something that is waited for.
	lookAgain = 10 * time.Millisecond
)

// Begin begins a run and drives it. The error is plan.ErrRunOpen,
// plan.ErrApproval, plan.ErrEvent, or as Resume.
func (d *Driver) Begin(ctx context.Context, name string, b plan.Begin) (*plan.Run, error) {
	people, err := d.People()
	if err != nil {
		return nil, err
	}
	for _, a := range b.Plans { // the journal knows only the people of the run
		p, err := plan.Parse([]byte(a.Text))
		if err != nil {
			return nil, err
		}
		if err := a.Approval.Check(p, people, d.World.Now()); err != nil {
			return nil, err
		}
	}
	if err := d.write(&plan.Event{Kind: plan.EventBegun, Run: name, Begin: &b}); err != nil {
		return nil, err
	}
	return d.drive(ctx, d.Control.Find(name))
}

// Resume goes on with a run that another driver left.
func (d *Driver) Resume(ctx context.Context, name string) (*plan.Run, error) {
	r := d.Control.Find(name)
	if r == nil || r.Outcome != "" {
		return r, fmt.Errorf("%w that is not over: %q", plan.ErrNoRun, name)
	}
	if err := d.write(&plan.Event{Kind: plan.EventResumed, Run: name}); err != nil {
		return r, err
	}
	return d.drive(ctx, r)
}

func (d *Driver) write(e *plan.Event) error {
	e.At = d.World.Now()
	if err := d.Control.Append(e); err != nil {
		return err
	}
	if d.Heard != nil {
		d.Heard(e)
	}
	return nil
}

// flight is what the goroutines of a drive share with its loop.
type flight struct {
	*Driver
	run     *plan.Run
	ctx     context.Context
	running sync.WaitGroup
	came    chan plan.Event
	flying  []string // steps being worked on; owned by the loop
}

// drive does what the run wants until it is over, ctx ends, or the journal fails.
// Acts that are being done then are left to be asked for.
func (d *Driver) drive(ctx context.Context, r *plan.Run) (*plan.Run, error) {
	ctx, cancel := context.WithCancel(ctx)
	f := &flight{Driver: d, run: r, ctx: ctx, came: make(chan plan.Event)}
	defer f.running.Wait()
	defer cancel()
	for r.Outcome == "" {
		wrote, until, err := f.step()
		if err != nil {
			return r, err
		}
		if wrote {
			continue
		}
		if err := f.wait(until); err != nil {
			return r, err
		}
	}
	return r, nil
}

// step does the first thing that writes, and begins the others.
func (f *flight) step() (wrote bool, until time.Time, err error) {
	for _, t := range f.run.Next(f.World.Now()) {
		if t.Step != nil && f.isFlying(t.Step.Name) {
			continue
		}
		switch t.What {
		case plan.Act:
			err := f.write(&plan.Event{Kind: plan.EventStarted, Run: f.run.Name, Step: t.Step.Name, Phase: t.Phase})
			if err == nil {
				f.begin(t, f.act)
			}
			return true, until, err
		case plan.Check:
			f.begin(t, f.look)
		case plan.Ask:
			f.begin(t, f.draft)
		case plan.AskBack:
			f.begin(t, f.askBack)
		case plan.Expire:
			return true, until, f.write(&plan.Event{Kind: plan.EventExpired, Run: f.run.Name, Step: t.Step.Name})
		case plan.HoldRun:
			return true, until, f.write(&plan.Event{Kind: plan.EventHeld, Run: f.run.Name, Step: t.Step.Name, Detail: cut(t.Detail)})
		case plan.Turn:
			return true, until, f.write(&plan.Event{Kind: plan.EventTurned, Run: f.run.Name, Detail: cut(t.Detail)})
		case plan.End:
			return true, until, f.write(&plan.Event{Kind: plan.EventEnded, Run: f.run.Name, Outcome: t.Outcome, Safe: t.Safe, Detail: cut(t.Detail)})
		case plan.Wait:
			if until.IsZero() || !t.Until.IsZero() && t.Until.Before(until) {
				until = t.Until
			}
		}
	}
	return false, until, nil
}

func (f *flight) isFlying(step string) bool { return slices.Contains(f.flying, step) }

// job is one thing that is done beside the loop. It is told everything it needs:
// the run is the loop's.
type job struct {
	t      plan.Task
	calls  []Call
	broken error // the values could not be found
	asks   int
	drafts []draftCall
}

// draftCall is an order to be drafted.
type draftCall struct {
	act    string
	of     *Act
	call   Call
	maker  string
	second string
}

// begin starts a job in a goroutine that drive waits for.
func (f *flight) begin(t plan.Task, do func(context.Context, *job) plan.Event) {
	j := &job{t: t}
	if s := f.run.State(t.Step.Name); s != nil {
		j.asks = s.Asks
	}
	for i := range t.Calls {
		values, err := f.run.Resolve(&t.Calls[i])
		c := Call{Values: values, Marks: slices.Clone(f.run.Marks)}
		name := t.Step.Name
		if t.Phase == plan.Undo {
			name = t.Step.Undone()
		}
		c.Order, _ = f.run.Order(name)
		j.broken = errors.Join(j.broken, err)
		j.calls = append(j.calls, c)
	}
	if t.What == plan.Ask {
		j.broken = f.prepareDrafts(j)
	}
	f.flying = append(f.flying, t.Step.Name)
	f.running.Go(func() {
		within, done := context.WithTimeout(f.ctx, t.Step.Within)
		defer done()
		e := do(within, j)
		e.Run, e.Step = f.run.Name, t.Step.Name
		select {
		case f.came <- e:
		case <-f.ctx.Done(): // the outcome is unknown to the journal, and asked for later
		}
	})
}

// wait hears what happens next: a job that ended, a person, or the time.
func (f *flight) wait(until time.Time) error {
	var late <-chan struct{}
	if !until.IsZero() {
		tick, stop := context.WithCancel(f.ctx)
		defer stop()
		ended := make(chan struct{})
		f.running.Go(func() {
			if f.World.Pause(tick, until.Sub(f.World.Now())) == nil {
				close(ended)
			}
		})
		late = ended
	}
	select {
	case e := <-f.came:
		f.flying = slices.DeleteFunc(f.flying, func(s string) bool { return s == e.Step })
		stale := (e.Kind == plan.EventChecked || e.Kind == plan.EventOpened) && !f.run.Wants(&e) // the run went back meanwhile
		if e.Kind == 0 || stale {                                                                // nothing to tell
			return nil
		}
		return f.write(&e)
	case c, ok := <-f.Said:
		if !ok {
			f.Said = nil
			return nil
		}
		return f.hear(&c)
	case <-late:
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}

// hear takes a confirmation or says why not.
func (f *flight) hear(c *plan.Confirmation) error {
	err := fmt.Errorf("%w: gate %d of run %q is not open", plan.ErrApproval, c.Gate, c.Run)
	for _, g := range f.run.Open() {
		if g.Number != c.Gate {
			continue
		}
		people, peopleErr := f.People()
		if err = peopleErr; err == nil {
			err = f.run.Take(g, c, people, f.World.Now())
		}
	}
	if err == nil {
		err = f.write(&plan.Event{Kind: plan.EventConfirmed, Run: f.run.Name, Said: c})
	}
	if err != nil && errors.Is(err, plan.ErrApproval) {
		if f.Refused != nil {
			f.Refused(c, err)
		}
		return nil
	}
	return err
}

// cut keeps a text within what an event may say.
func cut(text string) string {
	const most = 1_900
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
