package market

import (
	"sancun/calendar"
	"sancun/money"
)

// priceMax bounds prices so that a price times a rate fits 64 bits: 100,000
// currency units, some fifty times the dearest share there was.
const priceMax = 100_000 * money.PriceUnit

// at returns the rules of an instrument's class. The arrays are wide enough for
// every valid market and board; for others the class is empty.
func (day *Day) at(in *Instrument) *class {
	m, b := in.ID.Market(), in.Board
	if !m.Valid() || !b.Valid() {
		m, b = 0, 0
	}
	return &day.classes[m][b]
}

// Date returns the date the rules are of.
func (day *Day) Date() calendar.Date { return day.date }

// IsTradingDay says whether the exchanges open on the date.
func (day *Day) IsTradingDay() bool { return day.trading }

// Tick returns the smallest price step of in, or zero without a rule.
func (day *Day) Tick(in *Instrument) money.Price {
	if in.Tick > 0 && in.Tick <= priceMax {
		return in.Tick
	}
	return day.at(in).order.Tick
}

// dayOfTrading returns 1 on the first trading day since from, and 0 when from
// is unknown, still to come, before the calendar or more than the first days
// ago.
func (day *Day) dayOfTrading(from calendar.Date) int {
	if from < day.newSince || from > day.date {
		return 0
	}
	n, err := day.calendar.CountTradingDays(from, day.date)
	if err != nil || n > newDaysMax {
		return 0
	}
	return n
}

func (day *Day) limit(in *Instrument) limit {
	standing, from := in.Standing, in.Listed
	if standing == 0 || standing >= standingCount {
		standing = Ordinary
	}
	if standing == Delisting {
		from = in.DelistingFrom
	}
	l := day.at(in).limits[standing][day.dayOfTrading(from)]
	if in.LimitRate > 0 && !l.free {
		rate := min(in.LimitRate, money.RateUnit)
		l.up, l.down = rate, rate
	}
	return l
}

// Limits returns the highest and the lowest price of the day for a previous
// close, both rounded half up to the tick and at least one tick away from it;
// the lower one is never below one tick. ok is false when no limit applies: in
// the first days of a listing, for a bond, without a rule or without a usable
// previous close. CheckPrice tells these apart.
func (day *Day) Limits(in *Instrument, prevClose money.Price) (up, down money.Price, ok bool) {
	l, tick := day.limit(in), day.Tick(in)
	if l.rank == 0 || l.free || tick <= 0 || prevClose <= 0 || prevClose > priceMax {
		return 0, 0, false
	}
	up = max(scale(prevClose, money.RateUnit+l.up, tick), prevClose+tick)
	down = min(scale(prevClose, money.RateUnit-l.down, tick), prevClose-tick)
	return up, max(down, tick), true
}

// scale returns price × factor rounded half up to the tick, in one rounding:
// rounding to the unit of Price first would sometimes push a half up twice. A
// price up to priceMax and a factor up to 2 stay within 64 bits.
func scale(price money.Price, factor money.Rate, tick money.Price) money.Price {
	product, unit := int64(price)*int64(factor), int64(money.RateUnit)*int64(tick)
	return money.Price((product+unit/2)/unit) * tick
}

// CheckTick judges what can be judged of a limit order's price before the day's
// previous close is known: positive, within what any security has cost, and on
// the tick.
func (day *Day) CheckTick(in *Instrument, price money.Price) Verdict {
	tick := day.Tick(in)
	switch {
	case day.limit(in).rank == 0 || tick <= 0:
		return NoRule
	case price <= 0:
		return PriceNotPositive
	case price > priceMax:
		return PriceTooLarge
	case price%tick != 0:
		return PriceOffTick
	}
	return OK
}

// CheckPrice judges the price of a limit order by tick and price limit.
func (day *Day) CheckPrice(in *Instrument, price, prevClose money.Price) Verdict {
	if v := day.CheckTick(in, price); v != OK {
		return v
	}
	if day.limit(in).free {
		return OK
	}
	up, down, ok := day.Limits(in, prevClose)
	switch {
	case !ok:
		return NoReference
	case price > up:
		return PriceAboveLimit
	case price < down:
		return PriceBelowLimit
	}
	return OK
}

// Quote is what the market shows of a security: zero where there is nothing.
type Quote struct {
	PrevClose money.Price // ex-right adjusted
	Last      money.Price
	Bid, Ask  money.Price // best
}

// Reference returns the price a cage is measured from, zero when there is none:
// for a buy the best ask, else the best bid, else the last price, else the
// previous close; for a sell the best bid first.
func (q *Quote) Reference(side Side) money.Price {
	first, second := q.Ask, q.Bid
	if side == Sell {
		first, second = q.Bid, q.Ask
	}
	switch {
	case first > 0:
		return first
	case second > 0:
		return second
	case q.Last > 0:
		return q.Last
	}
	return q.PrevClose
}

// Cage returns the highest price of a buy or the lowest of a sell that
// continuous trading takes around a reference price, rounded half up to the
// tick and at least one tick away from it. ok is false when the board has no
// cage or the reference is unusable.
func (day *Day) Cage(in *Instrument, side Side, reference money.Price) (bound money.Price, ok bool) {
	rule, tick := &day.at(in).cage, day.Tick(in)
	if rule.Rate == 0 || tick <= 0 || reference <= 0 || reference > priceMax {
		return 0, false
	}
	width := max(rule.Ticks, 1) * tick
	if side == Sell {
		low := min(scale(reference, money.RateUnit-rule.Rate, tick), reference-width)
		return max(low, tick), true
	}
	return max(scale(reference, money.RateUnit+rule.Rate, tick), reference+width), true
}

// CheckCage judges a limit order's price by the cage. It is for continuous
// trading; auctions have no cage.
func (day *Day) CheckCage(in *Instrument, side Side, price money.Price, q *Quote) Verdict {
	if day.at(in).cage.Rate == 0 {
		return OK
	}
	bound, ok := day.Cage(in, side, q.Reference(side))
	switch {
	case !ok:
		return NoReference
	case side == Buy && price > bound:
		return PriceAboveCage
	case side == Sell && price < bound:
		return PriceBelowCage
	}
	return OK
}
