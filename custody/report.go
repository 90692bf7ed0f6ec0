package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// follow checks that a report is the next of its partition and returns the
// cursor as it will be. A report without an index is outside the stream.
func (m *Machine) follow(r *record.Report) (cursor ReportCursor, row uint32, code record.Code) {
	if !m.fromExchange(r.Market) {
		return ReportCursor{}, 0, record.NotPermitted
	}
	if r.Index == 0 {
		return ReportCursor{}, 0, record.Accepted
	}
	row, ok := m.index.reports.Find(state.KeyOf(uint64(r.Market), uint64(r.Partition)))
	if !ok {
		row, cursor = m.reports.Len(), ReportCursor{Market: r.Market, Partition: r.Partition}
	} else {
		cursor = *m.reports.At(row)
	}
	if today := m.today().Date; cursor.Date != today {
		cursor.Date, cursor.Next = today, 1
	}
	switch {
	case r.Index < cursor.Next:
		return cursor, row, record.ReportRepeated
	case r.Index > cursor.Next:
		return cursor, row, record.ReportGap
	}
	cursor.Next++
	return cursor, row, record.Accepted
}

// followStream is follow for what an exchange only says inside its streams: taken
// without an index, it could be taken twice.
func (m *Machine) followStream(r *record.Report) (ReportCursor, uint32, record.Code) {
	if r.Index == 0 {
		return ReportCursor{}, 0, record.Malformed
	}
	return m.follow(r)
}

// fromExchange says whether the caller is the gateway of the market, or the house
// itself, which speaks for it in drills.
func (m *Machine) fromExchange(of uint8) bool {
	switch m.caller.Class() {
	case record.CallerSystem:
		return true
	case record.CallerExchange:
		return m.caller.Number() == uint64(of)
	}
	return false
}

// took records that a report was taken.
func (m *Machine) took(r *record.Report, cursor ReportCursor, row uint32) {
	if r.Index != 0 {
		put(m, m.reports, row, cursor)
	}
}

// reported finds the order a report speaks of. An order we do not know is not
// refused, or the stream would stand still: the report is taken with Ref 0, and
// the difference is found at clearing. An order at another exchange is not known.
func (m *Machine) reported(r *record.Report) (row uint32, known bool) {
	row, known = m.orderAt(r.ClOrdID)
	return row, known && m.instruments.At(m.orders.At(row).Instrument).ID.Market() == market.Market(r.Market)
}

// orderReported takes the exchange's acknowledgement.
func (m *Machine) orderReported(c *record.OrderReported) (record.Code, uint64) {
	cursor, at, code := m.followStream(&c.Report)
	if code != record.Accepted {
		return code, 0
	}
	row, known := m.reported(&c.Report)
	m.took(&c.Report, cursor, at)
	if !known {
		return record.Accepted, 0
	}
	o := *m.orders.At(row)
	o.OrderID = c.OrderID
	if o.State == OrderNew {
		o.State = OrderReported
	}
	m.putOrder(row, o)
	return record.Accepted, o.ID
}

// orderRefused takes the exchange's refusal: everything held is released.
func (m *Machine) orderRefused(c *record.OrderRefused) (record.Code, uint64) {
	cursor, at, code := m.follow(&c.Report)
	if code != record.Accepted {
		return code, 0
	}
	row, known := m.reported(&c.Report)
	if known && (!m.orders.At(row).Open() || m.orders.At(row).Filled > 0) {
		return record.ReportImpossible, 0
	}
	m.took(&c.Report, cursor, at)
	if !known {
		return record.Accepted, 0
	}
	o := *m.orders.At(row)
	o.State, o.Reason, o.Cancelled, o.Cancelling = OrderRefused, c.Reason, o.Quantity, 0
	m.release(&o)
	m.putOrder(row, o)
	return record.Accepted, o.ID
}

// orderCancelled takes the exchange's confirmation of a cancel: what was held
// for the cancelled part is released.
func (m *Machine) orderCancelled(c *record.OrderCancelled) (record.Code, uint64) {
	cursor, at, code := m.followStream(&c.Report)
	if code != record.Accepted {
		return code, 0
	}
	row, known := m.reported(&c.Report)
	if known && (!m.orders.At(row).Open() || c.Quantity <= 0 || c.Quantity != m.orders.At(row).Remaining()) {
		return record.ReportImpossible, 0
	}
	m.took(&c.Report, cursor, at)
	if !known {
		return record.Accepted, 0
	}
	o := *m.orders.At(row)
	m.endRest(&o, OrderCancelled)
	m.putOrder(row, o)
	return record.Accepted, o.ID
}

// endRest ends what is left of an order: cancelled, or expired at the close.
func (m *Machine) endRest(o *Order, as uint8) {
	o.Cancelled += o.Remaining()
	o.Cancelling = 0
	o.State = as
	if o.Filled > 0 && as == OrderCancelled {
		o.State = OrderPartCancelled
	}
	m.release(o)
}

// release frees whatever an ended order still holds.
func (m *Machine) release(o *Order) {
	if o.Held == 0 {
		return
	}
	m.Ledger.Shift(ledger.HeldOrder, m.heldIn(o), -o.Held)
	o.Held = 0
}

// heldIn returns the ledger row in which an order's hold lies.
func (m *Machine) heldIn(o *Order) uint32 {
	if o.Side == Sell {
		return o.Position - 1
	}
	return m.cashOf(o.Fund)
}

// cancelRefused takes the exchange's refusal of a cancel: the order stands.
func (m *Machine) cancelRefused(c *record.CancelRefused) (record.Code, uint64) {
	cursor, at, code := m.follow(&c.Report)
	if code != record.Accepted {
		return code, 0
	}
	row, known := m.reported(&c.Report)
	m.took(&c.Report, cursor, at)
	if !known {
		return record.Accepted, 0
	}
	o := *m.orders.At(row)
	o.Cancelling = 0
	m.putOrder(row, o)
	return record.Accepted, o.ID
}
