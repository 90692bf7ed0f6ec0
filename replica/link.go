package replica

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Timing of a line, with its reasons.
const (
	// BeatEvery is how often a source that has nothing to send says that it lives.
	BeatEvery = 200 * time.Millisecond
	// SilentAfter is how long a line may be silent before it counts as lost: long
	// enough for a bad second of a distant line, short against any decision.
	SilentAfter = 3 * time.Second
)

// ErrSilent says that nothing came for SilentAfter.
var ErrSilent = errors.New("replication: the other centre is silent")

// Line is what both ends of a running conversation need from their owner.
type Line struct {
	Wire *Wire
	Now  func() time.Time
	// News gives a channel that is closed when there may be something new to say:
	// a block at the source, an applied block at the follower.
	News func() <-chan struct{}
	// Beat and Silent override the timing when they are not 0.
	Beat, Silent time.Duration
}

func (l *Line) fill() {
	if l.Beat == 0 {
		l.Beat = BeatEvery
	}
	if l.Silent == 0 {
		l.Silent = SilentAfter
	}
}

// heard is a message or the end of the line.
type heard struct {
	m   Message
	err error
}

// talk is a running conversation: what was heard, and what is being said. The
// loop that owns the state machine never waits for the line, because two ends
// that both wait for the other to read would wait for ever.
type talk struct {
	line   *Line
	in     chan heard
	out    chan Message
	broken chan error // the first failure of sending
	said   chan struct{}
	done   sync.WaitGroup
}

func (l *Line) begin(ctx context.Context) *talk {
	l.fill()
	t := &talk{line: l, in: make(chan heard), out: make(chan Message), broken: make(chan error, 1), said: make(chan struct{})}
	t.done.Go(func() { t.listen(ctx) })
	t.done.Go(t.say)
	return t
}

// farewell is how long a refusal may take to leave before the line is closed.
const farewell = time.Second

// end closes the wire, after which neither goroutine waits any more. What was
// handed over is sent before, unless the line itself is the reason.
func (t *talk) end(err error) error {
	close(t.out)
	if errors.Is(err, ErrDeposed) || errors.Is(err, ErrProtocol) {
		select {
		case <-t.said:
		case <-time.After(farewell):
		}
	}
	err = errors.Join(err, t.line.Wire.Close())
	t.done.Wait()
	return err
}

// listen receives until the line ends.
func (t *talk) listen(ctx context.Context) {
	for {
		h := heard{err: t.line.Wire.Deadline(t.line.Now().Add(t.line.Silent))}
		if h.err == nil {
			h.m, h.err = t.line.Wire.Receive()
		}
		var slow interface{ Timeout() bool }
		if errors.As(h.err, &slow) && slow.Timeout() {
			h.err = fmt.Errorf("%w for %v: %w", ErrSilent, t.line.Silent, h.err)
		}
		select {
		case t.in <- h:
		case <-ctx.Done():
			return
		}
		if h.err != nil {
			return
		}
	}
}

// say sends until there is nothing more to say or the line breaks.
func (t *talk) say() {
	defer close(t.said)
	failed := false
	for m := range t.out {
		if failed {
			continue
		}
		if err := t.line.Wire.Send(m); err != nil {
			failed = true
			t.broken <- err
		}
	}
}

// Send runs the source of one conversation until ctx ends or the line breaks.
// Told is called after each message of the follower. It always returns an error:
// ctx's, ErrSilent, ErrDeposed, ErrDiverged, ErrProtocol or the line's.
func (l *Line) Send(ctx context.Context, s *Source, beat func() Beat, told func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := l.begin(ctx)
	ticker := time.NewTicker(l.Beat)
	defer ticker.Stop()
	err := t.send(ctx, s, ticker.C, beat, told)
	cancel()
	return t.end(err)
}

func (t *talk) send(ctx context.Context, s *Source, tick <-chan time.Time, beat func() Beat, told func()) error {
	var next Message // waits for the line
	for {
		news := t.line.News()
		var out chan Message
		if next == nil {
			var err error
			if next, err = s.Next(); err != nil {
				return err
			}
		}
		if next != nil {
			out = t.out
		}
		select {
		case out <- next:
			next = nil
		case <-ctx.Done():
			return ctx.Err()
		case err := <-t.broken:
			return err
		case h := <-t.in:
			if h.err != nil {
				return h.err
			}
			if err := s.Receive(h.m); err != nil {
				t.refuse(s)
				return err
			}
			told()
		case <-news:
		case <-tick:
			if next == nil && s.Welcomed() {
				b := beat()
				b.Sent = t.line.Now().UnixNano()
				next = &b
			}
		}
	}
}

// refuse hands over a refusal that waits to be said.
func (t *talk) refuse(s *Source) {
	for {
		m, err := s.Next()
		if err != nil || m == nil {
			return
		}
		select {
		case t.out <- m:
		case <-t.broken:
			return
		case <-time.After(farewell):
			return
		}
	}
}

// Follow runs the follower of one conversation until ctx ends or the line
// breaks. Beats are given to heard. It always returns an error, a *Parting among
// them.
func (l *Line) Follow(ctx context.Context, f *Follower, heard func(Beat)) error {
	hello, err := f.Hello()
	if err != nil {
		return errors.Join(err, l.Wire.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := l.begin(ctx)
	err = t.follow(ctx, f, hello, heard)
	cancel()
	return t.end(err)
}

func (t *talk) follow(ctx context.Context, f *Follower, next Message, heard func(Beat)) error {
	for {
		news := t.line.News()
		var out chan Message
		if next != nil {
			out = t.out
		}
		select {
		case out <- next:
			next = nil
		case <-ctx.Done():
			return ctx.Err()
		case err := <-t.broken:
			return err
		case h := <-t.in:
			if h.err != nil {
				return h.err
			}
			answer, err := f.Receive(h.m)
			if err != nil {
				return err
			}
			if b, ok := h.m.(*Beat); ok {
				heard(*b)
			}
			if answer != nil { // a newer acknowledgement says what an older one would have
				next = answer
			}
		case <-news:
			ack, err := f.Ack()
			if err != nil {
				return err
			}
			if ack != nil {
				next = ack
			}
		}
	}
}
