package custody

import (
	"iter"

	"sancun/market"
	"sancun/record"
)

// Orders for the next trading day (隔日委托, 夜市委托) are taken once business has
// stopped, while the day end works. They lie in a table of their own, in rows like
// those of orders, with the next trading day for their date, and touch no account:
// what they reserve is the sum of their rows, so that clearing, entitlements and
// interest post exactly what they would without them
// (docs/decisions/0006-next-day-orders.md). When the next day has opened and the
// static data of a market are whole, ReleaseOrders decides them by all checks.
//
// Their numbers follow the last one given out and are added to the row of the day
// when the next day opens. The table is emptied when that day stops.

const (
	// nextOrdersPerClient bounds what one client may have entered for one date,
	// cancelled ones included: by hand nobody gets there, and a program that does
	// should wait for the day.
	nextOrdersPerClient = 200
	// nextOrdersMax bounds the table: two thirds of the orders of a busy day. With
	// 160 bytes a row it has 32 MB, and its release some 80 MB of records.
	nextOrdersMax = 200_000
)

// nextOrders finds the next-day orders of a fund account. It follows from the rows.
type nextOrders struct {
	open int // rows that wait
	rows []nextOrderAt
	of   []fundNext // by row of the fund account
}

type nextOrderAt struct {
	earlier uint32 // row + 1 of the fund account's order before it, 0 none
	waits   bool
}

type fundNext struct {
	newest uint32 // row + 1
	count  int    // rows, those decided and cancelled included
	waits  int    // rows that wait
}

// put takes a new or changed row in.
func (x *nextOrders) put(row uint32, o *Order) {
	for len(x.of) <= int(o.Fund) {
		x.of = append(x.of, fundNext{})
	}
	f := &x.of[o.Fund]
	if int(row) == len(x.rows) {
		x.rows = append(x.rows, nextOrderAt{earlier: f.newest})
		f.newest = row + 1
		f.count++
	}
	at := &x.rows[row]
	waits := o.State == OrderNew
	switch {
	case waits && !at.waits:
		x.open, f.waits = x.open+1, f.waits+1
	case !waits && at.waits:
		x.open, f.waits = x.open-1, f.waits-1
	}
	at.waits = waits
}

// eachNextOrder goes through the orders of a fund account that wait for the next
// day, the newest first.
func (m *Machine) eachNextOrder(fund uint32) iter.Seq2[uint32, *Order] {
	return func(yield func(uint32, *Order) bool) {
		x := &m.index.next
		if int(fund) >= len(x.of) || x.of[fund].waits == 0 {
			return
		}
		for next := x.of[fund].newest; next != 0; next = x.rows[next-1].earlier {
			if x.rows[next-1].waits && !yield(next-1, m.nextOrders.At(next-1)) {
				return
			}
		}
	}
}

// reservedCash is what the waiting buys of a fund account in rows before the given
// one keep for themselves, in minor units. Each was covered beside those before it,
// so the sum stays in range.
func (m *Machine) reservedCash(fund, before uint32) (sum int64) {
	for row, o := range m.eachNextOrder(fund) {
		if row < before && o.Side == Buy {
			sum += o.Held
		}
	}
	return sum
}

// reservedUnits is the same for the waiting sales of a security, in units.
func (m *Machine) reservedUnits(fund, instrument, before uint32) (sum int64) {
	for row, o := range m.eachNextOrder(fund) {
		if row < before && o.Side == Sell && o.Instrument == instrument {
			sum += o.Held
		}
	}
	return sum
}

// free is what is available of a fund account's cash beside what its next-day
// orders keep.
func (m *Machine) free(fund, cash uint32) int64 {
	return m.Ledger.At(cash).Available() - m.reservedCash(fund, m.nextOrders.Len())
}

// withdrawable is what may leave: next-day orders, like those of today, use up the
// proceeds of today's sales first.
func (m *Machine) withdrawable(fund, cash uint32) int64 {
	return max(0, min(m.Ledger.At(cash).Withdrawable(), m.free(fund, cash)))
}

// before says whether an entry is judged before its day.
func (m *Machine) before(e *entry) bool { return e.date != m.today().Date }

// newNextOrder takes an order for the next trading day: by the checks that can be
// made now, with what it needs reserved in its row.
func (m *Machine) newNextOrder(c *record.NewOrder) (record.Code, uint64) {
	d := m.today()
	row := m.nextOrders.Len()
	e := entry{date: d.Next, day: m.rules.next, ahead: row}
	if code := m.checkOrder(c, &e); code != record.Accepted {
		return code, 0
	}
	id := d.Orders + uint64(row) + 1
	if row > 0 { // a promotion since then has moved the numbers of the day
		id = m.nextOrders.At(0).ID + uint64(row)
	}
	put(m, m.nextOrders, row, Order{
		ID: id, Fund: e.fund, Account: e.account, Instrument: e.row, Position: e.position,
		Side: c.Side, Category: c.Category, Type: market.OrderType(c.Type), State: OrderNew, Channel: c.Channel,
		Date: d.Next, Placed: m.now, Price: c.Price, Quantity: c.Quantity, Held: e.hold, ClOrdID: clOrdID(id), By: m.caller,
	})
	return record.Accepted, id
}

