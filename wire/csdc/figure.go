package csdc

import (
	"fmt"
	"math"
	"strconv"

	"sancun/money"
)

// FinePrice is a price in thousand-millionths of a currency unit, the precision
// of the clearing price columns (nine decimals): a bond's full price with
// accrued interest needs more than the four decimals of money.Price.
type FinePrice int64

const finePerPrice = 100_000

// FinePriceOf returns p in the finer unit, or ErrRange.
func FinePriceOf(p money.Price) (FinePrice, error) {
	if p > math.MaxInt64/finePerPrice || p < math.MinInt64/finePerPrice {
		return 0, fmt.Errorf("price %s: %w", p, ErrRange)
	}
	return FinePrice(p) * finePerPrice, nil
}

// Price returns p with four decimals, or ErrFraction if that would lose some.
func (p FinePrice) Price() (money.Price, error) {
	if p%finePerPrice != 0 {
		return 0, fmt.Errorf("price %s: %w", p, ErrFraction)
	}
	return money.Price(p / finePerPrice), nil
}

// String prints p in currency units with nine decimals.
func (p FinePrice) String() string { return figure(int64(p), 9) }

// FineAmount is money in hundred-thousandths of a currency unit, the precision
// N18(5) of the Shanghai trade records: a fund at 1.234 times an odd lot is not a
// whole number of fen, and the clearing house rounds, not the exchange.
type FineAmount int64

const finePerFen = 1_000

// FineAmountOf returns a in the finer unit, or ErrRange.
func FineAmountOf(a money.Amount) (FineAmount, error) {
	if a > math.MaxInt64/finePerFen || a < math.MinInt64/finePerFen {
		return 0, fmt.Errorf("amount %s: %w", a, ErrRange)
	}
	return FineAmount(a) * finePerFen, nil
}

// Amount returns a rounded half away from zero to the fen.
func (a FineAmount) Amount() money.Amount {
	whole, rest := a/finePerFen, a%finePerFen
	switch {
	case rest >= finePerFen/2:
		whole++
	case rest <= -finePerFen/2:
		whole--
	}
	return money.Amount(whole)
}

// String prints a in currency units with five decimals.
func (a FineAmount) String() string { return figure(int64(a), 5) }

func figure(v int64, places int) string {
	text, _ := appendFigure(nil, v, places, places) // the same precision is never finer
	return string(text)
}

// parseFigure reads a decimal with padding around it into units of
// 10^-places. Blank is zero, as a dBASE table writes "nothing". Digits beyond
// the unit must be zeros: a figure is held exactly or refused.
func parseFigure(raw []byte, places int) (int64, error) {
	raw = trimPadding(raw)
	if len(raw) == 0 {
		return 0, nil
	}
	text, negative := raw, raw[0] == '-'
	if negative {
		text = text[1:]
	}
	var v uint64
	point, fraction, count := false, 0, 0
	for _, b := range text {
		digit := b - '0'
		switch {
		case b == '.' && !point:
			point = true
			continue
		case digit > 9:
			return 0, fmt.Errorf("%q: %w", raw, ErrFigure)
		}
		count++
		if point {
			if fraction++; fraction > places {
				if digit != 0 {
					return 0, fmt.Errorf("%q: %w", raw, ErrFraction)
				}
				continue
			}
		}
		if v > math.MaxInt64/10 {
			return 0, fmt.Errorf("%q: %w", raw, ErrRange)
		}
		if v = v*10 + uint64(digit); v > math.MaxInt64 {
			return 0, fmt.Errorf("%q: %w", raw, ErrRange)
		}
	}
	if count == 0 {
		return 0, fmt.Errorf("%q: %w", raw, ErrFigure)
	}
	for ; fraction < places; fraction++ {
		if v > math.MaxInt64/10 { // then v × 10 is at most MaxInt64
			return 0, fmt.Errorf("%q: %w", raw, ErrRange)
		}
		v *= 10
	}
	if negative {
		return -int64(v), nil
	}
	return int64(v), nil
}

// appendFigure appends v, which counts units of 10^-places, with the given
// number of decimals. It returns ErrFraction if that would lose a digit.
func appendFigure(dst []byte, v int64, places, decimals int) ([]byte, error) {
	negative, magnitude := v < 0, uint64(v)
	if negative {
		magnitude = -magnitude
	}
	for ; places > decimals; places-- {
		if magnitude%10 != 0 {
			return dst, fmt.Errorf("%d with %d decimals: %w", v, decimals, ErrFraction)
		}
		magnitude /= 10
	}
	if negative {
		dst = append(dst, '-')
	}
	var scratch [20]byte
	text := strconv.AppendUint(scratch[:0], magnitude, 10)
	for n := len(text); n <= places; n++ {
		dst = append(dst, '0')
	}
	dst = append(dst, text...)
	for ; places < decimals; places++ {
		dst = append(dst, '0')
	}
	if decimals == 0 {
		return dst, nil
	}
	cut := len(dst) - decimals
	dst = append(dst, 0)
	copy(dst[cut+1:], dst[cut:])
	dst[cut] = '.'
	return dst, nil
}
