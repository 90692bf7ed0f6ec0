package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// orderFilled takes one fill: the hold of the filled part turns into what
// settlement will take and bring (row K30).
func (m *Machine) orderFilled(c *record.OrderFilled) (record.Code, uint64) {
	cursor, at, code := m.followStream(&c.Report)
	if code != record.Accepted {
		return code, 0
	}
	if c.Price <= 0 || c.Quantity <= 0 {
		return record.BadAmount, 0
	}
	row, known := m.reported(&c.Report)
	if !known {
		m.took(&c.Report, cursor, at)
		return record.Accepted, 0
	}
	o := *m.orders.At(row)
	f, ok := m.fillOf(&o, c)
	if !ok {
		return record.ReportImpossible, 0
	}
	m.took(&c.Report, cursor, at)
	if o.Side == Buy {
		m.bought(&o, c, f)
	} else {
		m.sold(&o, c, f)
	}
	o.Filled += c.Quantity
	o.Value, o.Fees = f.value, f.fees
	o.State = OrderPartFilled
	if o.Remaining() == 0 {
		o.State, o.Cancelling = OrderFilled, 0
		m.release(&o)
	}
	m.putOrder(row, o)
	return record.Accepted, o.ID
}

// fill is what one fill makes of an order.
type fill struct {
	value money.Amount // all fills so far
	fees  money.Amount // on all fills so far
	hold  int64        // what must still be held, fen, for a buy
}

// fillOf works a fill out before anything is changed. A fill that does not fit
// its order is impossible: more than is open, or at a worse price.
//
// Each fill is rounded to fen by itself, as the clearing house does. Only where a
// price has a fraction of a fen and another's odd lot is bought share by share can
// the fills cost more than was held, by half a fen a fill.
func (m *Machine) fillOf(o *Order, c *record.OrderFilled) (f fill, ok bool) {
	worse := o.Side == Buy && c.Price > o.Price || o.Side == Sell && c.Price < o.Price
	if !o.Open() || o.State == OrderHeld || o.Side == Subscribe || c.Quantity > o.Remaining() || worse {
		return f, false
	}
	amount, err := c.Price.Times(c.Quantity)
	if err != nil {
		return f, false
	}
	if f.value, err = o.Value.Add(amount); err != nil {
		return f, false
	}
	e := entry{fund: o.Fund, day: m.rules.day}
	e.rules = m.instruments.At(o.Instrument).forRules()
	fees, err := e.day.Fees(&e.rules, market.Side(o.Side), f.value, tariff(e.day, m.funds.At(o.Fund), &e.rules))
	if err != nil {
		return f, false
	}
	f.fees = fees.Total
	if o.Side == Sell {
		// Fees above the proceeds so far wait for more proceeds, or for clearing.
		f.fees = min(f.fees, f.value)
		return f, true
	}
	cost, ok := m.costOf(&e, o.Price, o.Remaining()-c.Quantity, f.value)
	f.hold = min(o.Held, max(0, cost-int64(f.fees)))
	return f, ok
}

func (m *Machine) bought(o *Order, c *record.OrderFilled, f fill) {
	cash := m.cashOf(o.Fund)
	if o.Position == 0 {
		o.Position = m.Ledger.Ensure(positionKey(o.Fund, o.Instrument)) + 1
	}
	m.Ledger.Shift(ledger.HeldOrder, cash, f.hold-o.Held)
	o.Held = f.hold
	m.Ledger.Shift(ledger.Payable, cash, int64(f.value-o.Value+f.fees-o.Fees))
	m.Ledger.Shift(ledger.Receivable, o.Position-1, int64(c.Quantity))
}

func (m *Machine) sold(o *Order, c *record.OrderFilled, f fill) {
	cash := m.cashOf(o.Fund)
	m.Ledger.Shift(ledger.HeldOrder, o.Position-1, -int64(c.Quantity))
	o.Held -= int64(c.Quantity)
	m.Ledger.Shift(ledger.Payable, o.Position-1, int64(c.Quantity))
	m.Ledger.Shift(ledger.Receivable, cash, int64(f.value-o.Value))
	m.Ledger.Shift(ledger.Payable, cash, int64(f.fees-o.Fees))
}
