package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Run keeps the sources connected and submits what they show until ctx ends; it
// then returns nil. Any other return is an error of the sequencer or of the
// rules. In lock-step it returns ErrOptions.
func (q *Quotes) Run(ctx context.Context) error {
	if q.o.LockStep {
		return fmt.Errorf("Run in lock-step: %w", ErrOptions)
	}
	ctx, cancel := context.WithCancel(ctx)
	var feeds sync.WaitGroup
	defer feeds.Wait()
	defer cancel()
	for i := range q.sources {
		feeds.Go(func() { q.follow(ctx, i) })
	}
	for {
		tick, release := q.o.Timer(tickEvery)
		select {
		case <-q.wake:
		case <-tick: // what changed last must not wait for the next snapshot
		case <-ctx.Done():
			release()
			return nil
		}
		release()
		if err := q.publish(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// follow keeps source i connected.
func (q *Quotes) follow(ctx context.Context, i int) {
	for pause := redialFirst; ctx.Err() == nil; pause = min(2*pause, redialMost) {
		whole, why := q.connection(ctx, i)
		q.lost(i, why)
		if whole {
			pause = redialFirst
		}
		if wait(ctx, q.o.Timer, pause) != nil {
			return
		}
	}
}

func (q *Quotes) lost(i int, why error) {
	now := q.o.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sources[i].lost(now, why)
	q.arbitrate()
}

// open dials source i and writes the logon.
func (q *Quotes) open(ctx context.Context, i, mailboxLimit int) (*link, error) {
	from := &q.o.Sources[i]
	l, err := openLink(ctx, from.Dial, dialect{market: q.o.Market}, mailboxLimit)
	if err != nil {
		return nil, err
	}
	now := q.o.Now()
	out, err := l.enc.logon(nil, &from.Logon, now)
	if err != nil {
		l.close()
		return nil, err
	}
	q.mu.Lock()
	q.sources[i].opened(now)
	q.mu.Unlock()
	l.write(out)
	return l, nil
}

// connection keeps one connection of source i until it is lost or has a gap,
// which a new connection heals.
func (q *Quotes) connection(ctx context.Context, i int) (whole bool, why error) {
	l, err := q.open(ctx, i, mailboxMax)
	if err != nil {
		return false, err
	}
	defer l.close()
	var spare []event
	tick, release := q.o.Timer(tickEvery)
	defer func() { release() }()
	for {
		select {
		case <-l.box.signal:
			events, err := l.box.take(spare)
			spare = events
			if err == nil {
				err = q.hear(i, events)
			}
			if err != nil {
				return whole, err
			}
		case <-tick:
			tick, release = q.o.Timer(tickEvery)
			if err := q.beat(i, l); err != nil {
				return whole, err
			}
		case <-ctx.Done():
			return whole, nil
		}
		switch q.stateOf(i) {
		case SourceComplete:
			whole = true
		case SourceGap:
			return whole, errMissed
		case SourceOffline, SourceLogon, SourceListing:
		}
	}
}

// errMissed ends a connection whose snapshots have a gap.
var errMissed = errors.New("a snapshot is missing, connecting again for the whole picture")

func (q *Quotes) stateOf(i int) SourceState {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sources[i].state
}

// beat keeps the connection of source i alive and sees when it is dead.
func (q *Quotes) beat(i int, l *link) error {
	now, every := q.o.Now(), q.o.Sources[i].Logon.Heartbeat
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.sources[i]
	switch {
	case s.state == SourceLogon && now.Sub(s.since) > logonWait:
		return fmt.Errorf("no answer to the logon within %s: %w", logonWait, ErrSilent)
	case now.Sub(s.heardAt) > silentHalves*every/2:
		return fmt.Errorf("nothing for %s: %w", now.Sub(s.heardAt), ErrSilent)
	case now.Sub(s.spokeAt) >= every && s.state != SourceLogon:
		out, err := l.enc.heartbeat(nil)
		l.write(out)
		s.spokeAt = now
		return err
	}
	return nil
}

// Drain is one step in lock-step: it connects the sources if need be, reads what
// each has shown, in their order, and submits the list of the day and the
// reference prices that are due by the exchange's time. It returns ErrOffline
// when no source can be reached, ErrRestless, an error of the sequencer, or
// ctx's.
func (q *Quotes) Drain(ctx context.Context) error {
	if !q.o.LockStep {
		return fmt.Errorf("Drain without lock-step: %w", ErrOptions)
	}
	var failed []error
	for i := range q.sources {
		if err := q.drainSource(ctx, i); err != nil {
			failed = append(failed, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("draining quotes of %s: %w", q.o.Market, err)
	}
	if err := q.publish(ctx); err != nil {
		return err
	}
	if len(failed) == len(q.sources) {
		return errors.Join(failed...)
	}
	return nil
}

// drainSource reads source i up to a fence. A connection lost or with a gap is
// made again in the same step, so that the picture is whole at its end.
func (q *Quotes) drainSource(ctx context.Context, i int) error {
	for range drainRoundsMax {
		if q.links[i] == nil {
			l, err := q.open(ctx, i, mailboxMaxLockStep)
			if err != nil {
				q.lost(i, err)
				return fmt.Errorf("%w: %w", ErrOffline, err)
			}
			q.links[i] = l
		}
		fresh := q.stateOf(i) == SourceLogon
		came, err := q.roundTrip(ctx, i, fresh)
		if err == nil && q.stateOf(i) == SourceGap {
			err = errMissed
		}
		switch {
		case err != nil && (fresh || ctx.Err() != nil):
			q.unlink(i, err)
			return fmt.Errorf("%w: %w", ErrOffline, err)
		case err != nil:
			q.unlink(i, err)
		case !fresh && came < fenceAgain:
			return nil
		}
	}
	return fmt.Errorf("quotes of %s after %d rounds: %w", q.o.Market, drainRoundsMax, ErrRestless)
}

func (q *Quotes) unlink(i int, why error) {
	q.links[i].close()
	q.links[i] = nil
	q.lost(i, why)
}

// roundTrip reads until the logon, or else a fence, is answered.
func (q *Quotes) roundTrip(ctx context.Context, i int, logon bool) (came int, err error) {
	l := q.links[i]
	if !logon {
		out, err := l.enc.fence(nil)
		if err != nil {
			return 0, err
		}
		l.write(out)
	}
	for {
		select {
		case <-l.box.signal:
		case <-ctx.Done():
			return came, ctx.Err()
		}
		events, err := l.box.take(q.spare)
		q.spare = events
		if err == nil {
			err = q.hear(i, events)
		}
		if err != nil {
			return came, err
		}
		came += len(events)
		for k := range events {
			if events[k].kind == evEcho || logon && events[k].kind == evLogon {
				return came, nil
			}
		}
	}
}

// Close ends the connections of quotes in lock-step.
func (q *Quotes) Close() {
	for i := range q.links {
		if q.links[i] != nil {
			q.unlink(i, nil)
		}
	}
}
