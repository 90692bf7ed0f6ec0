package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"sancun/custody"
	"sancun/internal/durable"
	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

var (
	// ErrOptions reports options a gateway cannot work with.
	ErrOptions = errors.New("unusable options of a bank gateway")
	// ErrFull refuses an intent or question because the queue is full.
	ErrFull = errors.New("the queue to the bank is full")
	// ErrTimeout ends a question that was not answered in time. The outcome is
	// unknown: ask again under the same serial.
	ErrTimeout = errors.New("the bank did not answer in time")
	// ErrDown ends a question that was never sent, because there is no line.
	ErrDown = errors.New("there is no line to the bank, nothing was sent")
	// ErrDriven reports a second driver of a gateway: Run and Drain exclude each other.
	ErrDriven = errors.New("the gateway is driven by someone else")
)

// Submitter decides commands and returns when they are durable; the sequencer is
// one. sequencer.ErrBusy says that nothing was done; after any other error the
// outcome is unknown and the gateway stops.
type Submitter interface {
	Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error)
}

// Hasher makes the keyed hashes by which commands name personal data.
type Hasher interface {
	CardIndex(number string) state.Key
	NameIndex(name string) state.Key
	DocumentIndex(kind wire.IDKind, number string) state.Key
}

// Reveal gives what a message to the bank must say of a client, and compares a
// fund password. Fund is the number of the fund account.
type Reveal interface {
	Card(ctx context.Context, fund uint64) (string, error)
	Party(ctx context.Context, fund uint64) (wire.Party, error)
	FundPassword(ctx context.Context, fund uint64, password wire.Secret) (bool, error)
}

// Books lets the gateway look into durable state to answer the bank's enquiries;
// the node's core is one.
type Books interface {
	Look(ctx context.Context, look func(*custody.Machine)) error
}

// Files is told of files. Calls come from the driver of the gateway and must not
// call it back.
type Files interface {
	// Arrived is called when a file of the bank is complete, checked by its hash
	// and kept; the same bytes again are no new version.
	Arrived(f FileInfo)
	// Complete is called when the bank has sent all its files of a date.
	Complete(date wire.Date, count uint32)
	// Sent is called when the bank has taken a file, or with the reason why not.
	// The name is empty for the end of a batch, where a refusal means that the
	// bank found a file wrong.
	Sent(f FileInfo, err error)
}

// Options of a gateway.
type Options struct {
	Bank   uint16 // the bank's number in records
	Code   string // the bank's institution code
	Broker string // ours
	Format wire.Format
	Keys   wire.KeyStore
	Epoch  uint64 // of our centre

	// Dial opens a line. It must give up by itself.
	Dial   func(ctx context.Context) (net.Conn, error)
	Submit Submitter
	// Busy says whether an error of Submit means that nothing was done.
	Busy   func(error) bool
	Hasher Hasher
	Reveal Reveal
	Books  Books // nil: enquiries are answered "not processed"
	Files  Files // nil: nobody is told

	Dir string // holds in/ and out/; empty: no files
	FS  durable.FS
	Log *slog.Logger

	// Operator is our teller number at the bank.
	Operator string
	// NeedPassword lets no deposit out without the card's password.
	NeedPassword bool
	Limits       Limits
}

// Limits of a gateway. Zero takes the default.
type Limits struct {
	// AnswerWithin is how long an answer is waited for: 30 s, as banks agree on.
	AnswerWithin time.Duration
	// QueueFor is how old an unsent intent may become before it is refused: 30 s.
	QueueFor time.Duration
	// EnquireEvery is the pause between two enquiries of one transfer: 15 s.
	EnquireEvery time.Duration
	// EnquireMax is how many enquiries are made before people must look: 20, which
	// is five minutes.
	EnquireMax int
	// AbsentAfter is how long after sending "never arrived" is believed on the
	// line the request was sent on: 60 s. On a newer line it is believed at once,
	// because a bank hears nothing more of a line whose broker signed in anew.
	AbsentAfter time.Duration
	// RedialEvery is the pause between two attempts to get a line: 5 s.
	RedialEvery time.Duration
	// ProbeEvery is how long a line may be quiet before it is probed: 30 s.
	ProbeEvery time.Duration
	// Queue bounds the transfers without an outcome, those that wait at the door,
	// and the questions: 8,192 each, half a minute of the busiest bank.
	Queue int
	// Window bounds requests without an answer: 256.
	Window int
}

func (l *Limits) fill() {
	fill(&l.AnswerWithin, 30*time.Second)
	fill(&l.QueueFor, 30*time.Second)
	fill(&l.EnquireEvery, 15*time.Second)
	fill(&l.EnquireMax, 20)
	fill(&l.AbsentAfter, 60*time.Second)
	fill(&l.RedialEvery, 5*time.Second)
	fill(&l.ProbeEvery, 30*time.Second)
	fill(&l.Queue, 8_192)
	fill(&l.Window, 256)
}

func fill[V comparable](v *V, otherwise V) {
	var zero V
	if *v == zero {
		*v = otherwise
	}
}

func (o *Options) check() error {
	switch {
	case o.Bank == 0 || o.Code == "" || o.Broker == "":
		return fmt.Errorf("bank %d %q of broker %q: %w", o.Bank, o.Code, o.Broker, ErrOptions)
	case o.Keys == nil || o.Dial == nil || o.Submit == nil || o.Hasher == nil || o.Reveal == nil:
		return fmt.Errorf("bank %d lacks keys, dial, submit, hasher or reveal: %w", o.Bank, ErrOptions)
	}
	if o.FS == nil {
		o.FS = durable.OS{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With(slog.Int("bank", int(o.Bank)))
	o.Limits.fill()
	return nil
}
