package exchange

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"sancun/calendar"
)

// Control moves and disturbs an Exchange. Its methods may be called from any
// goroutine.
type Control struct{ x *Exchange }

// Advance moves the exchange's clock to t and does all that falls due on the
// way, in order of time. It returns when every effect has been written to the
// connections; a connection that does not read is waited for until ctx ends. It
// returns ErrClock if t is past, ErrClosed after Close, and the context's error.
func (c *Control) Advance(ctx context.Context, t calendar.TimeOfDay) error {
	x := c.x
	defer x.wakeAtEnd(ctx)()
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.advancing {
		x.wake.Wait()
	}
	x.advancing = true
	defer func() { x.advancing = false; x.wake.Broadcast() }()
	if t < x.venue.now {
		return fmt.Errorf("%s after %s: %w", t, x.venue.now, ErrClock)
	}
	for {
		next := x.step(t)
		if err := x.venue.Advance(next); err != nil {
			return err
		}
		x.settle()
		if err := x.drain(ctx); err != nil {
			return err
		}
		if next == t {
			return nil
		}
	}
}

// Follow advances the exchange to what clock says at every tick, until ctx ends,
// the ticks are closed or Advance fails. It is for an exchange that runs by
// itself, at the speed of a wall clock or a multiple of it.
func (c *Control) Follow(ctx context.Context, ticks <-chan time.Time, clock func() calendar.TimeOfDay) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, more := <-ticks:
			if !more {
				return nil
			}
			now, _ := c.Now()
			if err := c.Advance(ctx, max(now, clock())); err != nil {
				return err
			}
		}
	}
}

// Drain waits until everything has been written that may be written now.
func (c *Control) Drain(ctx context.Context) error {
	x := c.x
	defer x.wakeAtEnd(ctx)()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.drain(ctx)
}

// wakeAtEnd makes the end of ctx wake those who wait. The returned function undoes it.
func (x *Exchange) wakeAtEnd(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.wake.Broadcast()
	})
}

// step returns the next moment at which the exchange has something to do besides
// what the Venue does by itself, at most t.
func (x *Exchange) step(t calendar.TimeOfDay) calendar.TimeOfDay {
	next := min(t, x.venue.boundary().Start, x.nextQuote)
	for _, r := range x.resumes {
		next = min(next, r.at)
	}
	for _, at := range x.held {
		next = min(next, at)
	}
	return max(next, x.venue.now)
}

// settle does what is due now and hands the effects to the sessions.
func (x *Exchange) settle() {
	now := x.venue.now
	x.collect()
	x.resumes = slices.DeleteFunc(x.resumes, func(r resume) bool {
		if r.at > now {
			return false
		}
		_ = x.venue.Resume(r.code) // halted by this exchange, so it is listed
		return true
	})
	x.collect()
	x.held = slices.DeleteFunc(x.held, func(at calendar.TimeOfDay) bool { return at <= now })
	x.updatePlatforms()
	if now >= x.nextQuote {
		x.nextQuote = now - now%x.config.QuoteEvery + x.config.QuoteEvery
		x.publish()
	}
	x.pumpAll()
}

// drain waits until no session has anything left to write.
func (x *Exchange) drain(ctx context.Context) error {
	for {
		if x.closed {
			return ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("waiting for members to read at %s: %w", x.venue.now, err)
		}
		if !slices.ContainsFunc(x.sessions, (*session).waiting) {
			return nil
		}
		x.wake.Wait()
	}
}

// locked runs f with the exchange's lock and passes on to the sessions what it did.
func (c *Control) locked(f func(x *Exchange) error) error {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	if c.x.closed {
		return ErrClosed
	}
	err := f(c.x)
	c.x.collect()
	c.x.pumpAll()
	return err
}

// Halt stops trading in a security until Resume.
func (c *Control) Halt(code Code) error {
	return c.locked(func(x *Exchange) error { return x.venue.Halt(code) })
}

// Resume ends a halt.
func (c *Control) Resume(code Code) error {
	return c.locked(func(x *Exchange) error { return x.venue.Resume(code) })
}

