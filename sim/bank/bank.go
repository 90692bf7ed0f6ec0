package bank

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// Bank is one custodian bank behind TCP. Messages are handled one at a time
// under one lock, in the order in which they arrive; the clock moves only by
// Control.Advance.
type Bank struct {
	config Config
	codec  *wire.Codec

	// All below is guarded by mu.
	mu       sync.Mutex
	closed   bool
	now      time.Time
	date     wire.Date
	signedIn wire.Date // business date of the broker's sign-in, 0 when signed out
	epoch    uint64    // highest seen
	keySet   uint32    // current generation of working keys
	muted    bool

	customers []*customer
	cards     map[string]*customer
	accounts  map[string]*account
	managed   []*account // in order of opening
	pools     map[money.Currency]*pool

	entries  []*Entry
	byKey    map[wire.Key]*Entry
	bySerial map[string]*Entry
	serial   uint64
	answers  map[wire.Key]*answered
	parked   map[wire.Key]bool // requests that wait for their processing

	asks   map[string]*ask
	timers []timer
	ticket uint64 // order of timers set for one moment

	faults    Faults
	armed     []armedFault
	fileFault map[string]Fault // by layout name, for the next file of it
	incidents []*Incident
	totals    Totals

	files     files
	effects   map[string][]effect // of settlement files, by kind and date
	movements []Movement
	expects   []expected // remittances back, in the order they were asked
	active    *session
	sessions  []*session
	listeners []net.Listener
	running   sync.WaitGroup // accept loops and the goroutines of sessions
}

// Totals count what came over the line.
type Totals struct {
	Requests uint64 // of the broker
	Replies  uint64 // of the broker
	Refused  uint64 // frames that could not be believed: wrong MAC, unreadable
	Repeated uint64 // requests whose key was known
	Broken   uint64 // lines that ended inside a frame or with a length that cannot be
}

// answered is a request with its first answer.
type answered struct {
	request wire.Message
	reply   wire.Message // nil while there is none
}

// timer is something to do at a time of the bank's clock.
type timer struct {
	at     time.Time
	ticket uint64
	do     func()
}

// New prepares a bank. It returns ErrConfig for what cannot be run.
func New(c Config) (*Bank, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	codec, err := wire.NewCodec(c.Format, c.Code, c.Keys)
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", c.Code, err)
	}
	b := &Bank{
		config: c, codec: codec, now: c.Start, date: wire.DateOf(c.Start),
		cards: map[string]*customer{}, accounts: map[string]*account{}, pools: map[money.Currency]*pool{},
		byKey: map[wire.Key]*Entry{}, bySerial: map[string]*Entry{}, answers: map[wire.Key]*answered{}, parked: map[wire.Key]bool{},
		asks: map[string]*ask{}, faults: c.Faults.withDefaults(), fileFault: map[string]Fault{}, files: newFiles(), effects: map[string][]effect{},
	}
	for _, k := range c.Customers {
		if err := b.addCustomer(k); err != nil {
			return nil, fmt.Errorf("bank %s: %w", c.Code, err)
		}
	}
	return b, nil
}

// Serve takes connections from a listener until Close. It returns nil after
// Close and the listener's error otherwise.
func (b *Bank) Serve(l net.Listener) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return ErrClosed
	}
	b.listeners = append(b.listeners, l)
	b.running.Add(1)
	b.mu.Unlock()
	defer b.running.Done()
	for {
		conn, err := l.Accept()
		if err != nil {
			b.mu.Lock()
			closed := b.closed
			b.mu.Unlock()
			if closed {
				return nil
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		if err := b.Attach(conn); err != nil {
			_ = conn.Close() // the bank is closing; the broker sees the end of the stream
			return nil
		}
	}
}

// Attach serves a line on conn, which the bank owns from now on. It returns
// ErrClosed after Close.
func (b *Bank) Attach(conn net.Conn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	s := newSession(b, conn)
	b.sessions = append(b.sessions, s)
	b.running.Add(2)
	go s.read()
	go s.write()
	return nil
}

// Close ends all lines and listeners and waits for their goroutines.
func (b *Bank) Close() error {
	b.mu.Lock()
	b.closed = true
	listeners := b.listeners
	b.listeners = nil
	for _, s := range slices.Clone(b.sessions) { // cut takes each out of the list
		s.cut()
	}
	b.mu.Unlock()
	var failed error
	for _, l := range listeners {
		failed = errors.Join(failed, l.Close())
	}
	b.running.Wait()
	return failed
}

// Control returns the handle by which a player, a drill or a test moves,
// disturbs and looks at the bank.
func (b *Bank) Control() *Control { return &Control{b} }

// clock is the time of day for messages.
func (b *Bank) clock() wire.Time { return wire.TimeOf(b.now) }

// nextSerial gives a serial of the bank: its date and a counter, 17 bytes.
func (b *Bank) nextSerial() string {
	b.serial++
	return fmt.Sprintf("B%08d%08d", uint32(b.date), b.serial%100_000_000)
}

// at sets a timer.
func (b *Bank) at(t time.Time, do func()) {
	b.ticket++
	b.timers = append(b.timers, timer{t, b.ticket, do})
}
