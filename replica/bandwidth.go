package replica

import (
	"fmt"
	"sync"
	"time"
)

// CapWindow bounds the line during part of the day: from one minute of the day
// to another, in minutes since midnight of Location.
type CapWindow struct {
	From, Until int
	BitsPerSec  int64
}

// Cap keeps a line below a rate that depends on the time of day, so that
// catching up at noon does not take the line from trading (row B61). Several
// connections may share one. A nil Cap does not wait.
type Cap struct {
	windows []CapWindow
	where   *time.Location
	now     func() time.Time
	sleep   func(time.Duration)

	mu   sync.Mutex
	free time.Time // when the line is free again
}

// NewCap makes a cap; outside all windows the line is not bounded. Windows may
// not overlap, and their rates are at least 1,000 bit/s.
func NewCap(windows []CapWindow, where *time.Location, now func() time.Time, sleep func(time.Duration)) (*Cap, error) {
	for i, w := range windows {
		if w.From < 0 || w.Until > 24*60 || w.From >= w.Until || w.BitsPerSec < 1_000 {
			return nil, fmt.Errorf("bandwidth window %d to %d minutes of %d bit/s: want 0 to 1440 ascending and at least 1,000 bit/s", w.From, w.Until, w.BitsPerSec)
		}
		for _, other := range windows[:i] {
			if w.From < other.Until && other.From < w.Until {
				return nil, fmt.Errorf("bandwidth windows %d to %d and %d to %d overlap", other.From, other.Until, w.From, w.Until)
			}
		}
	}
	return &Cap{windows: windows, where: where, now: now, sleep: sleep}, nil
}

// Rate is the bound at a moment in bits per second, 0 for none.
func (c *Cap) Rate(at time.Time) int64 {
	at = at.In(c.where)
	minute := at.Hour()*60 + at.Minute()
	for _, w := range c.windows {
		if minute >= w.From && minute < w.Until {
			return w.BitsPerSec
		}
	}
	return 0
}

// Wait holds a write of so many bytes back until the line is free for it.
func (c *Cap) Wait(bytes int) {
	if c == nil {
		return
	}
	c.mu.Lock()
	now := c.now()
	rate := c.Rate(now)
	if rate == 0 {
		c.mu.Unlock()
		return
	}
	start := now
	if c.free.After(now) {
		start = c.free
	}
	c.free = start.Add(time.Duration(int64(bytes) * 8 * int64(time.Second) / rate))
	c.mu.Unlock()
	if d := start.Sub(now); d > 0 {
		c.sleep(d)
	}
}
