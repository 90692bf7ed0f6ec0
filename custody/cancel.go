package custody

import (
	"sancun/calendar"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// cancelOrder asks for a cancel. The exchange decides; until it answers, the
// order can still be filled.
func (m *Machine) cancelOrder(c *record.CancelOrder) (record.Code, uint64) {
	row, ok := m.index.orders.Find(state.KeyOf(c.Order, 0))
	if !ok {
		return m.cancelNextOrder(c)
	}
	o := *m.orders.At(row)
	in := m.instruments.At(o.Instrument).forRules()
	switch {
	case m.today().Phase != DayOpen:
		return record.DayClosed, 0
	case !m.forClient(m.funds.At(o.Fund)):
		return record.NotPermitted, 0
	case m.funds.At(o.Fund).Number != c.Fund:
		return record.OrderNotYours, 0
	case !o.Open():
		return record.OrderNotOpen, 0
	case o.Cancelling != 0:
		return record.AlreadyCancelling, 0
	}
	if o.State == OrderHeld { // it never left, so nobody else has to agree
		m.endRest(&o, OrderCancelled)
		m.putOrder(row, o)
		return record.Accepted, o.ID
	}
	at := m.timeOfDay()
	if m.rules.day.Phase(&in, at) == calendar.PreOpen {
		at, _ = m.rules.day.Opening(&in, o.Type, at) // released ahead of its session: both wait for it, in their order
	}
	if v := m.rules.day.CheckCancel(&in, at); v != market.OK {
		return record.OfVerdict(v), 0
	}
	if code := m.checkCancelRisk(o.Fund); code != record.Accepted {
		return code, 0
	}
	o.Cancelling = 1
	m.putOrder(row, o)
	m.countCancel(o.Fund)
	return record.Accepted, o.ID
}

// expireMax bounds one command of expiring orders so that its record stays
// below a megabyte.
const expireMax = 2_000

// expireOrders ends what is left of orders after business stopped.
func (m *Machine) expireOrders(c *record.ExpireOrders) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	if m.today().Phase != DayStopped {
		return record.DayNotStopped
	}
	if len(c.Orders) == 0 || len(c.Orders) > expireMax {
		return record.Malformed
	}
	for _, id := range c.Orders {
		if row, ok := m.index.orders.Find(state.KeyOf(id, 0)); !ok || !m.orders.At(row).Open() {
			return record.UnknownOrder
		}
	}
	for i, id := range c.Orders {
		row, _ := m.index.orders.Find(state.KeyOf(id, 0))
		o := *m.orders.At(row)
		if i > 0 && !o.Open() {
			continue // named twice in one command
		}
		m.endRest(&o, OrderExpired)
		m.putOrder(row, o)
	}
	return record.Accepted
}
