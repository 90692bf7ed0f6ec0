package exchange

import (
	"iter"

	"sancun/calendar"
	"sancun/money"
)

// trade is one print with at least one member in it. A side that is the
// Street's is noOrder.
type trade struct {
	price     money.Price
	quantity  money.Quantity
	number    int64
	security  int32
	buy, sell OrderNo
	at        calendar.TimeOfDay
}

// Trade is one execution as the clearing house sees it.
type Trade struct {
	// Number counts all executions of the market from 1, the Street's among
	// themselves too, so that numbers ascend with gaps.
	Number   int64
	Code     Code
	Price    money.Price
	Quantity money.Quantity
	Amount   money.Amount
	At       calendar.TimeOfDay
	Buy      Party
	Sell     Party
}

// Party is one side of a Trade. A Street side has only PBU set.
type Party struct {
	PBU      string
	OrderNo  OrderNo
	Ticket   Ticket
	Business Business
	Quantity money.Quantity     // ordered
	Price    money.Price        // ordered
	Entered  calendar.TimeOfDay // accepted by the exchange
	Street   bool
}

// Trades iterates over the executions in which a member took part, in order,
// beginning behind the first skip of them. The Venue must not be used meanwhile.
func (v *Venue) Trades(skip int) iter.Seq[Trade] {
	return func(yield func(Trade) bool) {
		for i := skip; i < len(v.trades); i++ {
			if !yield(v.tradeOf(&v.trades[i])) {
				return
			}
		}
	}
}

func (v *Venue) tradeOf(t *trade) Trade {
	amount, _ := t.price.Times(t.quantity) // bounded by limits.go
	return Trade{
		Number: t.number, Code: v.books[t.security].Code,
		Price: t.price, Quantity: t.quantity, Amount: amount, At: t.at,
		Buy: v.party(t.buy), Sell: v.party(t.sell),
	}
}

func (v *Venue) party(no OrderNo) Party {
	if no == noOrder {
		return Party{PBU: v.pbus[streetPBU], OrderNo: noOrder, Street: true}
	}
	e := v.entry(no)
	return Party{
		PBU: v.pbus[e.pbu], OrderNo: no, Ticket: v.tickets[e.ticket], Business: e.business,
		Quantity: e.quantity, Price: e.price, Entered: e.at,
	}
}

// trade fills taker and the resting order maker with each other.
func (v *Venue) trade(b *book, taker, maker OrderNo, price money.Price, quantity money.Quantity) {
	t, m := v.entry(taker), v.entry(maker)
	buy, sell := taker, maker
	if t.side == Sell {
		buy, sell = maker, taker
	}
	at := v.record(b, buy, sell, price, quantity)
	lv := b.side(m.side).best()
	lv.quantity -= quantity
	t.leaves -= quantity
	m.leaves -= quantity
	v.fill(taker, t, at, quantity, price)
	v.fill(maker, m, at, quantity, price)
	if m.leaves == 0 {
		v.unrest(b, m)
		v.recycle(maker, m)
	}
}

// tradeWithStreet fills order no with the Street, which needs no order for it.
func (v *Venue) tradeWithStreet(b *book, no OrderNo, e *entry, price money.Price, quantity money.Quantity) {
	buy, sell := no, noOrder
	if e.side == Sell {
		buy, sell = noOrder, no
	}
	at := v.record(b, buy, sell, price, quantity)
	e.leaves -= quantity
	v.fill(no, e, at, quantity, price)
}

// record prints a trade and keeps it when a member is in it. It returns the
// index of the kept trade, or -1.
func (v *Venue) record(b *book, buy, sell OrderNo, price money.Price, quantity money.Quantity) int32 {
	b.print(price, quantity, v.now)
	v.touch(b)
	v.watch(b)
	v.executions++
	buy, sell = v.member(buy), v.member(sell)
	if buy == noOrder && sell == noOrder {
		return -1
	}
	v.trades = append(v.trades, trade{
		price: price, quantity: quantity, number: v.executions,
		security: b.index, buy: buy, sell: sell, at: v.now,
	})
	return int32(len(v.trades) - 1)
}

// member returns no, or noOrder when it is the Street's and will be recycled.
func (v *Venue) member(no OrderNo) OrderNo {
	if no != noOrder && v.entry(no).pbu == streetPBU {
		return noOrder
	}
	return no
}

// fill moves the state of one side of a trade and reports it to its member.
func (v *Venue) fill(no OrderNo, e *entry, index int32, quantity money.Quantity, price money.Price) {
	e.filled += quantity
	e.status = StatusPartial
	if e.leaves == 0 {
		e.status = StatusFilled
	}
	if e.pbu != streetPBU {
		v.emit(Event{Kind: EventFilled, Order: no, Request: noOrder, Trade: index, Price: price, Quantity: quantity})
	}
}
