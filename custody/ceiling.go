package custody

import (
	"bytes"

	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/risk"
)

// The front-end control (资金前端控制, row K29): what the orders of a participant's
// market, or of one trading unit, come to on balance on a day has a ceiling. It is
// the last check of a buy. Counted are auction and after-hours orders:
//
//	net = what open buys may still take + bought − sold
//
// Only an accepted buy raises it, and by its whole amount at once, so a fill, in
// whatever order fills come, never passes the ceiling.

// putOrder writes a row of the table of orders and counts what changed.
func (m *Machine) putOrder(row uint32, o Order) {
	var before netPart
	if m.netBuys.Len() > 0 && row < m.orders.Len() {
		before = partOf(m.orders.At(row))
	}
	put(m, m.orders, row, o)
	if m.netBuys.Len() > 0 {
		m.countNet(&o, before, partOf(&o))
	}
}

// netPart is what one order is of the figures of its scopes.
type netPart struct{ open, bought, sold money.Amount }

func partOf(o *Order) (p netPart) {
	switch o.Side {
	case Buy:
		p.bought = o.Value
		if o.Open() {
			p.open, _ = o.Price.Times(o.Remaining()) // the whole order's amount was in range
		}
	case Sell:
		p.sold = o.Value
	}
	return p
}

// countNet brings the figures of an order's scopes up to what the order is now.
func (m *Machine) countNet(o *Order, before, after netPart) {
	if before == after {
		return
	}
	of, unit := m.scopeOf(o.Instrument, o.Account)
	for row := range m.netBuys.Len() {
		n := m.netBuys.At(row)
		if !inScope(n, of, unit) {
			continue
		}
		now := n.On(m.today().Date)
		now.Open += after.open - before.open
		now.Bought += after.bought - before.bought
		now.Sold += after.sold - before.sold
		if level := m.rules.ceilings[row].Level(now.Net()); level > now.Warned {
			now.Warned, now.At = level, m.now
		}
		put(m, m.netBuys, row, now)
	}
}

// scopeOf returns market and trading unit of an order.
func (m *Machine) scopeOf(instrument, account uint32) (of uint8, unit [6]byte) {
	return uint8(m.instruments.At(instrument).ID.Market()), m.securities.At(account).PBU
}

func inScope(n *risk.NetBuy, of uint8, unit [6]byte) bool {
	return n.Market == of && (n.Unit == unit || n.Unit == [6]byte{})
}

// checkCeilings is the last check of an order.
func (m *Machine) checkCeilings(c *record.NewOrder, e *entry) record.Code {
	if m.netBuys.Len() == 0 || c.Side != Buy {
		return record.Accepted
	}
	of, unit := m.scopeOf(e.row, e.account)
	near := false
	for row := range m.netBuys.Len() {
		n := m.netBuys.At(row)
		ceiling := &m.rules.ceilings[row]
		if !inScope(n, of, unit) || ceiling.Binds() == 0 {
			continue
		}
		now := n.On(m.today().Date)
		net, err := now.Net().Add(e.risk.amount)
		if err != nil || net > ceiling.Binds() {
			return record.AboveCeiling
		}
		near = near || ceiling.Level(net) > 0
	}
	if near && e.risk.outcome == risk.Pass {
		e.risk.add(risk.Warn, record.NearCeiling)
	}
	return record.Accepted
}

// resolveCeilings turns to the ceilings of a date. The row of the day is written
// with every order, so nothing is done while date and rows stay.
func (m *Machine) resolveCeilings(date uint32) {
	r := &m.rules
	if r.ceilingsOn == date && len(r.ceilings) == int(m.netBuys.Len()) {
		return
	}
	r.ceilings, r.ceilingsOn = r.ceilings[:0], date
	for row := range m.netBuys.Len() {
		n := m.netBuys.At(row)
		r.ceilings = append(r.ceilings, risk.CeilingOn(date, m.ceilings, n.Market, n.Unit))
	}
}

// setCeiling adds a ceiling. It begins today or later, so that what held on a date
// in the past never changes. A scope that had none is counted from the orders of
// the day there are.
func (m *Machine) setCeiling(c *record.SetCeiling) record.Code {
	switch {
	case !market.Market(c.Market).Valid(), c.Of != risk.CeilingHighest && c.Of != risk.CeilingOwn, !unitFits(c.Unit),
		c.Warn[0] > risk.WarnMax || c.Warn[1] > risk.WarnMax:
		return record.BadCeiling
	case c.Amount < 0 || !within(c.Amount):
		return record.BadAmount
	case c.Source == "":
		return record.ReasonMissing
	case c.From < m.today().Date || !validDate(c.From):
		return record.WrongDate
	}
	if c.Of == risk.CeilingOwn {
		if f := risk.CeilingOn(c.From, m.ceilings, c.Market, c.Unit); f.Highest != 0 && c.Amount > f.Highest {
			return record.OwnAboveHighest
		}
	}
	row := risk.Ceiling{Market: c.Market, Unit: c.Unit, Kind: c.Of, Warn: c.Warn, From: c.From, Amount: c.Amount}
	copy(row.Source[:], c.Source)
	put(m, m.ceilings, m.ceilings.Len(), row)
	for at := range m.netBuys.Len() {
		if n := m.netBuys.At(at); n.Market == c.Market && n.Unit == c.Unit {
			return record.Accepted
		}
	}
	put(m, m.netBuys, m.netBuys.Len(), m.netSoFar(c.Market, c.Unit))
	return record.Accepted
}

// unitFits says whether a trading unit is none or of capitals and digits, filled up
// with zero bytes.
func unitFits(unit [6]byte) bool {
	return unit == [6]byte{} || capitalsAndDigits(bytes.TrimRight(unit[:], "\x00"))
}

// netSoFar adds the orders of the day of a scope up.
func (m *Machine) netSoFar(of uint8, unit [6]byte) risk.NetBuy {
	n := risk.NetBuy{Market: of, Unit: unit, Date: m.today().Date}
	for row := range m.orders.Len() {
		o := m.orders.At(row)
		if is, its := m.scopeOf(o.Instrument, o.Account); inScope(&n, is, its) {
			p := partOf(o)
			n.Open, n.Bought, n.Sold = n.Open+p.open, n.Bought+p.bought, n.Sold+p.sold
		}
	}
	return n
}

// NetBuys returns what every scope with a ceiling comes to today, and what holds.
func (m *Machine) NetBuys() (all []risk.NetBuy, ceilings []risk.InForce) {
	for row := range m.netBuys.Len() {
		all = append(all, m.netBuys.At(row).On(m.today().Date))
		ceilings = append(ceilings, m.rules.ceilings[row])
	}
	return all, ceilings
}
