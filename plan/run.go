package plan

import (
	"fmt"
	"slices"
	"time"

	"sancun/dr"
)

// Status is where a step is.
type Status string

// The statuses of a step.
const (
	Waiting     Status = "waiting"
	Asking      Status = "asking"  // people are asked
	Cleared     Status = "cleared" // checks and people have agreed
	Doing       Status = "doing"
	InDoubt     Status = "unknown" // nobody knows yet what became of the act
	Verifying   Status = "verifying"
	Done        Status = "done"
	StepFailed  Status = "failed"
	Skipped     Status = "skipped"
	Undoing     Status = "undoing"
	UndoInDoubt Status = "undo-unknown"
	UndoFailed  Status = "undo-failed"
	WayBack     Status = "undone"
)

// StepState is what became of a step.
type StepState struct {
	Step    *Step
	Status  Status
	Detail  string
	Finds   []Pair
	Tries   int // acts begun
	Asks    int // since the last act
	Began   time.Time
	Phase   time.Time // the beginning of the present stage
	Ended   time.Time
	Touched bool // it may have had an effect that was not undone

	pre, gate, did, post bool
}

// Run is a run of a plan as its journal tells it. Apply is the only thing that
// changes it.
type Run struct {
	Name    string
	Plan    *Plan
	Plans   []Approved
	Values  []Pair
	People  []Pair
	Known   []dr.Operator
	Reason  string
	Began   time.Time
	Ended   time.Time
	Outcome Outcome // empty while it goes on
	Safe    string  // the safe state in which it ended, or rests now
	Detail  string
	Steps   []StepState // the leaves, in the order of the text
	Gates   []*Gate     // those ever opened; the open ones are in open
	Resumed int         // drivers beyond the first
	Turned  bool        // on the way back
	Why     string      // it turned or is held
	Planned []Planned
	Marks   []Marked

	orders  []Draft // signed by both
	open    []*Gate
	touched []int // steps whose act began, in that order
	failed  int   // step that wants the way back or a hold, -1 without
	turn    bool  // two people want the way back
	abandon bool  // two people end the run as it is
	last    time.Time
}

