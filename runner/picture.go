package runner

import (
	"context"
	"time"

	"sancun/dr"
	"sancun/plan"
)

// Look makes the picture that readiness is judged by. Clocks are compared with that
// of the first centre that answers: a drill's run at another time than the runner's.
func (w *World) Look(ctx context.Context, people []dr.Operator) plan.Picture {
	p := plan.Picture{At: w.Now(), People: people}
	var first *time.Duration
	for i, name := range w.Names {
		c, at := w.lookAt(ctx, i, name)
		if c.Failure == "" {
			if first == nil {
				first = &at
			}
			c.Offset = at - *first
		}
		p.Centres = append(p.Centres, c.CentrePicture)
		p.LastDrill, p.LastBackup = later(p.LastDrill, c.drill), later(p.LastBackup, c.backup)
	}
	return p
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sight is a centre with what is judged of both together.
type sight struct {
	plan.CentrePicture
	drill, backup time.Time
}

// lookAt asks one centre, and how far its clock is from the runner's.
func (w *World) lookAt(ctx context.Context, i int, name string) (c sight, offset time.Duration) {
	c.CentrePicture = plan.CentrePicture{Name: name, Delay: -1}
	within, done := context.WithTimeout(ctx, askWithin)
	defer done()
	began := w.Now()
	s, err := w.Centres[i].State(within, false)
	took := w.Now().Sub(began)
	if err != nil {
		c.Failure = err.Error()
		return c, 0
	}
	offset = s.Time.Sub(began.Add(took / 2))
	c.Slack, c.Role, c.Mode, c.Alone, c.Disagree, c.Linked, c.Epoch = took, s.Role, s.Mode, s.Alone, s.Disagree, s.Line.Connected, s.Newest
	c.Missing, c.Drift = s.Goods.Missing, s.Drift
	if b := s.Line.Behind; b != nil {
		c.Delay, c.Behind = time.Duration(b.StoredNS), b.Blocks
	}
	o, err := w.Centres[i].Outlook(within)
	if err != nil {
		c.Failure = err.Error()
		return c, offset
	}
	c.Version, c.DiskFree, c.DiskAll, c.KeyUntil, c.Config = o.Version, o.DiskFree, o.DiskAll, o.KeyUntil, o.People
	c.drill, c.backup = o.LastDrill, o.LastBackup
	return c, offset
}

// Observe looks once at both centres for the watch. Primary is the centre that wrote
// when one was last seen to; it returns it anew.
func (w *World) Observe(ctx context.Context, primary string) (plan.Seen, string) {
	seen := plan.Seen{At: w.Now()}
	failures := map[string]string{}
	for i, name := range w.Names {
		within, done := context.WithTimeout(ctx, observeWithin)
		s, err := w.Centres[i].State(within, false)
		done()
		if err != nil {
			failures[name] = err.Error()
			continue
		}
		switch s.Role {
		case dr.Primary.String():
			primary, seen.Answers = name, true
		default:
			seen.Heir, seen.HeirAnswers = name, true
			seen.HeirSees = s.Line.Connected && s.Time.Sub(s.Line.BeatAt) < beatStale
			seen.HeirBehind = "what was answered behind height " + number(s.Stored)
		}
	}
	seen.Primary, seen.Failure = primary, failures[primary]
	if seen.Failure == "" && !seen.Answers {
		seen.Failure = "it does not write"
	}
	return seen, primary
}

const (
	// observeWithin bounds one probe: a centre that takes longer has not answered.
	observeWithin = time.Second
	// beatStale is how old the last news of the writing centre may be for the other to
	// count as seeing it.
	beatStale = 2 * time.Second
)
