package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// EventKind says what happened to a member's order.
type EventKind uint8

// The events.
const (
	EventAccepted       EventKind = 1
	EventRejected       EventKind = 2
	EventFilled         EventKind = 3
	EventCancelled      EventKind = 4
	EventCancelRejected EventKind = 5
)

var eventNames = [...]string{"", "accepted", "rejected", "filled", "cancelled", "cancel-rejected"}

func (k EventKind) String() string { return eventNames[k] }

// Event is one thing that happened to a member's order, to be reported to it.
type Event struct {
	Kind   EventKind
	Reason Reason
	// Order is the order concerned; for a refused cancel of an unknown order it is negative.
	Order OrderNo
	// Request is the cancel request that caused the event, or negative.
	Request OrderNo
	// Trade is the index of the execution for EventFilled (see Venue.Trades), or -1.
	Trade int32
	At    calendar.TimeOfDay
	// Price and Quantity are the execution's, or the quantity cancelled.
	Price    money.Price
	Quantity money.Quantity
	// Filled and Leaves are the order's after the event.
	Filled, Leaves money.Quantity
	Status         Status
}

// emit appends an event and completes it from the order's state.
func (v *Venue) emit(ev Event) {
	ev.At = v.now
	if ev.Kind != EventFilled {
		ev.Trade = -1
	}
	if ev.Order >= 0 {
		e := v.entry(ev.Order)
		ev.Filled, ev.Leaves, ev.Status = e.filled, e.leaves, e.status
	}
	v.events = append(v.events, ev)
}

// Events returns what has happened since the last call. The slice is valid
// until the Venue is used again.
func (v *Venue) Events() []Event {
	out := v.events
	v.events = v.events[:0]
	return out
}
