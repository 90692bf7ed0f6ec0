package difference

import (
	"slices"

	"sancun/money"
	"sancun/record"
)

// Figure is one balance, position, trade or total of one side. Ref tells figures
// of one fund account apart: a security's code, an execution number, a currency,
// the name of a total.
type Figure struct {
	Fund   uint64 // fund account number, 0 for a total
	Ref    string
	Amount money.Amount // fen, or units for a position
	OurRef uint64       // order number, on our side
	Line   int          // in their file, counted from 1
}

type figureKey struct {
	fund uint64
	ref  string
}

// Figures compares figures of one subject (record.CasePosition, CaseCash, CaseFees
// or CaseTrade). A figure of zero is the same as none. Trades are told apart by
// their execution number alone, so that a trade under another account is seen as
// one; whatever else is told apart by account and reference. Figures without an
// account are totals.
func Figures(scope Scope, subject uint8, ours, theirs []Figure) []Difference {
	key := func(f *Figure) figureKey {
		if subject == record.CaseTrade {
			return figureKey{ref: f.Ref}
		}
		return figureKey{f.Fund, f.Ref}
	}
	at := make(map[figureKey]int, len(theirs))
	for j := range theirs {
		at[key(&theirs[j])] = j
	}
	var found []Difference
	seen := make([]bool, len(theirs))
	for i := range ours {
		own := &ours[i]
		j, ok := at[key(own)]
		if !ok || seen[j] {
			if own.Amount != 0 {
				found = append(found, scope.figure(subject, own, nil))
			}
			continue
		}
		seen[j] = true
		if own.Amount != theirs[j].Amount || own.Fund != theirs[j].Fund {
			found = append(found, scope.figure(subject, own, &theirs[j]))
		}
	}
	for j := range theirs {
		if !seen[j] && theirs[j].Amount != 0 {
			found = append(found, scope.figure(subject, nil, &theirs[j]))
		}
	}
	slices.SortFunc(found, Compare)
	return found
}

// figure makes the difference of a figure that one side lacks or has otherwise.
func (s *Scope) figure(subject uint8, own, their *Figure) Difference {
	var a, b Figure
	kind := record.CaseAmount
	switch {
	case own == nil:
		kind, b = record.CaseMissingHere, *their
	case their == nil:
		kind, a = record.CaseMissingThere, *own
	default:
		a, b = *own, *their
		if a.Fund != b.Fund {
			kind = record.CaseAccount
		}
	}
	f := s.found(kind, subject, a.Amount, b.Amount)
	f.Fund, f.OurRef, f.TheirRef, f.Line = b.Fund, a.OurRef, b.Ref, b.Line
	if their == nil {
		f.Fund, f.TheirRef = a.Fund, a.Ref
	}
	if f.Fund == 0 && a.Fund == 0 {
		f.Type = record.CaseTotal
	}
	return f
}

// File is a difference about a whole file: it is late, missing, damaged, or its
// control totals are wrong. Detail says which and where.
func File(scope Scope, detail string) Difference {
	f := scope.found(record.CaseFile, record.CaseData, 0, 0)
	f.TheirRef, f.Detail = scope.File, detail
	return f
}
