package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"sancun/custody"
	"sancun/difference"
	"sancun/reconcile"
	"sancun/record"
	"sancun/settle"
	"sancun/wire/csdc"
)

// dayRun is one run of the day end.
type dayRun struct {
	d       *DayEnd
	options settle.Options
	by      record.Caller
	wait    bool
	began   time.Time

	// Guarded by d.mu.
	stop     context.CancelFunc
	stopping bool // asked to end before it had begun
	progress settle.Progress
	waiting  []string
	found    map[uint16]int    // differences, by step
	failed   map[uint16]string // why, by step
	ended    time.Time
	failure  error

	report settle.Report // guarded by d.mu once the run has ended
}

// The files that the banks send as results of the day end itself; the others open it.
var resultLayouts = []string{"B04", "B05"}

// lookAgain is how often a run that waits looks, should nobody ring.
const lookAgain = 30 * time.Second

// receivedWithin is how long a run waits for the receiving side to open its date.
const receivedWithin = 5 * time.Minute

// received says whether the receiving side has come to the date.
func (r *dayRun) received() ([]string, error) {
	if r.d.n.intakeOf(r.options.Date) == nil {
		return []string{fmt.Sprintf("the receiving of %d, which is not open", r.options.Date)}, nil
	}
	return nil, nil
}

// run does the work.
func (r *dayRun) run(ctx context.Context) error {
	// Behind a start the receiving side needs a moment until it has read its archive.
	if err := r.await(ctx, r.d.n.clock.Now().Add(receivedWithin), r.received); err != nil {
		return err
	}
	if r.wait {
		if err := r.await(ctx, time.Time{}, r.openingFiles); err != nil {
			return err
		}
	}
	in, err := r.d.inputs(ctx, r.options)
	if err != nil {
		return err
	}
	o := r.options
	o.Now, o.Progress, o.Between = r.d.n.clock.Now, r.tell, r.between
	if err := r.d.n.documents(&in, &o); err != nil {
		return err
	}
	report, err := settle.Run(ctx, r.d.n.keeping(), in, r.outputs(), o)
	r.d.mu.Lock()
	r.report = report
	for _, s := range report.Steps {
		r.found[s.Number] = s.Found
		if s.Failure != "" {
			r.failed[s.Number] = s.Failure
		}
	}
	r.d.mu.Unlock()
	if err != nil || !report.Cleared {
		return err
	}
	if _, err := r.d.check(ctx, r.options.Date); err != nil {
		return fmt.Errorf("the day is cleared; the three-way check: %w", err)
	}
	return nil
}

// outputs is the folder of the day's own files.
func (r *dayRun) outputs() *settle.Folder {
	return &settle.Folder{Dir: r.d.folder(fmt.Sprintf("%08d", r.options.Date))}
}

// inputs are what a day end reads: the set of clearing files it began with, or the
// newest accepted one, and what the banks have sent.
func (d *DayEnd) inputs(ctx context.Context, o settle.Options) (settle.Inputs, error) {
	in := settle.Inputs{Banks: map[uint16]fs.FS{}, Persons: d.n.Owners}
	for _, b := range o.Banks {
		in.Banks[b.Number] = d.n.bankFiles[b.Number].arrived(o.Date)
	}
	intake := d.n.intakeOf(o.Date)
	if intake == nil {
		return in, errNoIntake
	}
	files := ClearingFiles{Intake: intake, Participant: o.Broker.Participant, Date: csdc.Date(fmt.Sprintf("%08d", o.Date))}
	var sets []settle.Received
	for _, set := range intake.Sets() {
		of := files
		of.Set = &set
		sets = append(sets, of)
	}
	if len(sets) == 0 {
		in.Clearing = []settle.Received{files} // it says that nothing is accepted
		return in, nil
	}
	begun, err := settle.Begun(ctx, d.n.Core, o, sets)
	in.Clearing = []settle.Received{begun}
	return in, err
}

// tell remembers how far the run is.
func (r *dayRun) tell(p settle.Progress) {
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	r.progress = p
}

