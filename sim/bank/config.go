package bank

import (
	"errors"
	"fmt"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// Config is one bank on its first day.
type Config struct {
	Code   string // institution code, which also names its keys
	Broker string // institution code of the broker
	// Number is the bank's code of four characters in the files of set 2.
	Number string
	Format wire.Format
	Keys   wire.KeyStore // the bank's own store, with the master key of Code
	Start  time.Time     // the clock's beginning; its day is the first business date
	// Customers have cards here. A customer with a Fund has signed already.
	Customers []Customer
	// NeedPassword makes the bank refuse a deposit of the broker's without the
	// card's password.
	NeedPassword bool
	// TellDuplicates answers a repeated key with the status duplicate and the
	// first status, instead of with the first answer itself.
	TellDuplicates bool
	// ReplyWithin is how long the bank waits for an answer before it enquires by
	// itself, three times at most. Zero leaves that to Control.
	ReplyWithin time.Duration
	Faults      Faults
}

// Customer is someone with a card. In a simulation all of them are invented.
type Customer struct {
	Name     string
	Kind     wire.ClientKind
	IDKind   wire.IDKind
	IDNumber string
	Mobile   string
	Card     string
	Currency money.Currency
	Balance  money.Amount // on the card, minor units
	Password string       // of the card
	// Fund, when not empty, is the fund account at the broker that a management
	// account stands for already, with Managed on it and in the pooled account.
	Fund    string
	Managed money.Amount
}

// ErrConfig reports a configuration or command that cannot be carried out.
var ErrConfig = errors.New("unusable bank configuration or command")

// ErrClosed reports use of a bank that has been closed.
var ErrClosed = errors.New("the bank is closed")

// ErrNoLine reports that no broker is signed in, so nothing can be said to it.
var ErrNoLine = errors.New("no broker is signed in at the bank")

func (c *Config) check() error {
	switch {
	case c.Code == "" || c.Broker == "" || len(c.Number) != 4:
		return fmt.Errorf("bank %q of broker %q with number %q: %w", c.Code, c.Broker, c.Number, ErrConfig)
	case c.Keys == nil || c.Start.IsZero():
		return fmt.Errorf("bank %s without keys or clock: %w", c.Code, ErrConfig)
	}
	return c.Faults.check()
}
