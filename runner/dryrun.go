package runner

import (
	"context"
	"slices"
	"strings"
	"time"

	"sancun/dr"
	"sancun/plan"
)

// Prospect is what a run would do and how long it would take, if it began now.
// Nothing is changed to find out.
type Prospect struct {
	Plan    string         `json:"plan"`
	Version int            `json:"version"`
	Hash    plan.Hash      `json:"hash"`
	At      time.Time      `json:"at"`
	Works   bool           `json:"works"` // every check before the first change holds
	Why     []string       `json:"why,omitempty"`
	Steps   []Foreseen     `json:"steps"`
	Whole   time.Duration  `json:"whole_ns"`
	RTO     time.Duration  `json:"rto_ns"`      // to t8, the decision inside; -1 when the plan does not say
	Machine time.Duration  `json:"machine_ns"`  // t4 to t7
	Decide  time.Duration  `json:"decision_ns"` // until t4
	Source  string         `json:"source"`      // of the times
	Loss    ProspectOfLoss `json:"rpo"`
}

// ProspectOfLoss is what would be missing if the writing centre were lost now.
type ProspectOfLoss struct {
	Known  bool          `json:"known"`
	Mode   string        `json:"mode"`
	Time   time.Duration `json:"time_ns"`
	Blocks uint64        `json:"blocks"`
	Fen    int64         `json:"money_fen"` // gross
	Text   string        `json:"text"`
}

// Foreseen is one step of a prospect.
type Foreseen struct {
	Step   string        `json:"step"`
	Title  string        `json:"title,omitempty"`
	Owner  dr.Duty       `json:"owner"`
	Second dr.Duty       `json:"second,omitempty"`
	Says   string        `json:"says"`
	Offset time.Duration `json:"offset_ns"`
	Takes  time.Duration `json:"takes_ns"`
	Checks []Looked      `json:"checks,omitempty"`
}

// Looked is a check of a prospect. One behind a change says how it is now, and does
// not count.
type Looked struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Counts bool   `json:"counts"`
	Detail string `json:"detail"`
}

// DryRun goes through a plan without changing anything: it looks at the checks, says
// what each step would do, and forecasts how long it takes from the times of past
// runs. Values that steps find are named, not known.
func DryRun(ctx context.Context, w *World, p *plan.Plan, values, past []plan.Pair) Prospect {
	planned, whole := p.Forecast(past)
	d := Prospect{Plan: p.Name, Version: p.Version, Hash: p.Hash, At: w.Now(), Works: true, Whole: whole, RTO: plan.NotMeasured, Machine: plan.NotMeasured, Decide: plan.NotMeasured, Source: "what the plan expects"}
	if len(past) > 0 {
		d.Source = "past runs, and what the plan expects of steps that never ran"
	}
	changed := false
	for i, s := range p.Leaves() {
		f := Foreseen{Step: s.Name, Title: s.Title, Owner: s.Owner, Second: s.Second, Offset: planned[i].Offset, Takes: planned[i].Took}
		for k := range s.Pre {
			l := d.look(ctx, w, &s.Pre[k], values, !changed)
			if f.Checks = append(f.Checks, l); l.Counts && !l.OK {
				d.Works = false
				d.Why = append(d.Why, s.Name+": "+l.Name+": "+l.Detail)
			}
		}
		f.Says = says(s, values)
		if s.Do != nil {
			if a, err := act(s.Do.Name); err == nil && a.Changes {
				changed = true
			}
			if name, ok := valueOf(s.Do, "name", values); ok && s.Do.Name == "probe" {
				if _, there := w.Probes(name); !there {
					d.Works = false
					d.Why = append(d.Why, s.Name+": the runner has no probe "+name)
				}
			}
		}
		d.Steps = append(d.Steps, f)
	}
	decided, hasDecision := p.At(planned, plan.MarkDecided)
	answered, hasAnswer := p.At(planned, plan.MarkAnswered)
	if at, ok := p.At(planned, plan.MarkVerified); ok {
		d.RTO = at
	}
	if hasDecision {
		d.Decide = decided
	}
	if hasDecision && hasAnswer {
		d.Machine = answered - decided
	}
	d.Loss = w.loss(ctx)
	return d
}

