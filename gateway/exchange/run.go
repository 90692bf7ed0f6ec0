package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/record"
)

// job is work that may wait for the sequencer: reports to submit, or cursors to
// look up.
type job struct {
	batch   []record.Request
	cursors bool
}

// outcome is what became of a job.
type outcome struct {
	delivery
	isCursors bool
	cursors   []Cursor
}

// errStop ends Run because ctx has ended.
var errStop = errors.New("asked to stop")

// Run keeps a session with the exchange until ctx ends; it then logs out, submits
// what has come in, and returns nil. Any other return is an error of the
// sequencer, after which the process must stop (law L6). In lock-step it
// returns ErrOptions.
func (g *Gateway) Run(ctx context.Context) error {
	if g.o.LockStep {
		return fmt.Errorf("Run in lock-step: %w", ErrOptions)
	}
	defer close(g.gone)
	// What has been received is submitted even while stopping.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	jobs, outcomes := make(chan job, 1), make(chan outcome, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for j := range jobs {
			outcomes <- g.work(work, j)
		}
	}()
	r := runner{Gateway: g, jobs: jobs, outcomes: outcomes}
	err := r.run(ctx)
	cancel()
	close(jobs)
	<-ended
	g.locked(func(s *session, now time.Time) { s.enter(Stopped, now) })
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// work does one job.
func (g *Gateway) work(ctx context.Context, j job) outcome {
	if !j.cursors {
		return outcome{delivery: deliver(ctx, &g.o, j.batch)}
	}
	cursors, err := g.o.Positions.Cursors(ctx, g.o.Market)
	if err != nil {
		err = fmt.Errorf("%w: asking where the machine stands in the streams of %s: %w", errMachine, g.o.Market, err)
	}
	return outcome{isCursors: true, cursors: cursors, delivery: delivery{err: err}}
}

func (g *Gateway) locked(f func(s *session, now time.Time)) {
	now := g.o.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g.s, now)
}

// runner is the loop of Run.
type runner struct {
	*Gateway
	jobs     chan<- job
	outcomes <-chan outcome
	busy     bool // a job is under way
}

func (r *runner) run(ctx context.Context) error {
	for pause := redialFirst; ; pause = min(2*pause, redialMost) {
		if ctx.Err() != nil {
			return errStop
		}
		ready, why := r.connection(ctx)
		if err := r.settleJob(); err != nil || errors.Is(why, errMachine) {
			return errors.Join(err, why)
		}
		stopping := ctx.Err() != nil
		if stopping {
			if err := r.submitRest(); err != nil {
				return err
			}
		}
		r.locked(func(s *session, now time.Time) { s.lost(now, why) })
		if stopping {
			return errStop
		}
		if ready {
			pause = redialFirst
		}
		if wait(ctx, r.o.Timer, pause) != nil {
			return errStop
		}
	}
}

// submitRest submits what has been received before the gateway stops.
func (r *runner) submitRest() error {
	for {
		var batch []record.Request
		r.locked(func(s *session, _ time.Time) { batch = s.take() })
		if len(batch) == 0 {
			return nil
		}
		r.busy = true
		r.jobs <- job{batch: batch}
		if err := r.settleJob(); err != nil {
			return err
		}
	}
}

// settleJob waits for the job under way.
func (r *runner) settleJob() error {
	if !r.busy {
		return nil
	}
	o := <-r.outcomes
	if err := r.finished(&o); errors.Is(err, errMachine) {
		return err
	}
	return nil
}

func (r *runner) finished(o *outcome) error {
	r.busy = false
	var err error
	r.locked(func(s *session, now time.Time) {
		r.flying = 0
		if o.isCursors {
			if o.err == nil {
				err = s.positioned(o.cursors, now)
			}
			return
		}
		s.delivered(&o.delivery, now)
	})
	return errors.Join(o.err, err)
}

// connection keeps one connection until it is lost. It returns whether the
// session was ready at some time, and why the connection ended.
func (r *runner) connection(ctx context.Context) (ready bool, why error) {
	l, err := openLink(ctx, r.o.Dial, dialect{r.o.Market, r.o.Format}, mailboxMax)
	if err != nil {
		return false, err
	}
	defer l.close()
	r.locked(func(s *session, now time.Time) { why = s.opened(l.enc, now) })
	stop := ctx.Done()
	tick, release := r.o.Timer(tickEvery)
	defer func() { release() }()
	for why == nil {
		ready = r.step(l) || ready
		select {
		case <-l.box.signal:
			why = r.read(l)
		case o := <-r.outcomes:
			why = r.finished(&o)
		case e := <-r.doorway():
			r.locked(func(s *session, _ time.Time) { s.queue(e) })
		case <-tick:
			tick, release = r.o.Timer(tickEvery)
			r.locked(func(s *session, now time.Time) { why = s.tick(now) })
		case <-stop:
			stop = nil
			r.locked(func(s *session, now time.Time) { why = s.drain(now) })
		}
	}
	return ready, why
}

// doorway is the door while there is room behind it.
func (r *runner) doorway() <-chan *entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.s.waiting >= lanesMax {
		return nil
	}
	return r.door
}

// read takes what the exchange has said.
func (r *runner) read(l *link) error {
	events, err := l.box.take(r.spare)
	r.spare = events
	r.locked(func(s *session, now time.Time) {
		for i := range events {
			if err == nil {
				err = s.receive(&events[i], now)
			}
		}
	})
	return err
}

// step sends what may be sent, starts the next job, and returns whether the
// session is ready.
func (r *runner) step(l *link) bool {
	backlog := l.backlog()
	var next job
	var out []byte
	ready := false
	r.locked(func(s *session, now time.Time) {
		r.admit()
		s.pump(now, backlog)
		out = s.flush(now)
		ready = s.state == Ready
		switch {
		case r.busy:
		case s.pending() > 0:
			next.batch = s.take()
			r.flying = len(next.batch)
		case s.place:
			next.cursors = true
		}
	})
	l.write(out)
	if len(next.batch) > 0 || next.cursors {
		r.busy = true
		r.jobs <- next
	}
	return ready
}
