package bank

import (
	"sancun/money"
	wire "sancun/wire/bank"
)

// Entry is a line of the bank's own log of transfers and reversals.
type Entry struct {
	Key            wire.Key
	Function       wire.Function
	BankSerial     string
	BrokerSerial   string
	PlatformSerial string
	Card           string
	Fund           string
	Currency       money.Currency
	Amount         money.Amount // minor units, positive
	Date           wire.Date
	Time           wire.Time
	State          wire.TransferState // as the bank's front end says it
	Booked         bool               // card, pooled and management account moved
	Reverses       wire.Key           // of a reversal
	// Hidden entries are booked by the host and unknown to the front end, phantom
	// entries the other way round: the two kinds of single-sided entry.
	Hidden, Phantom bool
	// Poisoned entries were reversed before they arrived.
	Poisoned bool
}

// Movement returns how the booking changed the client's money at the securities
// side: positive came in from the card.
func (e *Entry) Movement() money.Amount {
	if !e.Booked {
		return 0
	}
	switch e.Function {
	case wire.FunctionDeposit, wire.FunctionReverseWithdrawal:
		return e.Amount
	default:
		return -e.Amount
	}
}

// record appends an entry and indexes it by key and serial.
func (b *Bank) record(e *Entry) *Entry {
	b.entries = append(b.entries, e)
	b.byKey[e.Key] = e
	if e.BankSerial != "" {
		b.bySerial[e.BankSerial] = e
	}
	return e
}

// book moves card, pooled and management account by an entry.
func (b *Bank) book(e *Entry) {
	a, p := b.accounts[e.Fund], b.pool(e.Currency)
	e.Booked = true
	move := e.Movement()
	a.owner.Balance -= move
	p.balance += move
	a.balance += move
	a.movedOn = b.date
}

// unbook takes the movement of an entry back without a trace of its own, as a
// bank does with a debit the broker refused.
func (b *Bank) unbook(e *Entry) {
	a, p := b.accounts[e.Fund], b.pool(e.Currency)
	move := e.Movement()
	a.owner.Balance += move
	p.balance -= move
	a.balance -= move
	e.Booked = false
}
