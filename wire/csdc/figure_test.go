package csdc

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/money"
)

func TestParseFigure(t *testing.T) {
	for _, c := range []struct {
		text   string
		places int
		want   int64
		err    error
	}{
		{"  12.34 ", 2, 1234, nil},
		{"-0.05", 2, -5, nil},
		{".5", 2, 50, nil},
		{"7.", 2, 700, nil},
		{"", 2, 0, nil},
		{"   ", 4, 0, nil},
		{"12\x00\x00", 0, 12, nil},
		{"100.00", 0, 100, nil},
		{"12.3450000", 3, 12345, nil},
		{"9223372036854775807", 0, math.MaxInt64, nil},
		{"92233720368547758.07", 2, math.MaxInt64, nil},
		{"100.01", 0, 0, ErrFraction},
		{"9223372036854775808", 0, 0, ErrRange},
		{"18446744073709551617", 0, 0, ErrRange},
		{"92233720368547759", 2, 0, ErrRange},
		{"-", 2, 0, ErrFigure},
		{".", 2, 0, ErrFigure},
		{"1.2.3", 2, 0, ErrFigure},
		{"+1", 2, 0, ErrFigure},
		{"1e3", 2, 0, ErrFigure},
		{"1 2", 2, 0, ErrFigure},
		{"*****", 2, 0, ErrFigure},
		{"１", 2, 0, ErrFigure},
	} {
		got, err := parseFigure([]byte(c.text), c.places)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q with %d places: %d, %v; want %d, %v", c.text, c.places, got, err, c.want, c.err)
		}
	}
}

func TestFigureRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "v")
		places := rapid.IntRange(0, 9).Draw(t, "places")
		text, err := appendFigure(nil, v, places, places+rapid.IntRange(0, 3).Draw(t, "more"))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseFigure(text, places); err != nil || back != v {
			t.Fatalf("%d became %q, read as %d, %v", v, text, back, err)
		}
	})
}

func TestFineFigures(t *testing.T) {
	price, err := FinePriceOf(123_456)
	if err != nil || price.String() != "12.345600000" {
		t.Errorf("12.3456 is %s, %v", price, err)
	}
	if back, err := price.Price(); back != 123_456 || err != nil {
		t.Errorf("back to %s, %v", back, err)
	}
	if _, err := (price + 1).Price(); !errors.Is(err, ErrFraction) {
		t.Errorf("12.345600001 as a price: %v", err)
	}
	if _, err := FinePriceOf(math.MaxInt64); !errors.Is(err, ErrRange) {
		t.Errorf("largest price: %v", err)
	}
	for value, want := range map[FineAmount]money.Amount{1_499: 1, 1_500: 2, -1_500: -2, -1_499: -1, 0: 0} {
		if got := value.Amount(); got != want {
			t.Errorf("%s is %s, want %s", value, got, want)
		}
	}
	if value, err := FineAmountOf(-5); err != nil || value.String() != "-0.05000" {
		t.Errorf("-0.05 is %s, %v", value, err)
	}
}

func TestDate(t *testing.T) {
	for date, want := range map[Date]bool{
		"20230825": true, "20240229": true, "20000229": true, "20230229": false, "21000101": false,
		"20231301": false, "20230431": false, "2023082": false, "2023082a": false, "": false, "18991231": false,
	} {
		if date.Valid() != want {
			t.Errorf("%q valid: %v", date, !want)
		}
	}
	if got := testDay.At(22, 0).UTC().Format(time.RFC3339); got != "2023-08-25T14:00:00Z" {
		t.Errorf("22:00 in Beijing is %s", got)
	}
}

// Every byte at every place of a word is judged as one by one.
func TestPlain(t *testing.T) {
	for b := range 256 {
		for at := range 19 {
			raw := []byte("                   ")
			raw[at] = byte(b)
			if got, want := plain(raw), b >= ' ' && b < 0x7f; got != want {
				t.Errorf("byte %#02x at %d: %v", b, at, got)
			}
		}
	}
}
