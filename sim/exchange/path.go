package exchange

import (
	"errors"
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// Bar is the real day of one security: the range its prints stay in and the
// volume the Street trades about as much as.
type Bar struct {
	Code                   Code
	Open, High, Low, Close money.Price
	Volume                 money.Quantity
}

// ErrBar reports a day whose prices do not fit each other or the limits.
var ErrBar = errors.New("unusable day bar")

// path is how the price of one security walks through the day: from the open
// to one extreme, to the other, to the close, in straight lines with a little
// noise, so that the open is the first print, both extremes are touched and the
// close is the last print.
type path struct {
	open, close money.Price
	now         money.Price // where the price is
	volume      money.Quantity
	chance      draw
	noise       money.Price
	from        waypoint
	// rest are the waypoints ahead; the last is the close at the closing call.
	rest [3]waypoint
	left int
}

// waypoint is a price to be printed at a time of trading.
type waypoint struct {
	at    calendar.TimeOfDay // since the opening, without the noon break
	price money.Price
}

// The trading time between the opening and the closing call.
const (
	morning     = 2 * calendar.Hour
	tradingTime = morning + 2*calendar.Hour - 3*calendar.Minute
)

// elapsed returns the trading time since 9:30.
func elapsed(t calendar.TimeOfDay) calendar.TimeOfDay {
	if t < calendar.Clock(13, 0, 0) {
		return max(0, min(t-calendar.Clock(9, 30, 0), morning))
	}
	return morning + t - calendar.Clock(13, 0, 0)
}

// plan makes the path of a bar. The extremes come at times drawn from the seed;
// on a rising day the low usually comes first, on a falling day the high.
func (b *book) plan(bar Bar, seed uint64) error {
	tick := func(p money.Price) money.Price { return p.RoundToTick(b.Tick) }
	o, h, l, c := tick(bar.Open), tick(bar.High), tick(bar.Low), tick(bar.Close)
	switch {
	case l <= 0 || o < l || o > h || c < l || c > h:
		return fmt.Errorf("%s: open %s high %s low %s close %s: %w", b.Code, o, h, l, c, ErrBar)
	case b.LimitUp != 0 && (h > b.LimitUp || l < b.LimitDown):
		return fmt.Errorf("%s: %s-%s outside the limits %s-%s: %w", b.Code, l, h, b.LimitDown, b.LimitUp, ErrBar)
	}
	p := path{open: o, close: c, now: o, volume: bar.Volume}
	p.chance = draw(mix(seed ^ mix(uint64(b.index))))
	first, second := l, h
	falling := c < o || c == o && p.chance.below(2) == 0
	if falling != (p.chance.below(5) == 0) { // one day in five goes the other way
		first, second = h, l
	}
	span := int64(tradingTime)
	at1 := calendar.TimeOfDay(span/20 + p.chance.below(span*2/5))
	at2 := calendar.TimeOfDay(span/2 + p.chance.below(span*2/5))
	p.from = waypoint{0, o}
	p.rest = [3]waypoint{{at1, first}, {at2, second}, {tradingTime, c}}
	p.left = len(p.rest)
	p.noise = (h - l) / 12
	b.path, b.low, b.high, b.fenced = p, l, h, true
	return nil
}

// step moves the price to trading time t. It returns a waypoint's own price when
// one has been reached, so that no extreme is missed, however late it comes.
func (b *book) step(t calendar.TimeOfDay) money.Price {
	p := &b.path
	next := p.rest[len(p.rest)-p.left]
	if p.left > 1 && t >= next.at {
		p.from, p.now = next, next.price
		p.left--
		return p.now
	}
	price := p.from.price
	if next.at > p.from.at {
		price += (next.price - p.from.price) * money.Price(min(t, next.at)-p.from.at) / money.Price(next.at-p.from.at)
	}
	if p.noise > 0 {
		price += money.Price(p.chance.below(int64(2*p.noise)+1)) - p.noise
	}
	p.now = max(b.low, min(b.high, price.RoundToTick(b.Tick)))
	return p.now
}
