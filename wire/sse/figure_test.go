package sse_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/sse"
)

func TestValueOf(t *testing.T) {
	for _, c := range []struct {
		price    money.Price
		quantity money.Quantity
		want     sse.Value
		stated   sse.Value // in a fill
		amount   money.Amount
		valueErr error
		fenErr   error
	}{
		{price: 7_0500, quantity: 500, want: 3_525_00000, stated: 3_525_00000, amount: 3_525_00},
		{price: 0, quantity: 100, want: 0, stated: 0, amount: 0},
		{price: 1_0010, quantity: 1, want: 1_00100, stated: 1_00100, fenErr: frame.ErrRange}, // a tenth of a fen
		{price: 999_9999, quantity: 1_000_000, want: 99_999_990_000_000, stated: 99_999_990_000_000, amount: 99_999_990_000},
		{price: 9_999_9999, quantity: 100_001, want: 100_000_998_999_990, stated: sse.ValueUnstated, fenErr: frame.ErrRange},
		{price: 1_000_0000, quantity: 1_000_000, want: 100_000_000_000_000, stated: sse.ValueUnstated, amount: 100_000_000_000},
		{price: 99_999_999_999, quantity: 1_000_001, valueErr: frame.ErrRange},
		{price: math.MaxInt64, quantity: math.MaxInt64, valueErr: frame.ErrRange},
		{price: -1, quantity: 1, valueErr: frame.ErrRange},
		{price: 1, quantity: -1, valueErr: frame.ErrRange},
	} {
		got, err := sse.ValueOf(c.price, c.quantity)
		if got != c.want || !errors.Is(err, c.valueErr) {
			t.Errorf("%s × %d = %d, %v; want %d, %v", c.price, c.quantity, got, err, c.want, c.valueErr)
		}
		if stated, err := sse.FillValue(c.price, c.quantity); stated != c.stated || !errors.Is(err, c.valueErr) {
			t.Errorf("a fill of %s × %d states %d, %v; want %d, %v", c.price, c.quantity, stated, err, c.stated, c.valueErr)
		}
		if c.valueErr != nil {
			continue
		}
		amount, err := got.Amount()
		if amount != c.amount || !errors.Is(err, c.fenErr) {
			t.Errorf("%d in fen = %d, %v; want %d, %v", got, amount, err, c.amount, c.fenErr)
		}
	}
	if _, err := sse.ValueUnstated.Amount(); !errors.Is(err, frame.ErrRange) {
		t.Errorf("an unstated value has the amount, %v", err)
	}
}

func TestValueOfAmount(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		want   sse.Value
		err    error
	}{
		{amount: 123, want: 123_000},
		{amount: 999_999_999_999_999, want: 999_999_999_999_999_000},
		{amount: 1_000_000_000_000_000, err: frame.ErrRange},
		{amount: -1, err: frame.ErrRange},
	} {
		if got, err := sse.ValueOfAmount(c.amount); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s = %d, %v; want %d, %v", c.amount, got, err, c.want, c.err)
		}
	}
}

// A time that is not stated in Beijing falls on the day it is there.
func TestClockIsBeijing(t *testing.T) {
	at := time.Date(2023, 8, 25, 1, 30, 0, 999_999_999, time.UTC)
	if got := sse.ClockOf(at); got != 9_30_00_999_9999 {
		t.Errorf("clock %d", got)
	}
	if got := frame.DateOf(at.Add(-12 * time.Hour)); got != 20230824 {
		t.Errorf("date %d", got)
	}
	if got := frame.DateOf(at.Add(-2 * time.Hour)); got != 20230825 {
		t.Errorf("date %d", got)
	}
	for _, c := range []struct {
		clock sse.Clock
		day   frame.Date
	}{{noon, 0}, {noon, 20230230}, {24_00_00_000_0000, day}, {9_60_00_000_0000, day}, {9_30_60_000_0000, day}} {
		if got := c.clock.On(c.day); !got.IsZero() {
			t.Errorf("%d on %d is %v", c.clock, c.day, got)
		}
	}
}

func TestClockComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(0, 100*rapid.Int64Range(-60_000_000_000_000_000, 90_000_000_000_000_000).Draw(t, "100 ns"))
		clock := sse.ClockOf(want)
		if got := clock.On(frame.DateOf(want)); !clock.Valid() || !got.Equal(want) {
			t.Fatalf("%v gives %d, which is %v", want, clock, got)
		}
	})
}
