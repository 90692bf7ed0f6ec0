package settle

import (
	"time"

	"sancun/calendar"
)

// forecast tells from the first minute on when the chain will end. Before a step
// has ended it goes by the shares of a usual day end; each ended step then scales
// the rest by how long it really took.
type forecast struct {
	began time.Time
	spent time.Duration // of the steps that ended and were not passed over
	share int           // theirs
	left  []step
}

// usualDayEnd is what a day end of a large cell takes until one has been
// measured: an assumption that holds until the first step has ended.
const usualDayEnd = 10 * time.Minute

func newForecast(now time.Time, steps []step) forecast { return forecast{began: now, left: steps} }

// ended says that the first of the steps left ended after took, or was passed over.
func (f *forecast) ended(took time.Duration, passed bool) {
	if !passed {
		f.spent += took
		f.share += f.left[0].share
	}
	f.left = f.left[1:]
}

// finish returns when the steps left that are due with a cut-off will have ended;
// cut-off 0 means all of them. inside is how long the running step has taken.
func (f *forecast) finish(now time.Time, cutoff calendar.Cutoff, inside time.Duration) time.Time {
	share := 0
	for _, s := range f.left {
		if cutoff == 0 || s.cutoff <= cutoff {
			share += s.share
		}
	}
	whole := usualDayEnd
	if f.share > 0 {
		whole = f.spent * 1000 / time.Duration(f.share)
	}
	return now.Add(max(0, whole*time.Duration(share)/1000-inside))
}

// cutoffTime returns the moment a cut-off of the date falls at, zero when no rule
// says.
func (o *Options) cutoffTime(cutoff calendar.Cutoff) time.Time {
	d, t, err := o.Calendar.CutoffFor(o.Cutoffs, cutoff, calendar.Date(o.Date))
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(d.UnixMilli(t))
}

// Due is how the steps that fall due with one cut-off stand (row K40): what the
// clearing house and exchanges must hear at 21:00, what the banks must have at 23:00.
type Due struct {
	Cutoff calendar.Cutoff
	At     time.Time // zero when no rule says
	Finish time.Time // forecast of the last step's end; now, when none of them is left
	Left   int       // steps
	Late   bool      // the forecast is behind the cut-off
}

// due tells how both groups of steps stand at a moment.
func (o *Options) due(f *forecast, now time.Time, inside time.Duration) []Due {
	var all []Due
	for _, cutoff := range []calendar.Cutoff{calendar.ExchangeReporting, calendar.BankFiles} {
		d := Due{Cutoff: cutoff, At: o.cutoffTime(cutoff), Finish: now}
		for _, s := range f.left {
			if s.cutoff == cutoff {
				d.Left++
			}
		}
		if d.Left > 0 {
			d.Finish = f.finish(now, cutoff, inside)
			d.Late = !d.At.IsZero() && d.Finish.After(d.At)
		}
		all = append(all, d)
	}
	return all
}

// Planned is one step of a day end before it runs.
type Planned struct {
	Number uint16
	Name   string
	Due    time.Time // its cut-off, zero when no rule says
	Ends   time.Time // at the pace of a usual day end, if the steps not done begin now
}

// Plan tells how a day end stands while nothing runs: all its steps, and the
// forecast of those that are not done, if they began now. It returns ErrOptions
// and the calendar's errors.
func Plan(o Options, now time.Time, done func(step uint16) bool) ([]Planned, []Due, error) {
	if err := o.fill(); err != nil {
		return nil, nil, err
	}
	var steps []Planned
	var left []step
	f := newForecast(now, nil)
	for _, s := range chain() {
		p := Planned{Number: s.number, Name: NameOf(s.number), Due: o.cutoffTime(s.cutoff)}
		if !done(s.number) {
			left = append(left, s)
			f.left = left
			p.Ends = f.finish(now, 0, 0)
		}
		steps = append(steps, p)
	}
	return steps, o.due(&f, now, 0), nil
}
