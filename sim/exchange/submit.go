package exchange

import "sancun/calendar"

// Submit takes a new order, matches it and leaves what happened in Events. It
// returns the order's number, also for a refused order.
func (v *Venue) Submit(o *Order) OrderNo {
	no, e := v.take(o.PBU, &o.Ticket)
	if e == nil {
		v.emit(Event{Kind: EventRejected, Reason: ReasonFull, Order: noOrder, Request: noOrder})
		return noOrder
	}
	e.price, e.quantity, e.leaves = o.Price, o.Quantity, o.Quantity
	e.side, e.business = o.Side, o.Business
	b := v.locate(e, o.Code)
	key := clKey{o.PBU, o.Ticket.ClOrdID}
	if _, twice := v.byClOrdID[key]; twice {
		v.reject(no, e, ReasonDuplicate)
		return no
	}
	v.byClOrdID[key] = no
	if r := v.refuse(o, b); r != ReasonNone {
		v.reject(no, e, r)
		return no
	}
	if o.Type == TypeOwnBest {
		if e.price = b.side(o.Side).bestPrice(); e.price == 0 {
			v.reject(no, e, ReasonNoOwnSide)
			return no
		}
	}
	v.emit(Event{Kind: EventAccepted, Order: no, Request: noOrder})
	v.place(b, no, e)
	return no
}

// place processes an accepted order as the phase demands.
func (v *Venue) place(b *book, no OrderNo, e *entry) {
	switch {
	case e.business.nonTrading():
	case e.business == BusinessAfterHours:
		v.enqueue(b, no, e)
		if v.window.Phase == calendar.AfterHours {
			v.matchFixed(b)
		}
	case v.window.Phase == calendar.OpeningGap:
		e.flags |= flagPending
		v.pending = append(v.pending, no)
	case v.windowOf(b).Phase.Continuous():
		v.process(b, no, e)
	default:
		v.rest(b, no, e)
	}
}

// process matches an order continuously and rests what is left.
func (v *Venue) process(b *book, no OrderNo, e *entry) {
	v.match(b, no, e)
	if e.leaves > 0 {
		v.rest(b, no, e)
	}
}

func (v *Venue) reject(no OrderNo, e *entry, r Reason) {
	e.status, e.leaves, e.reason = StatusRejected, 0, r
	v.emit(Event{Kind: EventRejected, Reason: r, Order: no, Request: noOrder})
}

// Refuse records an order and rejects it with r without looking at it, as an
// exchange with a fault does. It returns the order's number.
func (v *Venue) Refuse(o *Order, r Reason) OrderNo {
	no, e := v.take(o.PBU, &o.Ticket)
	if e == nil {
		return noOrder
	}
	e.price, e.quantity, e.side, e.business = o.Price, o.Quantity, o.Side, o.Business
	v.locate(e, o.Code)
	key := clKey{o.PBU, o.Ticket.ClOrdID}
	if _, known := v.byClOrdID[key]; !known {
		v.byClOrdID[key] = no
	}
	v.reject(no, e, r)
	return no
}

// Cancel takes a cancel request and leaves what happened in Events. It returns
// the number of the request.
func (v *Venue) Cancel(c *CancelRequest) OrderNo {
	no, e := v.take(c.PBU, &c.Ticket)
	if e == nil {
		v.emit(Event{Kind: EventCancelRejected, Reason: ReasonFull, Order: noOrder, Request: noOrder})
		return noOrder
	}
	e.flags, e.side, e.business = flagCancel, c.Side, c.Business
	v.locate(e, c.Code)
	key := clKey{c.PBU, c.Ticket.ClOrdID}
	if _, twice := v.byClOrdID[key]; twice {
		v.emit(Event{Kind: EventCancelRejected, Reason: ReasonDuplicate, Order: noOrder, Request: no})
		return no
	}
	v.byClOrdID[key] = no
	v.originals[no] = c.Original
	if v.window.Phase == calendar.OpeningGap {
		if original, known := v.byClOrdID[clKey{c.PBU, c.Original}]; known && v.entry(original).business == BusinessAuction {
			e.original = original
			v.pending = append(v.pending, no)
			return no
		}
	}
	v.cancel(no, c)
	return no
}

// cancel decides a cancel request now.
func (v *Venue) cancel(request OrderNo, c *CancelRequest) {
	r, no := v.refuseCancel(c)
	v.entry(request).original = no
	if r != ReasonNone {
		v.entry(request).reason = r
		v.emit(Event{Kind: EventCancelRejected, Reason: r, Order: no, Request: request})
		return
	}
	e := v.entry(no)
	quantity := e.leaves
	v.withdraw(&v.books[e.security], e)
	e.status = StatusCancelled
	v.emit(Event{Kind: EventCancelled, Order: no, Request: request, Quantity: quantity})
}

// withdraw takes an open order out of wherever it stands.
func (v *Venue) withdraw(b *book, e *entry) {
	switch {
	case e.business == BusinessAfterHours:
		v.dequeue(b, e)
	case e.has(flagResting):
		v.unrest(b, e)
	}
	e.leaves = 0
}
