package custody

import (
	"sancun/record"
	"sancun/risk"
	"sancun/state"
)

// Reviews of an order that a risk rule kept back.
const (
	ReviewNone    uint8 = 0
	ReviewWaiting uint8 = 1
	ReviewPassed  uint8 = 2
	ReviewRefused uint8 = 3
)

// reviewOrder decides on a held order. Refusing is possible at any time of the day;
// letting it go asks the checks of the moment again, because the market and the
// client may have changed since it was placed.
func (m *Machine) reviewOrder(c *record.ReviewOrder) (record.Code, uint64) {
	row, ok := m.index.orders.Find(state.KeyOf(c.Order, 0))
	if !ok {
		return record.UnknownOrder, 0
	}
	o := *m.orders.At(row)
	switch {
	case m.caller.Class() != record.CallerStaff || m.caller.Number() == 0:
		return record.NotAPerson, 0
	case o.State != OrderHeld:
		return record.OrderNotHeld, 0
	case o.By == m.caller:
		return record.SamePerson, 0
	case c.Approve > 1:
		return record.Malformed, 0
	case c.Reason == "":
		return record.ReasonMissing, 0
	}
	if c.Approve == 0 {
		m.endRest(&o, OrderRefused)
		o.Review, o.Reason = ReviewRefused, uint16(record.RiskReviewed)
		m.putOrder(row, o)
		return record.Accepted, o.ID
	}
	if m.today().Phase != DayOpen {
		return record.DayClosed, 0
	}
	if code := m.recheck(&o); code != record.Accepted {
		return code, 0
	}
	o.State, o.Review = OrderNew, ReviewPassed
	m.putOrder(row, o)
	return record.Accepted, o.ID
}

// recheck asks of a held order what a new one is asked, but for cover, which it
// holds, and for the rules that kept it back. A listing that refuses still does.
func (m *Machine) recheck(o *Order) record.Code {
	e := m.entryNow()
	c := &record.NewOrder{
		Fund: m.funds.At(o.Fund).Number, Instrument: uint32(m.instruments.At(o.Instrument).ID), Side: o.Side, Category: o.Category,
		Type: uint8(o.Type), Channel: o.Channel, Price: o.Price, Quantity: o.Quantity,
	}
	if code := m.checkOrderClient(c, &e); code != record.Accepted {
		return code
	}
	if code := m.checkOrderInstrument(c, &e); code != record.Accepted {
		return code
	}
	var j judgement
	m.judgeLists(&j, &e, c.Side)
	if j.outcome == risk.Refuse {
		return j.code
	}
	if c.Side == Subscribe {
		return m.checkSubscription(c, &e)
	}
	e.position = o.Position
	sellable := m.sellable(&e)
	if o.Side == Sell {
		sellable += o.Quantity // it holds its own units
	}
	return m.checkMarket(c, &e, sellable)
}
