package node

import (
	"time"

	"sancun/calendar"
)

// Clock is the time of a process. The zero value is the wall clock. A drill runs
// at another time: at the instant Real it was Drill, and since then Speed seconds
// pass in one. A centre and its simulators that are given the same three agree on
// the time, also after one of them was started again.
type Clock struct {
	Real  time.Time
	Drill time.Time
	Speed int // 0 is 1
	// SkipNights passes over what lies between nightFrom and nightUntil, and over
	// days without trading: after the end of an evening comes the next morning.
	SkipNights bool

	hand *handFile        // the file that moves it; nil when Real and Drill say all
	tell func() time.Time // of a test that moves the time by itself; nil otherwise
}

// tellBeat is how often whatever waits for a clock that is moved by hand looks at it.
const tellBeat = 5 * time.Millisecond

// The night of a drill that skips nights: after the last cut-off of an evening, and
// before anybody begins a morning.
const (
	nightFrom  = calendar.TimeOfDay(23*calendar.Hour + 30*calendar.Minute)
	nightUntil = calendar.TimeOfDay(8*calendar.Hour + 30*calendar.Minute)
)

// trading is the calendar by which a drill skips days.
var trading, _ = calendar.China() // its own tests show that the built-in data are good

// Clock is the clock that a configuration means.
func (c *ClockConfig) Clock() Clock {
	clock := Clock{Real: time.Time(c.Real), Drill: time.Time(c.Drill), Speed: c.Speed, SkipNights: c.SkipNights}
	if c.Hand != "" {
		clock.hand = &handFile{name: c.Hand}
	}
	return clock
}

// beijing is the business's time.
var beijing = time.FixedZone("CST", 8*60*60)

// SpeedMax bounds how fast a drill runs: beyond it the time-outs of a protocol,
// some seconds of the drill, are shorter than a sync of a slow disk.
const SpeedMax = 60

func (c Clock) speed() time.Duration { return time.Duration(max(1, c.Speed)) }

// Now returns the time, in Beijing's zone.
func (c Clock) Now() time.Time {
	if c.tell != nil {
		return c.tell().In(beijing)
	}
	if c.Drill.IsZero() {
		return time.Now().In(beijing)
	}
	if c.hand != nil {
		return c.hand.now(c.Drill, c.SkipNights).In(beijing)
	}
	return passed(c.Drill, time.Since(c.Real), int(c.speed()), c.SkipNights).In(beijing)
}

// passed is the time of a drill when a while has passed since it was t.
func passed(t time.Time, d time.Duration, speed int, skip bool) time.Time {
	d = min(max(d, -passedMax), passedMax) * time.Duration(speed)
	if skip {
		return pastNights(t, d)
	}
	return t.Add(d)
}

// passedMax bounds what is taken for the length of a drill, so that a date without
// sense does not overflow at any speed.
const passedMax = 365 * 24 * time.Hour

// pastNights adds a duration to a time, not counting nights and days without
// trading. A time in a night is the morning after it. Past the calendar's last
// year time passes as it does.
func pastNights(t time.Time, d time.Duration) time.Time {
	date, at := calendar.AtUnixMilli(t.UnixMilli())
	if at < nightUntil && trading.IsTradingDay(date) {
		at, t = nightUntil, time.UnixMilli(date.UnixMilli(nightUntil))
	}
	for {
		left := max(0, time.Duration(nightFrom-at)*time.Millisecond)
		if !trading.IsTradingDay(date) {
			left = 0
		}
		if d < left {
			return t.Add(d)
		}
		next, err := trading.Next(date)
		if err != nil {
			return t.Add(d)
		}
		d -= left
		date, at, t = next, nightUntil, time.UnixMilli(next.UnixMilli(nightUntil))
	}
}

// After returns a channel that receives once when d of this clock has passed, and
// a function that releases it.
func (c Clock) After(d time.Duration) (<-chan time.Time, func() bool) {
	if c.watched(d) {
		passed, stop := c.watch(d, true)
		return passed, func() bool { stop(); return true }
	}
	t := time.NewTimer(c.short(d))
	return t.C, t.Stop
}

// Every returns a channel that ticks whenever d of this clock has passed, and a
// function that stops it.
func (c Clock) Every(d time.Duration) (<-chan time.Time, func()) {
	if c.tell == nil && c.hand != nil {
		return c.watch(d, false)
	}
	t := time.NewTicker(c.short(d))
	return t.C, t.Stop
}

// short is how long d of this clock lasts. A tick is not shorter than a
// millisecond, because the machine would do nothing else.
func (c Clock) short(d time.Duration) time.Duration {
	if c.tell != nil {
		return tellBeat
	}
	switch {
	case c.Drill.IsZero():
		return max(d, time.Millisecond)
	case c.hand != nil:
		return max(d/c.hand.speed(), time.Millisecond)
	}
	return max(d/c.speed(), time.Millisecond)
}
