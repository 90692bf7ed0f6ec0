package exchange

import (
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// StreetConfig sets the rest of the market up.
type StreetConfig struct {
	Seed uint64
	Bars []Bar
	// Every is how often each security moves, one minute if zero. The securities
	// take turns second by second, so that the work of one second is bounded by
	// their number divided by the seconds in Every.
	Every calendar.TimeOfDay
	// Levels is how many prices the Street quotes on each side, 5 if zero.
	Levels int
}

// street makes prices. At its turn a security withdraws the Street's quotes,
// trades through the members' orders that stand beyond the new price of its
// path, prints at that price, and quotes around it.
//
// What it does never prints outside the day's range: quotes stand inside it, an
// order priced beyond it is filled at its edge (book.fence), and the auctions
// are decided by a Street quantity greater than everything else in the book.
type street struct {
	every  calendar.TimeOfDay
	levels int
	turns  int       // seconds in every: how many groups take turns
	quotes []OrderNo // levels × 2 for each security, noOrder where none
	active []bool    // by security: it has a bar
}

// AddStreet gives the Venue a rest of the market. It must be called before the
// day begins. It returns ErrBar for bars that do not fit, ErrUnknown for codes
// not listed. Securities without a bar, and bars without volume, stay without.
func (v *Venue) AddStreet(c StreetConfig) error {
	if v.now != 0 || v.street != nil {
		return fmt.Errorf("the street is added once, before the day: %w", ErrClock)
	}
	s := &street{every: c.Every, levels: c.Levels, active: make([]bool, len(v.books))}
	if s.every == 0 {
		s.every = calendar.Minute
	}
	if s.levels == 0 {
		s.levels = Depth
	}
	if s.every < calendar.Second || s.every%calendar.Second != 0 || s.levels < 1 || s.levels > streetLevelsMax {
		return fmt.Errorf("street every %s with %d levels: %w", s.every, s.levels, ErrBar)
	}
	s.turns = int(s.every / calendar.Second)
	for _, bar := range c.Bars {
		b := v.book(bar.Code)
		if b == nil {
			return fmt.Errorf("bar of %s: %w", bar.Code, ErrUnknown)
		}
		if bar.Volume <= 0 || b.Suspended || b.Issue {
			continue
		}
		if err := b.plan(bar, c.Seed); err != nil {
			return err
		}
		s.active[b.index] = true
	}
	s.quotes = make([]OrderNo, len(v.books)*s.levels*2)
	for i := range s.quotes {
		s.quotes[i] = noOrder
	}
	v.street = s
	return nil
}

// next returns when the Street acts next, or never.
func (s *street) next(now calendar.TimeOfDay, phase calendar.Phase) calendar.TimeOfDay {
	if s == nil || !phase.Continuous() && phase != calendar.AfterHours {
		return never
	}
	return now - now%calendar.Second + calendar.Second
}

// beat lets the securities whose turn this second is act.
func (s *street) beat(v *Venue) {
	turn := int(v.now/calendar.Second) % s.turns
	for i := turn; i < len(v.books); i += s.turns {
		b := &v.books[i]
		switch {
		case !s.active[i] || b.halted():
		case v.window.Phase == calendar.AfterHours:
			v.takeFixed(b, s.lot(b, 400))
		default:
			s.move(v, b)
		}
	}
}

// move takes one step of a security's path.
func (s *street) move(v *Venue, b *book) {
	s.withdraw(v, b)
	price := b.step(elapsed(v.now))
	s.sweep(v, b, Sell, price)
	s.sweep(v, b, Buy, price)
	if !b.halted() {
		v.record(b, noOrder, noOrder, price, s.lot(b, s.parts()))
	}
	if !b.halted() { // what was printed may have interrupted the security
		s.quote(v, b, price)
	}
}

// sweep trades with the members' orders that price has moved through.
func (s *street) sweep(v *Venue, b *book, side Side, price money.Price) {
	other := b.side(side.opposite())
	quantity := other.crossing(price)
	if quantity == 0 {
		return
	}
	no, e := v.streetOrder(b, side, price, quantity)
	if e == nil {
		return
	}
	v.match(b, no, e)
	v.recycle(no, e)
}

// quote stands levels of orders on both sides of price, inside the range. At an
// edge of the range the side without room stands at the price itself: a stock
// locked at its upper limit shows buyers there and no sellers.
func (s *street) quote(v *Venue, b *book, price money.Price) {
	room := [2]bool{price-b.Tick >= b.low, price+b.Tick <= b.high}
	if !room[0] && !room[1] {
		s.stand(v, b, 0, b.lockedSide(price), price)
		return
	}
	for i := range s.levels {
		away := money.Price(i) * b.Tick
		bid, ask := price-b.Tick-away, price+b.Tick+away
		if !room[0] {
			bid = price - away
		}
		if !room[1] {
			ask = price + away
		}
		if bid >= b.low {
			s.stand(v, b, i, Buy, bid)
		}
		if ask <= b.high {
			s.stand(v, b, s.levels+i, Sell, ask)
		}
	}
}

// lockedSide is who queues when the range is a single price.
func (b *book) lockedSide(price money.Price) Side {
	if b.LimitDown != 0 && price == b.LimitDown {
		return Sell
	}
	return Buy
}

// stand puts one Street quote into the book.
func (s *street) stand(v *Venue, b *book, slot int, side Side, price money.Price) {
	quantity := s.lot(b, s.parts()) * money.Quantity(1+b.path.chance.below(3))
	no, e := v.streetOrder(b, side, price, quantity)
	if e == nil {
		return
	}
	v.rest(b, no, e)
	s.quotes[int(b.index)*s.levels*2+slot] = no
}

// parts divides the day's volume so that nine tenths of it print in the steps of
// the path; the auctions and the members add the rest.
func (s *street) parts() int64 { return int64(tradingTime/s.every) * 10 / 9 }

// begin quotes every security when continuous trading begins.
func (s *street) begin(v *Venue) {
	if s == nil {
		return
	}
	for i := range v.books {
		if b := &v.books[i]; s.active[i] && !b.halted() {
			s.quote(v, b, b.path.now)
		}
	}
}

// lot returns a share of the day's volume in whole steps, at least one.
func (s *street) lot(b *book, parts int64) money.Quantity {
	q := b.path.volume / money.Quantity(parts)
	return max(b.BuyMinimum, q-q%b.BuyMinimum)
}

// withdraw takes the Street's orders out of one book.
func (s *street) withdraw(v *Venue, b *book) {
	at := int(b.index) * s.levels * 2
	for i, no := range s.quotes[at : at+s.levels*2] {
		if no == noOrder {
			continue
		}
		e := v.entry(no)
		v.unrest(b, e)
		e.leaves = 0
		v.free = append(v.free, no)
		s.quotes[at+i] = noOrder
	}
}

// withdrawAll takes the Street's orders out of all books.
func (s *street) withdrawAll(v *Venue) {
	if s == nil {
		return
	}
	for i := range v.books {
		if !v.books[i].NoClosingCall {
			s.withdraw(v, &v.books[i])
		}
	}
}

// gone forgets a quote that has traded in full.
func (s *street) gone(no OrderNo, e *entry) {
	at := int(e.security) * s.levels * 2
	for i, quote := range s.quotes[at : at+s.levels*2] {
		if quote == no {
			s.quotes[at+i] = noOrder
		}
	}
}

// prepare decides the call auction of b: with more to buy and to sell at price
// than all better-priced members' orders together, no other price can trade as
// much, and every such order is filled.
func (s *street) prepare(v *Venue, b *book, price money.Price) {
	s.withdraw(v, b)
	members := b.side(Buy).crossing(price) + b.side(Sell).crossing(price)
	quantity := members + s.lot(b, 50)
	for i, side := range []Side{Buy, Sell} {
		no, e := v.streetOrder(b, side, price, quantity)
		if e == nil {
			return
		}
		v.rest(b, no, e)
		s.quotes[int(b.index)*s.levels*2+i*s.levels] = no
	}
}

// streetOrder makes an order of the Street, or nil when the day is full.
func (v *Venue) streetOrder(b *book, side Side, price money.Price, quantity money.Quantity) (OrderNo, *entry) {
	var no OrderNo
	if n := len(v.free); n > 0 {
		no, v.free = v.free[n-1], v.free[:n-1]
	} else if no, _ = v.allocate(); no == noOrder {
		return noOrder, nil
	}
	e := v.entry(no)
	*e = entry{
		price: price, quantity: quantity, leaves: quantity, security: b.index, prev: noOrder, next: noOrder,
		original: noOrder, ticket: -1, at: v.now, pbu: streetPBU, side: side, business: BusinessAuction,
	}
	return no, e
}