// Inject makes the next n orders or cancels suffer f, before any drawn fault.
func (c *Control) Inject(f Fault, n int) error {
	return c.locked(func(x *Exchange) error {
		if f >= faultKinds || n < 0 {
			return fmt.Errorf("%s %d times: %w", f, n, ErrConfig)
		}
		for range n {
			x.armed = append(x.armed, f)
		}
		return nil
	})
}

// SetFaults replaces the chances of faults from now on.
func (c *Control) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	return c.locked(func(x *Exchange) error { x.faults = f.withDefaults(); return nil })
}

// RefuseLogons makes the exchange turn a member's logons away, or take them again.
func (c *Control) RefuseLogons(compID string, on bool) error {
	return c.locked(func(x *Exchange) error {
		m, err := x.memberOf(compID)
		if err == nil {
			x.refuseLogons[m] = on
		}
		return err
	})
}

// Disconnect cuts a member's sessions without a word.
func (c *Control) Disconnect(compID string) error {
	return c.eachSession(compID, (*session).end)
}

// Mute makes the exchange say nothing on a member's present trade and quote
// sessions, heartbeats included, until it is unmuted; it goes on taking orders.
func (c *Control) Mute(compID string, on bool) error {
	return c.eachSession(compID, func(s *session) { s.muted = on })
}

func (c *Control) eachSession(compID string, f func(*session)) error {
	return c.locked(func(x *Exchange) error {
		m, err := x.memberOf(compID)
		if err != nil {
			return err
		}
		for _, s := range x.sessions {
			if s.loggedOn && s.member == m {
				f(s)
			}
		}
		return nil
	})
}

func (x *Exchange) memberOf(compID string) (int, error) {
	m := slices.IndexFunc(x.members, func(m Member) bool { return m.CompID == compID })
	if m < 0 {
		return m, fmt.Errorf("member %q: %w", compID, ErrUnknown)
	}
	return m, nil
}

// Now returns the exchange's time of day and phase.
func (c *Control) Now() (calendar.TimeOfDay, calendar.Phase) {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	return c.x.venue.Now()
}

// Totals returns what has been counted so far.
func (c *Control) Totals() Totals {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	return c.x.totals
}

// Snapshot returns the picture of a security now, or false for an unknown code.
func (c *Control) Snapshot(code Code) (Snapshot, bool) {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	return c.x.venue.Snapshot(code)
}

// SessionState is one logged-on connection as the exchange sees it.
type SessionState struct {
	CompID string
	Quotes bool
	// AfterHours says that it is an EzSTEP line.
	AfterHours bool
	// Reports and Snapshots count what has been sent on this connection,
	// repetitions included, so that a player can wait for the other side to have
	// read as much.
	Reports, Snapshots int
	// Held says that a fault keeps reports back until the clock moves on.
	Held bool
}

// Sessions lists the logged-on connections in the order in which they came.
func (c *Control) Sessions() []SessionState {
	x := c.x
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []SessionState
	for _, s := range x.sessions {
		if s.loggedOn {
			out = append(out, SessionState{
				CompID: x.members[s.member].CompID, Quotes: s.line == lineQuotes, AfterHours: s.line == lineEzSTEP, Reports: s.told, Snapshots: s.shown,
				Held: s.line != lineQuotes && s.cursor < len(x.reports) && len(s.out) == 0,
			})
		}
	}
	return out
}

// Trades iterates over the executions in which a member took part, in order,
// beginning behind the first skip of them. It is what the clearing house gets.
// It may be used while the exchange runs and ends with what there is by then.
func (c *Control) Trades(skip int) iter.Seq[Trade] {
	return func(yield func(Trade) bool) {
		var batch []Trade
		for {
			batch = c.trades(batch[:0], skip)
			for _, t := range batch {
				if !yield(t) {
					return
				}
			}
			if len(batch) < tradesAtOnce {
				return
			}
			skip += len(batch)
		}
	}
}

func (c *Control) trades(batch []Trade, skip int) []Trade {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	for t := range c.x.venue.Trades(skip) {
		if batch = append(batch, t); len(batch) == tradesAtOnce {
			break
		}
	}
	return batch
}

// Subscriptions returns the acknowledged non-trading orders in order of arrival.
func (c *Control) Subscriptions() []Subscription {
	c.x.mu.Lock()
	defer c.x.mu.Unlock()
	return slices.Collect(c.x.venue.Subscriptions())
}
