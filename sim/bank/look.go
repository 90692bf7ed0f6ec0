package bank

import (
	"sancun/money"
	wire "sancun/wire/bank"
)

// Log returns every fault that happened, in order, with what must be found of it.
func (c *Control) Log() []Incident {
	return locked(c, func(b *Bank) []Incident {
		all := make([]Incident, len(b.incidents))
		for i, in := range b.incidents {
			all[i] = *in
		}
		return all
	})
}

// Entries returns the log of transfers, in order.
func (c *Control) Entries() []Entry {
	return locked(c, func(b *Bank) []Entry {
		all := make([]Entry, len(b.entries))
		for i, e := range b.entries {
			all[i] = *e
		}
		return all
	})
}

// Entry returns the log line of a bank's serial.
func (c *Control) Entry(serial string) (Entry, bool) {
	e := locked(c, func(b *Bank) *Entry {
		if e := b.bySerial[serial]; e != nil {
			copied := *e
			return &copied
		}
		return nil
	})
	if e == nil {
		return Entry{}, false
	}
	return *e, true
}

// Answer returns the broker's first answer to what the bank started, or nil.
func (c *Control) Answer(serial string) wire.Message {
	return locked(c, func(b *Bank) wire.Message {
		if a := b.asks[serial]; a != nil {
			return a.reply
		}
		return nil
	})
}

// Account is what the bank knows of a relation.
type Account struct {
	Fund     string
	Card     string
	State    wire.CustodyState
	Managed  money.Amount // on the management account
	OnCard   money.Amount
	Currency money.Currency
}

// Account returns the relation of a fund account.
func (c *Control) Account(fund string) (Account, bool) {
	a := locked(c, func(b *Bank) *Account {
		a := b.accounts[fund]
		if a == nil {
			return nil
		}
		return &Account{
			Fund: fund, Card: a.owner.Card, State: a.state, Managed: a.balance, OnCard: a.owner.Balance, Currency: a.currency,
		}
	})
	if a == nil {
		return Account{}, false
	}
	return *a, true
}

// Party returns a customer as messages name it, for Ask.
func (c *Control) Party(card, fund string) wire.Party {
	return locked(c, func(b *Bank) wire.Party {
		if k := b.cards[card]; k != nil {
			return k.party(fund)
		}
		return wire.Party{}
	})
}

// Total returns the bank's total against detail of a currency now.
func (c *Control) Total(currency money.Currency) wire.TotalDetail {
	return locked(c, func(b *Bank) wire.TotalDetail { return b.totalOf(b.date, currency, b.pool(currency)) })
}

// Totals returns what came over the line.
func (c *Control) Totals() Totals { return locked(c, func(b *Bank) Totals { return b.totals }) }

// Received returns the versions of a file that came from the broker.
func (c *Control) Received(name string) []File {
	return locked(c, func(b *Bank) []File { return append([]File(nil), b.files.received[name]...) })
}

// Rejected says why files were not taken or applied.
func (c *Control) Rejected() []string {
	return locked(c, func(b *Bank) []string { return append([]string(nil), b.files.rejected...) })
}

// SignedIn returns the business date of the broker's sign-in, 0 when signed out.
func (c *Control) SignedIn() wire.Date {
	return locked(c, func(b *Bank) wire.Date { return b.signedIn })
}

// Settled says whether no business of the bank's own is without outcome.
func (c *Control) Settled() bool {
	return locked(c, func(b *Bank) bool {
		for _, e := range b.entries {
			if e.State == wire.TransferProcessing {
				return false
			}
		}
		return len(b.parked) == 0
	})
}
