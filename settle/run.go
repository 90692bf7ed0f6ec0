package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sancun/custody"
	"sancun/difference"
	"sancun/record"
)

// run is one pass over the chain.
type run struct {
	ctx    context.Context
	core   Core
	in     Inputs
	out    Outputs
	o      Options
	report *Report
	fore   forecast
	step   *step
	began  time.Time

	day   custody.Day
	steps map[uint16]custody.Step

	// What several steps need is read once, when it is first asked for.
	machine *custody.Machine // at the height of height
	height  uint64
	cut     *cut
	files   []acceptedFile
	listing *listing
	moves   *movements
	cleared *cleared
	first   *firstLevel
	lists   *transferLists
	closing *closing

	found []difference.Difference // by the step that runs
}

// Run performs the steps of the day end in their order, from wherever an earlier
// run left off. With Options.Steps empty it also clears the day, so that the next
// one may open. The report is there with an error too, up to the step that failed;
// the error is a *StepError then.
func Run(ctx context.Context, core Core, in Inputs, out Outputs, o Options) (Report, error) {
	report := Report{Date: o.Date}
	if err := o.fill(); err != nil {
		return report, err
	}
	r := &run{ctx: ctx, core: core, in: in, out: out, o: o, report: &report}
	if err := r.look(); err != nil {
		return report, err
	}
	var wanted []step
	for _, s := range chain() {
		if len(o.Steps) == 0 || slices.Contains(o.Steps, s.number) {
			wanted = append(wanted, s)
		}
	}
	r.fore = newForecast(o.Now(), wanted)
	for i := range wanted {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if err := r.perform(&wanted[i]); err != nil {
			return report, &StepError{Step: wanted[i].number, Err: err}
		}
	}
	if len(o.Steps) == 0 {
		if err := r.clearDay(); err != nil {
			return report, err
		}
		report.Cleared = true
	}
	return report, nil
}

// look reads the day and its steps from the running machine.
func (r *run) look() error {
	r.steps = map[uint16]custody.Step{}
	err := r.core.Look(r.ctx, func(m *custody.Machine) {
		r.day = m.Today()
		for _, s := range m.Steps() {
			if s.Date == r.day.Date {
				r.steps[s.Number] = s
			}
		}
	})
	if err != nil {
		return err
	}
	if r.day.Date != r.o.Date {
		return fmt.Errorf("day end of %d, the cell is at %d: %w", r.o.Date, r.day.Date, ErrWrongDay)
	}
	return nil
}

// perform runs one step and journals its outcome.
func (r *run) perform(s *step) error {
	r.step, r.began, r.found = s, r.o.Now(), nil
	rep := StepReport{Number: s.number, Name: NameOf(s.number), Cutoff: r.o.cutoffTime(s.cutoff)}
	r.progress(0, 0, false)
	rows, err := r.execute(s, &rep)
	rep.Ended = r.o.Now()
	rep.Took, rep.Rows, rep.Found = rep.Ended.Sub(r.began), rows, len(r.found)
	rep.Late = !rep.Cutoff.IsZero() && rep.Ended.After(rep.Cutoff)
	rep.OK = err == nil
	if err != nil {
		rep.Failure = err.Error()
		r.report.Steps = append(r.report.Steps, rep)
		return errors.Join(err, r.journalFailure(s, &rep))
	}
	slices.SortStableFunc(r.found, difference.Compare)
	r.report.Differences = append(r.report.Differences, r.found...)
	r.report.Steps = append(r.report.Steps, rep)
	r.fore.ended(rep.Took, rep.Passed)
	r.progress(rows, rows, true)
	if r.o.Between != nil {
		return r.o.Between(r.ctx, rep, r.found)
	}
	return nil
}

