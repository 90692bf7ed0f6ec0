package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// haltCause is why a security does not trade for a time; more than one may hold.
type haltCause uint8

const (
	haltCommand    haltCause = 1 << 0 // by command, or a fault
	haltVolatility haltCause = 1 << 1 // by the security's own Volatility
)

// halted says whether the security does not trade for a time.
func (b *book) halted() bool { return b.halts != 0 }

// halt begins or ends one cause of a halt. When the last has ended, trading goes
// on with an auction over what stands in the book.
func (v *Venue) halt(b *book, cause haltCause, on bool) {
	was := b.halted()
	if on {
		b.halts |= cause
	} else {
		b.halts &^= cause
	}
	v.touch(b)
	if was && !b.halted() && v.windowOf(b).Phase.Continuous() {
		v.resume(b)
	}
}

// watch interrupts trading when a print has moved the price as far as the
// security's Volatility says. A print that passes both moves interrupts once.
func (v *Venue) watch(b *book) {
	w := &b.Volatility
	if b.moves == len(w.Moves) || w.Moves[0] == 0 || !v.windowOf(b).Phase.Continuous() || v.now >= w.Until {
		return
	}
	far := b.moves
	for far < len(w.Moves) && moved(b.prints.open, b.prints.last, w.Moves[far]) {
		far++
	}
	if far == b.moves {
		return
	}
	b.moves, b.resumes = far, min(v.now+w.For, w.Until)
	v.interrupted = append(v.interrupted, b.index)
	v.halt(b, haltVolatility, true)
}

// moved says whether a price lies at least rate away from the opening price.
func moved(open, now money.Price, rate money.Rate) bool {
	away := now - open
	if away < 0 {
		away = -away
	}
	// In basis points, because the products of prices (limits.go) and full rates
	// would not fit 64 bits.
	return open > 0 && int64(away)*int64(money.RateUnit/money.BasisPoint) >= int64(open)*int64(rate/money.BasisPoint)
}

// nextResume is when the next interruption ends, or never.
func (v *Venue) nextResume() calendar.TimeOfDay {
	next := never
	for _, i := range v.interrupted {
		next = min(next, v.books[i].resumes)
	}
	return next
}

// resumeAll ends the interruptions that are over.
func (v *Venue) resumeAll() {
	still := v.interrupted[:0]
	var over []int32
	for _, i := range v.interrupted {
		if v.books[i].resumes > v.now {
			still = append(still, i)
		} else {
			over = append(over, i)
		}
	}
	v.interrupted = still
	for _, i := range over {
		v.halt(&v.books[i], haltVolatility, false)
	}
}
