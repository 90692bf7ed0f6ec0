package settle

import (
	"errors"
	"fmt"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
)

// errReached ends a reading of the journal at what was looked for.
var errReached = errors.New("reached")

// firstSince returns the lowest height whose block time is not before t, or one
// more than the head. Block times never fall, so it takes the logarithm of the
// journal's length in reads.
func firstSince(core Core, t int64) (uint64, error) {
	head, _ := core.Head()
	low, high := uint64(1), head.Height+1
	for low < high {
		middle := low + (high-low)/2
		var at int64
		err := core.Blocks(middle, func(b *journal.Block) error {
			at = b.Time
			return errReached
		})
		if err != nil && !errors.Is(err, errReached) {
			return 0, fmt.Errorf("time of block %d: %w", middle, err)
		}
		if at < t {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// heightOf returns the height of the first record, from the block time since on,
// that is the one wanted.
func heightOf(core Core, since int64, what string, wanted func(record.View) bool) (uint64, error) {
	from, err := firstSince(core, since)
	if err != nil {
		return 0, err
	}
	var found uint64
	err = core.Blocks(from, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
			if wanted(v) {
				found = b.Height
				return errReached
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errReached) {
		return 0, err
	}
	if found == 0 {
		return 0, fmt.Errorf("no record of %s since block %d: %w", what, from, ErrWrongDay)
	}
	return found, nil
}

// opened returns the height of the block that opened the day, stopped of the one
// that stopped it: alone, or as what two people approved.
func opened(core Core, d custody.Day) (uint64, error) {
	return heightOf(core, d.Opened, "the day's opening", func(v record.View) bool {
		is, ok := custody.DayChanged(v)
		return ok && is.Date == d.Date && is.Opened == d.Opened
	})
}

func stopped(core Core, d custody.Day) (uint64, error) {
	return heightOf(core, d.Stopped, "the day's stop", func(v record.View) bool {
		is, ok := custody.DayChanged(v)
		return ok && is.Date == d.Date && is.Stopped == d.Stopped
	})
}

// stepHeight returns the height at which a step first succeeded on the date.
func stepHeight(core Core, d custody.Day, number uint16) (uint64, error) {
	return heightOf(core, d.Stopped, NameOf(number), func(v record.View) bool {
		var c record.StepDone
		return v.Kind == record.KindStepDone && v.Code == record.Accepted && record.Decode(v.Command, &c) &&
			c.Date == d.Date && c.Step == number && c.OK == 1
	})
}
