package exchange

import (
	"errors"
	"slices"
	"time"

	"sancun/calendar"
	"sancun/wire/frame"
)

// handle acts on one message, with the lock held.
func (x *Exchange) handle(s *session, in *inbound) {
	if s.ended || s.closing {
		return
	}
	switch {
	case in.kind == inLogon && !s.loggedOn:
		x.logOn(s, &in.logon)
	case in.kind == inLogon, !s.loggedOn && in.kind != inHeartbeat:
		s.bye(byeInvalid)
	case in.kind == inHeartbeat:
	case in.kind == inLogout:
		s.bye(byeLogout)
	case in.kind == inGarbled:
		x.refuse(s, &in.ref, ReasonMalformed, in.text)
	case s.line == lineQuotes:
		x.refuse(s, &in.ref, ReasonBusiness, "")
	case in.kind == inSync:
		x.synchronise(s, in)
	default:
		x.business(s, in)
	}
	x.pumpAll()
}

// isFormat says whether a read failed for what the bytes say.
func isFormat(err error) bool {
	var bad *frame.Error
	return errors.As(err, &bad)
}

func (x *Exchange) pumpAll() {
	for _, s := range x.sessions {
		s.pump()
	}
	x.wake.Broadcast()
}

// logOn opens a session, or says why not. A member has one trade session: a new
// one replaces the old, which may be a connection that died unseen.
func (x *Exchange) logOn(s *session, l *logon) {
	m := slices.IndexFunc(x.members, func(m Member) bool { return m.CompID == l.sender })
	switch {
	case m < 0, x.market == Shenzhen && x.members[m].Password != l.password,
		l.date != 0 && l.date != uint32(x.date), !x.heartbeatFits(l):
		s.bye(byeCredentials)
		return
	case x.refuseLogons[m]:
		s.bye(byeNotNow)
		return
	}
	for _, old := range x.sessions {
		if old != s && old.loggedOn && old.member == m && old.line == s.line {
			old.bye(byeReplaced)
		}
	}
	s.member, s.cursor = m, len(x.reports)
	s.say(sayLogon{logon{sender: l.target, target: l.sender, version: l.version, heartbeat: l.heartbeat}})
	if s.line == lineQuotes {
		x.sendStatic(s)
	} else {
		x.sendLayout(s)
	}
	s.loggedOn = true
	if x.config.Ticks != nil {
		s.pulse(time.Duration(l.heartbeat) * time.Second)
	}
}

// heartbeatFits checks the interval asked for, and sets the default for none.
func (x *Exchange) heartbeatFits(l *logon) bool {
	if x.market == Shanghai {
		return l.heartbeat >= heartbeatLeastSH && l.heartbeat <= heartbeatMostSH
	}
	if l.heartbeat == 0 {
		l.heartbeat = heartbeatDefault
	}
	return l.heartbeat <= heartbeatMax
}

// sendLayout tells a new session the platforms' states and partitions.
func (x *Exchange) sendLayout(s *session) {
	for i := range x.platforms {
		p := &x.platforms[i]
		if !s.carries(i) {
			continue
		}
		numbers := make([]int32, len(p.partitions))
		for k, at := range p.partitions {
			numbers[k] = x.partitions[at].no
		}
		layout, state := sayLayout{p.id, x.members[s.member].PBUs, numbers}, sayState{p.id, p.state}
		if x.market == Shenzhen {
			s.say(layout)
			s.say(state)
		} else {
			s.say(state)
			s.say(layout)
		}
	}
}

// synchronise sets where each stream continues. Shenzhen drops a request with a
// wrong partition whole; Shanghai answers stream by stream.
func (x *Exchange) synchronise(s *session, in *inbound) {
	answers := make([]answer, len(in.asks))
	places := make([]int, len(in.asks))
	bad := false
	for i, a := range in.asks {
		places[i] = x.findStream(s, &a)
		answers[i] = answer{ask: a, bad: places[i] < 0 || slices.Contains(places[:i], places[i])}
		bad = bad || answers[i].bad
		if !answers[i].bad {
			answers[i].end = uint64(len(x.streams[places[i]].reports))
		}
	}
	if bad && x.market == Shenzhen {
		s.say(sayBadSync{in.ref})
		return
	}
	s.say(saySynced{answers})
	for i, a := range answers {
		if a.bad || a.index == 0 { // EzSTEP asks for nothing but the end
			continue
		}
		s.next[places[i]] = a.index
		if a.index <= a.end {
			s.replays = append(s.replays, replay{places[i], a.end})
		}
	}
}

