package reconcile

import (
	"context"
	"fmt"

	"sancun/custody"
	"sancun/difference"
	"sancun/record"
)

// submitMax bounds the requests of one submission, so that enquiries get their
// turn in between; a record of a case has some 300 bytes.
const submitMax = 500

// house registers what the day end found.
var house = record.CallerOf(record.CallerSystem, 0)

// Register makes every difference a case and returns the case numbers in the
// order of the differences. It may be repeated: the same difference, and one that
// persists from an earlier day, answers with the case there is. The error is the
// centre's, or a *RefusedError.
func Register(ctx context.Context, core Core, found []difference.Difference) ([]uint64, error) {
	numbers := make([]uint64, len(found))
	if err := core.Look(ctx, func(m *custody.Machine) { persisting(m, found, numbers) }); err != nil {
		return nil, fmt.Errorf("look for cases that persist: %w", err)
	}
	var rows []int
	for i, n := range numbers {
		if n == 0 {
			rows = append(rows, i)
		}
	}
	for from := 0; from < len(rows); from += submitMax {
		part := rows[from:min(from+submitMax, len(rows))]
		requests := make([]record.Request, len(part))
		for i, row := range part {
			requests[i] = record.Request{Caller: house, Cmd: found[row].Case()}
		}
		answers, err := core.Submit(ctx, requests...)
		if err != nil {
			return nil, fmt.Errorf("register %d differences: %w", len(part), err)
		}
		for i, a := range answers {
			if code := record.Code(a.Code); code != record.Accepted {
				return nil, &RefusedError{Kind: record.KindOpenCase, Code: code}
			}
			numbers[part[i]] = a.Ref
		}
	}
	return numbers, nil
}

// same is what makes a balance, position or total of another day the same
// difference: where it is and how wide the gap. Balances move from day to day.
type same struct {
	kind, subject uint8
	bank          uint16
	market        uint8
	fund          uint64
	ref           string
	gap           int64
}

// persisting fills in the numbers of open cases of earlier days whose difference
// is still there. Transfers and trades are entries of their own day; what is found
// again of them has the same date and needs no search.
func persisting(m *custody.Machine, found []difference.Difference, numbers []uint64) {
	today := m.Today().Date
	open := map[same]uint64{}
	for _, k := range m.Cases() {
		if k.State == custody.CaseOpen && k.Found < today && standing(k.Subject) {
			key := same{k.Type, k.Subject, k.Bank, k.Market, k.Fund, k.Serial(), int64(k.Theirs - k.Ours)}
			if open[key] == 0 {
				open[key] = k.Number
			}
		}
	}
	if len(open) == 0 {
		return
	}
	for i := range found {
		d := &found[i]
		if standing(d.Subject) {
			ref := d.TheirRef[:min(len(d.TheirRef), len(custody.Case{}.TheirRef))]
			numbers[i] = open[same{d.Type, d.Subject, d.Bank, d.Market, d.Fund, ref, int64(d.Theirs - d.Ours)}]
		}
	}
}

// standing says whether a difference of this subject is about what stands at the
// end of a day and not about an entry of it.
func standing(subject uint8) bool {
	return subject == record.CasePosition || subject == record.CaseCash
}
