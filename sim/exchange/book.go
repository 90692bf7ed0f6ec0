package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// book is one security: its two ladders, its after-hours queues and its prints.
type book struct {
	Security
	index  int32
	sides  [2]ladder
	fixed  [2]queue
	prints prints
	halts  haltCause
	// resumes is when an interruption by the security's Volatility ends, and moves
	// how many of its moves have been reached.
	resumes calendar.TimeOfDay
	moves   int
	// opened says that the opening call has been run.
	opened bool
	// dirty says that a snapshot would differ from the last one published.
	dirty bool
	// fenced says that a Street keeps the prints within low and high.
	fenced    bool
	low, high money.Price
	path      path
}

// queue is a first-come list of orders outside the ladders.
type queue struct{ head, tail OrderNo }

// prints is what has traded so far. Amount is in fen.
type prints struct {
	open, high, low, last, close money.Price
	volume                       money.Quantity
	amount                       money.Amount
	count                        int64
	lastAt                       calendar.TimeOfDay
}

func newBook(s Security, index int32) book {
	b := book{Security: s, index: index}
	b.sides[Buy.index()].sign = 1
	b.sides[Sell.index()].sign = -1
	b.fixed = [2]queue{{noOrder, noOrder}, {noOrder, noOrder}}
	return b
}

func (b *book) side(s Side) *ladder { return &b.sides[s.index()] }

// print books one trade into the day's figures.
func (b *book) print(price money.Price, quantity money.Quantity, at calendar.TimeOfDay) {
	p := &b.prints
	if p.count == 0 {
		p.open, p.high, p.low = price, price, price
	}
	p.high, p.low = max(p.high, price), min(p.low, price)
	p.last, p.lastAt = price, at
	p.volume += quantity
	// Price and quantity are bounded (limits.go), so the amount of one trade fits.
	amount, _ := price.Times(quantity)
	p.amount += amount
	p.count++
}

// reference returns the last print, or the previous close before the first.
func (b *book) reference() money.Price {
	if b.prints.last != 0 {
		return b.prints.last
	}
	return b.PreviousClose
}

// rest puts order no at the end of the queue of its price.
func (v *Venue) rest(b *book, no OrderNo, e *entry) {
	lv := b.side(e.side).at(e.price)
	e.prev, e.next = lv.tail, noOrder
	if lv.tail == noOrder {
		lv.head = no
	} else {
		v.entry(lv.tail).next = no
	}
	lv.tail = no
	lv.quantity += e.leaves
	lv.orders++
	e.flags |= flagResting
	v.touch(b)
}

// unrest takes a resting order out of its price, and the price away when it was
// the last there.
func (v *Venue) unrest(b *book, e *entry) {
	l := b.side(e.side)
	lv := l.at(e.price)
	v.unlink(&lv.head, &lv.tail, e)
	lv.quantity -= e.leaves
	lv.orders--
	if lv.orders == 0 {
		l.drop(e.price)
	}
	v.touch(b)
}

// unlink takes e out of the list with the given ends.
func (v *Venue) unlink(head, tail *OrderNo, e *entry) {
	if e.prev == noOrder {
		*head = e.next
	} else {
		v.entry(e.prev).next = e.next
	}
	if e.next == noOrder {
		*tail = e.prev
	} else {
		v.entry(e.next).prev = e.prev
	}
	e.prev, e.next = noOrder, noOrder
	e.flags &^= flagResting
}

// match fills order no against the opposite side at prices it accepts, at the
// resting orders' prices, best price first and first come first (E3).
func (v *Venue) match(b *book, no OrderNo, e *entry) {
	other := b.side(e.side.opposite())
	for e.leaves > 0 && !b.halted() {
		lv := other.best()
		if lv == nil || lv.key < other.key(e.price) {
			break
		}
		price := other.price(lv)
		if b.outside(e.side, price) {
			break
		}
		v.trade(b, no, lv.head, price, min(e.leaves, v.entry(lv.head).leaves))
	}
	v.fence(b, no, e)
}

// outside says whether taking at price would print beyond the fence.
func (b *book) outside(s Side, price money.Price) bool {
	return b.fenced && (s == Buy && price > b.high || s == Sell && price < b.low)
}

// fence lets the Street take what is left of an order priced beyond the real
// day's range, at the edge of that range (E4). Without it such an order would
// rest out there and could print there later.
func (v *Venue) fence(b *book, no OrderNo, e *entry) {
	if !b.fenced || b.halted() || e.leaves == 0 || e.pbu == streetPBU {
		return
	}
	edge := b.high
	if e.side == Sell {
		edge = b.low
	}
	if b.outside(e.side, e.price) {
		v.tradeWithStreet(b, no, e, edge, e.leaves)
	}
}
