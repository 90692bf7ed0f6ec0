package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// Quote is one price level of a snapshot; zero where there is none.
type Quote struct {
	Price    money.Price
	Quantity money.Quantity
}

// Snapshot is the public picture of one security. In a call auction the first
// level of both sides is the indicative price with the quantity that would
// trade, and the second level of the heavier side what would be left over.
type Snapshot struct {
	Code          Code
	At            calendar.TimeOfDay
	Phase         calendar.Phase
	Halted        bool // for a time
	Interrupted   bool // of these, by a sudden move
	Suspended     bool // the whole day
	PreviousClose money.Price
	// Open, High, Low and Last are zero before the first print, Close before the close.
	Open, High, Low, Last, Close money.Price
	Volume                       money.Quantity
	Amount                       money.Amount
	Trades                       int64
	Bids, Asks                   [Depth]Quote
}

// Snapshot returns the picture of a security, or false for an unknown code.
func (v *Venue) Snapshot(c Code) (Snapshot, bool) {
	b := v.book(c)
	if b == nil {
		return Snapshot{}, false
	}
	return v.snapshot(b), true
}

func (v *Venue) snapshot(b *book) Snapshot {
	p := &b.prints
	s := Snapshot{
		Code: b.Code, At: v.now, Phase: v.windowOf(b).Phase, Halted: b.halted(), Interrupted: b.halts&haltVolatility != 0, Suspended: b.Suspended, PreviousClose: b.PreviousClose,
		Open: p.open, High: p.high, Low: p.low, Last: p.last, Close: p.close,
		Volume: p.volume, Amount: p.amount, Trades: p.count,
	}
	if s.Phase.Auction() {
		v.indicate(b, &s)
	} else {
		depth(b.side(Buy), &s.Bids)
		depth(b.side(Sell), &s.Asks)
	}
	return s
}

func depth(l *ladder, out *[Depth]Quote) {
	for i := range min(Depth, len(l.levels)) {
		lv := &l.levels[len(l.levels)-1-i]
		out[i] = Quote{l.price(lv), lv.quantity}
	}
}

// indicate shows the auction as it would end now.
func (v *Venue) indicate(b *book, s *Snapshot) {
	a := v.auctionPrice(b)
	if a.quantity == 0 {
		return
	}
	s.Bids[0] = Quote{a.price, a.quantity}
	s.Asks[0] = s.Bids[0]
	if a.surplus > 0 {
		s.Bids[1].Quantity = a.surplus
	} else {
		s.Asks[1].Quantity = -a.surplus
	}
}

// Static iterates over the securities of the day as they were given.
func (v *Venue) Static() []Security {
	out := make([]Security, len(v.books))
	for i := range v.books {
		out[i] = v.books[i].Security
	}
	return out
}
