package reconcile

import (
	"cmp"
	"slices"

	"sancun/custody"
	"sancun/record"
)

// openCases lists the open cases in the order in which they are worked off: by
// subject, because transfers explain balances; of transfers the later ones first,
// because a reversal comes after its original; then by number.
func openCases(m *custody.Machine) []custody.Case {
	var open []custody.Case
	for _, k := range m.Cases() {
		if k.State == custody.CaseOpen {
			open = append(open, k)
		}
	}
	slices.SortFunc(open, func(a, b custody.Case) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(b.OurRef, a.OurRef), cmp.Compare(a.Number, b.Number))
	})
	return open
}

// AdviseOpen says what to do about the open cases, in the order in which they are
// worked off, at most so many. The error is the calendar's.
func (r *Rules) AdviseOpen(m *custody.Machine, most int) (all []Advice, more bool, err error) {
	open := openCases(m)
	if more = len(open) > most; more {
		open = open[:most]
	}
	for _, k := range open {
		a, err := r.Advise(m, k)
		if err != nil {
			return nil, false, err
		}
		all = append(all, a)
	}
	return all, more, nil
}

// Steps are the acts that a piece of advice asks two people for, in their order:
// its bookings, or the closing of its case. Other advice has none.
func (a *Advice) Steps() []record.Command {
	switch a.Action {
	case Book:
		return a.Acts
	case Close:
		return []record.Command{&record.CloseCase{Case: a.Case, As: a.As, Reason: a.EN}}
	}
	return nil
}
