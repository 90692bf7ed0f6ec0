package node

import (
	"context"
	"errors"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/gateway/exchange"
	"sancun/market"
	"sancun/record"
	"sancun/sequencer"
	"sancun/settle"
)

// The adapters are imported by this package alone. Whoever plays a counterparty
// against a centre gets them from here.
type (
	// ExchangeOptions are the options of a gateway to an exchange.
	ExchangeOptions = exchange.Options
	// ExchangePair is an exchange with a line of its own for after-hours orders.
	ExchangePair = exchange.Pair
	// ExchangeLogon is how a gateway logs on to an exchange.
	ExchangeLogon = exchange.Logon
	// Exchange is a gateway to an exchange.
	Exchange = exchange.Gateway
	// QuoteOptions are the options of an exchange's market data.
	QuoteOptions = exchange.QuoteOptions
	// QuoteSource is how one feed of market data is reached.
	QuoteSource = exchange.Source
	// Quotes is an exchange's market data.
	Quotes = exchange.Quotes

	// BankOptions are the options of a gateway to a custodian bank.
	BankOptions = bank.Options
	// BankFile is one version of a file exchanged with a bank.
	BankFile = bank.FileInfo
	// BankOutFile is a file to send to a bank.
	BankOutFile = bank.OutFile
	// Bank is a gateway to a custodian bank.
	Bank = bank.Gateway
)

// EzSTEP is the format of Shanghai's line for after-hours orders.
const EzSTEP = exchange.EzSTEP

// NewExchange makes a gateway to an exchange that submits to this core.
func (c *Core) NewExchange(o ExchangeOptions) (*Exchange, error) {
	o.Submit, o.Positions = c, Positions{Core: c}
	return exchange.New(o)
}

// NewQuotes makes the market data of an exchange that enter this core's journal.
func (c *Core) NewQuotes(o QuoteOptions) (*Quotes, error) {
	o.Submit, o.Known, o.Rules = c, c.known, c.rulesOn
	of := o.Market
	o.Whole = func(ctx context.Context, date calendar.Date) error { return c.Release(ctx, date, of) }
	return exchange.NewQuotes(o)
}

// releaseAgain is the pause before a full sequencer is asked again.
const releaseAgain = 20 * time.Millisecond

// Release decides the orders that wait for a business date in a market whose
// static data are whole, if that date is open.
func (c *Core) Release(ctx context.Context, date calendar.Date, of market.Market) error {
	open := false
	if err := c.Look(ctx, func(m *custody.Machine) {
		open = m.Today().Phase == custody.DayOpen && m.Today().Date == uint32(date)
	}); err != nil || !open {
		return err
	}
	for {
		err := settle.Release(ctx, c, uint32(date), of)
		if !errors.Is(err, sequencer.ErrBusy) {
			return err
		}
		if err := pause(ctx, releaseAgain); err != nil {
			return err
		}
	}
}

// known lists what the machine holds of a market's securities.
func (c *Core) known(ctx context.Context, of market.Market) ([]exchange.Known, error) {
	var all []exchange.Known
	err := c.Look(ctx, func(m *custody.Machine) {
		for _, i := range m.Instruments() {
			if i.ID.Market() == of {
				all = append(all, exchange.Known{Date: i.Date, Close: i.Close, InstrumentData: record.InstrumentData{
					ID: uint32(i.ID), Board: uint8(i.Board), Standing: uint8(i.Standing), Status: uint8(i.Status), Flags: i.Flags,
					Listed: i.Listed, DelistingFrom: i.DelistingFrom, Lot: i.Lot, Tick: i.Tick, LimitRate: i.LimitRate, PrevClose: i.PrevClose,
				}})
			}
		}
	})
	return all, err
}

// rulesOn returns the trading rules of a date.
func (c *Core) rulesOn(date calendar.Date) (*market.Day, error) {
	years, err := calendar.China()
	if err != nil {
		return nil, err
	}
	return market.Builtin(years).On(date)
}

// NewBank makes a gateway to a bank that submits to this core.
func (c *Core) NewBank(o BankOptions) (*Bank, error) {
	o.Submit, o.Books = c, c
	o.Busy = func(err error) bool { return errors.Is(err, sequencer.ErrBusy) }
	return bank.New(o)
}
