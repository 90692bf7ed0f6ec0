package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/record"
)

var (
	// ErrOffline says that Drain could not connect or was not let in. What waits
	// goes on waiting; the next Drain tries again.
	ErrOffline = errors.New("the exchange cannot be reached")
	// ErrRestless says that a Drain found no end.
	ErrRestless = errors.New("the exchange does not come to rest")
)

// Drain is one step in lock-step: it connects if need be, reads all that the
// exchange has to say, sends what waits, reads the answers, and submits every
// report in an order that does not depend on timing. When it returns, the
// machine has decided all of it and the exchange owes us nothing before its
// clock moves. The connection is made and lost inside it, so that the same
// steps give the same records.
//
// It returns ErrOffline, ErrRestless, an error of the sequencer, or ctx's.
func (g *Gateway) Drain(ctx context.Context) error {
	if !g.o.LockStep {
		return fmt.Errorf("Drain without lock-step: %w", ErrOptions)
	}
	for range drainRoundsMax {
		if g.link == nil {
			if err := g.connect(ctx); err != nil {
				return errors.Join(err, g.deliverAll(ctx)) // a refusal of our own may wait
			}
		}
		quiet, err := g.round(ctx)
		switch {
		case ctx.Err() != nil:
			g.drop(nil)
			return fmt.Errorf("draining %s: %w", g.o.Market, ctx.Err())
		case errors.Is(err, errMachine):
			return err
		case err != nil && g.drop(err):
			return fmt.Errorf("%w: %w", ErrOffline, err)
		case err != nil || !quiet:
			continue
		}
		if err := g.deliverAll(ctx); err != nil {
			return err
		}
		if !g.restless() {
			return nil
		}
	}
	return fmt.Errorf("%s after %d rounds: %w", g.o.Market, drainRoundsMax, ErrRestless)
}

// Close ends the connection of a gateway in lock-step.
func (g *Gateway) Close() {
	if g.link != nil {
		g.drop(nil)
	}
	g.locked(func(s *session, now time.Time) { s.enter(Stopped, now) })
}

// connect dials and writes the logon.
func (g *Gateway) connect(ctx context.Context) error {
	l, err := openLink(ctx, g.o.Dial, dialect{g.o.Market, g.o.Format}, mailboxMaxLockStep)
	if err == nil {
		g.link = l
		g.locked(func(s *session, now time.Time) { err = s.opened(l.enc, now) })
	}
	if err != nil {
		g.drop(err)
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	return nil
}

// drop gives the connection up. It returns whether the exchange did not let us
// in, so that another attempt in the same step is of no use.
func (g *Gateway) drop(why error) (refused bool) {
	if g.link != nil {
		g.link.close()
		g.link = nil
	}
	g.locked(func(s *session, now time.Time) {
		refused = s.state == LoggingOn || errors.Is(why, ErrHistory) || errors.Is(why, ErrGap)
		s.lost(now, why)
	})
	return refused
}

// round writes what is owed, reads up to the fence behind it, and lets time act.
// It is quiet when nothing came of it.
func (g *Gateway) round(ctx context.Context) (quiet bool, err error) {
	before, gaps := State(0), false
	g.locked(func(s *session, now time.Time) {
		before, gaps = s.state, s.streams.any(hasGap)
		if s.state != LoggingOn {
			err = s.say(s.enc.fence(s.out))
		}
		g.link.write(s.flush(now))
	})
	if err != nil {
		return false, err
	}
	came, err := g.hear(ctx, before == LoggingOn)
	if err != nil {
		return false, err
	}
	if err := g.place(ctx); err != nil {
		return false, err
	}
	g.locked(func(s *session, now time.Time) {
		if gaps { // the ask before this fence did not bring it
			err = s.askGaps(now)
		}
		if err == nil {
			err = s.tick(now)
		}
		g.admit()
		s.pump(now, g.link.backlog())
		quiet = len(s.out) == 0 && came < fenceAgain && s.state == before
	})
	return quiet, err
}

// hear reads until the fence is answered, or while logging on until the logon
// is. It returns how many messages came before.
func (g *Gateway) hear(ctx context.Context, logon bool) (came int, err error) {
	for {
		select {
		case <-g.link.box.signal:
		case <-ctx.Done():
			return came, ctx.Err()
		}
		events, err := g.link.box.take(g.spare)
		g.spare = events
		done := false
		g.locked(func(s *session, now time.Time) {
			for i := range events {
				done = done || events[i].kind == evEcho || logon && events[i].kind == evLogon
				came++
				if err == nil {
					err = s.receive(&events[i], now)
				}
			}
		})
		if err != nil || done {
			return came, err
		}
	}
}

// place asks the machine where it stands when there are streams to ask for.
func (g *Gateway) place(ctx context.Context) error {
	wanted := false
	g.locked(func(s *session, _ time.Time) { wanted = s.place })
	if !wanted {
		return nil
	}
	o := g.work(ctx, job{cursors: true})
	if o.err != nil {
		return o.err
	}
	var err error
	g.locked(func(s *session, now time.Time) { err = s.positioned(o.cursors, now) })
	return err
}

// deliverAll submits the inbox.
func (g *Gateway) deliverAll(ctx context.Context) error {
	g.locked(func(s *session, _ time.Time) { s.sortInbox() })
	for {
		var batch []record.Request
		g.locked(func(s *session, _ time.Time) {
			batch = s.take()
			g.flying = len(batch)
		})
		if len(batch) == 0 {
			return nil
		}
		d := deliver(ctx, &g.o, batch)
		g.locked(func(s *session, now time.Time) {
			g.flying = 0
			s.delivered(&d, now)
		})
		if d.err != nil {
			return d.err
		}
	}
}

// restless says whether the answers of the machine made new work.
func (g *Gateway) restless() (yes bool) {
	g.locked(func(s *session, _ time.Time) { yes = s.place || s.pending() > 0 || len(s.out) > 0 })
	return yes
}
