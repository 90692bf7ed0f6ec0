package node

import (
	"time"
)

// Clock is the time of a process. The zero value is the wall clock. A drill runs
// at another time: at the instant Real it was Drill, and since then Speed seconds
// pass in one. A centre and its simulators that are given the same three agree on
// the time, also after one of them was started again.
type Clock struct {
	Real  time.Time
	Drill time.Time
	Speed int // 0 is 1
}

// beijing is the business's time.
var beijing = time.FixedZone("CST", 8*60*60)

// SpeedMax bounds how fast a drill runs: beyond it the time-outs of a protocol,
// some seconds of the drill, are shorter than a sync of a slow disk.
const SpeedMax = 60

func (c Clock) speed() time.Duration { return time.Duration(max(1, c.Speed)) }

// Now returns the time, in Beijing's zone.
func (c Clock) Now() time.Time {
	if c.Drill.IsZero() {
		return time.Now().In(beijing)
	}
	return c.Drill.Add(time.Since(c.Real) * c.speed()).In(beijing)
}

// After returns a channel that receives once when d of this clock has passed, and
// a function that releases it.
func (c Clock) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(c.short(d))
	return t.C, t.Stop
}

// Every returns a channel that ticks whenever d of this clock has passed, and a
// function that stops it.
func (c Clock) Every(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(c.short(d))
	return t.C, t.Stop
}

// short is how long d of this clock lasts. A tick is not shorter than a
// millisecond, because the machine would do nothing else.
func (c Clock) short(d time.Duration) time.Duration {
	if c.Drill.IsZero() {
		return max(d, time.Millisecond)
	}
	return max(d/c.speed(), time.Millisecond)
}
