package exchange

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"sancun/calendar"
)

// Exchange is one exchange behind TCP. Messages of a connection are handled in
// the order in which they arrive, one at a time over all connections, under one
// lock; the clock moves only by Control.Advance. So the reports, their numbers
// and the trades are a function of the order of messages and Advances (E5).
type Exchange struct {
	market  Market
	date    calendar.Date
	members []Member
	config  Config

	// All below is guarded by mu; wake is signalled whenever any of it changes
	// that a writer, a reader held back or Advance may wait for.
	mu        sync.Mutex
	wake      *sync.Cond
	advancing bool
	closed    bool

	venue      *Venue
	platforms  []platform
	partitions []partition
	owners     []string
	firstOwner []int // by member
	unitOwner  []int // by PBU of the Venue
	unitMember []int
	streams    []stream
	reports    []report
	totals     Totals

	faults       Faults
	armed        []Fault // by command, before those drawn from the seed
	spent        map[clKey]bool
	refuseLogons map[int]bool
	resumes      []resume
	held         []calendar.TimeOfDay // when held reports are let go, ascending not required

	sessions  []*session
	quotes    uint64 // snapshots published
	nextQuote calendar.TimeOfDay

	listeners []net.Listener
	running   sync.WaitGroup // accept loops and the goroutines of sessions
}

// resume is a halt by fault that ends by itself.
type resume struct {
	at   calendar.TimeOfDay
	code Code
}

// ErrClosed reports use of an exchange that has been closed.
var ErrClosed = errors.New("the exchange is closed")

// New prepares an exchange. It returns ErrConfig, ErrSecurity or ErrBar for what
// cannot be run. The clock stands at midnight.
func New(c Config) (*Exchange, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var units []string
	for _, m := range c.Members {
		units = append(units, m.PBUs...)
	}
	venue, err := NewVenue(VenueConfig{Market: c.Market, Securities: c.Securities, PBUs: units, Session: c.Session})
	if err != nil {
		return nil, err
	}
	if c.Street != nil {
		if err := venue.AddStreet(*c.Street); err != nil {
			return nil, err
		}
	}
	if c.QuoteEvery == 0 {
		c.QuoteEvery = 3 * calendar.Second
	}
	x := &Exchange{
		market: c.Market, date: c.Date, members: c.Members, config: c, venue: venue, faults: c.Faults.withDefaults(),
		spent: map[clKey]bool{}, refuseLogons: map[int]bool{}, nextQuote: c.QuoteEvery,
	}
	x.wake = sync.NewCond(&x.mu)
	x.layout()
	x.makeStreams()
	for i := range x.platforms {
		p := &x.platforms[i]
		p.state = x.stateOf(p, &venue.window)
	}
	return x, x.checkStatic()
}

// checkStatic encodes every security once, so that no session can meet one that
// does not fit the format.
func (x *Exchange) checkStatic() error {
	d := x.dialect(nil, lineQuotes)
	var buf []byte
	for i := range x.venue.books {
		var err error
		if buf, err = d.static(buf[:0], &x.venue.books[i].Security, len(x.venue.books)); err != nil {
			return fmt.Errorf("%s: %w: %w", x.venue.books[i].Code, ErrSecurity, err)
		}
	}
	return nil
}

// dialect returns the format of a connection.
func (x *Exchange) dialect(conn net.Conn, line lineKind) dialect {
	switch {
	case x.market == Shenzhen:
		return newShenzhen(conn, x.date)
	case line == lineEzSTEP:
		return newEzSTEP(conn, x.date)
	}
	return newShanghai(conn, x.date)
}

// Serve takes trade connections, quote connections and Shanghai's EzSTEP
// connections each from a listener until Close; any may be nil. It returns when
// the accept loops have ended, with nil after Close and the listeners' errors
// otherwise.
func (x *Exchange) Serve(trade, quote, ezstep net.Listener) error {
	failures := make(chan error, 3)
	loops := 0
	for _, side := range []struct {
		l      net.Listener
		attach func(net.Conn) error
	}{{trade, x.Attach}, {quote, x.AttachQuotes}, {ezstep, x.AttachEzSTEP}} {
		if side.l == nil {
			continue
		}
		if err := x.own(side.l); err != nil {
			return err
		}
		loops++
		go func() {
			defer x.running.Done()
			failures <- x.accept(side.l, side.attach)
		}()
	}
	var failed error
	for range loops {
		failed = errors.Join(failed, <-failures)
	}
	return failed
}

// own registers a listener to be closed by Close, and its accept loop.
func (x *Exchange) own(l net.Listener) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	x.listeners = append(x.listeners, l)
	x.running.Add(1)
	return nil
}

func (x *Exchange) accept(l net.Listener, attach func(net.Conn) error) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			x.mu.Lock()
			closed := x.closed
			x.mu.Unlock()
			if closed {
				return nil
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		if err := attach(conn); err != nil {
			_ = conn.Close() // the exchange is closing; the member sees the end of the stream
			return nil
		}
	}
}

// Attach serves a trade session on conn, which it owns from now on. It returns
// ErrClosed after Close.
func (x *Exchange) Attach(conn net.Conn) error { return x.attach(conn, lineTrade) }

// AttachQuotes serves a quote session on conn, which it owns from now on.
func (x *Exchange) AttachQuotes(conn net.Conn) error { return x.attach(conn, lineQuotes) }

// AttachEzSTEP serves an after-hours session of Shanghai on conn, which it owns
// from now on: EzSTEP's tables by the lines of docs/formats/ezstep.md. Shenzhen
// has no such line; its trade session takes after-hours orders.
func (x *Exchange) AttachEzSTEP(conn net.Conn) error {
	if x.market != Shanghai {
		return fmt.Errorf("EzSTEP in %s: %w", x.market, ErrConfig)
	}
	return x.attach(conn, lineEzSTEP)
}

// Close ends all sessions and listeners and waits for their goroutines.
func (x *Exchange) Close() error {
	x.mu.Lock()
	x.closed = true
	listeners := x.listeners
	x.listeners = nil
	for _, s := range x.sessions {
		s.end()
	}
	x.wake.Broadcast()
	x.mu.Unlock()
	var failed error
	for _, l := range listeners {
		failed = errors.Join(failed, l.Close())
	}
	x.running.Wait()
	return failed
}

// Control returns the handle by which a player, a drill or a test moves and
// disturbs the exchange.
func (x *Exchange) Control() *Control { return &Control{x} }
