package csdc

import (
	"fmt"
	"time"
)

// Cutoff is the time of a day by which a layout's file must have come.
type Cutoff struct {
	Layout       Layout
	Hour, Minute int // Beijing time on the trading day
	Source       string
}

// DefaultCutoffs are the latest times of a usual evening. They are data: a
// broker puts its own in its configuration.
func DefaultCutoffs() []Cutoff {
	const clearing = "domain facts E.2: clearing files come from about 16:30 to about 22:00 [E-DDT]"
	out := []Cutoff{{LayoutGH, 16, 30, "assumed: the exchange's trade file comes first, before the clearing files"}}
	for _, l := range Layouts()[1:] {
		out = append(out, Cutoff{l, 22, 0, clearing})
	}
	return out
}

// Expected is one file a day must bring.
type Expected struct {
	Name     string
	Layout   Layout
	Deadline time.Time
}

// Manifest is the list of files that a participant expects of one trading day.
// It is made from the calendar alone, never from what has arrived.
type Manifest struct {
	Participant Participant
	Date        Date
	Previous    Date // trading day before; empty if the day before is not known
	Control     Expected
	Files       []Expected
}

// NewManifest lists the files of date. The control file comes last, with the
// latest cut-off. It returns ErrDate for a date that is none, ErrFigure for
// participant numbers that cannot stand in a name, ErrLayout for a layout that
// is unknown or given twice.
func NewManifest(p Participant, date, previous Date, cutoffs []Cutoff) (Manifest, error) {
	m := Manifest{Participant: p, Date: date, Previous: previous}
	if err := date.check(); err != nil {
		return m, err
	}
	if previous != "" && (!previous.Valid() || previous >= date) {
		return m, fmt.Errorf("previous day %q before %s: %w", previous, date, ErrDate)
	}
	if err := p.check(); err != nil {
		return m, err
	}
	m.Control.Name = ControlName(p, date)
	seen := map[Layout]bool{}
	for _, c := range cutoffs {
		if !c.Layout.Valid() || seen[c.Layout] {
			return m, fmt.Errorf("cut-off of %s: %w", c.Layout, ErrLayout)
		}
		seen[c.Layout] = true
		e := Expected{Name: c.Layout.FileName(p, date), Layout: c.Layout, Deadline: date.At(c.Hour, c.Minute)}
		if e.Deadline.After(m.Control.Deadline) {
			m.Control.Deadline = e.Deadline
		}
		m.Files = append(m.Files, e)
	}
	return m, nil
}
