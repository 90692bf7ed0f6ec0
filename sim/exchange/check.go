package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// refuse returns why the exchange does not take o, or ReasonNone. b is nil for
// an unknown code.
func (v *Venue) refuse(o *Order, b *book) Reason {
	w := v.windowOf(b)
	switch {
	case b == nil:
		return ReasonUnknownSecurity
	case b.Suspended:
		return ReasonSuspended
	case o.Side != Buy && o.Side != Sell:
		return ReasonSide
	case o.Business < BusinessAuction || o.Business > BusinessConvertible,
		o.Business.nonTrading() != b.Issue,
		o.Business == BusinessAfterHours && !b.AfterHours:
		return ReasonBusiness
	case !takes(&w, o.Business):
		return ReasonNotTradingTime
	case b.halted():
		return ReasonHalted
	case o.Type != TypeLimit && (o.Type != TypeOwnBest || o.Business != BusinessAuction):
		return ReasonTypeUnavailable
	}
	if r := b.refuseQuantity(o); r != ReasonNone {
		return r
	}
	if o.Type == TypeOwnBest {
		if !w.Phase.Continuous() {
			return ReasonTypeUnavailable // a market order needs a market
		}
		return ReasonNone
	}
	return b.refusePrice(o, w.Phase)
}

func (b *book) refuseQuantity(o *Order) Reason {
	switch {
	case o.Quantity <= 0:
		return ReasonQuantity
	case o.Quantity > b.maximum(o):
		return ReasonMaximum
	case o.Side == Buy && (o.Quantity < b.BuyMinimum || (o.Quantity-b.BuyMinimum)%b.Step != 0):
		return ReasonLot
	}
	// A sell may clear an odd lot; what the seller holds is not known here.
	return ReasonNone
}

func (b *book) refusePrice(o *Order, phase calendar.Phase) Reason {
	switch {
	case o.Price <= 0 || o.Price > priceMax:
		return ReasonPrice
	case o.Price%b.Tick != 0:
		return ReasonTick
	case b.LimitUp != 0 && o.Price > b.LimitUp, o.Price < b.LimitDown:
		return ReasonLimit
	case phase.Continuous() && o.Business == BusinessAuction && b.caged(o.Side, o.Price):
		return ReasonCage
	}
	return ReasonNone
}

// caged says whether a continuous limit price lies outside the cage. The
// reference of a buy is the best ask, else the best bid, else the last print,
// else the previous close; a sell begins with the best bid (domain facts D.3).
func (b *book) caged(s Side, price money.Price) bool {
	if b.Cage == nil {
		return false
	}
	reference := b.side(s.opposite()).bestPrice()
	if reference == 0 {
		reference = b.side(s).bestPrice()
	}
	if reference == 0 {
		reference = b.reference()
	}
	bound, ok := b.Cage(s, reference)
	return !ok || s == Buy && price > bound || s == Sell && price < bound
}

// refuseCancel returns why c cannot be done, and the order it names if known.
func (v *Venue) refuseCancel(c *CancelRequest) (Reason, OrderNo) {
	no, known := v.byClOrdID[clKey{c.PBU, c.Original}]
	if !known {
		return ReasonUnknownOrder, noOrder
	}
	e := v.entry(no)
	var w calendar.Window
	if e.security >= 0 {
		w = v.windowOf(&v.books[e.security])
	}
	switch {
	case e.has(flagCancel), (c.Business == BusinessAfterHours) != (e.business == BusinessAfterHours): // the latter are on a platform of their own
		return ReasonUnknownOrder, noOrder
	case e.business.nonTrading():
		return ReasonNotCancellable, no
	case e.status == StatusRejected:
		return ReasonUnknownOrder, no
	case e.leaves == 0:
		return ReasonTooLate, no
	case !takes(&w, e.business):
		return ReasonNotTradingTime, no
	case !w.Cancel && e.business == BusinessAuction:
		return ReasonNoCancel, no
	}
	return ReasonNone, no
}
