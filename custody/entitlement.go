package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// Entitlement remembers that an event was booked for a fund account, so that a
// file read twice books once (row K43).
type Entitlement struct {
	Fund  uint32
	Date  uint32
	Event [12]byte
}

const entitlementWidth = 24

// Encode writes the row.
func (e *Entitlement) Encode(dst []byte) { f := state.Writing(dst); e.walk(&f) }

// Decode reads the row.
func (e *Entitlement) Decode(src []byte) { f := state.Reading(src); e.walk(&f) }

func (e *Entitlement) walk(f *state.Fields) {
	f.U32(&e.Fund)
	f.U32(&e.Date)
	f.Bytes(e.Event[:])
}

func entitlementKey(fund uint32, event [12]byte) (k state.Key) {
	copy(k[:], event[:])
	k[12], k[13], k[14], k[15] = byte(fund), byte(fund>>8), byte(fund>>16), byte(fund>>24)
	return k
}

// entitle books a dividend against what the clearing house will pay, or a bonus
// against the units it registered.
func (m *Machine) entitle(c *record.Entitlement) record.Code {
	fund, ok := m.index.funds.Find(state.KeyOf(c.Fund, 0))
	row, found := m.instrument(market.ID(c.Instrument))
	switch {
	case !ok || !found:
		return record.UnknownRow
	case c.Tax < 0 || c.Cash < 0 || c.Units < 0 || !within(c.Cash) || c.Units > unitsMax || (c.Cash > 0) == (c.Units > 0):
		return record.BadAmount
	}
	if _, done := m.index.entitled.Find(entitlementKey(fund, c.Event)); done {
		return record.AlreadyBooked
	}
	f := m.funds.At(fund)
	of := m.instruments.At(row).ID.Market()
	switch {
	case c.Cash > 0 && f.Cash == 0: // no bank holds this account's money yet
		return record.FundNotUsable
	case c.Cash > 0 && !m.room(settlementKey(f.Bank, uint8(of), f.Currency), ledger.KeyFrom(m.Ledger.At(f.Cash-1).Key)),
		c.Units > 0 && !m.room(custodyKey(of, row), positionKey(fund, row)):
		return record.OutOfRange
	}
	if c.Cash > 0 {
		m.Ledger.Post(ledger.CodeDividend, m.settlementOf(f.Bank, uint8(of), f.Currency), f.Cash-1, int64(c.Cash))
	} else {
		m.Ledger.Post(ledger.CodeBonus, m.Ledger.Ensure(custodyKey(of, row)), m.Ledger.Ensure(positionKey(fund, row)), int64(c.Units))
	}
	put(m, m.entitlements, m.entitlements.Len(), Entitlement{Fund: fund, Date: m.today().Date, Event: c.Event})
	return record.Accepted
}
