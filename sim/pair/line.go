package pair

import (
	"errors"

	"sancun/centre"
	"sancun/dr"
	"sancun/journal"
	"sancun/replica"
)

// What a line is for.
const (
	followLine = 1 // the caller copies
	askLine    = 2 // a starting caller asks whether the other serves
	knockLine  = 3 // a writing caller asks who the other is
)

const (
	againAfter  = 200 * ms
	beatEvery   = int64(replica.BeatEvery)
	silentAfter = int64(replica.SilentAfter)
)

// line is a conversation of the two centres: a stream in each direction that keeps
// its order until it breaks.
type line struct {
	w      *world
	kind   int
	ends   [2]*site // caller, server
	lives  [2]int
	closed [2]bool
	heard  [2]int64
	last   [2]int64 // arrival of the last message, by receiving end
	broken [2]bool  // nothing arrives there any more
	holes  bool     // a message was lost and the stream went on, which no real one does

	follower *replica.Follower
	source   *replica.Source
}

const (
	caller = 0
	server = 1
)

// follow calls the other centre and copies it, again and again.
func (s *site) follow() {
	if s.is(dr.Standby) && !s.hushed && s.called == nil && !s.state.Applied.Disagree {
		s.call(followLine)
	}
}

// again calls once more after a pause.
func (s *site) again() {
	s.called = nil
	s.inReign(againAfter, s.follow)
}

// call opens a line. Nobody answers where no centre serves.
func (s *site) call(kind int) {
	o, n := s.other(), &s.w.net
	open := !n.cut[s.i][o.i] && !n.cut[o.i][s.i] && o.up && o.asleep <= s.w.now
	open = open && (o.is(dr.Primary) || o.is(dr.Recovering) && o.meeting != nil)
	if !open {
		if kind == followLine {
			s.again()
		}
		return
	}
	follower, err := replica.NewFollower(replica.FollowerOptions{
		Engine: s.engine, Cell: cell, Centre: s.name, Applied: func() replica.Applied { return s.state.Applied },
		Now: func() int64 { return s.wall().UnixNano() },
	})
	if err != nil {
		s.lineFailed(err)
		return
	}
	hello, err := follower.Hello()
	if err != nil {
		s.lineFailed(err)
		return
	}
	l := &line{w: s.w, kind: kind, ends: [2]*site{s, o}, lives: [2]int{s.life, o.life}, heard: [2]int64{s.w.now, s.w.now}, follower: follower}
	l.source = replica.NewSource(replica.SourceOptions{
		Chain: o.engine, Cell: cell, Centre: o.name, Epoch: o.epoch, Known: func(name string) bool { return name == s.name },
		DurableAt: o.shield.DurableAt, Now: func() int64 { return o.wall().UnixNano() }, Batch: 16 << 10,
	})
	if kind == followLine {
		s.called = l
	}
	o.served = append(o.served, l)
	l.send(server, hello)
	s.watch(l, caller)
	o.watch(l, server)
	if kind == followLine {
		o.beat(l)
	}
}

// lineFailed ends a process whose store has failed, and else calls again.
func (s *site) lineFailed(err error) {
	if errors.Is(err, journal.ErrPoisoned) {
		s.exit("its store failed: %v", err)
		return
	}
	if s.called != nil {
		s.called.end(s)
	}
	s.again()
}

// watch ends a line that is silent.
func (s *site) watch(l *line, end int) {
	s.then(silentAfter/3, func() {
		switch {
		case l.closed[end]:
		case s.w.now-l.heard[end] > silentAfter:
			l.end(s)
			s.lost(l)
		default:
			s.watch(l, end)
		}
	})
}

// lost goes on behind a line that ended.
func (s *site) lost(l *line) {
	if s.called == l {
		s.again()
	}
}

// beat says that the source lives.
func (s *site) beat(l *line) {
	s.then(beatEvery, func() {
		if l.closed[server] {
			return
		}
		if l.source.Welcomed() {
			b := s.shield.Beat(s.epoch)
			b.Sent = s.wall().UnixNano()
			l.send(caller, &b)
		}
		s.beat(l)
	})
}

// send sends a message to an end.
func (l *line) send(to int, m replica.Message) {
	raw := replica.Append(nil, m)
	from := l.ends[1-to]
	if l.broken[to] {
		return
	}
	cut := l.w.net.cut[from.i][l.ends[to].i]
	lost := l.w.travel(cut, &l.last[to], func() { l.arrive(to, raw) })
	l.broken[to] = lost && (cut || l.w.chance(2)) // a stream does not go on without what was lost
	l.holes = l.holes || lost
}

