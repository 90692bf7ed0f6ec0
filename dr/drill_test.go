package dr

import (
	"errors"
	"testing"
	"time"

	"sancun/calendar"
)

func TestDrillsOnlyOnDaysWithoutTrade(t *testing.T) {
	years, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	beijing := time.FixedZone("CST", 8*60*60)
	for _, tt := range []struct {
		at      time.Time
		allowed bool
	}{
		{time.Date(2023, 8, 25, 3, 0, 0, 0, beijing), false}, // a Friday, hours before trade
		{time.Date(2023, 8, 25, 23, 59, 59, 0, beijing), false},
		{time.Date(2023, 8, 26, 0, 0, 0, 0, beijing), true},
		{time.Date(2023, 8, 25, 16, 0, 0, 0, time.UTC), true}, // midnight in Beijing
		{time.Date(2023, 8, 27, 23, 59, 0, 0, beijing), true},
		{time.Date(2023, 8, 28, 0, 0, 0, 0, beijing), false},
		{time.Date(2023, 10, 2, 12, 0, 0, 0, beijing), true}, // a Monday in the golden week
		{time.Date(2023, 10, 7, 12, 0, 0, 0, beijing), true}, // a Saturday on which offices work
		{time.Date(2199, 1, 1, 12, 0, 0, 0, beijing), false}, // nobody knows
		{time.Date(1900, 1, 7, 12, 0, 0, 0, beijing), false},
	} {
		err := DrillDay(tt.at, years)
		if (err == nil) != tt.allowed || err != nil && !errors.Is(err, ErrOrder) {
			t.Errorf("%v: %v, want allowed %v", tt.at, err, tt.allowed)
		}
	}
}

func TestEndOfADrillIsVerifiedByAnother(t *testing.T) {
	running := Rehearsed{Run: "drill-3", Maker: 11}
	for _, tt := range []struct {
		name    string
		run     string
		checker uint64
		ok      bool
	}{
		{"another verifier", "drill-3", 15, true},
		{"the operator verifies", "drill-3", 11, false},
		{"another run", "drill-2", 15, false},
		{"no run", "", 15, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := running.MayEnd(&Order{Run: tt.run, Checker: "x"}, Operator{Staff: tt.checker})
			if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrOrder) {
				t.Errorf("%v, want allowed %v", err, tt.ok)
			}
		})
	}
}

func TestZoneOfADrill(t *testing.T) {
	z, err := ParseZone("clock 2026-03-02T10:00:00+08:00 simulate 10.0.0.5:9000=127.0.0.1:9000 simulate bank.example:7=[::1]:7")
	if err != nil || !z.Clock.Equal(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)) || len(z.Simulate) != 2 || z.Simulate["10.0.0.5:9000"] != "127.0.0.1:9000" {
		t.Fatalf("%+v, %v", z, err)
	}
	if z, err := ParseZone(""); err != nil || !z.Clock.IsZero() || len(z.Simulate) != 0 {
		t.Fatalf("%+v, %v", z, err)
	}
	for _, detail := range []string{
		"clock", "clock noon", "simulate 10.0.0.5:9000", "simulate 10.0.0.5:9000=10.0.0.6:9000", "simulate =127.0.0.1:9", "simulate a:1=127.0.0.1", "open all",
		"simulate a:1=127.0.0.1:1 simulate a:1=127.0.0.1:2", "simulate a:1=localhost:1", "simulate a:1=0.0.0.0:1",
	} {
		if z, err := ParseZone(detail); !errors.Is(err, ErrOrder) {
			t.Errorf("%q was read as %+v, %v", detail, z, err)
		}
	}
}

// FuzzZone: no detail opens a way off this machine.
func FuzzZone(f *testing.F) {
	f.Add("clock 2026-03-02T10:00:00+08:00 simulate 10.0.0.5:9000=127.0.0.1:9000")
	f.Add("simulate a:1=[::ffff:127.0.0.1]:1")
	f.Fuzz(func(t *testing.T, detail string) {
		z, err := ParseZone(detail)
		if err != nil {
			if !errors.Is(err, ErrOrder) {
				t.Fatalf("%q: %v", detail, err)
			}
			return
		}
		for outside, simulator := range z.Simulate {
			if again, err := ParseZone("simulate " + outside + "=" + simulator); err != nil || again.Simulate[outside] != simulator {
				t.Fatalf("%q: %s=%s does not read again: %v", detail, outside, simulator, err)
			}
		}
	})
}
