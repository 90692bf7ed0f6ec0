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
// the orders that stand in the book. An interruption of the security's own goes on.
func (v *Venue) Resume(c Code) error { return v.setHalt(c, false) }

func (v *Venue) setHalt(c Code, on bool) error {
	b := v.book(c)
	if b == nil {
		return fmt.Errorf("security %s: %w", c, ErrUnknown)
	}
	v.halt(b, haltCommand, on)
	return nil
}

// Advance moves the clock to t and does everything that falls due on the way:
// auctions, phases and the Street's orders. It returns ErrClock if t is past.
func (v *Venue) Advance(t calendar.TimeOfDay) error {
	if t < v.now {
		return fmt.Errorf("%s after %s: %w", t, v.now, ErrClock)
	}
	for {
		window := v.boundary()
		next, beat, resume := window.Start, v.street.next(v.now, v.window.Phase), v.nextResume()
		if next > t && beat > t && resume > t {
			v.now = t
			return nil
		}
		switch {
		case next <= min(beat, resume):
			v.now = next
			v.enter(window)
		case resume <= beat:
			v.now = resume
			v.resumeAll()
		default:
			v.now = beat
			v.street.beat(v)
		}
	}
}

// boundary returns the next window, or one that never begins.
func (v *Venue) boundary() calendar.Window {
	for _, w := range v.session.Windows {
		if w.Start > v.now {
			return w
		}
	}
	return calendar.Window{Start: never}
}

// never is after the end of any day.
const never = 2 * calendar.DayEnd

// enter ends the window before and begins the next.
func (v *Venue) enter(w calendar.Window) {
	before := v.window.Phase
	switch {
	case before.Auction() && !w.Phase.Auction():
		v.call(before)
	case w.Phase == calendar.ClosingAuction:
		v.street.withdrawAll(v)
	}
	v.window = w
	switch {
	case before == calendar.OpeningGap, before.Auction() && w.Phase.Continuous():
		v.street.begin(v)
		v.release()
	case w.Phase == calendar.AfterHours:
		for i := range v.books {
			v.matchFixed(&v.books[i])
		}
	}
}

// call runs the auction of every book at the end of the phase that collected it.
func (v *Venue) call(phase calendar.Phase) {
	for i := range v.books {
		b := &v.books[i]
		if b.Issue || b.Suspended {
			continue
		}
		switch {
		case b.halted():
		case phase == calendar.ClosingAuction:
			v.auction(b, b.path.close)
		default:
			b.opened = true
			v.auction(b, b.path.open)
		}
		if phase == calendar.ClosingAuction {
			b.prints.close = b.reference()
			v.touch(b)
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
			v.cancel(no, &CancelRequest{PBU: e.pbu, Original: v.originals[no]})
			continue
		}
		e.flags &^= flagPending
		b := &v.books[e.security]
		switch {
		case e.leaves == 0: // cancelled while it waited
		case b.halted():
			v.rest(b, no, e)
		default:
			v.process(b, no, e)
		}
	}
	v.pending = nil
}
