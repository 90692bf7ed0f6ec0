package reconcile

import (
	"context"
	"errors"
	"fmt"

	"sancun/approval"
	"sancun/custody"
	"sancun/record"
)

// roundsMax bounds the work on one case: the longest way is to take back, to book
// and to close.
const roundsMax = 4

// Work does what the rules advise for a case: it books and closes, each by the
// maker's proposal and the checker's approval. A case that is not for booking yet
// stays open, and the advice says why. It may be stopped anywhere and repeated.
// The error is the centre's or the calendar's, ErrSamePerson, ErrUnknownCase,
// ErrNoEnd, or a *RefusedError when the machine rejects a step.
func (r *Rules) Work(ctx context.Context, core Core, number uint64, p People) (Advice, error) {
	if p.Maker == p.Checker {
		return Advice{}, fmt.Errorf("case %d: %w", number, ErrSamePerson)
	}
	for range roundsMax {
		a, err := r.look(ctx, core, number)
		if err != nil {
			return Advice{}, err
		}
		switch a.Action {
		case Book:
			for _, act := range a.Acts {
				if err := carryOut(ctx, core, number, act, a.EN, p); err != nil {
					return a, err
				}
			}
		case Close:
			return a, closeCase(ctx, core, number, a.As, a.EN, p)
		default:
			return a, nil
		}
	}
	return Advice{}, fmt.Errorf("case %d after %d rounds: %w", number, roundsMax, ErrNoEnd)
}

// WorkAll works off every open case in an order in which few wait for another, and
// goes on while it gets anywhere. It returns the advice of those that stay open. A
// case that the machine refuses is among them with the refusal as its reason, and
// does not stop the others.
func (r *Rules) WorkAll(ctx context.Context, core Core, p People) ([]Advice, error) {
	before := 0
	for {
		var open []custody.Case
		if err := core.Look(ctx, func(m *custody.Machine) { open = openCases(m) }); err != nil {
			return nil, fmt.Errorf("look for open cases: %w", err)
		}
		left, err := r.workOpen(ctx, core, open, p)
		if err != nil || len(left) == 0 || len(left) == before {
			return left, err
		}
		before = len(left)
	}
}

func (r *Rules) workOpen(ctx context.Context, core Core, open []custody.Case, p People) ([]Advice, error) {
	var left []Advice
	for i := range open {
		a, err := r.Work(ctx, core, open[i].Number, p)
		var refused *RefusedError
		if errors.As(err, &refused) {
			a.Action, a.ZH, a.EN = Investigate, "按规则处理被拒绝，须人工核实", refused.Error()
		} else if err != nil {
			return left, err
		}
		if a.Action != Close && a.Action != Done {
			left = append(left, a)
		}
	}
	return left, nil
}

// OfClearing says whether a case is a difference with the clearing house over
// trades or what follows from them, which its corrected files can put right.
func OfClearing(c *custody.Case) bool {
	switch c.Subject {
	case record.CaseTrade, record.CasePosition, record.CaseCash, record.CaseFees:
		return c.Bank == 0
	}
	return false
}

// Agree closes the open cases that a comparison of the same data no longer finds:
// the other side sent better data, or what was in flight has arrived. It takes
// which cases were compared again and what was still found, and returns how many
// cases it closed.
func Agree(ctx context.Context, core Core, again func(*custody.Case) bool, still []uint64, as uint8, p People) (int, error) {
	if p.Maker == p.Checker {
		return 0, ErrSamePerson
	}
	found := map[uint64]bool{}
	for _, n := range still {
		found[n] = true
	}
	var vanished []uint64
	if err := core.Look(ctx, func(m *custody.Machine) {
		for _, k := range m.Cases() {
			if k.State == custody.CaseOpen && !found[k.Number] && again(&k) {
				vanished = append(vanished, k.Number)
			}
		}
	}); err != nil {
		return 0, fmt.Errorf("look for cases that vanished: %w", err)
	}
	for i, number := range vanished {
		if err := closeCase(ctx, core, number, as, "compared again: no difference is left", p); err != nil {
			return i, err
		}
	}
	return len(vanished), nil
}

func (r *Rules) look(ctx context.Context, core Core, number uint64) (a Advice, err error) {
	known := false
	if failed := core.Look(ctx, func(m *custody.Machine) {
		var k custody.Case
		if k, known = m.CaseBy(number); known {
			a, err = r.Advise(m, k)
		}
	}); failed != nil {
		return a, fmt.Errorf("look at case %d: %w", number, failed)
	}
	if !known {
		return a, fmt.Errorf("case %d: %w", number, ErrUnknownCase)
	}
	return a, err
}

func closeCase(ctx context.Context, core Core, number uint64, as uint8, reason string, p People) error {
	return carryOut(ctx, core, number, &record.CloseCase{Case: number, As: as, Reason: reason}, reason, p)
}

// carryOut has an act proposed and approved. A proposal of the same act that is
// open already, because the work was stopped in between, is used again.
func carryOut(ctx context.Context, core Core, number uint64, act record.Command, reason string, p People) error {
	payload := record.Encode(nil, act)
	digest := approval.Digest(payload)
	var id uint64
	if err := core.Look(ctx, func(m *custody.Machine) {
		for _, o := range m.Proposals() {
			if o.State == approval.Open && o.Act == act.Kind() && o.Case == number && o.Payload == digest && o.Maker != p.Checker {
				id = o.ID
			}
		}
	}); err != nil {
		return fmt.Errorf("look for a proposal of case %d: %w", number, err)
	}
	if id == 0 {
		var err error
		proposal := &record.Propose{Act: act.Kind(), Payload: payload, Case: number, Reason: reason}
		if id, err = submit(ctx, core, number, p.Maker, proposal); err != nil {
			return err
		}
	}
	_, err := submit(ctx, core, number, p.Checker, &record.Approve{Proposal: id, Payload: payload})
	return err
}

func submit(ctx context.Context, core Core, number uint64, who record.Caller, cmd record.Command) (uint64, error) {
	answers, err := core.Submit(ctx, record.Request{Caller: who, Cmd: cmd})
	if err != nil {
		return 0, fmt.Errorf("case %d: submit command %d: %w", number, cmd.Kind(), err)
	}
	if code := record.Code(answers[0].Code); code != record.Accepted {
		return 0, &RefusedError{Case: number, Kind: cmd.Kind(), Code: code}
	}
	return answers[0].Ref, nil
}