// state finds the state of a step.
func (r *Run) state(name string) *StepState {
	i := slices.IndexFunc(r.Steps, func(s StepState) bool { return s.Step.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Steps[i]
}

// State is what became of a step; nil when the plan has none of that name.
func (r *Run) State(name string) *StepState { return r.state(name) }

// Open lists the gates and holds where people are asked now.
func (r *Run) Open() []*Gate { return slices.Clone(r.open) }

// Held is the open hold; nil without.
func (r *Run) Held() *Gate {
	for _, g := range r.open {
		if g.Hold() {
			return g
		}
	}
	return nil
}

// Order is the order that two people signed for an act, and whether it is there.
func (r *Run) Order(act string) (dr.Order, bool) {
	for _, d := range r.orders {
		if d.Act == act {
			return d.Order, true
		}
	}
	return dr.Order{}, false
}

// Resolve gives the values of a call: literals, values of the run, and what
// earlier steps found.
func (r *Run) Resolve(c *Call) ([]Pair, error) {
	var out []Pair
	for _, v := range c.With {
		name, output, ok := reference(v.Text)
		switch {
		case !ok:
			out = append(out, Pair{v.Name, v.Text})
		case output == "":
			value, there := Find(r.Values, name)
			if !there {
				return nil, fmt.Errorf("%s of %s: the run has no value for $%s", v.Name, c.Name, name)
			}
			out = append(out, Pair{v.Name, value})
		default:
			var value string
			there := false
			if s := r.state(name); s != nil {
				value, there = Find(s.Finds, output)
			}
			if !there {
				return nil, fmt.Errorf("%s of %s: %s found no %s", v.Name, c.Name, name, output)
			}
			out = append(out, Pair{v.Name, value})
		}
	}
	return out, nil
}

func wrong(e *Event, format string, args ...any) error {
	return fmt.Errorf("%w: run %q, %v of step %q: %s", ErrEvent, e.Run, e.Kind, e.Step, fmt.Sprintf(format, args...))
}

// NewRun begins a run from its first event. The error is ErrEvent, ErrApproval, or
// a *TextError.
func NewRun(e *Event) (*Run, error) {
	b := e.Begin
	if e.Kind != EventBegun || b == nil || len(b.Plans) == 0 || len(b.Plans) > plansMax || !nameText.MatchString(e.Run) || len(e.Run) > nameMax {
		return nil, wrong(e, "a run begins with its plan and a name of small letters, digits and dashes")
	}
	var plans []*Plan
	for i := range b.Plans {
		p, err := Parse([]byte(b.Plans[i].Text))
		if err != nil {
			return nil, err
		}
		if err := b.Plans[i].Approval.Check(p, b.Known, e.At); err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	p, err := plans[0].Join(plans[1:])
	if err != nil {
		return nil, err
	}
	r := &Run{
		Name: e.Run, Plan: p, Plans: b.Plans, Values: b.Values, People: b.People, Known: b.Known, Reason: b.Reason, Began: e.At, Safe: p.Start, Planned: b.Forecast,
		failed: -1, last: e.At,
	}
	for _, s := range p.Leaves() {
		r.Steps = append(r.Steps, StepState{Step: s, Status: Waiting})
	}
	for _, m := range b.Marks {
		r.mark(m.Mark, m.At, m.Source)
	}
	r.note(e.At)
	return r, r.checkBegin(e)
}

// checkBegin tells whether values and people are complete.
func (r *Run) checkBegin(e *Event) error {
	for _, v := range r.Plan.Parameters {
		text, ok := Find(r.Values, v.Name)
		if !ok {
			return wrong(e, "%s has no value", v.Name)
		}
		if err := v.Type.Takes(text); err != nil {
			return wrong(e, "%s: %v", v.Name, err)
		}
	}
	for _, s := range r.Plan.Leaves() {
		for _, d := range []dr.Duty{s.Owner, s.Second, dr.DutyOperate, dr.DutyCommand} {
			if d == "" {
				continue
			}
			who, ok := Find(r.People, string(d))
			i := slices.IndexFunc(r.Known, func(o dr.Operator) bool { return o.Name == who })
			if !ok || i < 0 || !slices.Contains(r.Known[i].Duties, d) {
				return wrong(e, "nobody with the duty %q is named for it", d)
			}
		}
	}
	if r.Reason == "" || len(r.Reason) > titleMax {
		return wrong(e, "it needs a reason of at most %d bytes", titleMax)
	}
	return nil
}

// mark keeps the first time of a moment.
func (r *Run) mark(m Mark, at time.Time, source string) {
	if int(m) < marksCount && !slices.ContainsFunc(r.Marks, func(x Marked) bool { return x.Mark == m }) {
		r.Marks = append(r.Marks, Marked{m, at.UTC(), source})
	}
}

// Apply folds an event into the run. An event that cannot have happened is ErrEvent
// and changes nothing.
func (r *Run) Apply(e *Event) error {
	switch {
	case e.Run != r.Name:
		return wrong(e, "it belongs to another run than %q", r.Name)
	case r.Outcome != "":
		return wrong(e, "the run has ended")
	case e.At.Before(r.last):
		return wrong(e, "it is earlier than the event before")
	case len(e.Detail) > detailMax || len(e.Finds) > outputsMax:
		return wrong(e, "it says too much")
	}
	var err error
	switch e.Kind {
	case EventResumed:
		r.resume()
	case EventChecked:
		err = r.checked(e)
	case EventOpened:
		err = r.opened(e)
	case EventConfirmed:
		err = r.confirmed(e)
	case EventStarted:
		err = r.started(e)
	case EventFinished, EventAsked:
		err = r.finished(e)
	case EventExpired:
		err = r.expired(e)
	case EventHeld:
		err = r.held(e)
	case EventTurned:
		err = r.turned(e)
	case EventEnded:
		err = r.ended(e)
	default:
		err = wrong(e, "a run has no such event")
	}
	if err == nil {
		r.last = e.At
		r.note(e.At)
	}
	return err
}

// note notes when steps came to their turn: what a step took counts from then.
func (r *Run) note(at time.Time) {
	if r.Turned || r.Outcome != "" {
		return
	}
	tasks, _ := r.walk(r.Plan.Steps, at)
	for _, t := range tasks {
		if s := r.state(t.Step.Name); s != nil && s.Began.IsZero() {
			s.Began = at
		}
	}
}

// resume: another driver goes on. What the one before was doing is unknown.
func (r *Run) resume() {
	r.Resumed++
	for i := range r.Steps {
		s := &r.Steps[i]
		switch s.Status {
		case Doing:
			s.Status, s.Asks = InDoubt, 0
		case Undoing:
			s.Status, s.Asks = UndoInDoubt, 0
		}
	}
}

// settle moves a step to what comes after the stages it has passed.
func (r *Run) settle(s *StepState, at time.Time) {
	step := s.Step
	s.Phase = at
	switch {
	case len(step.Pre) > 0 && !s.pre:
		s.Status = Waiting
	case step.Gated() && !s.gate:
		s.Status = Waiting // its gate is not open yet
	case step.Do != nil && !s.did:
		s.Status = Cleared
	case len(step.Post) > 0 && !s.post:
		s.Status = Verifying
	default:
		s.Status, s.Ended = Done, at
		if step.Rests != "" {
			r.Safe = step.Rests
		}
		when := at
		if text, ok := Find(s.Finds, "at"); ok {
			if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
				when = t
			}
		}
		for _, m := range step.Marks {
			r.mark(m, when, step.Name)
		}
	}
}

// fail ends a step that did not work out, and says what the plan wants then.
func (r *Run) fail(s *StepState, at time.Time, why string) {
	s.Status, s.Ended, s.Detail = StepFailed, at, why
	if s.Step.Fails == GoOn || r.failed >= 0 {
		return
	}
	r.failed = slices.IndexFunc(r.Steps, func(x StepState) bool { return x.Step == s.Step })
	r.Why = fmt.Sprintf("%s failed: %s", s.Step.Name, why)
}

func (r *Run) checked(e *Event) error {
	if !r.Wants(e) {
		return wrong(e, "no step waits for it")
	}
	s := r.state(e.Step)
	switch {
	case e.Outcome == OK && e.Phase == Pre:
		s.pre = true
	case e.Outcome == OK:
		s.post = true
	case e.Outcome == Failed:
		r.fail(s, e.At, e.Detail)
		return nil
	default:
		return wrong(e, "a check has no outcome %q", e.Outcome)
	}
	s.Detail = e.Detail
	r.settle(s, e.At)
	return nil
}

func (r *Run) started(e *Event) error {
	s := r.state(e.Step)
	if s == nil {
		return wrong(e, "there is no such step")
	}
	switch {
	case e.Phase == Do && r.failed < 0 && r.Wants(e):
		s.Status, s.Touched, s.Asks = Doing, true, 0
		s.Tries++
		i := slices.IndexFunc(r.Steps, func(x StepState) bool { return x.Step == s.Step })
		r.touched = append(slices.DeleteFunc(r.touched, func(t int) bool { return t == i }), i)
	case e.Phase == Undo && r.Turned && r.nextUndo() == s && !r.flying() && s.Status != UndoFailed:
		s.Status, s.Asks = Undoing, 0
	default:
		return wrong(e, "the step is %s", s.Status)
	}
	s.Phase, s.Detail = e.At, ""
	return nil
}

// Wants says whether it is the turn of what an event tells: a check, the opening of a
// gate, the beginning of an act. What was looked at for a step that is not in turn any
// more, because the run went back meanwhile, is of no use.
func (r *Run) Wants(e *Event) bool {
	if r.Turned || r.Outcome != "" {
		return false
	}
	tasks, _ := r.walk(r.Plan.Steps, e.At)
	return slices.ContainsFunc(tasks, func(t Task) bool {
		if t.Step.Name != e.Step {
			return false
		}
		switch e.Kind {
		case EventChecked:
			return t.What == Check && t.Phase == e.Phase || t.What == Ask && e.Phase == Pre && e.Outcome == Failed // its orders cannot be drafted
		case EventOpened:
			return t.What == Ask
		case EventStarted:
			return t.What == Act && t.Phase == e.Phase
		}
		return false
	})
}

// finished folds what became of an act, told by itself or by asking back.
func (r *Run) finished(e *Event) error {
	s := r.state(e.Step)
	if s == nil {
		return wrong(e, "there is no such step")
	}
	asked, undo := e.Kind == EventAsked, e.Phase == Undo
	want := []Status{Doing, InDoubt}
	if undo {
		want = []Status{Undoing, UndoInDoubt}
	}
	if asked {
		want = want[1:]
	}
	if s.Status != want[0] || e.Phase != Do && e.Phase != Undo {
		return wrong(e, "the step is %s", s.Status)
	}
	s.Detail = e.Detail
	if asked {
		s.Asks++
	}
	switch {
	case e.Outcome == Unknown && undo:
		s.Status = UndoInDoubt
	case e.Outcome == Unknown:
		s.Status = InDoubt
	case e.Outcome == OK && undo:
		s.Status, s.Touched, s.Ended = WayBack, false, e.At
	case e.Outcome == OK:
		s.did, s.Finds = true, e.Finds
		r.settle(s, e.At)
	case e.Outcome == Failed && undo && asked: // it was not undone: the way back begins again
		s.Status = StepFailed
	case e.Outcome == Failed && undo:
		s.Status = UndoFailed
		r.Why = fmt.Sprintf("the way back of %s failed: %s", s.Step.Name, e.Detail)
	case e.Outcome == Failed:
		s.Touched = false
		if s.Tries < s.Step.Tries || asked && s.Tries <= triesMax {
			s.Status = Cleared
		} else {
			r.fail(s, e.At, e.Detail)
		}
	default:
		return wrong(e, "an act has no outcome %q", e.Outcome)
	}
	return nil
}

func (r *Run) turned(e *Event) error {
	if r.Turned || r.failed < 0 || r.flying() || !r.turn && r.Steps[r.failed].Step.Fails != RollBack {
		return wrong(e, "nothing turns the run back")
	}
	r.Turned, r.open = true, nil
	return nil
}

func (r *Run) ended(e *Event) error {
	outcome, safe, over := r.verdict()
	if !over || e.Outcome != outcome || e.Safe != safe {
		return wrong(e, "the run is not %s in %q", e.Outcome, e.Safe)
	}
	r.Outcome, r.Safe, r.Ended, r.Detail, r.open = outcome, safe, e.At, e.Detail, nil
	return nil
}

// flying says whether an act is being done or its outcome is unknown.
func (r *Run) flying() bool {
	return slices.ContainsFunc(r.Steps, func(s StepState) bool {
		return s.Status == Doing || s.Status == InDoubt || s.Status == Undoing || s.Status == UndoInDoubt
	})
}
