package plan

import (
	"fmt"
	"slices"

	"sancun/dr"
)

// opened asks people at the gate of a step.
func (r *Run) opened(e *Event) error {
	if !r.Wants(e) {
		return wrong(e, "its gate is not next")
	}
	s := r.state(e.Step)
	if err := r.checkDrafts(e, s.Step); err != nil {
		return err
	}
	g := &Gate{Number: len(r.Gates) + 1, Step: e.Step, Asks: s.Step.Manual, Opened: e.At, Drafts: e.Drafts, Need: []dr.Duty{s.Step.Owner}}
	if g.Asks == "" {
		g.Asks = s.Step.Title
	}
	if s.Step.Second != "" {
		g.Need = append(g.Need, s.Step.Second)
	}
	s.Status, s.Phase = Asking, e.At
	r.Gates, r.open = append(r.Gates, g), append(r.open, g)
	return nil
}

// checkDrafts tells whether a gate shows the orders that its step signs, made for
// the two people who are asked.
func (r *Run) checkDrafts(e *Event, s *Step) error {
	if len(e.Drafts) != len(s.Signs) {
		return wrong(e, "%d orders, the step signs %d", len(e.Drafts), len(s.Signs))
	}
	maker, _ := Find(r.People, string(s.Owner))
	checker, _ := Find(r.People, string(s.Second))
	for i, d := range e.Drafts {
		o := &d.Order
		if d.Act != s.Signs[i] || o.Maker != maker || o.Checker != checker || o.Run != r.Name || o.MakerSign != nil || o.CheckerSign != nil {
			return wrong(e, "the order for %s is not one of %s and %s in this run", d.Act, maker, checker)
		}
	}
	return nil
}

// confirmed hears a person at a gate or a hold. The signatures are verified again:
// the journal alone proves who said what.
func (r *Run) confirmed(e *Event) error {
	if e.Said == nil {
		return wrong(e, "nobody says anything")
	}
	i := slices.IndexFunc(r.open, func(g *Gate) bool { return g.Number == e.Said.Gate })
	if i < 0 {
		return wrong(e, "gate %d is not open", e.Said.Gate)
	}
	g := r.open[i]
	if err := r.Take(g, e.Said, r.Known, e.At); err != nil {
		return err
	}
	g.Said = append(g.Said, *e.Said)
	switch {
	case g.Hold():
		if len(g.Said) == len(g.Need) {
			r.answerHold(g, e)
		}
	case e.Said.Answer == No:
		r.shut(g)
		s := r.state(g.Step)
		r.fail(s, e.At, fmt.Sprintf("%s said no: %s", e.Said.Name, e.Said.Remark))
	case len(g.Said) == len(g.Need):
		r.shut(g)
		r.sign(g)
		s := r.state(g.Step)
		s.gate = true
		r.settle(s, e.At)
	}
	return nil
}

func (r *Run) shut(g *Gate) {
	r.open = slices.DeleteFunc(r.open, func(o *Gate) bool { return o == g })
}

// sign puts the signatures of both under the orders of a gate.
func (r *Run) sign(g *Gate) {
	for i, d := range g.Drafts {
		for _, c := range g.Said {
			if c.Name == d.Order.Maker {
				d.Order.MakerSign = c.Orders[i].Sign
			}
			if c.Name == d.Order.Checker {
				d.Order.CheckerSign = c.Orders[i].Sign
			}
		}
		r.orders = append(slices.DeleteFunc(r.orders, func(o Draft) bool { return o.Act == d.Act }), d)
	}
}

// expired: nobody answered in time.
func (r *Run) expired(e *Event) error {
	s := r.state(e.Step)
	if s == nil || s.Status != Asking || e.At.Before(s.Phase.Add(s.Step.Within)) {
		return wrong(e, "its time is not over")
	}
	r.open = slices.DeleteFunc(r.open, func(g *Gate) bool { return g.Step == e.Step })
	r.fail(s, e.At, fmt.Sprintf("it was not confirmed within %v", s.Step.Within))
	return nil
}

// stuck is the step about which two people must be asked; nil without.
func (r *Run) stuck() *StepState {
	for i := range r.Steps {
		s := &r.Steps[i]
		if (s.Status == InDoubt || s.Status == UndoInDoubt) && s.Asks >= asksMax || s.Status == UndoFailed {
			return s
		}
	}
	if r.failed >= 0 && !r.Turned && !r.turn && r.Steps[r.failed].Step.Fails == Hold && !r.flying() {
		return &r.Steps[r.failed]
	}
	return nil
}

// held asks two people how to go on.
func (r *Run) held(e *Event) error {
	s := r.stuck()
	if s == nil || r.Held() != nil || s.Step.Name != e.Step {
		return wrong(e, "nothing is held there")
	}
	r.hold(s, e, e.Detail)
	return nil
}

func (r *Run) hold(s *StepState, e *Event, why string) {
	g := &Gate{Number: len(r.Gates) + 1, Of: s.Step.Name, Asks: why, Opened: e.At, Need: []dr.Duty{dr.DutyOperate, dr.DutyCommand}}
	r.Gates, r.open, r.Why = append(r.Gates, g), append(r.open, g), why
}

// answerHold does what two people said, when they said the same and it can be done;
// otherwise they are asked again.
func (r *Run) answerHold(g *Gate, e *Event) {
	r.shut(g)
	s := r.state(g.Of)
	answer := g.Said[0].Answer
	if g.Said[1].Answer != answer {
		r.hold(s, e, fmt.Sprintf("%s said %s, %s said %s", g.Said[0].Name, answer, g.Said[1].Name, g.Said[1].Answer))
		return
	}
	r.Why = ""
	doubt, undo := s.Status == InDoubt, s.Status == UndoInDoubt || s.Status == UndoFailed
	switch {
	case answer == Abandon:
		r.abandon = true
	case answer == Retry && doubt || answer == Retry && s.Status == UndoInDoubt:
		s.Asks = 0
	case answer == Retry && undo || answer == NotDone && undo:
		s.Status = StepFailed // the way back begins again
	case answer == Retry:
		s.Tries = 0
		r.settle(s, e.At)
		r.nextFailure()
	case answer == WasDone && doubt:
		s.did = true
		r.settle(s, e.At)
	case answer == WasDone && undo:
		s.Status, s.Touched, s.Ended = WayBack, false, e.At
	case answer == NotDone && doubt:
		s.Status, s.Touched, s.Asks = Cleared, false, 0
	case answer == Skip && s.Status == UndoFailed:
		s.Status, s.Touched = Skipped, false
	case answer == Skip && s.Status == StepFailed && !s.Step.Keep:
		s.Status, s.Ended = Skipped, e.At
		r.nextFailure()
	case answer == TurnBack && s.Status == StepFailed && !r.Turned:
		r.turn = true
	default:
		r.hold(s, e, fmt.Sprintf("%s cannot be done while %s is %s", answer, s.Step.Name, s.Status))
	}
}

// nextFailure looks for another step that failed beside the one that is settled.
func (r *Run) nextFailure() {
	r.failed = slices.IndexFunc(r.Steps, func(s StepState) bool { return s.Status == StepFailed && s.Step.Fails != GoOn })
}
