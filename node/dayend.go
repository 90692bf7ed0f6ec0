package node

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sancun/api"
	"sancun/custody"
	"sancun/record"
	"sancun/sequencer"
	"sancun/settle"
	"sancun/state"
)

// DayEnd owns the evening of a running centre: it runs the chain of package settle
// over the files that really came and the banks that really answer, one run at a
// time, and books final settlement. What it knows between two runs lies in the
// journal and in the folder of the day, so that a restart loses nothing but the
// run: it is started again and goes on.
type DayEnd struct {
	n    *Node
	news bell // a file came, a set was accepted, a bank took something

	approved bell // two people have approved something

	asked chan *dayRun // capacity 1: the run that the unit takes next

	settling sync.Mutex // held while final settlement is booked

	mu   sync.Mutex
	last *dayRun // under way or the last one; guarded by mu
}

var _ api.DayEnd = (*DayEnd)(nil)

// settleBeat is how often is looked whether final settlement is due, in the time
// of the centre.
const settleBeat = time.Minute

func newDayEnd(n *Node) *DayEnd { return &DayEnd{n: n, asked: make(chan *dayRun, 1)} }

// Start begins a run. Only days that have been stopped are run: a stop ends
// everybody's business and is asked for by itself.
func (d *DayEnd) Start(ctx context.Context, by record.Caller, steps []uint16, wait bool) error {
	today, err := d.today(ctx)
	if err != nil {
		return err
	}
	options, err := d.n.config.settleOptions(today.Date)
	if err != nil {
		return err
	}
	switch {
	case !d.n.Core.Writing():
		return ErrNotWriting
	case today.Phase == custody.DayOpen || today.Date == 0:
		return api.ErrDayOpen
	}
	if err := settle.CheckSteps(steps); err != nil {
		return err
	}
	r := &dayRun{d: d, options: options, by: by, wait: wait, began: d.n.clock.Now(), found: map[uint16]int{}, failed: map[uint16]string{}}
	r.options.Steps, r.options.Owner = slices.Clone(steps), by
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil && d.last.ended.IsZero() {
		return api.ErrDayEndRuns
	}
	d.last = r
	d.asked <- r // there is room: the one before has ended, so it was taken
	d.n.log.Info("a day end was started", slog.Uint64("date", uint64(today.Date)), slog.String("by", api.CallerName(by)), slog.Any("steps", steps), slog.Bool("wait", wait))
	return nil
}

// End ends the run under way.
func (d *DayEnd) End() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil || !d.last.ended.IsZero() {
		return api.ErrNoRun
	}
	d.last.stopping = true
	if d.last.stop != nil {
		d.last.stop()
	}
	return nil
}

// keep takes runs one after another until ctx ends, and books final settlement
// when it is due.
func (d *DayEnd) keep(ctx context.Context) error {
	beat, release := d.n.clock.Every(settleBeat)
	defer release()
	defer d.drop()
	var before string
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-d.asked:
			d.perform(ctx, r)
		case <-beat:
			if d.n.config.DayEnd.SettleByItself {
				before = d.settleByItself(ctx, before)
			}
		}
	}
}

// drop ends a run that nobody has taken, because the centre stops or writes no more.
func (d *DayEnd) drop() {
	select {
	case r := <-d.asked:
		d.mu.Lock()
		defer d.mu.Unlock()
		r.ended, r.failure = d.n.clock.Now(), errCentreStops
	default:
	}
}

// perform runs one run to its end and says in the log how it ended.
func (d *DayEnd) perform(centre context.Context, r *dayRun) {
	ctx, stop := context.WithCancel(centre)
	defer stop()
	d.mu.Lock()
	r.stop = stop
	if r.stopping {
		stop()
	}
	d.mu.Unlock()
	err := r.run(ctx)
	switch {
	case err != nil && centre.Err() != nil:
		err = errCentreStops
	case err != nil && ctx.Err() != nil:
		err = errEndedByPeople
	}
	d.mu.Lock()
	r.ended, r.failure, r.waiting = d.n.clock.Now(), err, nil
	d.mu.Unlock()
	if err != nil {
		d.n.log.Warn("the day end stopped before its end", slog.Uint64("date", uint64(r.options.Date)), slog.Any("error", err))
		return
	}
	d.n.log.Info("the day end came to its end", slog.Uint64("date", uint64(r.options.Date)), slog.Bool("cleared", r.report.Cleared), slog.Int("differences", len(r.report.Differences)))
}

// Why a run ended although nothing was wrong with it.
var (
	errEndedByPeople = errors.New("it was ended; what it did stays, and it can be run again")
	errCentreStops   = errors.New("the centre stopped; what it did stays, and it can be run again")
)

func (d *DayEnd) today(ctx context.Context) (day custody.Day, err error) {
	err = d.n.Core.Look(ctx, func(m *custody.Machine) { day = m.Today() })
	return day, err
}

// folder is where the own files of a date lie.
func (d *DayEnd) folder(date string) string {
	return filepath.Join(d.n.config.Centre.Dir, dayFolder, date)
}

// patient is the core for work that has the whole evening: a full queue is waited
// out instead of ending the work.
type patient struct{ *Core }

// Submit submits again until there is room. Nothing was done when there was none.
func (p patient) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	for {
		answers, err := p.Core.Submit(ctx, requests...)
		if !errors.Is(err, sequencer.ErrBusy) {
			return answers, err
		}
		if err := pause(ctx, lanePause); err != nil {
			return nil, err
		}
	}
}
