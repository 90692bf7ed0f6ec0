package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Currency is a currency by its number in records. The numbers are written to
// disk and never change.
type Currency uint8

// The currencies of a securities fund account (row K8).
const (
	CNY Currency = 1
	HKD Currency = 2
	USD Currency = 3
)

// ErrSyntax reports text that is not a figure of the stated form.
var ErrSyntax = errors.New("not a decimal figure")

var currencyCodes = [...]string{CNY: "CNY", HKD: "HKD", USD: "USD"}

// Valid says whether c is a currency this program knows.
func (c Currency) Valid() bool { return c >= CNY && c <= USD }

func (c Currency) String() string {
	if c.Valid() {
		return currencyCodes[c]
	}
	return "currency " + strconv.Itoa(int(c))
}

// ParseCurrency reads an ISO 4217 code. It returns ErrSyntax for any other text.
func ParseCurrency(code string) (Currency, error) {
	for c := CNY; c <= USD; c++ {
		if currencyCodes[c] == code {
			return c, nil
		}
	}
	return 0, fmt.Errorf("currency %q: %w", code, ErrSyntax)
}

// String prints a in currency units with two decimals, as "-12.30".
func (a Amount) String() string { return decimal(int64(a), 2) }

// String prints p in currency units with four decimals.
func (p Price) String() string { return decimal(int64(p), 4) }

// ParseAmount reads a decimal figure in currency units with at most two
// decimals. It returns ErrSyntax or ErrOverflow.
func ParseAmount(text string) (Amount, error) {
	v, err := parseDecimal(text, 2)
	return Amount(v), err
}

// ParsePrice reads a decimal figure in currency units with at most four
// decimals. It returns ErrSyntax or ErrOverflow.
func ParsePrice(text string) (Price, error) {
	v, err := parseDecimal(text, 4)
	return Price(v), err
}

func decimal(v int64, places int) string {
	sign := ""
	if v < 0 {
		sign = "-"
	}
	digits := strconv.FormatUint(magnitude(v), 10)
	if len(digits) <= places {
		digits = strings.Repeat("0", places+1-len(digits)) + digits
	}
	cut := len(digits) - places
	return sign + digits[:cut] + "." + digits[cut:]
}

func parseDecimal(text string, places int) (int64, error) {
	body, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(body, ".")
	if whole == "" || len(fraction) > places || strings.HasSuffix(text, ".") {
		return 0, fmt.Errorf("%q: %w", text, ErrSyntax)
	}
	var v int64
	for _, digit := range []byte(whole + fraction + strings.Repeat("0", places-len(fraction))) {
		if digit < '0' || digit > '9' {
			return 0, fmt.Errorf("%q: %w", text, ErrSyntax)
		}
		next := v*10 + int64(digit-'0')
		if next/10 != v {
			return 0, fmt.Errorf("%q: %w", text, ErrOverflow)
		}
		v = next
	}
	if negative {
		v = -v
	}
	return v, nil
}
