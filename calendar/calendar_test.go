package calendar

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Civil arithmetic agrees with the standard library for every day of two centuries.
func TestDateAgreesWithTime(t *testing.T) {
	day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	d := Date(19000101)
	for range 200 * 365 {
		if d.Year() != day.Year() || d.Month() != int(day.Month()) || d.Day() != day.Day() || d.Weekday() != day.Weekday() || !d.Valid() {
			t.Fatalf("%s %s is not %s %s", d, d.Weekday(), day.Format(time.DateOnly), day.Weekday())
		}
		next, err := d.AddDays(1)
		if err != nil || d.DaysUntil(next) != 1 {
			t.Fatalf("day after %s: %s, %v", d, next, err)
		}
		d, day = next, day.AddDate(0, 0, 1)
	}
}

func TestParseDate(t *testing.T) {
	for _, text := range []string{"2024-02-29", "20240229"} {
		if d, err := ParseDate(text); err != nil || d != 20240229 {
			t.Errorf("%q read as %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "2023-02-29", "20231301", "2023-1-01", "2023/01/01", "20230132", "00000000", "-2023010", "２０２３０１０１", "18991231"} {
		if d, err := ParseDate(text); !errors.Is(err, ErrDate) {
			t.Errorf("%q read as %s, %v", text, d, err)
		}
	}
}

func TestParseTimeOfDay(t *testing.T) {
	for text, want := range map[string]TimeOfDay{
		"09:15": 33_300_000, "14:57:00": Clock(14, 57, 0), "23:59:59.999": DayEnd - 1, "24:00": DayEnd, "00:00": 0,
	} {
		if got, err := ParseTimeOfDay(text); err != nil || got != want {
			t.Errorf("%q read as %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "9:15", "09-15", "09:60", "24:00:01", "25:00", "09:15:0x", "09:15:00,000"} {
		if got, err := ParseTimeOfDay(text); !errors.Is(err, ErrTimeOfDay) {
			t.Errorf("%q read as %s, %v", text, got, err)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2023-08-25")
	f.Add("20240209")
	f.Add("2023-02-30")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDate(text)
		if err != nil {
			return
		}
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%q read as %s and back as %s, %v", text, d, back, err)
		}
		var same Date
		if err := same.UnmarshalText([]byte(text)); err != nil || same != d {
			t.Fatalf("%q read as %s and as %s, %v", text, d, same, err)
		}
	})
}

func FuzzParseTimeOfDay(f *testing.F) {
	f.Add("09:15:00.250")
	f.Add("24:00")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseTimeOfDay(text)
		if err != nil {
			return
		}
		if back, err := ParseTimeOfDay(v.String()); err != nil || back != v {
			t.Fatalf("%q read as %s and back as %s, %v", text, v, back, err)
		}
		var same TimeOfDay
		if err := same.UnmarshalText([]byte(text)); err != nil || same != v {
			t.Fatalf("%q read as %s and as %s, %v", text, v, same, err)
		}
	})
}

// An instant is shown as Beijing shows it, whatever the machine's zone.
func TestInstants(t *testing.T) {
	instant := time.Date(2023, 8, 24, 16, 0, 0, 0, time.UTC).UnixMilli()
	if d, at := AtUnixMilli(instant); d != 20230825 || at != 0 {
		t.Errorf("midnight in Beijing shown as %s %s", d, at)
	}
	if d, at := AtUnixMilli(-1); d != 19700101 || at != Clock(8, 0, 0)-1 {
		t.Errorf("just before 1970 shown as %s %s", d, at)
	}
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Int64Range(-2e12, 4e12).Draw(t, "instant")
		d, at := AtUnixMilli(instant)
		if !d.Valid() || !at.Valid() || d.UnixMilli(at) != instant {
			t.Fatalf("%d is %s %s is %d", instant, d, at, d.UnixMilli(at))
		}
	})
}

