package szse

import (
	"fmt"
	"math/bits"
	"time"

	"sancun/money"
	"sancun/wire/frame"
)

// The widths of the exchange's figures: digits in all, of them decimals.
const (
	priceMax     = 9_999_999_999_999            // N13(4)
	quantityMax  = 999_999_999_999_999          // N15(2)
	valueMax     = 999_999_999_999_999_999      // N18(4)
	timestampMax = 99_991_231_235_960_999       // YYYYMMDDHHMMSSsss
	quantityUnit = 100                          // hundredths in one share
	valuePerFen  = int64(money.PriceUnit) / 100 // ten-thousandths in one fen
)

// Value is turnover in ten-thousandths of a currency unit, N18(4). It is finer
// than money.Amount because a price has four decimals.
type Value int64

// ValueOf returns price × quantity, which is exact. It returns frame.ErrRange when the
// product does not fit N18(4) or a factor is negative.
func ValueOf(p money.Price, q money.Quantity) (Value, error) {
	if p >= 0 && q >= 0 {
		if hi, lo := bits.Mul64(uint64(p), uint64(q)); hi == 0 && lo <= valueMax {
			return Value(lo), nil
		}
	}
	return 0, fmt.Errorf("%s × %d: %w", p, q, frame.ErrRange)
}

// Amount returns v in minor units. It returns frame.ErrRange when v is not whole ones.
func (v Value) Amount() (money.Amount, error) {
	if int64(v)%valuePerFen != 0 {
		return 0, fmt.Errorf("turnover %s is not whole minor units: %w", money.Price(v), frame.ErrRange)
	}
	return money.Amount(int64(v) / valuePerFen), nil
}

// ValueOfAmount returns a as turnover. It returns frame.ErrRange when it does not fit.
func ValueOfAmount(a money.Amount) (Value, error) {
	if a < 0 || a > valueMax/money.Amount(valuePerFen) {
		return 0, fmt.Errorf("%s as turnover: %w", a, frame.ErrRange)
	}
	return Value(int64(a) * valuePerFen), nil
}

// Timestamp is a time of the form YYYYMMDDHHMMSSsss in Beijing time; 0 means not
// stated.
type Timestamp int64

// TimestampOf returns t to the millisecond; what is finer is cut off. A time
// outside the years 1 to 9999 gives 0.
func TimestampOf(t time.Time) Timestamp {
	t = t.In(frame.Beijing)
	if t.Year() < 1 || t.Year() > 9999 {
		return 0
	}
	day := int64(frame.DateOf(t))
	clock := int64(t.Hour())*10_000 + int64(t.Minute())*100 + int64(t.Second())
	return Timestamp((day*1_000_000+clock)*1_000 + int64(t.Nanosecond()/int(time.Millisecond)))
}

// Valid says whether t is 0 or a time that exists. The exchange allows second 60.
func (t Timestamp) Valid() bool {
	if t == 0 {
		return true
	}
	clock := int64(t) / 1_000 % 1_000_000
	day := int64(t) / 1_000_000_000
	return t > 0 && day <= 9999_12_31 && day != 0 && frame.Date(day).Valid() &&
		clock/10_000 <= 23 && clock/100%100 <= 59 && clock%100 <= 60
}

// Date is the day of t.
func (t Timestamp) Date() frame.Date { return frame.Date(int64(t) / 1_000_000_000) }

// Time returns t as a time in Beijing. It is the zero time when t is 0 or not
// valid; second 60 becomes the next minute.
func (t Timestamp) Time() time.Time {
	if t == 0 || !t.Valid() {
		return time.Time{}
	}
	clock := int(int64(t) / 1_000 % 1_000_000)
	nano := int(int64(t)%1_000) * int(time.Millisecond)
	day := int(t.Date())
	return time.Date(day/10_000, time.Month(day/100%100), day%100,
		clock/10_000, clock/100%100, clock%100, nano, frame.Beijing)
}
