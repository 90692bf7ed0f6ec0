package exchange

import (
	"iter"

	"sancun/calendar"
	"sancun/money"
)

// Subscription is an acknowledged non-trading order.
type Subscription struct {
	Code     Code
	PBU      string
	OrderNo  OrderNo
	Business Business
	Price    money.Price
	Quantity money.Quantity
	At       calendar.TimeOfDay
	Ticket   Ticket
}

// Subscriptions iterates over the acknowledged non-trading orders in order of
// arrival. The Venue must not be used meanwhile.
func (v *Venue) Subscriptions() iter.Seq[Subscription] {
	return func(yield func(Subscription) bool) {
		for no := OrderNo(0); no < v.orders; no++ {
			e := v.entry(no)
			if !e.business.nonTrading() || e.status == StatusRejected || e.has(flagCancel) {
				continue
			}
			s := Subscription{
				Code: v.books[e.security].Code, PBU: v.pbus[e.pbu], OrderNo: no, Business: e.business,
				Price: e.price, Quantity: e.quantity, At: e.at, Ticket: v.tickets[e.ticket],
			}
			if !yield(s) {
				return
			}
		}
	}
}
