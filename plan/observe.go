package plan

import (
	"fmt"
	"time"
)

// Rule says when a loss of the writing centre is believed.
type Rule struct {
	Misses int           // probes in a row without an answer
	Silent time.Duration // since the last answer
	Calm   time.Duration // of answers, before another loss is believed: no flapping
}

// DefaultRule believes a loss after three seconds.
var DefaultRule = Rule{Misses: 3, Silent: 3 * time.Second, Calm: 30 * time.Second}

// Seen is one look at both centres.
type Seen struct {
	At      time.Time
	Primary string // the centre that writes, or wrote last
	Answers bool   // it answered the probe
	Failure string // why not
	Heir    string
	// HeirAnswers says that the other centre answered, HeirSees that it has a line to
	// the one that writes: then only the observer's line is cut.
	HeirAnswers, HeirSees bool
	HeirBehind            string // what would be lost, in words
}

// Watch looks for the loss of the writing centre and says what it would have done.
// It never acts: what it says is for people, and for the record of how good the
// rule is.
type Watch struct {
	rule   Rule
	last   time.Time // the last answer
	since  time.Time // of unbroken answers
	misses int
	said   bool
	cut    bool // said that only the line is cut
}

// NewWatch watches by a rule.
func NewWatch(rule Rule) *Watch { return &Watch{rule: rule} }

// Look takes one look; says is empty when there is nothing new.
func (w *Watch) Look(s Seen) (says string) {
	if s.Answers {
		if w.misses > 0 || w.since.IsZero() {
			w.since = s.At
		}
		w.last, w.misses, w.cut = s.At, 0, false
		if w.said && s.At.Sub(w.since) >= w.rule.Calm {
			w.said = false
			return fmt.Sprintf("%s answers again since %s", s.Primary, clock(w.since))
		}
		return ""
	}
	w.misses++
	silent := s.At.Sub(w.last)
	if w.last.IsZero() || w.misses < w.rule.Misses || silent < w.rule.Silent || w.said {
		return ""
	}
	why := fmt.Sprintf("%s has not answered since %s, %d probes in a row (%s)", s.Primary, clock(w.last), w.misses, s.Failure)
	switch {
	case !s.HeirAnswers:
		if w.cut {
			return ""
		}
		w.cut = true
		return fmt.Sprintf("would not have failed over at %s although %s: %s does not answer either", clock(s.At), why, s.Heir)
	case s.HeirSees:
		if w.cut {
			return ""
		}
		w.cut = true
		return fmt.Sprintf("would not have failed over at %s although %s: %s still has its line to it", clock(s.At), why, s.Heir)
	}
	w.said = true
	return fmt.Sprintf("would have failed over to %s at %s because %s, and %s has lost it too; missing would be %s", s.Heir, clock(s.At), why, s.Heir, s.HeirBehind)
}

// Fault is t0 as the watch saw it: the last good answer. It is zero before one.
func (w *Watch) Fault() time.Time { return w.last }

func clock(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
