package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A line of the file is what docs/formats/drill-clock.md draws, and everything else
// is refused.
func TestParseHand(t *testing.T) {
	want := Hand{Real: time.Date(2026, 3, 2, 20, 0, 0, 500_000_000, beijing), Drill: time.Date(2023, 8, 25, 10, 0, 0, 0, beijing), Speed: 60}
	const golden = "2026-03-02T20:00:00.5+08:00 2023-08-25T10:00:00+08:00 60\n"
	if got := want.String(); got != golden {
		t.Errorf("written as %q, want %q", got, golden)
	}
	got, err := ParseHand(golden)
	if err != nil || !got.Real.Equal(want.Real) || !got.Drill.Equal(want.Drill) || got.Speed != want.Speed {
		t.Errorf("read as %+v, %v", got, err)
	}
	for _, text := range []string{
		"", "2026-03-02T20:00:00+08:00 2023-08-25T10:00:00+08:00", "noon 2023-08-25T10:00:00+08:00 60", "2026-03-02T20:00:00+08:00 noon 60",
		"2026-03-02T20:00:00+08:00 2023-08-25T10:00:00+08:00 61", "2026-03-02T20:00:00+08:00 2023-08-25T10:00:00+08:00 -1",
		"2026-03-02T20:00:00+08:00 2023-08-25T10:00:00+08:00 fast", golden + "x", golden + strings.Repeat(" ", handBytesMax),
	} {
		if h, err := ParseHand(text); !errors.Is(err, ErrHand) {
			t.Errorf("%q is %+v, %v", text, h, err)
		}
	}
}

// The time of a drill stands until it begins, is moved forward, stands again, and
// never goes back, whatever is written.
func TestHandMovesTheClock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "clock")
	begin := time.Date(2023, 8, 25, 10, 0, 0, 0, beijing)
	c := (&ClockConfig{Drill: Time(begin), Speed: 60, SkipNights: true, Hand: name}).Clock()
	now := func() time.Time {
		c.hand.looked.Store(0) // as if the file had been read long ago
		return c.Now()
	}
	if got := now(); !got.Equal(begin) || c.Hand() != name {
		t.Errorf("before it has begun it is %s by %q", got, c.Hand())
	}
	if err := c.Begin(); err != nil {
		t.Fatal(err)
	}
	first, err := ReadHand(name)
	if err != nil || !first.Drill.Equal(begin) || first.Speed != 60 || now().Before(begin) {
		t.Errorf("begun with %+v, %v", first, err)
	}
	evening := time.Date(2023, 8, 25, 23, 29, 30, 0, beijing)
	for _, step := range []struct {
		what string
		text string
		want time.Time
	}{
		{"moved, and it stands", Hand{time.Now(), evening, 0}.String(), evening},
		{"back", Hand{time.Now(), begin, 0}.String(), evening},
		{"nonsense", "x", evening},
		{"a minute later", Hand{time.Now().Add(-time.Second), evening, 60}.String(), time.Date(2023, 8, 28, 8, 30, 30, 0, beijing)},
	} {
		if err := os.WriteFile(name, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := now()
		if ahead := got.Sub(step.want); ahead < 0 || ahead > 12*time.Hour || step.want.Equal(evening) && ahead != 0 {
			t.Errorf("%s: %s, want %s", step.what, got, step.want)
		}
	}
	if err := c.Begin(); err != nil {
		t.Error(err)
	}
	if again, err := ReadHand(name); err != nil || again.Drill.Equal(begin) {
		t.Errorf("begun again: %+v, %v", again, err)
	}
}

// Who waits for a clock that is moved by hand hears of it at once, and a time that
// is passed over is one tick.
func TestHandWakesWhoWaits(t *testing.T) {
	name := filepath.Join(t.TempDir(), "clock")
	begin := time.Date(2023, 8, 25, 10, 0, 0, 0, beijing)
	c := (&ClockConfig{Drill: Time(begin), Speed: 1, Hand: name}).Clock()
	passed, release := c.After(time.Hour)
	defer release()
	ticks, stop := c.Every(time.Hour)
	defer stop()
	given, giveBack := c.After(5 * time.Hour)
	for hour := 2; hour < 5; hour += 2 {
		evening := begin.Add(time.Duration(hour) * time.Hour)
		if err := (Hand{time.Now(), evening, 0}).Write(name); err != nil {
			t.Fatal(err)
		}
		if at := <-ticks; !at.Equal(evening) {
			t.Errorf("the tick says %s", at)
		}
	}
	<-passed
	select {
	case <-given:
		t.Error("five hours have not passed")
	case <-ticks:
		t.Error("two hours are more than a tick")
	default:
	}
	giveBack()
}

// Whatever is read as a Hand is written and read as the same.
func FuzzParseHand(f *testing.F) {
	f.Add("2026-03-02T20:00:00.5+08:00 2023-08-25T10:00:00+08:00 60\n")
	f.Add("2026-03-02T20:00:00Z 2023-08-25T10:00:00Z 0")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHand(text)
		if err != nil {
			return
		}
		again, err := ParseHand(h.String())
		if err != nil || !again.Real.Equal(h.Real) || !again.Drill.Equal(h.Drill) || again.Speed != h.Speed {
			t.Errorf("%q: %+v, then %+v, %v", text, h, again, err)
		}
	})
}
