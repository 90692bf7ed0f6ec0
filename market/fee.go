package market

import (
	"errors"
	"fmt"

	"sancun/money"
)

// ErrNoFees reports a security whose fees no rule gives.
var ErrNoFees = errors.New("no fee rule")

// Tariff is a client's commission: a rate on turnover and a minimum an order.
type Tariff struct {
	Rate    money.Rate
	Minimum money.Amount // minor units of the security's currency
}

// Fees are the charges on one side of a trade, in minor units. Total is their
// sum.
type Fees struct {
	Commission money.Amount // broker
	Stamp      money.Amount // tax
	Transfer   money.Amount // clearing house
	Handling   money.Amount // exchange
	Regulatory money.Amount // supervisor
	Total      money.Amount
}

// Add returns the sum of two charges line by line, or money.ErrOverflow.
func (f Fees) Add(other Fees) (Fees, error) {
	var sum Fees
	for _, line := range [...]struct {
		to   *money.Amount
		a, b money.Amount
	}{
		{&sum.Commission, f.Commission, other.Commission}, {&sum.Stamp, f.Stamp, other.Stamp},
		{&sum.Transfer, f.Transfer, other.Transfer}, {&sum.Handling, f.Handling, other.Handling},
		{&sum.Regulatory, f.Regulatory, other.Regulatory}, {&sum.Total, f.Total, other.Total},
	} {
		v, err := line.a.Add(line.b)
		if err != nil {
			return Fees{}, fmt.Errorf("sum of fees: %w", err)
		}
		*line.to = v
	}
	return sum, nil
}

// Levies returns what others than the broker charge on a turnover: each levy
// rounded half up to the minor unit. Called with the whole turnover of an order
// it is what the broker charges the client; called record by record and added it
// is what the clearing house charges the broker. The two differ by fen, which
// belong to the rounding account. It returns ErrNoFees, or money.ErrOverflow for
// a negative turnover or one whose fees leave the range.
func (day *Day) Levies(in *Instrument, side Side, turnover money.Amount) (Fees, error) {
	c := day.at(in)
	if c.fees[Handling].From == 0 || (side != Buy && side != Sell) {
		return Fees{}, fmt.Errorf("%s on %s: %w", in.ID, day.date, ErrNoFees)
	}
	if turnover < 0 {
		return Fees{}, fmt.Errorf("turnover %s: %w", turnover, money.ErrOverflow)
	}
	var f Fees
	for kind, to := range [feeKindCount]*money.Amount{Stamp: &f.Stamp, Transfer: &f.Transfer, Handling: &f.Handling, Regulatory: &f.Regulatory} {
		if to == nil {
			continue
		}
		rate := c.fees[kind].Buy
		if side == Sell {
			rate = c.fees[kind].Sell
		}
		v, err := turnover.AtRate(rate)
		if err != nil {
			return Fees{}, fmt.Errorf("%s: %w", FeeKind(kind), err)
		}
		*to = v
		if f.Total, err = f.Total.Add(v); err != nil {
			return Fees{}, fmt.Errorf("sum of levies: %w", err)
		}
	}
	return f, nil
}

// Fees returns what a client pays on the aggregated fills of one order: the
// levies and the commission, each rounded half up once, the commission at least
// the tariff's minimum. An order without fills costs nothing. Errors are those
// of Levies.
func (day *Day) Fees(in *Instrument, side Side, turnover money.Amount, tariff Tariff) (Fees, error) {
	f, err := day.Levies(in, side, turnover)
	if err != nil || turnover == 0 {
		return f, err
	}
	commission, err := turnover.AtRate(tariff.Rate)
	if err != nil {
		return Fees{}, fmt.Errorf("commission: %w", err)
	}
	f.Commission = max(commission, tariff.Minimum)
	if f.Total, err = f.Total.Add(f.Commission); err != nil {
		return Fees{}, fmt.Errorf("sum of fees: %w", err)
	}
	return f, nil
}

// DefaultTariff returns the commission of clients without one of their own. ok
// is false without a rule.
func (day *Day) DefaultTariff(in *Instrument) (tariff Tariff, ok bool) {
	rule := &day.at(in).commission
	return rule.Default, rule.From != 0
}

// CheckTariff judges a client's tariff by the cap on commission with handling
// and regulatory fee.
func (day *Day) CheckTariff(in *Instrument, tariff Tariff) Verdict {
	c := day.at(in)
	switch {
	case c.commission.From == 0 || c.fees[Handling].From == 0:
		return NoRule
	case tariff.Rate < 0 || tariff.Minimum < 0:
		return CommissionInvalid
	case tariff.Rate > c.commission.Cap-c.fees[Handling].Buy-c.fees[Regulatory].Buy:
		return CommissionTooHigh
	}
	return OK
}