// findStream returns the place of the stream asked for, or -1.
func (x *Exchange) findStream(s *session, a *ask) int {
	return slices.IndexFunc(x.streams, func(st stream) bool {
		p := &x.partitions[st.partition]
		return st.member == s.member && p.no == a.partition && s.carries(p.platform) &&
			(x.market == Shenzhen || s.line == lineEzSTEP || x.owners[st.owner] == a.pbu)
	})
}

// refuse turns a message away at the door: no number, no trace in the day.
func (x *Exchange) refuse(s *session, ref *reference, r Reason, garbled string) {
	x.totals.Refused++
	s.say(sayRefuse{ref: *ref, reason: r, garbled: garbled, at: digits(x.venue.now)})
}

// business takes an order or a cancel: the door's checks, a fault if one is due,
// the Venue, and the reports.
func (x *Exchange) business(s *session, in *inbound) {
	unit, known := x.venue.PBU(in.pbu)
	if !known || x.unitMember[unit] != s.member {
		x.refuse(s, &in.ref, ReasonPBU, "")
		return
	}
	in.order.PBU, in.cancel.PBU = unit, unit
	ticket, business := &in.order.Ticket, in.order.Business
	if in.kind == inCancel {
		ticket, business = &in.cancel.Ticket, in.cancel.Business
	}
	w := x.venue.window
	switch {
	case x.venue.full():
		x.refuse(s, &in.ref, ReasonFull, "")
		return
	case !takes(&w, business):
		x.refuse(s, &in.ref, ReasonNotTradingTime, "")
		return
	case x.venue.used(unit, ticket.ClOrdID):
		x.refuse(s, &in.ref, ReasonDuplicate, "")
		return
	}
	fault := x.nextFault(clKey{unit, ticket.ClOrdID}, in)
	switch fault {
	case FaultSilent:
		return
	case FaultDropBefore:
		s.end()
		return
	}
	first := len(x.reports)
	switch {
	case in.kind == inCancel:
		x.venue.Cancel(&in.cancel)
	case fault == FaultRefuse:
		x.venue.Refuse(&in.order, ReasonRefused)
	default:
		x.venue.Submit(&in.order)
	}
	x.collect()
	x.spoil(s, fault, first, in.order.Code)
}

// nextFault returns the fault of a message: one commanded, else one drawn. A
// message that was swallowed or cut off once is not again when it is resent.
func (x *Exchange) nextFault(key clKey, in *inbound) Fault {
	fault := FaultNone
	if len(x.armed) > 0 {
		fault, x.armed = x.armed[0], x.armed[1:]
	} else if !x.spent[key] {
		fault = x.faults.draw(in.pbu, key.id)
	}
	if fault == FaultRefuse && in.kind == inCancel || fault == FaultHalt && in.kind == inCancel {
		fault = FaultNone
	}
	if fault == FaultSilent || fault == FaultDropBefore {
		x.spent[key] = true
	}
	x.totals.Faults[fault]++
	return fault
}

// spoil applies a fault to the reports that a message has caused for its sender.
func (x *Exchange) spoil(s *session, f Fault, first int, code Code) {
	switch f {
	case FaultDropAfter:
		s.end()
	case FaultHalt:
		if x.venue.Halt(code) == nil {
			x.resumes = append(x.resumes, resume{x.venue.now + x.faults.HaltFor, code})
		}
	case FaultDelay:
		x.hold(s, first, x.venue.now+x.faults.DelayBy)
	case FaultLate:
		x.hold(s, first, x.venue.now+x.faults.LateBy)
	case FaultTwice, FaultLose:
		for i := first; i < len(x.reports); i++ {
			if r := &x.reports[i]; x.streams[r.stream].member == s.member {
				r.flags |= map[Fault]uint8{FaultTwice: reportTwice, FaultLose: reportLost}[f]
				return
			}
		}
	}
}

// hold keeps the sender's reports from first on out of the live stream until t.
func (x *Exchange) hold(s *session, first int, t calendar.TimeOfDay) {
	for i := first; i < len(x.reports); i++ {
		if r := &x.reports[i]; x.streams[r.stream].member == s.member {
			r.until = t
		}
	}
	x.held = append(x.held, t)
}