// end closes one end; the other one hears of it, unless the line is cut.
func (l *line) end(s *site) {
	end := caller
	if l.ends[server] == s {
		end = server
	}
	if l.closed[end] {
		return
	}
	l.closed[end] = true
	s.served = without(s.served, l)
	o := l.ends[1-end]
	l.w.travel(l.w.net.cut[s.i][o.i], &l.last[1-end], func() {
		if !l.closed[1-end] && o.up && o.life == l.lives[1-end] {
			l.closed[1-end] = true
			o.served = without(o.served, l)
			o.lost(l)
		}
	})
}

func without(all []*line, l *line) []*line {
	var rest []*line
	for _, other := range all {
		if other != l {
			rest = append(rest, other)
		}
	}
	return rest
}

// arrive takes a message at an end.
func (l *line) arrive(to int, raw []byte) {
	s := l.ends[to]
	switch {
	case l.closed[to] || !s.up || s.life != l.lives[to]:
		return
	case s.asleep > l.w.now:
		l.w.after(s.asleep-l.w.now, func() { l.arrive(to, raw) })
		return
	}
	m, err := replica.Parse(raw[4:])
	if err != nil {
		l.w.broken("a message does not read: %v", err)
		return
	}
	l.heard[to] = l.w.now
	if to == server {
		l.serve(m)
	} else {
		l.take(m)
	}
	s.settle()
}

// serve takes a message of the follower, as Replication.send does.
func (l *line) serve(m replica.Message) {
	s := l.ends[server]
	if err := l.source.Receive(m); err != nil {
		l.w.say("%s: line to %s: %v", s.name, l.ends[caller].name, err)
		l.pump() // a refusal may wait to be said
		l.end(s)
		if errors.Is(err, replica.ErrDeposed) {
			s.deposed(err)
		} else if errors.Is(err, journal.ErrPoisoned) {
			s.exit("its store failed: %v", err)
		}
		return
	}
	if l.source.Welcomed() {
		s.shield.Acked(l.source.Stored().Height, l.source.Peer().Applied, l.w.now)
		if s.meeting != nil {
			s.meeting.Told(l.source, s.at())
			if s.verdict(); s.meeting == nil {
				return
			}
		}
	}
	l.pump()
	s.flush()
}

// pump sends what the source has to say.
func (l *line) pump() {
	for s := l.ends[server]; !l.closed[server] && s.up; {
		m, err := l.source.Next()
		if err != nil {
			l.w.say("%s: line to %s: %v", s.name, l.ends[caller].name, err)
			l.end(s)
			return
		}
		if m == nil {
			return
		}
		l.send(caller, m)
	}
}

// take takes a message of the source, as Replication.Follow and its questions do.
func (l *line) take(m replica.Message) {
	s := l.ends[caller]
	switch l.kind {
	case askLine:
		l.end(s)
		if s.meeting != nil {
			s.meeting.Answered(centre.Serves(m))
			s.verdict()
		}
		return
	case knockLine:
		l.end(s)
		if err := centre.Knock(m, s.epoch); err != nil && s.is(dr.Primary) {
			s.deposed(err)
		}
		return
	}
	before := l.follower.Stored().Height
	answer, err := l.follower.Receive(m)
	var parting *replica.Parting
	switch {
	case errors.As(err, &parting):
		l.w.say("%s: %v", s.name, err)
		s.parting = parting
		s.turn(dr.Fenced, "the chains have parted")
		return
	case err != nil:
		l.w.say("%s: line from %s: %v", s.name, l.ends[server].name, err)
		l.end(s)
		s.lineFailed(err)
		return
	}
	if l.follower.Stored().Height > before {
		lag := s.w.between(10_000, 5*ms+s.slow)
		if s.w.chance(20) {
			lag += s.w.between(0, 500*ms)
		}
		s.inReign(lag, func() { s.apply(l) })
	}
	if answer != nil {
		s.then(s.w.between(0, 300_000+s.slow), func() { l.send(server, answer) })
	}
}

// apply folds what was stored into the state and says so.
func (s *site) apply(l *line) {
	if _, err := s.state.CatchUp(s.engine); err != nil {
		s.w.say("%s cannot apply: %v", s.name, err)
		s.w.oracle.disagrees(s, err)
		l.end(s)
		s.called = nil
		return
	}
	s.w.oracle.applied(s)
	if ack, err := l.follower.Ack(); err == nil && ack != nil && !l.closed[caller] {
		l.send(server, ack)
	}
}
