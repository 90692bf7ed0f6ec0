package day

import (
	"math/rand/v2"
	"slices"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// flow draws orders and cancels as a day's investors place them.
type flow struct {
	rng       *rand.Rand
	investors []investor
	stocks    []stock
	byWealth  [4][]int // places of investors
	open      []placed // orders that may be cancelled
	prices    []price  // by stock, as the investors see them now
}

// placed is an order an investor may think better of.
type placed struct {
	id   uint64
	fund uint64
}

// price is what the market shows of a stock.
type price struct {
	last, bid, ask money.Price
	tick           money.Price
}

// openMax bounds the orders remembered for cancelling; all are looked up before
// every step.
const openMax = 4_000

func newFlow(c Config, investors []investor, stocks []stock) *flow {
	f := &flow{rng: dice(c.Seed, diceOrders), investors: investors, stocks: stocks, prices: make([]price, len(stocks))}
	for i := range investors {
		w := investors[i].wealth
		f.byWealth[w] = append(f.byWealth[w], i)
	}
	for i := range stocks {
		f.prices[i] = price{last: stocks[i].prevClose, tick: 100}
	}
	return f
}

// see copies the reference prices that the centre has.
func (f *flow) see(m *custody.Machine) {
	f.open = slices.DeleteFunc(f.open, func(p placed) bool {
		o, ok := m.OrderBy(p.id)
		return !ok || !o.Open() || o.Cancelling != 0 || o.State == custody.OrderNew
	})
	for i := range f.stocks {
		if in, ok := m.Instrument(f.stocks[i].rules.ID); ok {
			p := &f.prices[i]
			p.last, p.bid, p.ask = in.Last, in.Bid, in.Ask
			if p.last == 0 {
				p.last = in.PrevClose
			}
		}
	}
}

// investor draws who acts: the wealthy act far more often than their number.
func (f *flow) investor() *investor {
	for {
		w := 0
		switch p := f.rng.IntN(100); {
		case p < 8:
			w = 3
		case p < 30:
			w = 2
		case p < 65:
			w = 1
		}
		if of := f.byWealth[w]; len(of) > 0 {
			return &f.investors[of[f.rng.IntN(len(of))]]
		}
	}
}

// order draws one order for a phase of the day.
func (f *flow) order(phase calendar.Phase) (cmd *record.NewOrder, fund uint64) {
	v := f.investor()
	o := &record.NewOrder{Fund: v.fund, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: uint8(1 + f.rng.IntN(4))}
	at := f.choose(v, o)
	for range 8 { // few boards trade after hours, and most investors know which
		if phase != calendar.AfterHours || f.stocks[at].afterHours() {
			break
		}
		v = f.investor()
		o.Fund = v.fund
		at = f.choose(v, o)
	}
	s := &f.stocks[at]
	o.Instrument = uint32(s.rules.ID)
	o.Price = f.priceOf(at, o.Side)
	if phase == calendar.AfterHours {
		o.Category, o.Type = custody.CategoryAfterHours, uint8(market.FixedOrder)
		o.Price = f.prices[at].last
	}
	f.blunder(o)
	return o, v.fund
}

// choose draws side, security and quantity: something the investor has to sell,
// or something the investor can pay and is mostly allowed to buy.
func (f *flow) choose(v *investor, o *record.NewOrder) int {
	if len(v.stocks) > 0 && f.rng.IntN(100) < 48 {
		h := &v.stocks[f.rng.IntN(len(v.stocks))]
		if lots := int64(h.units) / 100; lots > 0 {
			o.Side, o.Quantity = custody.Sell, 100*money.Quantity(1+f.rng.Int64N(1+lots/4))
			if f.rng.IntN(40) == 0 {
				o.Quantity = h.units // all of it
			}
			if f.stocks[h.stock].rules.Board == market.STAR {
				o.Quantity = max(o.Quantity, min(200, h.units))
			}
			h.units -= min(h.units, o.Quantity)
			return h.stock
		}
	}
	o.Side = custody.Buy
	at := pick(f.rng, f.stocks)
	for range 6 {
		if allowed(v, &f.stocks[at].rules) || f.rng.IntN(50) == 0 {
			break
		}
		at = pick(f.rng, f.stocks)
	}
	price := max(f.prices[at].last, 1)
	afford := int64(v.cash) / max(1, int64(price)) // lots of 100, as fen and ten-thousandths cancel
	lots := min(afford/3, [...]int64{4, 12, 60, 300}[v.wealth])
	o.Quantity = 100 * money.Quantity(1+f.rng.Int64N(max(1, lots)))
	if f.stocks[at].rules.Board == market.STAR {
		o.Quantity += 100 // at least 200 a buy
	}
	if cost, err := price.Times(o.Quantity); err == nil && cost < v.cash {
		v.cash -= cost
	}
	return at
}

// allowed says whether an investor has the permission a security asks for.
func allowed(v *investor, in *market.Instrument) bool {
	p := permissions(v.number)
	risk := 3 + v.number%3
	switch {
	case in.Standing != market.Ordinary:
		return p&custody.PermitRisk != 0 && risk >= 4
	case in.Board == market.STAR:
		return p&custody.PermitSTAR != 0 && risk >= 4
	case in.Board == market.ChiNext:
		return p&custody.PermitChiNext != 0
	}
	return true
}

// priceOf draws a limit around what the market shows: some cross the spread, some
// join it, some wait further away.
func (f *flow) priceOf(at int, side uint8) money.Price {
	p, tick := &f.prices[at], money.Price(100)
	base, away := p.last, money.Price(f.rng.IntN(9)-3)*tick
	switch r := f.rng.IntN(100); {
	case r < 45: // takes what is offered
		if side == custody.Buy && p.ask > 0 {
			base = p.ask
		}
		if side == custody.Sell && p.bid > 0 {
			base = p.bid
		}
		away = -money.Price(f.rng.IntN(3)) * tick
	case r < 60: // waits a little further
		away = money.Price(f.rng.IntN(30)) * tick
	}
	if side == custody.Buy {
		away = -away
	}
	s := &f.stocks[at]
	return min(max(base+away, s.low, tick), max(s.high, tick))
}

// blunder turns about one order in a hundred into one that must be refused.
func (f *flow) blunder(o *record.NewOrder) {
	switch f.rng.IntN(600) {
	case 0:
		o.Price += 7 // not on the tick
	case 1:
		o.Quantity += 33 // not in lots
	case 2:
		o.Price *= 2 // above the limit
	case 3:
		o.Quantity *= 400 // more than anybody has
	case 4:
		o.Quantity = 0
	case 5:
		o.Instrument = 1_999_999 // no such code
	}
}

// remember keeps an accepted order for a later cancel.
func (f *flow) remember(id, fund uint64) {
	if f.rng.IntN(100) >= 30 {
		return
	}
	if len(f.open) < openMax {
		f.open = append(f.open, placed{id, fund})
		return
	}
	f.open[f.rng.IntN(openMax)] = placed{id, fund}
}

// cancel draws an order to cancel.
func (f *flow) cancel() (*record.CancelOrder, bool) {
	if len(f.open) == 0 {
		return nil, false
	}
	at := f.rng.IntN(len(f.open))
	p := f.open[at]
	f.open[at] = f.open[len(f.open)-1]
	f.open = f.open[:len(f.open)-1]
	return &record.CancelOrder{Order: p.id, Fund: p.fund}, true
}
