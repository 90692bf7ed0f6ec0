package clearing

import (
	"fmt"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// leg is one side of an execution as the house clears it.
type leg struct {
	security market.ID
	side     market.Side
	member   int
	unit     string
	exec     string
	account  string
	clOrdID  string
	orderID  string
	price    money.Price
	quantity money.Quantity
	ordered  money.Quantity
	at       calendar.TimeOfDay
	entered  calendar.TimeOfDay
	currency money.Currency
	amount   money.Amount // price × quantity, rounded once
	fees     market.Fees  // of this record alone, each rounded once
}

// change is what the leg does to its account's position.
func (l *leg) change() money.Quantity {
	if l.side == market.Sell {
		return -l.quantity
	}
	return l.quantity
}

// principal is what the leg is worth to the member before fees.
func (l *leg) principal() money.Amount {
	if l.side == market.Sell {
		return l.amount
	}
	return -l.amount
}

func (l *leg) net() money.Amount { return l.principal() - l.fees.Total }

func (l *leg) place() place { return place{l.member, l.security, l.account} }

// A shares, funds and bonds are paid on the next trading day, B shares, which are
// those in foreign currency, on the third (domain facts E.2).
const (
	settleDaysUsual  = 1
	settleDaysBShare = 3
)

// Sums of a day cannot overflow: four million sides of ten thousand million yuan
// each are less than half of what 64 bits hold. The largest real order is a
// million shares, and a busy broker's day has a million fills.
const (
	legAmountMax = money.Amount(1_000_000_000_000)
	legsMax      = 4_000_000
)

// price puts amount and fees on a leg. Each levy is rounded for this record
// alone, which is why the house's sum differs from a broker's by cents.
func (h *House) price(l *leg) error {
	in, err := h.instrument(l.security)
	if err != nil {
		return err
	}
	if l.amount, err = l.price.Times(l.quantity); err != nil {
		return err
	}
	if l.amount > legAmountMax {
		return fmt.Errorf("turnover %s: %w", l.amount, ErrTrade)
	}
	l.currency = in.Currency()
	l.fees, err = h.day.rules.Levies(in, l.side, l.amount)
	return err
}

// instrument returns what is known about a security, from the configuration or
// from its code.
func (h *House) instrument(id market.ID) (*market.Instrument, error) {
	if in, ok := h.instruments[id]; ok {
		return in, nil
	}
	in, err := market.NewInstrument(id, "")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrade, err)
	}
	h.instruments[id] = &in
	return &in, nil
}

// legs takes a trade apart.
func (h *House) legs(t *Trade) ([2]leg, error) {
	var out [2]leg
	if err := t.check(); err != nil {
		return out, err
	}
	for i, s := range []*Side{&t.Buy, &t.Sell} {
		member, ok := h.units[unit{t.Security.Market(), s.PBU}]
		if !ok {
			return out, fmt.Errorf("nobody clears for trading unit %s on %s: %w", s.PBU, t.Security.Market(), ErrTrade)
		}
		out[i] = leg{
			security: t.Security, side: []market.Side{market.Buy, market.Sell}[i], member: member, unit: s.PBU,
			exec: t.Exec, account: s.Account, clOrdID: s.ClOrdID, orderID: s.OrderID,
			price: t.Price, quantity: t.Quantity, ordered: s.Ordered, at: t.At, entered: s.Entered,
		}
		if err := h.price(&out[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}