// checkNextLimits bounds what waits, by client and in all.
func (m *Machine) checkNextLimits(e *entry) record.Code {
	if m.nextOrders.Len() >= nextOrdersMax {
		return record.NextOrdersFull
	}
	count := 0
	m.eachFund(m.funds.At(e.fund).Client, func(row uint32, _ *Fund) bool {
		if int(row) < len(m.index.next.of) {
			count += m.index.next.of[row].count
		}
		return true
	})
	if count >= nextOrdersPerClient {
		return record.NextOrdersMost
	}
	return record.Accepted
}

// datedOrder places an order only for the date its owner means.
func (m *Machine) datedOrder(c *record.DatedOrder) (record.Code, uint64) {
	d := m.today()
	takes := d.Next
	if d.Phase == DayOpen {
		takes = d.Date
	}
	if c.Date != takes {
		return record.WrongDate, 0
	}
	return m.newOrder(&c.NewOrder)
}

// nextOrder returns the row of a next-day order. Numbers follow each other, row by
// row.
func (m *Machine) nextOrder(id uint64) (uint32, bool) {
	if m.nextOrders.Len() == 0 {
		return 0, false
	}
	first := m.nextOrders.At(0).ID
	return uint32(id - first), id >= first && id-first < uint64(m.nextOrders.Len())
}

// cancelNextOrder cancels an order that waits for the next day, at once: it never
// left, so nobody else has to agree. It works on a stopped day too.
func (m *Machine) cancelNextOrder(c *record.CancelOrder) (record.Code, uint64) {
	row, ok := m.nextOrder(c.Order)
	if !ok {
		return record.UnknownOrder, 0
	}
	o := *m.nextOrders.At(row)
	switch {
	case !m.forClient(m.funds.At(o.Fund)):
		return record.NotPermitted, 0
	case m.funds.At(o.Fund).Number != c.Fund:
		return record.OrderNotYours, 0
	case o.State != OrderNew:
		return record.OrderNotOpen, 0
	}
	o.State, o.Cancelled, o.Held = OrderCancelled, o.Quantity, 0
	put(m, m.nextOrders, row, o)
	return record.Accepted, o.ID
}

// releaseOrders decides what waits in a range of rows for a market.
func (m *Machine) releaseOrders(c *record.ReleaseOrders) (record.Code, uint64) {
	of := market.Market(c.Market)
	switch {
	case !m.fromHouse() && !m.fromExchange(c.Market):
		return record.NotPermitted, 0
	case c.Count == 0 || c.Count > record.ReleaseMax || !of.Valid():
		return record.Malformed, 0
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code, 0
	}
	if c.Date != m.today().Date {
		return record.WrongDate, 0
	}
	until := min(uint64(c.First)+uint64(c.Count), uint64(m.nextOrders.Len()))
	for row := uint64(c.First); row < until; row++ {
		o := m.nextOrders.At(uint32(row))
		if o.State == OrderNew && m.instruments.At(o.Instrument).ID.Market() == of {
			m.releaseOne(uint32(row), *o)
		}
	}
	if until >= uint64(m.nextOrders.Len()) {
		return record.Accepted, 0
	}
	return record.Accepted, until
}

// releaseOne decides one waiting order: it joins the orders of the day with its
// hold, or is refused. Those before it come first: what they keep is theirs, what
// those behind it keep is not asked.
func (m *Machine) releaseOne(row uint32, o Order) {
	e := entry{date: m.today().Date, day: m.rules.day, ahead: row, named: true}
	code := m.checkReleased(&o, &e)
	gone := o
	gone.Held = 0
	if code != record.Accepted {
		gone.State, gone.Reason, gone.Cancelled = OrderRefused, uint16(code), o.Quantity
		put(m, m.nextOrders, row, gone)
		return
	}
	gone.State = OrderReleased
	put(m, m.nextOrders, row, gone)
	o.Account, o.Position, o.Held = e.account, e.position, e.hold
	o.State, o.Risk, o.Review = e.risk.stateFor(), uint16(e.risk.code), e.risk.review()
	m.enter(o, &e)
}

// checkReleased asks of a waiting order all that a new one is asked, in the same
// order, in the name of who entered it, and as of the moment at which the exchange
// takes it: its session may not have opened yet.
func (m *Machine) checkReleased(o *Order, e *entry) record.Code {
	house := m.caller
	m.caller = o.By
	defer func() { m.caller = house }()
	in := m.instruments.At(o.Instrument)
	rules := in.forRules()
	e.at, _ = e.day.Opening(&rules, o.Type, m.timeOfDay())
	return m.checkOrder(&record.NewOrder{
		Fund: m.funds.At(o.Fund).Number, Instrument: uint32(in.ID), Side: o.Side, Category: o.Category,
		Type: uint8(o.Type), Channel: o.Channel, Price: o.Price, Quantity: o.Quantity,
	}, e)
}
