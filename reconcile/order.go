package reconcile

import (
	"cmp"
	"slices"

	"sancun/custody"
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
