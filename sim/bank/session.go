package bank

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"

	wire "sancun/wire/bank"
)

// outFramesMax bounds what waits for a broker that does not read.
const outFramesMax = 1 << 16

// session is one line to the broker. Its reader hands frames to the bank, its
// writer writes what the bank has said. Fields are guarded by the bank's lock.
type session struct {
	b     *Bank
	conn  net.Conn
	wake  *sync.Cond // on the bank's lock
	out   [][]byte
	ended bool // nothing is heard or said any more; what was said is still written
	gone  bool // the connection is closed
}

func newSession(b *Bank, conn net.Conn) *session {
	return &session{b: b, conn: conn, wake: sync.NewCond(&b.mu)}
}

// read hands frames to the bank until the stream ends. After the session has
// ended it goes on reading to nobody, so that what was said still arrives.
func (s *session) read() {
	defer s.b.running.Done()
	frames := s.b.codec.Frames(s.conn)
	for {
		frame, err := frames.Next()
		if err != nil {
			var fault *wire.FieldError
			s.b.mu.Lock()
			if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &fault) {
				s.b.totals.Broken++
			}
			s.cut()
			s.b.mu.Unlock()
			return
		}
		s.b.mu.Lock()
		if !s.ended {
			s.b.receive(s, frame)
		}
		s.b.mu.Unlock()
	}
}

// write writes what was said, and closes the line when the session has ended.
func (s *session) write() {
	defer s.b.running.Done()
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	for {
		for len(s.out) == 0 && !s.ended {
			s.wake.Wait()
		}
		if len(s.out) == 0 {
			s.finish()
			return
		}
		next := s.out
		s.out = nil
		s.b.mu.Unlock()
		var err error
		for _, frame := range next {
			if _, err = s.conn.Write(frame); err != nil {
				break
			}
		}
		s.b.mu.Lock()
		if err != nil {
			s.cut()
		}
	}
}

// finish says the end of the stream. Over TCP only our half is closed, because
// closing a socket with unread input would throw away what the peer has not read
// yet, and the peer must see the same bytes in every run.
func (s *session) finish() {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok && !s.gone {
		if half.CloseWrite() == nil {
			return
		}
	}
	s.cut()
}

// end stops the session after what was said is written.
func (s *session) end() {
	s.ended = true
	if s.b.active == s {
		s.b.active = nil
	}
	s.wake.Signal()
}

// cut stops the session at once.
func (s *session) cut() {
	s.end()
	s.out = nil
	if !s.gone {
		s.gone = true
		_ = s.conn.Close() // the peer sees the end either way
		s.b.sessions = slices.DeleteFunc(s.b.sessions, func(o *session) bool { return o == s })
	}
}

// push sends a frame.
func (s *session) push(frame []byte) {
	if s.ended {
		return
	}
	if len(s.out) >= outFramesMax {
		s.cut()
		return
	}
	s.out = append(s.out, frame)
	s.wake.Signal()
}

// say encodes a message under the keys in force and sends it.
func (s *session) say(m wire.Message) {
	if f := m.Function(); f != wire.FunctionSignIn && f != wire.FunctionKeyExchange {
		m.Head().KeySet = s.b.keySet
	}
	s.b.codec.Fit(m)
	frame, err := s.b.codec.Encode(m)
	if err != nil {
		s.b.totals.Refused++ // a reply that cannot be said: the broker's own time-out answers it
		return
	}
	s.push(frame)
}

// tell sends a message on the line in force, or nowhere.
func (b *Bank) tell(m wire.Message) {
	if b.active != nil {
		b.active.say(m)
	}
}
