package books

import (
	"cmp"
	"context"
	"math"
	"time"

	"sancun/money"
)

// Order is an order of any day.
type Order struct {
	ID         uint64
	Fund       uint64
	Instrument uint32 // market.ID
	Side       uint8
	Category   uint8
	Type       uint8
	State      uint8
	Channel    uint8
	Cancelling bool
	Cleared    bool
	Reason     uint16
	Date       uint32
	Placed     time.Time
	Price      money.Price
	Quantity   money.Quantity
	Filled     money.Quantity
	Cancelled  money.Quantity
	Value      money.Amount
	Fees       money.Amount
	Exchange   string // its number there
}

const orderColumns = `SELECT id, fund, instrument, side, category, type, state, channel, cancelling, cleared, reason, date, placed, price, quantity,
	filled, cancelled, value, fees, exchange FROM orders`

// ordersOfFund begins at the lines of one fund account below a number.
const ordersOfFund = orderColumns + ` JOIN (SELECT number FROM order_lines WHERE run = ? AND fund = ? AND number < ?) l ON l.number = id`

func readOrder(r row) (o Order, err error) {
	var placed int64
	err = r.Scan(&o.ID, &o.Fund, &o.Instrument, &o.Side, &o.Category, &o.Type, &o.State, &o.Channel, &o.Cancelling, &o.Cleared, &o.Reason, &o.Date,
		&placed, &o.Price, &o.Quantity, &o.Filled, &o.Cancelled, &o.Value, &o.Fees, &o.Exchange)
	o.Placed = at(placed)
	return o, err
}

// Order returns an order by number, or ErrUnknown.
func (b *Books) Order(ctx context.Context, id uint64) (Order, Reached, error) {
	return one(ctx, b, readOrder, orderColumns+` WHERE id = ?`, int64(id))
}

// orderOpenUntil is the last of the states in which an order may still be filled.
const orderOpenUntil = 3

// OrderQuery chooses orders; zero fields choose all.
type OrderQuery struct {
	Fund uint64
	Open bool   // those that can still be filled or cancelled
	From uint32 // business dates
	To   uint32
}

// Orders goes through orders, the newest first.
func (b *Books) Orders(ctx context.Context, o OrderQuery, p Page) (List[Order], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Order]{}, err
	}
	var q question
	if o.Fund != 0 {
		q.args = append([]any{int64(o.Fund)}, after...) // of ordersOfFund, behind the run
	} else {
		q.ask(true, "id < ?", after...)
	}
	q.ask(o.Open, "state <= ?", orderOpenUntil)
	q.ask(o.From != 0, "date >= ?", o.From)
	q.ask(o.To != 0, "date <= ?", o.To)
	key := func(o Order) string { return mark(int64(o.ID)) }
	if o.Fund != 0 {
		newest := func(a, b Order) int { return cmp.Compare(b.ID, a.ID) }
		return linePage(ctx, b, p, linesOrders, &q, ordersOfFund, "l.number DESC", readOrder, newest, key)
	}
	return page(ctx, b, p, &q, orderColumns, "id DESC", readOrder, key)
}

// Fill is one fill of an order.
type Fill struct {
	Date       uint32
	Height     uint64
	At         uint32
	Time       time.Time
	Order      uint64
	Instrument uint32
	Side       uint8
	Price      money.Price
	Quantity   money.Quantity
	Exec       string // the exchange's number
}

const (
	fillColumns = `SELECT f.date, f.height, f.at, b.time, f.number, f.instrument, f.side, f.price, f.quantity, f.exec `
	fillJoin    = ` f JOIN blocks b ON b.height = f.height`
)

func readFill(r row) (f Fill, err error) {
	var when int64
	err = r.Scan(&f.Date, &f.Height, &f.At, &when, &f.Order, &f.Instrument, &f.Side, &f.Price, &f.Quantity, &f.Exec)
	f.Time = at(when)
	return f, err
}

// Fills goes through the fills of a fund account between business dates, in
// their order. Order 0 is every order.
func (b *Books) Fills(ctx context.Context, fund, order uint64, from, to uint32, p Page) (List[Fill], error) {
	after, err := marked(p.After, int64(from), -1, -1)
	if err != nil {
		return List[Fill]{}, err
	}
	var q question
	q.ask(true, "f.run = ?") // which ofRuns says
	q.ask(true, "f.fund = ?", int64(fund))
	q.ask(true, "f.date <= ?", to)
	q.ask(true, "(f.date, f.height, f.at) > (?, ?, ?)", after...)
	q.ask(order != 0, "f.number = ?", int64(order))
	byPlace := func(a, b Fill) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Height, b.Height), cmp.Compare(a.At, b.At))
	}
	return linePage(ctx, b, p, linesFills, &q, fillColumns+`FROM fill_lines`+fillJoin, "f.date, f.height, f.at", readFill, byPlace, func(f Fill) string { return mark(int64(f.Date), int64(f.Height), int64(f.At)) })
}