func china(t *testing.T) *Calendar {
	t.Helper()
	c, err := China()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The counts published for five years, and the year of each built-in table.
func TestTradingDaysPerYear(t *testing.T) {
	c := china(t)
	for year, want := range map[Date]int{2022: 242, 2023: 242, 2024: 242, 2025: 243, 2026: 242, 2008: 246, 2015: 244, 2020: 243} {
		got, err := c.CountTradingDays(year*10_000+101, year*10_000+1231)
		if err != nil || got != want {
			t.Errorf("%d has %d trading days, %v; want %d", year, got, err, want)
		}
	}
}

func TestTradingDays(t *testing.T) {
	c := china(t)
	for d, want := range map[Date]bool{
		20230825: true, 20230828: true, 20240208: true,
		20240209: false, // a state working day on which the exchanges were closed
		20240210: false, 20240204: false /* make-up Sunday */, 20181231: false, 20200131: false, 20200203: true,
		20071231: false, 20270104: false, 0: false, 20230230: false,
	} {
		if got := c.IsTradingDay(d); got != want {
			t.Errorf("%s trading day: %v", d, got)
		}
	}
	next, err := c.Next(20240208)
	if err != nil || next != 20240219 {
		t.Errorf("the trading day after 2024-02-08 is %s, %v", next, err)
	}
	prev, err := c.Prev(20231008)
	if err != nil || prev != 20230928 {
		t.Errorf("the trading day before 2023-10-08 is %s, %v", prev, err)
	}
	settled, err := c.SettlementDay(20230928, 1)
	if err != nil || settled != 20231009 {
		t.Errorf("T+1 of 2023-09-28 is %s, %v", settled, err)
	}
	if _, err := c.SettlementDay(20230930, 1); !errors.Is(err, ErrNotTradingDay) {
		t.Errorf("a trade on a Saturday settles: %v", err)
	}
	if _, err := c.Next(20261231); !errors.Is(err, ErrCoverage) {
		t.Errorf("a trading day beyond the data: %v", err)
	}
}

// The ranked look-ups agree with counting on the fingers.
func TestAddTradingDaysAgreesWithCounting(t *testing.T) {
	c := china(t)
	rapid.Check(t, func(t *rapid.T) {
		d, err := Date(20080601).AddDays(rapid.IntRange(0, 6_500).Draw(t, "offset"))
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(-20, 20).Draw(t, "n")
		want, left, step := d, n, 1
		if n < 0 {
			left, step = -n, -1
		}
		for left > 0 || !c.IsTradingDay(want) {
			if want, err = want.AddDays(step); err != nil {
				t.Fatal(err)
			}
			if left > 0 && c.IsTradingDay(want) {
				left--
			}
		}
		if got, err := c.AddTradingDays(d, n); err != nil || got != want {
			t.Fatalf("%s %+d trading days is %s, %v; want %s", d, n, got, err, want)
		}
	})
}

func TestBadCalendarData(t *testing.T) {
	for name, build := range map[string]func() (*Calendar, error){
		"no years":          func() (*Calendar, error) { return New(nil, nil) },
		"a gap":             func() (*Calendar, error) { return New([]Year{{Year: 2022}, {Year: 2024}}, nil) },
		"a closed Saturday": func() (*Calendar, error) { return New([]Year{{Year: 2022, Closed: []Date{20220101}}}, nil) },
		"another year":      func() (*Calendar, error) { return New([]Year{{Year: 2022, Closed: []Date{20230102}}}, nil) },
		"twice":             func() (*Calendar, error) { return New([]Year{{Year: 2022, Closed: []Date{20220103, 20220103}}}, nil) },
		"idle exception":    func() (*Calendar, error) { return New([]Year{{Year: 2022}}, []Exception{{Date: 20220101}}) },
	} {
		if _, err := build(); !errors.Is(err, ErrCalendarData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPhases(t *testing.T) {
	s, err := SessionOn(BuiltinSessions(), 20230825)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at             TimeOfDay
		phase          Phase
		orders, cancel bool
	}{
		{0, PreOpen, false, false},
		{Clock(9, 15, 0) - 1, PreOpen, false, false},
		{Clock(9, 15, 0), OpeningAuction, true, true},
		{Clock(9, 20, 0), OpeningLocked, true, false},
		{Clock(9, 25, 0) - 1, OpeningLocked, true, false},
		{Clock(9, 25, 0), OpeningGap, true, true},
		{Clock(9, 30, 0), MorningTrading, true, true},
		{Clock(11, 30, 0), Lunch, false, false},
		{Clock(13, 0, 0), Afternoon, true, true},
		{Clock(14, 57, 0), ClosingAuction, true, false},
		{Clock(15, 0, 0), AfterClose, false, false},
		{Clock(15, 5, 0), AfterHours, false, true},
		{Clock(15, 30, 0), Closed, false, false},
		{DayEnd, Closed, false, false},
	} {
		w := s.At(c.at)
		if w.Phase != c.phase || w.Orders != c.orders || w.Cancel != c.cancel {
			t.Errorf("%s is %s, orders %v, cancel %v", c.at, w.Phase, w.Orders, w.Cancel)
		}
	}
	if _, err := SessionOn(BuiltinSessions(), 20071228); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session before the data: %v", err)
	}
}

func TestCutoffsAndTransfers(t *testing.T) {
	c := china(t)
	for _, want := range []struct {
		cutoff Cutoff
		date   Date
		at     TimeOfDay
	}{{ExchangeReporting, 20240208, 21 * Hour}, {BankFiles, 20240208, 23 * Hour}, {FinalSettlement, 20240219, 16 * Hour}} {
		d, at, err := c.CutoffFor(BuiltinCutoffs(), want.cutoff, 20240208)
		if err != nil || d != want.date || at != want.at {
			t.Errorf("cut-off %d falls on %s %s, %v", want.cutoff, d, at, err)
		}
	}
	w := DefaultTransferWindow()
	if !c.TransfersOpen(w, 20230825, 9*Hour) || c.TransfersOpen(w, 20230825, 16*Hour) || c.TransfersOpen(w, 20240209, 10*Hour) {
		t.Error("transfer window")
	}
}
