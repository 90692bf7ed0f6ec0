package exchange

import (
	"net"
	"slices"
	"time"

	"sancun/internal/invariant"
)

// session is one connection. Its reader goroutine hands messages to the
// exchange, its writer goroutine empties out; both end when the connection does.
//
// What a member receives is in the order in which it happened: before anything
// is appended to out, pump appends the reports that came before it.
type session struct {
	x       *Exchange
	conn    net.Conn
	dialect dialect
	line    lineKind
	done    chan struct{}

	// All below is guarded by Exchange.mu.
	out     []byte
	writing bool // the writer is in Write with bytes taken from out
	ended   bool
	closing bool // end when out has been written
	muted   bool // says nothing, by command

	loggedOn bool
	member   int
	cursor   int      // the next of Exchange.reports to look at
	next     []uint64 // by stream: the next index to send, 0 before synchronisation
	replays  []replay
	told     int // reports sent
	shown    int // snapshots sent

	heard  bool // since the last beat
	spoken bool
	missed int
}

// replay is a stream being sent again up to and including an index.
type replay struct {
	stream int
	until  uint64
}

// lineKind is what a connection is for.
type lineKind uint8

const (
	lineTrade  lineKind = 0 // orders and reports, in the byte format of the market
	lineQuotes lineKind = 1 // no orders, no reports
	lineEzSTEP lineKind = 2 // Shanghai's after-hours orders and their reports
)

// carries says whether the reports of a platform go over the connection.
func (s *session) carries(platform int) bool {
	return s.x.market == Shenzhen || (platform == afterHoursSH) == (s.line == lineEzSTEP)
}

func (x *Exchange) attach(conn net.Conn, line lineKind) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	s := &session{x: x, conn: conn, line: line, dialect: x.dialect(conn, line), done: make(chan struct{}), heard: true}
	s.next = make([]uint64, len(x.streams))
	x.sessions = append(x.sessions, s)
	x.running.Add(2)
	go s.read()
	go s.write()
	return nil
}

// read is the reader goroutine.
func (s *session) read() {
	defer s.x.running.Done()
	var in inbound
	for {
		err := s.dialect.read(&in)
		s.x.mu.Lock()
		if err != nil {
			s.broken(err)
			s.x.mu.Unlock()
			return
		}
		s.heard = true
		s.x.handle(s, &in)
		for len(s.out) > outboundSoft && !s.ended { // let the member read before it writes more
			s.x.wake.Wait()
		}
		s.x.mu.Unlock()
	}
}

// write is the writer goroutine.
func (s *session) write() {
	defer s.x.running.Done()
	x := s.x
	var spare []byte
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.forget(s)
	for {
		for !s.ended && (len(s.out) == 0 || s.muted) {
			if s.closing && len(s.out) == 0 {
				s.end()
				break
			}
			x.wake.Wait()
		}
		if s.ended {
			return
		}
		buf := s.out
		s.out, s.writing, s.spoken = spare[:0], true, true
		x.mu.Unlock()
		_, err := s.conn.Write(buf)
		x.mu.Lock()
		s.writing, spare = false, buf
		if err != nil {
			s.end()
			return
		}
		s.pump()
		x.wake.Broadcast()
	}
}

// broken says goodbye when the stream cannot be read any more for what is in it,
// and ends the session.
func (s *session) broken(err error) {
	if !s.ended && isFormat(err) {
		s.bye(byeInvalid)
		return
	}
	s.end()
}

// end closes the connection; both goroutines then return.
func (s *session) end() {
	if s.ended {
		return
	}
	s.ended, s.loggedOn = true, false
	close(s.done)
	_ = s.conn.Close() // there is nobody left to tell
	s.x.wake.Broadcast()
}

// bye says why and ends the session when that has been written.
func (s *session) bye(why farewell) {
	s.say(sayBye{why})
	s.closing, s.loggedOn = true, false
	s.x.wake.Broadcast()
}

