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
