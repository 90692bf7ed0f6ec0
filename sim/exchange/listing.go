package exchange

import (
	"fmt"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// Listing makes the static data of an instrument for the day from the trading
// rules in force on it. It returns ErrSecurity when the rules do not let the
// instrument trade, other than by a suspension.
func Listing(day *market.Day, in market.Instrument, previousClose money.Price) (Security, error) {
	s := Security{
		Code: MakeCode(in.ID.Digits()), Name: in.Name, PreviousClose: previousClose, Tick: day.Tick(&in),
		Suspended:   in.Status == market.Suspended,
		RiskWarning: in.Standing == market.RiskWarning, Delisting: in.Standing == market.Delisting,
	}
	trading := in
	trading.Status = market.Trading
	if verdict := day.CheckTradable(&trading); verdict != market.OK {
		return Security{}, fmt.Errorf("%s: %s: %w", in.ID, verdict, ErrSecurity)
	}
	s.LimitUp, s.LimitDown, _ = day.Limits(&trading, previousClose)
	s.BuyMinimum, s.Step = lots(day, &trading)
	s.OrderMaximum = largest(day, &trading, market.LimitOrder)
	s.BestMaximum = largest(day, &trading, market.MarketOrder)
	s.FixedMaximum = largest(day, &trading, market.FixedOrder)
	s.AfterHours = day.CheckPhase(&trading, market.FixedOrder, calendar.Clock(15, 10, 0)) == market.OK
	s.NoClosingCall = day.Phase(&trading, calendar.Clock(14, 58, 0)) == calendar.Afternoon
	if sell, _, _, ok := day.Settlement(&trading); ok {
		s.SameDay = sell == 0
	}
	if _, caged := day.Cage(&trading, market.Buy, s.Tick); caged {
		s.Cage = func(side Side, reference money.Price) (money.Price, bool) {
			return day.Cage(&trading, market.Side(side), reference)
		}
	}
	if rule, ok := day.Halts(&trading); ok && s.LimitUp == 0 {
		s.Volatility = Volatility{Moves: [2]money.Rate{rule.First, rule.Second}, For: rule.For, Until: rule.Until}
	}
	return s, s.check()
}

// IssueListing makes the static data of a code that takes subscriptions at a price,
// in multiples of unit and up to most.
func IssueListing(code, name string, price money.Price, unit, most money.Quantity) (Security, error) {
	s := Security{
		Code: MakeCode(code), Name: name, PreviousClose: price, Tick: 1, LimitUp: price, LimitDown: price,
		BuyMinimum: unit, Step: unit, OrderMaximum: most, Issue: true,
	}
	return s, s.check()
}

// lotProbe is beyond any minimum and step of a board.
const lotProbe = 10_000

// lots finds the smallest buy the rules let pass and how much the next one is
// larger. The rules judge orders; they do not publish their figures.
func lots(day *market.Day, in *market.Instrument) (least, step money.Quantity) {
	for q := money.Quantity(1); q <= lotProbe; q++ {
		o := market.Order{Side: market.Buy, Type: market.LimitOrder, Quantity: q}
		if day.CheckLot(in, &o) != market.OK {
			continue
		}
		if least != 0 {
			return least, q - least
		}
		least = q
	}
	return least, least
}

// largest finds the largest order of a type by halving.
func largest(day *market.Day, in *market.Instrument, kind market.OrderType) money.Quantity {
	lo, hi := money.Quantity(0), orderQuantityMax
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		o := market.Order{Side: market.Buy, Type: kind, Quantity: mid}
		if day.CheckLot(in, &o) == market.QuantityAboveMaximum {
			hi = mid - 1
		} else {
			lo = mid
		}
	}
	return lo
}
