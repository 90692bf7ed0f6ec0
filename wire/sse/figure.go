package sse

import (
	"fmt"
	"math/bits"
	"time"

	"sancun/money"
	"sancun/wire/frame"
)

// The widths of the exchange's figures: digits in all, of them decimals.
const (
	priceMax     = 9_999_999_999_999       // N13(5)
	quantityMax  = 999_999_999_999_999     // N15(3)
	valueMax     = 999_999_999_999_999_999 // N18(5)
	clockMax     = 2_359_599_999_999       // HHMMSSsssnnnn
	priceUnit    = 10                      // hundred-thousandths in one unit of money.Price
	quantityUnit = 1_000                   // thousandths in one share
	valuePerFen  = 1_000                   // hundred-thousandths in one fen
)

// Value is turnover in hundred-thousandths of a currency unit, N18(5). It is
// finer than money.Amount because a price has more decimals.
type Value int64

// ValueUnstated stands in a Fill whose turnover exceeds fillValueMax: the
// gateway then leaves it to the receiver to multiply price and quantity.
const ValueUnstated Value = -1

// fillValueMax is 999,999,999.99999 currency units, the most a Fill states.
const fillValueMax Value = 99_999_999_999_999

// ValueOf returns price × quantity, which is exact. It returns frame.ErrRange when the
// product does not fit N18(5) or a factor is negative.
func ValueOf(p money.Price, q money.Quantity) (Value, error) {
	if p >= 0 && p <= priceMax && q >= 0 {
		if hi, lo := bits.Mul64(uint64(p)*priceUnit, uint64(q)); hi == 0 && lo <= valueMax {
			return Value(lo), nil
		}
	}
	return 0, fmt.Errorf("%s × %d: %w", p, q, frame.ErrRange)
}

// FillValue is the turnover a Fill states for a trade: price × quantity, or
// ValueUnstated when that is more than a Fill may say.
func FillValue(p money.Price, q money.Quantity) (Value, error) {
	v, err := ValueOf(p, q)
	if err == nil && v > fillValueMax {
		return ValueUnstated, nil
	}
	return v, err
}

// Amount returns v in minor units. It returns frame.ErrRange when v is not whole ones
// or is ValueUnstated.
func (v Value) Amount() (money.Amount, error) {
	if v < 0 || v%valuePerFen != 0 {
		return 0, fmt.Errorf("turnover of %d hundred-thousandths is not whole minor units: %w", int64(v), frame.ErrRange)
	}
	return money.Amount(v / valuePerFen), nil
}

// ValueOfAmount returns a as turnover. It returns frame.ErrRange when it does not fit.
func ValueOfAmount(a money.Amount) (Value, error) {
	if a < 0 || a > valueMax/valuePerFen {
		return 0, fmt.Errorf("%s as turnover: %w", a, frame.ErrRange)
	}
	return Value(a * valuePerFen), nil
}

// Clock is a time of day of the form HHMMSSsssnnnn in Beijing time, to 100
// nanoseconds. 0 is midnight and also what an unused field holds.
type Clock uint64

// ClockOf returns the time of day of t; what is finer than 100 ns is cut off.
func ClockOf(t time.Time) Clock {
	t = t.In(frame.Beijing)
	hms := uint64(t.Hour())*10_000 + uint64(t.Minute())*100 + uint64(t.Second())
	return Clock(hms*10_000_000 + uint64(t.Nanosecond()/100))
}

// Valid says whether c is a time of day.
func (c Clock) Valid() bool {
	hms := uint64(c) / 10_000_000
	return hms/10_000 <= 23 && hms/100%100 <= 59 && hms%100 <= 59
}

// On returns the moment c on day d in Beijing. It is the zero time when d is 0
// or either is not valid.
func (c Clock) On(d frame.Date) time.Time {
	if d == 0 || !d.Valid() || !c.Valid() {
		return time.Time{}
	}
	hms, nano := int(c/10_000_000), int(c%10_000_000)*100
	return time.Date(int(d/10_000), time.Month(d/100%100), int(d%100),
		hms/10_000, hms/100%100, hms%100, nano, frame.Beijing)
}
