package custody

import (
	"math"
	"math/bits"

	"sancun/ledger"
	"sancun/money"
)

// holdings lists the positions of each fund account, so that a client's assets can
// be added up without looking through the ledger. The lists follow from the
// accounts and are caught up with when they are asked for; positions are only ever
// opened.
type holdings struct {
	seen  uint32   // accounts looked at
	first []uint32 // by row of the fund account: place in list + 1
	list  []holdingRow
}

type holdingRow struct {
	account uint32 // ledger row
	next    uint32 // place in list + 1, 0 at the end
}

// catchUp takes in the accounts opened since the last time.
func (h *holdings) catchUp(l *ledger.Ledger) {
	for ; h.seen < l.Len(); h.seen++ {
		k := ledger.KeyFrom(l.At(h.seen).Key)
		if k.Kind != ledger.Position {
			continue
		}
		fund := int(k.Owner - 1)
		for len(h.first) <= fund {
			h.first = append(h.first, 0)
		}
		h.list = append(h.list, holdingRow{h.seen, h.first[fund]})
		h.first[fund] = uint32(len(h.list))
	}
}

// concentration returns the share of the entry's security in the client's assets
// after a buy of quantity, as a money.Rate. Assets are the cash, with what today's
// trades take and bring, and all positions at their prices; a buy turns one into
// the other and does not change the sum.
func (m *Machine) concentration(e *entry, quantity money.Quantity) int64 {
	m.index.holdings.catchUp(m.Ledger)
	cash := m.Ledger.At(m.cashOf(e.fund))
	total := cash.Balance - cash.In(ledger.Payable) + cash.In(ledger.Receivable)
	part := m.worth(e.row, int64(quantity))
	if int(e.fund) < len(m.index.holdings.first) {
		for at := m.index.holdings.first[e.fund]; at != 0; {
			h := m.index.holdings.list[at-1]
			at = h.next
			a := m.Ledger.At(h.account)
			instrument := ledger.KeyFrom(a.Key).Unit - ledger.UnitSecurity
			v := m.worth(instrument, a.Balance-a.In(ledger.Payable)+a.In(ledger.Receivable))
			total = addTo(total, v)
			if instrument == e.row {
				part = addTo(part, v)
			}
		}
	}
	return proportion(part, total)
}

// worth values units of a security, at most the largest integer.
func (m *Machine) worth(instrument uint32, units int64) int64 {
	v, err := m.instruments.At(instrument).value().Times(money.Quantity(units))
	if err != nil {
		return math.MaxInt64
	}
	return int64(v)
}

// addTo adds a value that is not negative, at most to the largest integer.
func addTo(sum, v int64) int64 {
	if v > 0 && sum > math.MaxInt64-v {
		return math.MaxInt64
	}
	return sum + v
}

// proportion returns part ÷ whole as a money.Rate, rounded down: 0 for nothing, and
// the largest where there is a part of nothing or the quotient has no room.
func proportion(part, whole int64) int64 {
	if part <= 0 {
		return 0
	}
	if whole <= 0 {
		return math.MaxInt64
	}
	high, low := bits.Mul64(uint64(part), uint64(money.RateUnit))
	if high >= uint64(whole) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(high, low, uint64(whole))
	return int64(min(q, math.MaxInt64))
}