// dryLooks is how often a check is looked at.
const dryLooks = 10

// known resolves the values of a call as far as they are known before a run.
func known(c *plan.Call, values []plan.Pair) (out []plan.Pair, all bool) {
	all = true
	for _, v := range c.With {
		text, ok := valueOf(c, v.Name, values)
		all = all && ok
		out = append(out, plan.Pair{Name: v.Name, Value: text})
	}
	return out, all
}

// valueOf is a value of a call, and whether it is known before a run.
func valueOf(c *plan.Call, name string, values []plan.Pair) (string, bool) {
	for _, v := range c.With {
		if v.Name != name {
			continue
		}
		ref, ok := strings.CutPrefix(v.Text, "$")
		if !ok {
			return v.Text, true
		}
		if text, there := plan.Find(values, ref); there {
			return text, true
		}
		return "what " + ref + " will be", false
	}
	return "", false
}

func (d *Prospect) look(ctx context.Context, w *World, c *plan.Call, values []plan.Pair, counts bool) Looked {
	l := Looked{Name: c.Name, Counts: counts}
	resolved, all := known(c, values)
	k, err := check(c.Name)
	switch {
	case err != nil:
		l.Detail = err.Error()
	case !all:
		l.Detail, l.Counts = "it depends on what is found before", false
	default:
		for range dryLooks { // under load a copy is behind at every second look
			if l.OK, l.Detail = k.Look(ctx, w, &Call{Values: resolved}); l.OK || w.Pause(ctx, lookAgain) != nil {
				break
			}
		}
	}
	return l
}

func says(s *plan.Step, values []plan.Pair) string {
	var all []string
	if s.Gated() {
		text := "ask " + string(s.Owner)
		if s.Second != "" {
			text += " and " + string(s.Second)
		}
		if len(s.Signs) > 0 {
			text += " to sign the orders for " + strings.Join(s.Signs, ", ")
		}
		all = append(all, text)
	}
	if s.Do != nil {
		resolved, _ := known(s.Do, values)
		if a, err := act(s.Do.Name); err == nil {
			all = append(all, a.Says(&Call{Values: resolved}))
		}
	}
	for _, c := range s.Post {
		all = append(all, "check "+c.Name)
	}
	if len(all) == 0 {
		return "look only"
	}
	return strings.Join(all, "; then ")
}

// loss is what would be missing now, as the writing centre measures it.
func (w *World) loss(ctx context.Context) ProspectOfLoss {
	for _, name := range w.Names {
		s, err := w.state(ctx, name, false)
		if err != nil || s.Role != dr.Primary.String() {
			continue
		}
		l := ProspectOfLoss{Mode: s.Mode}
		switch b := s.Line.Behind; {
		case s.Mode == "protect", s.Mode == "available" && !s.Alone:
			l.Known, l.Text = true, "nothing that was answered: mode "+s.Mode
		case b == nil:
			l.Text = name + " measures no delay"
		default:
			l.Known, l.Time, l.Blocks, l.Fen = true, time.Duration(b.StoredNS), b.Blocks, b.CashFen
			l.Text = "what the copy has not got yet"
		}
		return l
	}
	return ProspectOfLoss{Text: "no centre that writes answers"}
}

// Values completes the values of a run with the defaults of its plan; missing names
// those that are neither given nor have one.
func Values(p *plan.Plan, given []plan.Pair) (values []plan.Pair, missing []string) {
	for _, v := range p.Parameters {
		text, ok := plan.Find(given, v.Name)
		if !ok {
			text = v.Default
		}
		if text == "" {
			missing = append(missing, v.Name)
			continue
		}
		values = append(values, plan.Pair{Name: v.Name, Value: text})
	}
	for _, g := range given {
		if !slices.ContainsFunc(p.Parameters, func(v plan.Parameter) bool { return v.Name == g.Name }) {
			missing = append(missing, g.Name+" (the plan has no such parameter)")
		}
	}
	return values, missing
}
