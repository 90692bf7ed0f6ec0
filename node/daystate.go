package node

import (
	"context"
	"time"

	"sancun/api"
	"sancun/calendar"
	"sancun/custody"
	"sancun/settle"
)

// cutoffNames are the two groups of steps as the interface names them.
var cutoffNames = map[calendar.Cutoff]string{calendar.ExchangeReporting: "exchange-reporting", calendar.BankFiles: "bank-files"}

// State tells where the day and its end stand.
func (d *DayEnd) State(ctx context.Context) (api.DayEndState, error) {
	var today custody.Day
	done := map[uint16]custody.Step{}
	if err := d.n.Core.Look(ctx, func(m *custody.Machine) {
		today = m.Today()
		for _, s := range m.Steps() {
			if s.Date == today.Date {
				done[s.Number] = s
			}
		}
	}); err != nil {
		return api.DayEndState{}, err
	}
	s := api.DayEndState{Date: today.Date, Next: today.Next, Phase: api.PhaseName(today.Phase), Steps: []api.DayEndStep{}, Cutoffs: []api.DayCutoff{}}
	if today.Stopped != 0 {
		s.Stopped = moment(time.Unix(0, today.Stopped))
	}
	options, err := d.n.config.settleOptions(today.Date)
	if err != nil {
		s.Lacks = err.Error()
	}
	if today.Date == 0 {
		return s, nil
	}
	if options.Broker.Code == "" {
		options.Broker.Code = "-" // the plan asks for one and does not need it
	}
	now := d.n.clock.Now()
	plan, due, err := settle.Plan(options, now, func(step uint16) bool { return done[step].OK == 1 })
	if err != nil {
		return s, err
	}
	for _, p := range plan {
		s.Steps = append(s.Steps, stepOf(p, done[p.Number]))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.last; r != nil && r.options.Date == today.Date {
		s.Run = r.state()
		due = r.mark(s.Steps, due)
	}
	for _, c := range due {
		cutoff := api.DayCutoff{Name: cutoffNames[c.Cutoff], At: moment(c.At), Left: c.Left, Late: c.Late}
		if c.Left > 0 {
			cutoff.Forecast = moment(c.Finish)
		}
		s.Cutoffs = append(s.Cutoffs, cutoff)
	}
	return s, nil
}

// stepOf is a step as the plan and the journal have it.
func stepOf(p settle.Planned, done custody.Step) api.DayEndStep {
	s := api.DayEndStep{
		Number: p.Number, Name: api.StepName(p.Number), Title: p.Name, State: "waiting", Due: moment(p.Due), Planned: moment(p.Ends), Rows: done.Rows, Runs: done.Runs,
	}
	if done.Runs == 0 {
		return s
	}
	ended := time.Unix(0, done.Ended)
	s.Ended, s.State = moment(ended), "failed"
	if done.OK == 1 {
		s.State, s.Planned = "done", nil
		s.Late = !p.Due.IsZero() && ended.After(p.Due)
	}
	return s
}

// state is the run for the interface. The caller holds d.mu.
func (r *dayRun) state() *api.DayEndRun {
	s := &api.DayEndRun{
		Running: r.ended.IsZero(), By: api.CallerName(r.by), Wait: r.wait, Began: r.began.UTC(), Ended: moment(r.ended),
		Done: r.progress.Done, Total: r.progress.Total, WaitingFor: r.waiting, Cleared: r.report.Cleared,
	}
	for _, step := range r.options.Steps {
		s.Steps = append(s.Steps, api.StepName(step))
	}
	if r.progress.Step != 0 {
		s.Step = api.StepName(r.progress.Step)
	}
	for _, n := range r.found {
		s.Found += n
	}
	if r.failure != nil {
		s.Failure = r.failure.Error()
	}
	return s
}

// mark puts what the run knows beyond the journal on the steps, and returns its
// own forecast while it works on them. The caller holds d.mu.
func (r *dayRun) mark(steps []api.DayEndStep, due []settle.Due) []settle.Due {
	running := r.ended.IsZero()
	for i := range steps {
		s := &steps[i]
		s.Found, s.Failure = r.found[s.Number], r.failed[s.Number]
		if running && s.Number == r.progress.Step && !r.progress.Ended {
			s.State = "running"
		}
	}
	if running && len(r.options.Steps) == 0 && len(r.progress.Due) > 0 {
		return r.progress.Due
	}
	return due
}

// moment is a time for the interface, nil when there is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