// between makes cases of what a step has found, and has the banks' files sent and
// answered behind the step that wrote them.
func (r *dayRun) between(ctx context.Context, done settle.StepReport, found []difference.Difference) error {
	r.d.mu.Lock()
	r.found[done.Number] = len(found)
	delete(r.failed, done.Number)
	r.d.mu.Unlock()
	if len(found) > 0 {
		if _, err := reconcile.Register(ctx, patient{r.d.n.Core}, found); err != nil {
			return fmt.Errorf("register differences: %w", err)
		}
	}
	if done.Number == custody.StepBankFiles {
		return r.deliver(ctx)
	}
	return nil
}

// deliver sends the banks their files and waits for their results. A bank that
// has answered already, before a restart, is sent nothing again.
func (r *dayRun) deliver(ctx context.Context) error {
	names, err := r.outputs().List()
	if err != nil {
		return err
	}
	for _, b := range r.options.Banks {
		f := r.d.n.bankFiles[b.Number]
		missing, err := f.missing(r.options.Date, resultsOf(b))
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			continue
		}
		if err := r.d.n.sendBankFiles(f, r.options.Date, names, r.outputs().Read); err != nil {
			return err
		}
	}
	until := r.d.n.clock.Now().Add(time.Duration(r.d.n.config.DayEnd.AnswersWithin))
	return r.await(ctx, until, r.results)
}

// resultsOf are the result files agreed with a bank.
func resultsOf(b settle.Bank) (layouts []string) {
	for _, name := range b.In {
		if slices.Contains(resultLayouts, name) {
			layouts = append(layouts, name)
		}
	}
	return layouts
}

// results lists the banks' results that have not come; the error is a bank that
// did not take its files.
func (r *dayRun) results() ([]string, error) {
	var missing []string
	for _, b := range r.options.Banks {
		f := r.d.n.bankFiles[b.Number]
		names, err := f.missing(r.options.Date, resultsOf(b))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			continue
		}
		if _, _, fault := f.sent(wireDate(r.options.Date)); fault != nil {
			return nil, fmt.Errorf("bank %d: %w: %w", b.Number, errNotTaken, fault)
		}
		missing = append(missing, fmt.Sprintf("bank %d: %s", b.Number, strings.Join(names, ", ")))
	}
	return missing, nil
}

// openingFiles lists what must have come before the chain can run: the clearing
// house's set, and the banks' lists of the day.
func (r *dayRun) openingFiles() ([]string, error) {
	var missing []string
	if intake := r.d.n.intakeOf(r.options.Date); intake == nil {
		missing = append(missing, "clearing house: the date is not received")
	} else if _, ok := intake.Accepted(); !ok {
		status, good := intake.Status(), 0
		for _, f := range status.Files {
			if f.Here && f.Good {
				good++
			}
		}
		missing = append(missing, fmt.Sprintf("clearing house: %d of %d files are good", good, len(status.Files)))
	}
	for _, b := range r.options.Banks {
		lists := slices.DeleteFunc(slices.Clone(b.In), func(name string) bool { return slices.Contains(resultLayouts, name) })
		names, err := r.d.n.bankFiles[b.Number].missing(r.options.Date, lists)
		if err != nil {
			return nil, err
		}
		if len(names) > 0 {
			missing = append(missing, fmt.Sprintf("bank %d: %s", b.Number, strings.Join(names, ", ")))
		}
	}
	return missing, nil
}

// errNoAnswer reports what did not come in time.
var errNoAnswer = errors.New("it has not come in time; call the other side and run the day end again")

// await waits until nothing is missing, or a moment has passed; a zero moment never does.
func (r *dayRun) await(ctx context.Context, until time.Time, missing func() ([]string, error)) error {
	for {
		rung := r.d.news.news()
		left, err := missing()
		if err != nil {
			return err
		}
		r.d.mu.Lock()
		r.waiting = left
		r.d.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		if !until.IsZero() && !r.d.n.clock.Now().Before(until) {
			return fmt.Errorf("%s: %w", strings.Join(left, "; "), errNoAnswer)
		}
		again, release := r.d.n.clock.After(lookAgain)
		select {
		case <-rung:
		case <-again:
		case <-ctx.Done():
			release()
			return ctx.Err()
		}
		release()
	}
}
