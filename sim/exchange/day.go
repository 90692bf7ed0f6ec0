package exchange

import (
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// Halt stops trading in a security until Resume: orders are refused, cancels
// are not. It returns ErrUnknown for a code not listed here.
func (v *Venue) Halt(c Code) error { return v.setHalt(c, true) }

// Resume ends a halt. A call auction missed during the halt is held now, over
// the orders that stand in the book.
func (v *Venue) Resume(c Code) error { return v.setHalt(c, false) }

func (v *Venue) setHalt(c Code, on bool) error {
	b := v.book(c)
	if b == nil {
		return fmt.Errorf("security %s: %w", c, ErrUnknown)
	}
	b.halted, b.dirty = on, true
	if !on && v.phase == PhaseContinuous {
		v.resume(b)
	}
	return nil
}

// Advance moves the clock to t and does everything that falls due on the way:
// auctions, phases and the Street's orders. It returns ErrClock if t is past.
func (v *Venue) Advance(t calendar.TimeOfDay) error {
	if t < v.now {
		return fmt.Errorf("%s after %s: %w", t, v.now, ErrClock)
	}
	for {
		next, phase := v.boundary()
		beat := v.street.next(v.now, v.phase)
		if next > t && beat > t {
			v.now = t
			return nil
		}
		if next <= beat {
			v.now = next
			v.enter(phase)
		} else {
			v.now = beat
			v.street.beat(v)
		}
	}
}

// boundary returns the next change of phase, or a time after any day.
func (v *Venue) boundary() (calendar.TimeOfDay, Phase) {
	for _, s := range v.schedule {
		if s.From > v.now {
			return s.From, s.Phase
		}
	}
	return never, v.phase
}

// never is after the end of any day.
const never calendar.TimeOfDay = 2 * calendar.DayEnd

// enter ends the phase before and begins the next.
func (v *Venue) enter(phase Phase) {
	before := v.phase
	switch {
	case phase == PhasePending || phase == PhaseClosed:
		v.call(phase)
	case phase == PhaseCloseCall:
		v.street.withdrawAll(v)
	}
	v.phase = phase
	switch {
	case phase == PhaseContinuous && before == PhasePending:
		v.street.begin(v)
		v.release()
	case phase == PhaseAfterHours:
		for i := range v.books {
			v.matchFixed(&v.books[i])
		}
	}
}

// call runs the opening or closing auction of every book.
func (v *Venue) call(phase Phase) {
	for i := range v.books {
		b := &v.books[i]
		if b.Issue || b.Suspended {
			continue
		}
		switch {
		case b.halted:
		case phase == PhaseClosed:
			v.auction(b, b.path.close)
		default:
			b.opened = true
			v.auction(b, b.path.open)
		}
		if phase == PhaseClosed {
			b.prints.close = b.reference()
			b.dirty = true
		}
	}
}

// resume trades what a halt kept from trading: the opening call if it was
// missed, else whatever has crossed in the book since.
func (v *Venue) resume(b *book) {
	price := b.path.now
	if !b.opened {
		price = b.path.open
	}
	b.opened = true
	v.auction(b, price)
}

// auction runs a call auction of b: at price when a Street keeps the day's
// path, else at the price the rule finds.
func (v *Venue) auction(b *book, price money.Price) {
	if v.street != nil && b.fenced {
		v.street.prepare(v, b, price)
	}
	v.cross(b)
	if v.street != nil {
		v.street.withdraw(v, b)
	}
}

// release processes at 9:30 what was taken since 9:25, in order of arrival.
func (v *Venue) release() {
	for _, no := range v.pending {
		e := v.entry(no)
		if e.has(flagCancel) {
			t := &v.tickets[e.ticket]
			v.cancel(no, &CancelRequest{PBU: e.pbu, Original: v.tickets[v.entry(e.original).ticket].ClOrdID, Ticket: *t})
			continue
		}
		e.flags &^= flagPending
		b := &v.books[e.security]
		switch {
		case e.leaves == 0: // cancelled while it waited
		case b.halted:
			v.rest(b, no, e)
		default:
			v.process(b, no, e)
		}
	}
	v.pending = nil
}
