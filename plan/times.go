package plan

import (
	"slices"
	"strconv"
	"time"
)

// Planned is when a step was to begin after the run had, and how long it was to take.
type Planned struct {
	Step   string        `json:"step"`
	Offset time.Duration `json:"offset_ns"`
	Took   time.Duration `json:"took_ns"`
}

// Forecast says how long each step takes when the run goes well: as long as it
// took in past runs where they are known, as the plan expects otherwise. The last
// end is the whole.
func (p *Plan) Forecast(past []Pair) (all []Planned, whole time.Duration) {
	f := forecast{past: past}
	whole = f.steps(p.Steps, 0)
	return f.all, whole
}

type forecast struct {
	past []Pair // step and duration
	all  []Planned
}

func (f *forecast) steps(steps []*Step, at time.Duration) time.Duration {
	for _, s := range steps {
		switch {
		case s.Leaf():
			took := s.Expect
			if text, ok := Find(f.past, s.Name); ok {
				if d, err := time.ParseDuration(text); err == nil {
					took = d
				}
			}
			f.all = append(f.all, Planned{s.Name, at, took})
			at += took
		case len(s.Steps) > 0:
			at = f.steps(s.Steps, at)
		default:
			end := at
			for _, beside := range s.Parallel {
				end = max(end, f.steps([]*Step{beside}, at))
			}
			at = end
		}
	}
	return at
}

// At is when a moment comes after the beginning of the run; ok is false when no
// step marks it.
func (p *Plan) At(all []Planned, m Mark) (time.Duration, bool) {
	for _, s := range p.Leaves() {
		if !slices.Contains(s.Marks, m) {
			continue
		}
		for _, a := range all {
			if a.Step == s.Name {
				return a.Offset + a.Took, true
			}
		}
	}
	return 0, false
}

// Past is the median time of each step in the runs of a plan that went well, for
// Forecast. Decisions of people count like every other step.
func Past(runs []*Run, plan string) []Pair {
	var names []string
	var took [][]time.Duration
	for _, r := range runs {
		if r.Plan.Name != plan || r.Outcome != OK {
			continue
		}
		for i := range r.Steps {
			s := &r.Steps[i]
			if s.Status != Done || s.Tries > 1 || r.Resumed > 0 {
				continue
			}
			at := slices.Index(names, s.Step.Name)
			if at < 0 {
				at = len(names)
				names, took = append(names, s.Step.Name), append(took, nil)
			}
			took[at] = append(took[at], s.Ended.Sub(s.Began))
		}
	}
	var out []Pair
	for i, name := range names {
		slices.Sort(took[i])
		out = append(out, Pair{name, took[i][(len(took[i])-1)/2].String()})
	}
	return out
}

// Times is the clock of a run.
type Times struct {
	Marks []Marked `json:"marks"`
	// Recovery is t8 less t0, the decision inside; Machine is t7 less t4, Decision t4
	// less t2. A part that was not measured is -1.
	Recovery time.Duration `json:"rto_ns"`
	Machine  time.Duration `json:"machine_ns"`
	Decision time.Duration `json:"decision_ns"`
	Detect   time.Duration `json:"detect_ns"` // t1 less t0
	Whole    time.Duration `json:"whole_ns"`  // of the run
	Loss     Loss          `json:"loss"`
}

// Loss is what was answered before the fault and is missing behind it.
type Loss struct {
	Known         bool          `json:"known"` // some step measured it
	Time          time.Duration `json:"rpo_ns"`
	Blocks        int64         `json:"blocks"`
	Fen           int64         `json:"money_fen"`
	Orphans       int64         `json:"orphans"`
	OrphansListed int64         `json:"orphans_listed"`
}

// NotMeasured stands for a time that has no two moments.
const NotMeasured = time.Duration(-1)

// When is the time of a moment, and whether it came.
func (r *Run) When(m Mark) (time.Time, bool) {
	for _, x := range r.Marks {
		if x.Mark == m {
			return x.At, true
		}
	}
	return time.Time{}, false
}

func (r *Run) between(from, to Mark) time.Duration {
	a, there := r.When(from)
	b, come := r.When(to)
	if !there || !come || b.Before(a) {
		return NotMeasured
	}
	return b.Sub(a)
}

// Times measures the run as far as it got; now stands for its end while it runs.
func (r *Run) Times(now time.Time) Times {
	if !r.Ended.IsZero() {
		now = r.Ended
	}
	t := Times{
		Marks: slices.Clone(r.Marks), Recovery: r.between(MarkFault, MarkVerified), Machine: r.between(MarkDecided, MarkAnswered),
		Decision: r.between(MarkAlarmed, MarkDecided), Detect: r.between(MarkFault, MarkDetected), Whole: now.Sub(r.Began), Loss: r.loss(),
	}
	slices.SortFunc(t.Marks, func(a, b Marked) int { return int(a.Mark) - int(b.Mark) })
	return t
}

// loss reads what steps found under the agreed names.
func (r *Run) loss() (l Loss) {
	for i := range r.Steps {
		for _, f := range r.Steps[i].Finds {
			n, err := strconv.ParseInt(f.Value, 10, 64)
			if err != nil {
				continue
			}
			switch f.Name {
			case "rpo_ms":
				l.Time, l.Known = time.Duration(n)*time.Millisecond, true
			case "rpo_blocks":
				l.Blocks, l.Known = n, true
			case "rpo_money_fen":
				l.Fen, l.Known = n, true
			case "orphans":
				l.Orphans = n
			case "orphans_listed":
				l.OrphansListed = n
			}
		}
	}
	return l
}
