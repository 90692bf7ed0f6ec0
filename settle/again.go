package settle

import (
	"context"
	"fmt"

	"sancun/custody"
	"sancun/difference"
	"sancun/record"
	"sancun/state"
)

// Begun returns the set of the clearing house's files that a day end works on, of
// those accepted on its date, the newest last: the one that its second step read,
// however many have come since, or the newest when it has not read any yet. It
// returns ErrChanged when the step read none of them.
func Begun(ctx context.Context, core Core, o Options, sets []Received) (Received, error) {
	if len(sets) == 0 {
		return nil, ErrMissing
	}
	if err := o.fill(); err != nil {
		return nil, err
	}
	r := &run{ctx: ctx, core: core, o: o, report: &Report{Date: o.Date}}
	if err := r.look(); err != nil {
		return nil, err
	}
	newest := sets[len(sets)-1]
	read := r.steps[custody.StepReceive]
	if read.OK != 1 {
		return newest, nil
	}
	if err := r.locate(); err != nil {
		return nil, err
	}
	for i := len(sets) - 1; i >= 0; i-- {
		r.in.Clearing, r.files = sets[i:i+1], nil
		parts, err := r.clearingParts()
		if err != nil {
			return nil, err
		}
		before := r.steps[custody.StepStop].Input
		if inputHash(o.Date, r.report.Stopped, custody.StepReceive, before, parts) == read.Input {
			return sets[i], nil
		}
	}
	return nil, fmt.Errorf("none of %d accepted sets is what step %d read: %w", len(sets), custody.StepReceive, ErrChanged)
}

// CompareAgain compares trades, fees, nets and positions with other files than
// those the day end worked on, such as corrected ones, and returns what still
// differs. It books and journals nothing. The day must have got as far as its
// second-level clearing.
func CompareAgain(ctx context.Context, core Core, in Inputs, o Options) ([]difference.Difference, error) {
	o.Steps = []uint16{custody.StepFirstLevel, custody.StepPositions}
	o.Between, o.Progress = nil, nil
	report, err := Run(ctx, rehearsal{core}, in, &Memory{}, o)
	if err != nil {
		return nil, fmt.Errorf("compare again: %w", err)
	}
	return report.Differences, nil
}

// rehearsal is the centre for a comparison that must leave no trace: it reads the
// same journal and pretends to accept what it is given.
type rehearsal struct{ Core }

// Submit accepts everything and does nothing.
func (rehearsal) Submit(_ context.Context, requests ...record.Request) ([]state.Answer, error) {
	return make([]state.Answer, len(requests)), nil
}
