package bank

import (
	"fmt"
	"log/slog"
)

// Version is the version of the canonical vocabulary that headers carry.
const Version uint8 = 1

// Initiator says which side started a piece of business. The numbers are
// written into idempotency keys and never change.
type Initiator uint8

// The two sides of a custody relation.
const (
	Broker Initiator = 1
	Bank   Initiator = 2
)

func (i Initiator) String() string {
	switch i {
	case Broker:
		return "broker"
	case Bank:
		return "bank"
	}
	return fmt.Sprintf("initiator %d", uint8(i))
}

// Header opens every message. Sender and receiver change places in a reply;
// initiator and serials stay what they were in the request.
type Header struct {
	Version  uint8
	Reply    bool
	Sender   string // institution code of the speaker
	Receiver string // institution code of the listener
	Date     Date   // business date the message counts for
	Time     Time   // when it was written, for people only
	// Initiator started the business this message belongs to.
	Initiator Initiator
	// The three serials of a piece of business (B.10). A side that has not yet
	// given one leaves it empty.
	PlatformSerial string
	BankSerial     string
	BrokerSerial   string
	// Epoch is the epoch of the broker's centre that sent the request, or the
	// one a bank last heard. A bank refuses an epoch below the highest seen.
	Epoch uint64
	// KeySet is the generation of working keys that MACs and PIN blocks of this
	// message use. Zero is the master key, for sign-in and key exchange only.
	KeySet uint32
}

// Key identifies a piece of business for ever: the same initiator, date and
// initiator's serial is the same business, sent again or not (B.10).
type Key struct {
	Initiator Initiator
	Date      Date
	Serial    string
}

// Key returns the idempotency key. It returns ErrMissing when the initiator
// gave no serial, because such a message cannot be told from its repetition.
func (h *Header) Key() (Key, error) {
	k := Key{Initiator: h.Initiator, Date: h.Date, Serial: h.BrokerSerial}
	if h.Initiator == Bank {
		k.Serial = h.BankSerial
	}
	if k.Serial == "" {
		return Key{}, fmt.Errorf("serial of the initiator %v: %w", h.Initiator, ErrMissing)
	}
	return k, nil
}

func (k Key) String() string { return fmt.Sprintf("%v/%v/%s", k.Initiator, k.Date, k.Serial) }

func (h *Header) slots() []slot {
	return []slot{
		wholeSlot("version", &h.Version),
		flagSlot("reply", &h.Reply),
		textSlot("sender", &h.Sender),
		textSlot("receiver", &h.Receiver),
		wholeSlot("date", &h.Date),
		wholeSlot("time", &h.Time),
		wholeSlot("initiator", &h.Initiator),
		textSlot("platform_serial", &h.PlatformSerial),
		textSlot("bank_serial", &h.BankSerial),
		textSlot("broker_serial", &h.BrokerSerial),
		wholeSlot("epoch", &h.Epoch),
		wholeSlot("key_set", &h.KeySet),
	}
}

// Envelope is what every message has besides its own fields: the header, and
// in a reply the outcome. It prints only what is safe in a log: no name, no
// account, no password.
type Envelope struct {
	Header
	Outcome
}

// Head returns the header.
func (e *Envelope) Head() *Header { return &e.Header }

// Result returns the outcome. It is meaningful in replies only.
func (e *Envelope) Result() *Outcome { return &e.Outcome }

func (e *Envelope) slots() []slot { return append(e.Header.slots(), e.Outcome.slots()...) }

// Format prints key, direction and outcome for every verb, so that printing a
// message by accident shows no personal data.
func (e Envelope) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.summary()) }

// LogValue logs the same words as Format.
func (e Envelope) LogValue() slog.Value { return slog.StringValue(e.summary()) }

func (e *Envelope) summary() string {
	serial := e.BrokerSerial
	if e.Initiator == Bank {
		serial = e.BankSerial
	}
	text := fmt.Sprintf("%v/%v/%s", e.Initiator, e.Date, serial)
	if e.Reply {
		return fmt.Sprintf("reply %s %v %s", text, e.Status, e.ErrorCode)
	}
	return "request " + text
}