// say appends an unnumbered message behind the reports that came before it.
func (s *session) say(m any) {
	if s.ended || s.closing {
		return
	}
	s.pump()
	s.append(s.dialect.say(s.out, m))
}

// append takes the result of an encoding. What we encode has come in through the
// same format or was checked by New, so that it must fit.
func (s *session) append(out []byte, err error) {
	invariant.NoError(err)
	s.out = out
	if len(out) > outboundHard {
		s.end()
	}
	s.x.wake.Broadcast()
}

// pump encodes what the member may have now, until outboundSoft bytes wait.
func (s *session) pump() {
	if s.ended || s.closing || s.line == lineQuotes || s.muted {
		return
	}
	for len(s.out) < outboundSoft && !s.ended {
		if !s.replayOne() && !s.liveOne() {
			return
		}
	}
}

// replayOne sends one report that synchronisation asked for.
func (s *session) replayOne() bool {
	for len(s.replays) > 0 {
		r := s.replays[0]
		if s.next[r.stream] <= r.until {
			st := &s.x.streams[r.stream]
			s.tell(&s.x.reports[st.reports[s.next[r.stream]-1]])
			s.next[r.stream]++
			return true
		}
		s.replays = s.replays[1:]
	}
	return false
}

// liveOne sends the next report as it happens, or passes over one that is not
// for this session. It returns false when there is none, or the next is held.
func (s *session) liveOne() bool {
	x := s.x
	if s.cursor == len(x.reports) || !s.loggedOn {
		return false
	}
	r := &x.reports[s.cursor]
	if r.kind == kindState {
		if s.carries(int(r.stream)) {
			s.append(s.dialect.say(s.out, sayState{x.platforms[r.stream].id, platformState(r.quantity)}))
		}
		s.cursor++
		return true
	}
	st := &x.streams[r.stream]
	if st.member == s.member && s.next[r.stream] == uint64(r.index) {
		if r.until > x.venue.now {
			return false
		}
		s.next[r.stream]++
		if r.flags&reportLost == 0 {
			s.tell(r)
		}
		if r.flags&reportTwice != 0 {
			s.tell(r)
		}
	}
	s.cursor++
	return true
}

// tell encodes one report.
func (s *session) tell(r *report) {
	var v view
	s.x.fill(&v, r)
	s.told++
	s.append(s.dialect.report(s.out, &v))
}

// waiting says whether the session still has something to write now.
func (s *session) waiting() bool {
	return !s.ended && !s.muted && (len(s.out) > 0 || s.writing)
}

// forget takes an ended session off the list. Only its writer does, alone under
// the lock, so that no loop over the list is under way.
func (x *Exchange) forget(s *session) {
	x.sessions = slices.DeleteFunc(x.sessions, func(o *session) bool { return o == s })
	x.wake.Broadcast()
}

// pulse is the heartbeat goroutine of a session, if there are heartbeats.
func (s *session) pulse(every time.Duration) {
	ticks, stop := s.x.config.Ticks(every)
	s.x.running.Add(1)
	go func() {
		defer s.x.running.Done()
		defer stop()
		for {
			select {
			case <-s.done:
				return
			case <-ticks:
				s.beat()
			}
		}
	}()
}

// beat sends a heartbeat if nothing else was sent, and drops a member that has
// been silent for beatsMissedMax intervals. One that sends but does not read is
// soon not read from either (outboundSoft), so that it is dropped as silent.
func (s *session) beat() {
	s.x.mu.Lock()
	defer s.x.mu.Unlock()
	s.missed++
	if s.heard {
		s.missed = 0
	}
	s.heard = false
	switch {
	case s.ended || s.closing:
	case s.missed >= beatsMissedMax:
		s.end()
	case !s.spoken && !s.muted && !s.writing:
		s.say(sayBeat{})
	}
	s.spoken = false
}
