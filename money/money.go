// Package money is exact arithmetic on money, prices, quantities and rates.
//
// Every figure is an integer in a stated unit and every operation that can
// overflow says so. Nothing here rounds silently: the two operations that round
// (a price times a quantity, an amount times a rate) round half away from zero,
// which for the non-negative figures of fees and interest is the half-up of the
// fee rules (domain facts D.4, row K8).
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrOverflow reports a result outside the range of a 64-bit integer.
var ErrOverflow = errors.New("amount out of range")

// Amount is money in minor units: fen for CNY, cents for HKD and USD. It may be
// negative where it is a difference or a balance of a debit-natured account.
type Amount int64

// Quantity counts shares, fund units or bonds. One is the smallest tradable unit.
type Quantity int64

// Price is in ten-thousandths of a currency unit for one unit of quantity, the
// precision of the Shenzhen price field N13(4) (domain facts D.1).
type Price int64

// PriceUnit is the Price that stands for one whole currency unit.
const PriceUnit Price = 10_000

// Rate is a proportion in thousand-millionths: 1_000_000_000 is one whole. The
// handling fee of 0.00341 % is 34_100.
type Rate int64

// RateUnit is the Rate that stands for one whole, 100 %.
const RateUnit Rate = 1_000_000_000

// BasisPoint is one hundredth of a per cent.
const BasisPoint Rate = RateUnit / 10_000

// Add returns a+b, or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	sum := a + b
	if (sum > a) == (b > 0) {
		return sum, nil
	}
	return 0, fmt.Errorf("%d + %d: %w", a, b, ErrOverflow)
}

// Sub returns a-b, or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	diff := a - b
	if (diff < a) == (b > 0) {
		return diff, nil
	}
	return 0, fmt.Errorf("%d - %d: %w", a, b, ErrOverflow)
}

// Neg returns -a, or ErrOverflow for the smallest integer.
func (a Amount) Neg() (Amount, error) { return Amount(0).Sub(a) }

// AtRate returns a × r rounded half away from zero to the minor unit.
func (a Amount) AtRate(r Rate) (Amount, error) {
	v, err := mulDiv(int64(a), int64(r), int64(RateUnit))
	return Amount(v), err
}

// AtRateDays returns a × r × days ÷ base rounded half away from zero: simple
// interest at the yearly rate r, with the year counted as base days. The first
// argument is usually a day-product (积数), in which case days is 1 (row K42).
func (a Amount) AtRateDays(r Rate, days, base int64) (Amount, error) {
	if base <= 0 || base > math.MaxInt64/int64(RateUnit) {
		return 0, fmt.Errorf("day base %d: %w", base, ErrOverflow)
	}
	n := int64(r)
	if days != 0 && (n*days)/days != n {
		return 0, fmt.Errorf("rate %d × %d days: %w", r, days, ErrOverflow)
	}
	v, err := mulDiv(int64(a), n*days, int64(RateUnit)*base)
	return Amount(v), err
}

// Times returns the money that q units cost at price p, rounded half away from
// zero to the minor unit.
func (p Price) Times(q Quantity) (Amount, error) {
	v, err := mulDiv(int64(p), int64(q), int64(PriceUnit)/100)
	return Amount(v), err
}

// AtRate returns p × r rounded half away from zero to the unit of Price. Limits
// and cages then round to the tick with RoundToTick.
func (p Price) AtRate(r Rate) (Price, error) {
	v, err := mulDiv(int64(p), int64(r), int64(RateUnit))
	return Price(v), err
}

// RoundToTick rounds a non-negative price half up to a multiple of tick.
func (p Price) RoundToTick(tick Price) Price {
	return (p + tick/2) / tick * tick
}

// mulDiv returns a × b ÷ c rounded half away from zero, with a 128-bit product.
func mulDiv(a, b, c int64) (int64, error) {
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= uint64(c) {
		return 0, fmt.Errorf("%d × %d ÷ %d: %w", a, b, c, ErrOverflow)
	}
	quotient, remainder := bits.Div64(hi, lo, uint64(c))
	if remainder >= uint64(c)-remainder {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return 0, fmt.Errorf("%d × %d ÷ %d: %w", a, b, c, ErrOverflow)
	}
	if negative {
		return -int64(quotient), nil
	}
	return int64(quotient), nil
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}