// execute does a step's work, or on the same input again what of it books nothing.
func (r *run) execute(s *step, rep *StepReport) (uint64, error) {
	if s.number == custody.StepStop {
		if err := r.stopDay(); err != nil {
			return 0, err
		}
	} else if r.steps[s.number-1].OK != 1 {
		return 0, fmt.Errorf("step %d %s: %w", s.number-1, NameOf(s.number-1), ErrOrder)
	}
	if err := r.locate(); err != nil {
		return 0, err
	}
	var parts []part
	if s.parts != nil {
		var err error
		if parts, err = s.parts(r); err != nil {
			return 0, err
		}
	}
	before := [32]byte{}
	if s.number > custody.StepStop {
		before = r.steps[s.number-1].Input
	}
	rep.Input = inputHash(r.o.Date, r.report.Stopped, s.number, before, parts)
	done := r.steps[s.number]
	if done.OK == 1 && done.Input != rep.Input {
		return 0, ErrChanged
	}
	rep.Passed = done.OK == 1
	rows, err := s.perform(r, rep.Passed)
	if err != nil || rep.Passed {
		return rows, err
	}
	return rows, r.journal(s.number, rows, rep.Input)
}

// journal records that a step succeeded and reads the steps again.
func (r *run) journal(number uint16, rows uint64, input [32]byte) error {
	cmd := &record.StepDone{Date: r.o.Date, Step: number, OK: 1, Rows: rows, Input: input}
	answers, err := r.core.Submit(r.ctx, record.Request{Caller: r.o.Owner, Cmd: cmd})
	if err != nil {
		return err
	}
	if err := accepted(cmd, answers[0]); err != nil {
		return err
	}
	if err := r.look(); err != nil {
		return err
	}
	return r.locate()
}

// journalFailure records that a step failed. A step that had succeeded before
// keeps its success: its work is done, only its repetition failed. So does one
// whose caller gave up or whose day is not stopped.
func (r *run) journalFailure(s *step, rep *StepReport) error {
	if rep.Passed || r.ctx.Err() != nil || r.day.Phase != custody.DayStopped || r.steps[s.number].OK == 1 {
		return nil
	}
	cmd := &record.StepDone{Date: r.o.Date, Step: s.number, Rows: rep.Rows, Input: rep.Input}
	answers, err := r.core.Submit(r.ctx, record.Request{Caller: r.o.Owner, Cmd: cmd})
	if err != nil {
		return err
	}
	return accepted(cmd, answers[0])
}

// locate finds the heights the day end reads at, as far as they are there yet.
func (r *run) locate() (err error) {
	if r.report.Stopped == 0 && r.day.Stopped != 0 {
		if r.report.Stopped, err = stopped(r.core, r.day); err != nil {
			return err
		}
	}
	if r.report.Pinned == 0 && r.steps[custody.StepStop].OK == 1 {
		if r.report.Pinned, err = stepHeight(r.core, r.day, custody.StepStop); err != nil {
			return err
		}
	}
	if r.report.Closing == 0 && r.steps[custody.StepInterest].OK == 1 {
		r.report.Closing, err = stepHeight(r.core, r.day, custody.StepInterest)
	}
	return err
}

// clearDay ends the day when it is not ended yet.
func (r *run) clearDay() error {
	if r.day.Phase == custody.DayCleared {
		return nil
	}
	cmd := &record.DayCleared{Date: r.o.Date}
	answers, err := r.core.Submit(r.ctx, record.Request{Caller: r.o.Owner, Cmd: cmd})
	if err != nil {
		return err
	}
	return accepted(cmd, answers[0])
}

// progress tells how far the running step is.
func (r *run) progress(done, total uint64, ended bool) {
	if r.o.Progress == nil {
		return
	}
	now := r.o.Now()
	inside := now.Sub(r.began)
	if ended {
		inside = 0
	}
	p := Progress{
		Step: r.step.number, Name: NameOf(r.step.number), Done: done, Total: total, Ended: ended,
		Finish: r.fore.finish(now, 0, inside), Cutoff: r.o.cutoffTime(r.step.cutoff),
	}
	p.Due = r.o.due(&r.fore, now, inside)
	for _, d := range p.Due {
		p.Late = p.Late || d.Cutoff == r.step.cutoff && d.Late
	}
	r.o.Progress(p)
}

// find lists a difference of the running step.
func (r *run) find(d difference.Difference) {
	if d.Date == 0 {
		d.Date = r.o.Date
	}
	r.found = append(r.found, d)
}

// write puts a file among the day's files. The same bytes are not written twice.
func (r *run) write(name string, content []byte) error {
	f := fileOf(name, content)
	r.report.Files = append(r.report.Files, f)
	if old, err := r.out.Read(name); err == nil && fileOf(name, old) == f {
		return nil
	}
	if err := r.out.Write(name, content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
