package exchange

import "sancun/money"

// After-hours orders stand in one queue a side by time alone and trade at the
// close, if their price allows it: buys at or above the close, sells at or below.

// enqueue puts an after-hours order at the end of its queue.
func (v *Venue) enqueue(b *book, no OrderNo, e *entry) {
	q := &b.fixed[e.side.index()]
	e.prev, e.next = q.tail, noOrder
	if q.tail == noOrder {
		q.head = no
	} else {
		v.entry(q.tail).next = no
	}
	q.tail = no
	e.flags |= flagResting
}

func (v *Venue) dequeue(b *book, e *entry) {
	q := &b.fixed[e.side.index()]
	v.unlink(&q.head, &q.tail, e)
}

// eligible returns the first order of a queue that may trade at the close.
func (v *Venue) eligible(b *book, s Side) (OrderNo, *entry) {
	for no := b.fixed[s.index()].head; no != noOrder; {
		e := v.entry(no)
		if s == Buy && e.price >= b.prints.close || s == Sell && e.price <= b.prints.close {
			return no, e
		}
		no = e.next
	}
	return noOrder, nil
}

// matchFixed trades the two queues of b with each other at the close.
func (v *Venue) matchFixed(b *book) {
	if b.prints.close == 0 || b.halted() {
		return
	}
	for {
		bn, be := v.eligible(b, Buy)
		sn, se := v.eligible(b, Sell)
		if be == nil || se == nil {
			return
		}
		q := min(be.leaves, se.leaves)
		at := v.record(b, bn, sn, b.prints.close, q)
		be.leaves -= q
		se.leaves -= q
		v.fill(bn, be, at, q, b.prints.close)
		v.fill(sn, se, at, q, b.prints.close)
		v.leaveFixed(b, be)
		v.leaveFixed(b, se)
	}
}

// takeFixed lets the Street trade at most quantity with the head of either queue.
func (v *Venue) takeFixed(b *book, quantity money.Quantity) {
	if b.prints.close == 0 || b.halted() {
		return
	}
	for _, s := range []Side{Buy, Sell} {
		if no, e := v.eligible(b, s); e != nil {
			v.tradeWithStreet(b, no, e, b.prints.close, min(e.leaves, quantity))
			v.leaveFixed(b, e)
		}
	}
}

func (v *Venue) leaveFixed(b *book, e *entry) {
	if e.leaves == 0 {
		v.dequeue(b, e)
	}
}
