package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// Submitter takes commands into the journal; the sequencer is one. The answers
// are in the order of the requests, after they are durable.
type Submitter interface {
	Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error)
}

// Cursor is the next report index the machine expects of a partition today.
type Cursor struct {
	Partition uint32
	Next      uint64
}

// Positions tells where the machine stands in the streams of a market today. A
// partition without a row stands at 1. It is asked after every connect.
type Positions interface {
	Cursors(ctx context.Context, m market.Market) ([]Cursor, error)
}

// Dial opens a connection to the exchange.
type Dial func(ctx context.Context) (net.Conn, error)

// Timer returns a channel that receives once after d, and a function that
// releases it.
type Timer func(d time.Duration) (<-chan time.Time, func() bool)

// RealTimer is the Timer of a running house.
func RealTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// Logon is how a session is opened.
type Logon struct {
	CompID   string // ours
	Target   string // the exchange's
	Password string // Shenzhen; never shown
	Version  string // "1.32" in Shenzhen, "0.57" in Shanghai, when empty
	// Heartbeat is in whole seconds; Shanghai allows 5 to 60.
	Heartbeat time.Duration
}

// String leaves the password out.
func (l Logon) String() string { return l.CompID + " at " + l.Target }

// GoString is String.
func (l Logon) GoString() string { return l.String() }

// Options of a Gateway.
type Options struct {
	Market market.Market // Shenzhen or Shanghai
	Format Format        // Binary when zero
	Dial   Dial
	Logon  Logon
	// Now is the time of heartbeats and waits, and gives the trading day of a
	// Shanghai logon.
	Now   func() time.Time
	Timer Timer // RealTimer when nil

	Submit    Submitter
	Positions Positions

	// Duplicates are the exchange's codes that refuse a ClOrdID used before; 11270
	// in Shanghai, in both formats, when nil. Shenzhen's code is not public, so it must be stated.
	Duplicates []uint32
	ResendWait time.Duration // ResendWait when zero
	AckTimeout time.Duration // AckTimeout when zero

	// LockStep makes Drain do everything and Run nothing.
	LockStep bool
}

// ErrOptions reports options that cannot be run.
var ErrOptions = errors.New("unusable exchange gateway options")

// shanghaiDuplicate is the exchange's code for a ClOrdID used before (D.2).
const shanghaiDuplicate = 11270

func (o *Options) complete() error {
	if o.Market != market.Shenzhen && o.Market != market.Shanghai {
		return fmt.Errorf("market %s: %w", o.Market, ErrOptions)
	}
	if o.Format != Binary && (o.Format != EzSTEP || o.Market != market.Shanghai) {
		return fmt.Errorf("format %d in %s: %w", o.Format, o.Market, ErrOptions)
	}
	if o.Dial == nil || o.Now == nil || o.Submit == nil || o.Positions == nil {
		return fmt.Errorf("Dial, Now, Submit and Positions must be set: %w", ErrOptions)
	}
	if o.Timer == nil {
		o.Timer = RealTimer
	}
	if o.ResendWait == 0 {
		o.ResendWait = ResendWait
	}
	if o.AckTimeout == 0 {
		o.AckTimeout = AckTimeout
	}
	if o.Duplicates == nil && o.Market == market.Shanghai {
		o.Duplicates = []uint32{shanghaiDuplicate}
	}
	if o.ResendWait < 0 || o.AckTimeout < o.ResendWait {
		return fmt.Errorf("resend wait %s, acknowledgement within %s: %w", o.ResendWait, o.AckTimeout, ErrOptions)
	}
	return o.Logon.complete(o.Market)
}

func (l *Logon) complete(m market.Market) error {
	if l.CompID == "" {
		return fmt.Errorf("no CompID: %w", ErrOptions)
	}
	if l.Heartbeat == 0 {
		l.Heartbeat = Heartbeat
	}
	least, most := time.Second, 5*time.Minute
	if m == market.Shanghai {
		least, most = 5*time.Second, time.Minute
	}
	if l.Heartbeat < least || l.Heartbeat > most || l.Heartbeat%time.Second != 0 {
		return fmt.Errorf("heartbeat %s, whole seconds from %s to %s: %w", l.Heartbeat, least, most, ErrOptions)
	}
	if l.Version == "" {
		l.Version = map[market.Market]string{market.Shenzhen: "1.32", market.Shanghai: "0.57"}[m]
	}
	return nil
}
