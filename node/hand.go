package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sancun/internal/durable"
)

// Hand says at which instant a drill's time was what, and how fast it passes since
// (docs/formats/drill-clock.md). Who leads a drill writes it anew while centre and
// simulators run, and so brings the evening or stops the time; they all read it.
type Hand struct {
	Real  time.Time // of the wall clock
	Drill time.Time
	Speed int // seconds of the drill in one, 0 to SpeedMax; with 0 the time stands still
}

// ErrHand is that a file is no Hand.
var ErrHand = errors.New("the time of the drill cannot be read; write it anew with 'sancun sim clock'")

// handBytesMax bounds the file: a line of two times and a figure.
const handBytesMax = 200

// String is the content of the file.
func (h Hand) String() string {
	return fmt.Sprintf("%s %s %d\n", h.Real.Format(time.RFC3339Nano), h.Drill.Format(time.RFC3339Nano), h.Speed)
}

// ParseHand reads the content of the file. The error is an ErrHand.
func ParseHand(text string) (h Hand, err error) {
	words := strings.Fields(text)
	if len(words) != 3 || len(text) > handBytesMax {
		return Hand{}, fmt.Errorf("%w: want two times and a speed, got %d words", ErrHand, len(words))
	}
	if h.Real, err = time.Parse(time.RFC3339Nano, words[0]); err != nil {
		return Hand{}, fmt.Errorf("%w: %w", ErrHand, err)
	}
	if h.Drill, err = time.Parse(time.RFC3339Nano, words[1]); err != nil {
		return Hand{}, fmt.Errorf("%w: %w", ErrHand, err)
	}
	if h.Speed, err = strconv.Atoi(words[2]); err != nil || h.Speed < 0 || h.Speed > SpeedMax {
		return Hand{}, fmt.Errorf("%w: speed %s, want 0 to %d", ErrHand, words[2], SpeedMax)
	}
	return h, nil
}

// ReadHand reads a file. An error that is fs.ErrNotExist is a drill that has not
// begun.
func ReadHand(name string) (Hand, error) {
	text, err := durable.ReadFile(durable.OS{}, name, handBytesMax)
	if err != nil {
		return Hand{}, err
	}
	return ParseHand(string(text))
}

// Write puts the file in place, whole.
func (h Hand) Write(name string) error {
	return durable.ReplaceFile(durable.OS{}, name, []byte(h.String()))
}

// handFile follows the file for the clocks of a process.
type handFile struct {
	name   string
	looked atomic.Int64 // wall clock, nanoseconds: when the file was read last
	set    atomic.Pointer[Hand]
	last   atomic.Int64 // the newest time that was told, nanoseconds: time never goes back
}

// handLook is how often the file is read at most, and handBeat how often whoever
// waits for this clock looks at it: the time may be moved meanwhile.
const (
	handLook = 20 * time.Millisecond
	handBeat = 50 * time.Millisecond
)

// newest is what the file says; nil before the drill has begun. A file that cannot
// be read changes nothing: whoever wrote it hears of it.
func (h *handFile) newest(real time.Time) *Hand {
	before := h.looked.Load()
	if since := real.UnixNano() - before; since < 0 || since >= int64(handLook) {
		if h.looked.CompareAndSwap(before, real.UnixNano()) {
			if set, err := ReadHand(h.name); err == nil {
				h.set.Store(&set)
			}
		}
	}
	return h.set.Load()
}

// now is the time of a drill that began, or will begin, at a time.
func (h *handFile) now(drill time.Time, skip bool) time.Time {
	real := time.Now()
	if set := h.newest(real); set != nil {
		drill = passed(set.Drill, real.Sub(set.Real), set.Speed, skip)
	}
	for {
		last := h.last.Load()
		if drill.UnixNano() <= last {
			return time.Unix(0, last)
		}
		if h.last.CompareAndSwap(last, drill.UnixNano()) {
			return drill
		}
	}
}

// speed is how fast time passes now; 1 while it stands still.
func (h *handFile) speed() time.Duration {
	if set := h.newest(time.Now()); set != nil {
		return time.Duration(max(1, set.Speed))
	}
	return 1
}

// watched says whether a wait for this clock has to look whether it was moved.
func (c Clock) watched(d time.Duration) bool {
	return c.tell == nil && c.hand != nil && c.short(d) > handBeat
}

// watch ticks when d has passed, however the clock is moved meanwhile, once or
// again and again; a time that is passed over is one tick. While the time stands
// still waiting goes on as by the wall clock, so that lines stay alive.
func (c Clock) watch(d time.Duration, once bool) (<-chan time.Time, func()) {
	ticks, done := make(chan time.Time, 1), make(chan struct{})
	go func() {
		since, real := c.Now(), time.Now()
		for {
			left := max(d-max(c.Now().Sub(since), time.Since(real)), 0)
			pause := time.NewTimer(min(c.short(left), handBeat))
			select {
			case <-pause.C:
			case <-done:
				pause.Stop()
				return
			}
			now := c.Now()
			if now.Sub(since) < d && time.Since(real) < d {
				continue
			}
			since, real = now, time.Now()
			select {
			case ticks <- now:
			default: // nobody has taken the one before
			}
			if once {
				return
			}
		}
	}()
	return ticks, sync.OnceFunc(func() { close(done) })
}

// Begin lets a drill that is moved by hand begin now, unless it has begun. A clock
// of another kind runs by itself.
func (c Clock) Begin() error {
	if c.hand == nil {
		return nil
	}
	if _, err := os.Stat(c.hand.name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return Hand{Real: time.Now(), Drill: c.Drill.In(beijing), Speed: max(1, c.Speed)}.Write(c.hand.name)
}

// Hand is the file by which this clock is moved, empty when it is not.
func (c Clock) Hand() string {
	if c.hand == nil {
		return ""
	}
	return c.hand.name
}
