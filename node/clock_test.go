package node

import (
	"testing"
	"time"
)

// A drill that skips nights goes from the end of an evening to the next morning of
// trading, and its day is as long as any other.
func TestPastNights(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", text, beijing)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		from string
		d    time.Duration
		want string
	}{
		{"2023-08-24 09:00:00", 0, "2023-08-24 09:00:00"},
		{"2023-08-24 09:00:00", 14*time.Hour + 29*time.Minute + 59*time.Second, "2023-08-24 23:29:59"},
		{"2023-08-24 09:00:00", 14*time.Hour + 30*time.Minute, "2023-08-25 08:30:00"},
		{"2023-08-25 23:00:00", time.Hour, "2023-08-28 09:00:00"},                          // a weekend
		{"2023-09-28 23:29:00", 2 * time.Minute, "2023-10-09 08:31:00"},                    // a holiday
		{"2023-08-24 23:45:00", time.Minute, "2023-08-25 08:31:00"},                        // begun in a night
		{"2023-08-25 03:00:00", time.Minute, "2023-08-25 08:31:00"},                        // before a morning
		{"2023-08-26 12:00:00", time.Minute, "2023-08-28 08:31:00"},                        // on a Saturday
		{"2023-08-24 08:30:00", 15 * time.Hour * 3, "2023-08-29 08:30:00"},                 // three whole days
		{"2026-12-31 23:00:00", 24 * time.Hour, "2027-01-01 23:00:00"},                     // past the calendar time passes as it does
		{"2023-08-24 23:29:59", time.Second + 500*time.Millisecond, "2023-08-25 08:30:00"}, // a part of a second
		{"2023-08-24 08:30:00", 15*time.Hour - time.Second, "2023-08-24 23:29:59"},         // the last second
	} {
		if got := pastNights(at(c.from), c.d).Truncate(time.Second); !got.Equal(at(c.want)) {
			t.Errorf("%s and %s: %s, want %s", c.from, c.d, got.In(beijing), c.want)
		}
	}
}

// Figures of a configuration are written as they are read.
func TestConfigText(t *testing.T) {
	for _, c := range []struct{ text, want string }{{"0.0025", "0.0025"}, {"0", "0"}, {"1", "1"}, {"0.35", "0.35"}, {"1.0", "1"}, {"0.000000001", "0.000000001"}} {
		var r Rate
		if err := r.UnmarshalText([]byte(c.text)); err != nil || r.String() != c.want {
			t.Errorf("rate %q is %q, %v", c.text, r, err)
		}
	}
	for _, text := range []string{"", ".5", "-0.1", "1.1", "0.0000000001", "x", "0.1.1", "1e-3", "99999999999"} {
		var r Rate
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("rate %q was taken as %s", text, r)
		}
	}
	var d Date
	if err := d.UnmarshalText([]byte("20230825")); err != nil || d.String() != "20230825" {
		t.Errorf("date %s, %v", d, err)
	}
}
