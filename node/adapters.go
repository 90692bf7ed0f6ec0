package node

import (
	"errors"

	"sancun/gateway/bank"
	"sancun/gateway/exchange"
	"sancun/sequencer"
)

// The adapters are imported by this package alone. Whoever plays a counterparty
// against a centre gets them from here.
type (
	// ExchangeOptions are the options of a gateway to an exchange.
	ExchangeOptions = exchange.Options
	// ExchangeLogon is how a gateway logs on to an exchange.
	ExchangeLogon = exchange.Logon
	// Exchange is a gateway to an exchange.
	Exchange = exchange.Gateway

	// BankOptions are the options of a gateway to a custodian bank.
	BankOptions = bank.Options
	// BankFile is one version of a file exchanged with a bank.
	BankFile = bank.FileInfo
	// BankOutFile is a file to send to a bank.
	BankOutFile = bank.OutFile
	// Bank is a gateway to a custodian bank.
	Bank = bank.Gateway
)

// NewExchange makes a gateway to an exchange that submits to this core.
func (c *Core) NewExchange(o ExchangeOptions) (*Exchange, error) {
	o.Submit, o.Positions = c, Positions{Core: c}
	return exchange.New(o)
}

// NewBank makes a gateway to a bank that submits to this core.
func (c *Core) NewBank(o BankOptions) (*Bank, error) {
	o.Submit, o.Books = c, c
	o.Busy = func(err error) bool { return errors.Is(err, sequencer.ErrBusy) }
	return bank.New(o)
}
