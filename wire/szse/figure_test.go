package szse_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/szse"
)

func TestValueOf(t *testing.T) {
	for _, c := range []struct {
		price    money.Price
		quantity money.Quantity
		want     szse.Value
		amount   money.Amount
		valueErr error
		fenErr   error
	}{
		{price: 11_4500, quantity: 1_200, want: 13_740_0000, amount: 13_740_00},
		{price: 0, quantity: 100, want: 0, amount: 0},
		{price: 1_0010, quantity: 1, want: 1_0010, fenErr: frame.ErrRange}, // a tenth of a fen
		{price: 999_999_999_999, quantity: 1_000_001, valueErr: frame.ErrRange},
		{price: math.MaxInt64, quantity: math.MaxInt64, valueErr: frame.ErrRange},
		{price: -1, quantity: 1, valueErr: frame.ErrRange},
		{price: 1, quantity: -1, valueErr: frame.ErrRange},
	} {
		got, err := szse.ValueOf(c.price, c.quantity)
		if got != c.want || !errors.Is(err, c.valueErr) {
			t.Errorf("%s × %d = %d, %v; want %d, %v", c.price, c.quantity, got, err, c.want, c.valueErr)
		}
		if c.valueErr != nil {
			continue
		}
		amount, err := got.Amount()
		if amount != c.amount || !errors.Is(err, c.fenErr) {
			t.Errorf("%d in fen = %d, %v; want %d, %v", got, amount, err, c.amount, c.fenErr)
		}
	}
}

func TestValueOfAmount(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		want   szse.Value
		err    error
	}{
		{amount: 123, want: 12_300},
		{amount: 9_999_999_999_999_999, want: 999_999_999_999_999_900},
		{amount: 10_000_000_000_000_000, err: frame.ErrRange},
		{amount: -1, err: frame.ErrRange},
	} {
		if got, err := szse.ValueOfAmount(c.amount); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s = %d, %v; want %d, %v", c.amount, got, err, c.want, c.err)
		}
	}
}

// A time that is not stated in Beijing falls on the day it is there.
func TestTimestampIsBeijing(t *testing.T) {
	at := time.Date(2023, 8, 24, 16, 0, 0, 999_999_999, time.UTC)
	if got := szse.TimestampOf(at); got != 20230825_000000_999 {
		t.Errorf("timestamp %d", got)
	}
	if got := frame.DateOf(at); got != 20230825 {
		t.Errorf("date %d", got)
	}
	for _, none := range []szse.Timestamp{0, 1, -1, 20230230_000000_000} {
		if got := none.Time(); !got.IsZero() {
			t.Errorf("%d is %v", none, got)
		}
	}
	if got := szse.TimestampOf(time.Date(10_000, 1, 2, 0, 0, 0, 0, time.UTC)); got != 0 {
		t.Errorf("the year 10000 is %d", got)
	}
}

func TestTimestampComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMilli(rapid.Int64Range(-60_000_000_000_000, 250_000_000_000_000).Draw(t, "ms"))
		stamp := szse.TimestampOf(want)
		if got := stamp.Time(); !stamp.Valid() || !got.Equal(want) {
			t.Fatalf("%v gives %d, which is %v", want, stamp, got)
		}
	})
}
