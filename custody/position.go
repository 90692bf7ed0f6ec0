package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

func unitOf(instrument uint32) uint32 { return ledger.UnitSecurity + instrument }

func positionKey(fund, instrument uint32) ledger.Key {
	return ledger.Key{Kind: ledger.Position, Unit: unitOf(instrument), Owner: uint64(fund) + 1}
}

// custodyKey names the account of units of one security at the clearing house.
func custodyKey(m market.Market, instrument uint32) ledger.Key {
	return ledger.Key{Kind: ledger.Custody, Unit: unitOf(instrument), Owner: uint64(m)}
}

// positionRow returns the ledger row of a fund account's position.
func (m *Machine) positionRow(fund, instrument uint32) (uint32, bool) {
	return m.Ledger.Find(positionKey(fund, instrument))
}

// securitiesIn books units that came in from outside.
func (m *Machine) securitiesIn(c *record.SecuritiesIn) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	fund, ok := m.fund(c.Fund)
	if !ok || m.funds.At(fund).Main == 0 {
		return record.UnknownRow
	}
	row, ok := m.instrument(market.ID(c.Instrument))
	if !ok {
		return record.UnknownInstrument
	}
	if c.Quantity <= 0 || c.Quantity > unitsMax {
		return record.BadAmount
	}
	of := m.instruments.At(row).ID.Market()
	if _, ok := m.securitiesFor(fund, of); !ok {
		return record.NoSecuritiesAcct
	}
	if !m.room(custodyKey(of, row), positionKey(fund, row)) {
		return record.OutOfRange
	}
	custody := m.Ledger.Ensure(custodyKey(of, row))
	position := m.Ledger.Ensure(positionKey(fund, row))
	m.Ledger.Post(ledger.CodeSecuritiesIn, custody, position, int64(c.Quantity))
	return record.Accepted
}

// unitsMax bounds one movement of units: more than any issue has.
const unitsMax money.Quantity = 1 << 50
