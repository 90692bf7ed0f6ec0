package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAtRateRoundsHalfUp(t *testing.T) {
	for _, c := range []struct {
		amount Amount
		rate   Rate
		want   Amount
	}{
		{1_000_000, 34_100, 34},   // handling fee: 34.1 fen
		{1_000_000, 500_000, 500}, // stamp duty 0.05 %
		{150_000, 10_000, 2},      // transfer fee: 1.5 fen rounds up
		{149_999, 10_000, 1},      // 1.49999 fen rounds down
		{-150_000, 10_000, -2},    // mirrors the positive figure
		{math.MaxInt64, RateUnit, math.MaxInt64},
	} {
		got, err := c.amount.AtRate(c.rate)
		if err != nil || got != c.want {
			t.Errorf("%d at %d = %d, %v; want %d", c.amount, c.rate, got, err, c.want)
		}
	}
}

func TestOverflowIsSaid(t *testing.T) {
	if _, err := Amount(math.MaxInt64).Add(1); !errors.Is(err, ErrOverflow) {
		t.Errorf("max + 1: %v", err)
	}
	if _, err := Amount(math.MinInt64).Sub(1); !errors.Is(err, ErrOverflow) {
		t.Errorf("min - 1: %v", err)
	}
	if _, err := Price(math.MaxInt64).Times(math.MaxInt64); !errors.Is(err, ErrOverflow) {
		t.Errorf("max × max: %v", err)
	}
	if _, err := Amount(math.MaxInt64).AtRate(2 * RateUnit); !errors.Is(err, ErrOverflow) {
		t.Errorf("max × 2: %v", err)
	}
}

// The 128-bit path agrees with arithmetic on big integers.
func TestMulDivAgreesWithBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		c := rapid.Int64Range(1, math.MaxInt64).Draw(t, "c")
		got, err := mulDiv(a, b, c)
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		negative := product.Sign() < 0
		product.Abs(product)
		quotient, remainder := new(big.Int).QuoRem(product, big.NewInt(c), new(big.Int))
		if remainder.Lsh(remainder, 1).Cmp(big.NewInt(c)) >= 0 {
			quotient.Add(quotient, big.NewInt(1))
		}
		if negative {
			quotient.Neg(quotient)
		}
		if !quotient.IsInt64() || quotient.Int64() == math.MinInt64 {
			if !errors.Is(err, ErrOverflow) {
				t.Fatalf("got %d, %v; want overflow", got, err)
			}
			return
		}
		if err != nil || got != quotient.Int64() {
			t.Fatalf("got %d, %v; want %s", got, err, quotient)
		}
	})
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "a"))
		back, err := ParseAmount(a.String())
		if err != nil || back != a {
			t.Fatalf("%s read back as %d, %v", a, back, err)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "-", ".", ".5", "1.", "1.234", "1e3", "--1", "1,000.00", "１", "99999999999999999999"} {
		if v, err := ParseAmount(text); err == nil {
			t.Errorf("%q read as %d", text, v)
		}
	}
}
