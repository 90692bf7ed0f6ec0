package exchange

import (
	"time"

	"sancun/record"
)

// queue takes an order or a cancel from the door into its lane. One that the
// exchange has spoken of already is there and is not sent; a cancel takes its
// next letter instead, because cancelling twice does no harm.
func (s *session) queue(e *entry) {
	for {
		_, heard := s.heard[e.id()]
		if !heard && s.byID[e.id()] == nil {
			break
		}
		if !heard || !e.next() {
			s.count.Known++
			return
		}
	}
	s.byID[e.id()] = e
	s.waiting++
	p := platformOf(s.o.Market, e)
	s.lanes[p] = append(s.lanes[p], e)
}

// settle notes that the exchange has a message of ours.
func (s *session) settle(id ClOrdID) {
	if id == (ClOrdID{}) {
		return
	}
	if len(s.heard) < heardMax {
		s.heard[id] = struct{}{}
	}
	e := s.byID[id]
	if e == nil {
		return
	}
	delete(s.byID, id)
	e.done = true
	s.count.Acked++
	switch {
	case e.stuck:
		s.stuck--
	case e.sent:
		s.onWire--
	default:
		s.waiting--
	}
}

// settleReport notes what a report shows to be at the exchange: the message it
// answers, and the order unless the cancel was refused.
func (s *session) settleReport(r *report) {
	if s.duplicate(r) {
		s.twice(s.byID[r.message])
		return
	}
	s.settle(r.message)
	if r.kind != reportCancelRefused {
		s.settle(r.order)
	}
}

// duplicate says whether a report refuses a ClOrdID because it was used before.
func (s *session) duplicate(r *report) bool {
	if r.kind != reportRefused && r.kind != reportCancelRefused {
		return false
	}
	for _, code := range s.o.Duplicates {
		if r.reason == code {
			return true
		}
	}
	return false
}

// twice acts on a refusal as a duplicate: an order is there already, a cancel
// goes out under its next letter.
func (s *session) twice(e *entry) {
	s.count.Duplicates++
	if e == nil {
		return
	}
	again := *e
	s.settle(e.id())
	if again.cancel && again.next() {
		again.sent, again.stuck = false, false
		s.queue(&again)
	}
}

// refused takes a refusal outside the streams. It settles its message only when
// it is submitted, because it does not come again.
func (s *session) refused(r *report, text string) {
	e := s.byID[r.message]
	if e == nil {
		s.count.Ignored++
		s.detail = "refusal of nothing we sent: " + text
		return
	}
	if e.cancel {
		r.kind, r.order = reportCancelRefused, e.original
	}
	if s.duplicate(r) {
		s.twice(e)
		return
	}
	s.inbox = append(s.inbox, *r)
}

// pump sends what may be sent: the platform is open, and neither the wire nor
// the connection's buffer is full.
func (s *session) pump(now time.Time, backlog int) {
	if s.state != Ready {
		return
	}
	for p := range s.lanes {
		if !s.platforms[p].open() {
			continue
		}
		lane, at := s.lanes[p], 0
		for ; at < len(lane) && s.onWire < windowMax && backlog+len(s.out) < backlogMax; at++ {
			if e := lane[at]; !e.done {
				s.waiting--
				s.put(e, now)
			}
		}
		clear(lane[:at])
		if s.lanes[p] = lane[at:]; len(s.lanes[p]) == 0 {
			s.lanes[p] = nil
		}
	}
}

// put writes one message, or says why it cannot be sent.
func (s *session) put(e *entry, now time.Time) {
	out, err := s.enc.send(s.out, e)
	if err != nil {
		s.refuseLocally(e, err)
		return
	}
	s.out = out
	if e.sends++; e.sends > 1 {
		s.count.Resent++
	}
	e.sent, e.at = true, now
	s.onWire++
	s.count.Sent++
	s.unanswered = append(s.unanswered, e)
}

// refuseLocally ends a message that the exchange's format cannot carry.
func (s *session) refuseLocally(e *entry, why error) {
	s.count.Unsendable++
	s.detail = "order " + e.id().String() + ": " + why.Error()
	delete(s.byID, e.id())
	e.done = true
	at := record.Report{Market: uint8(s.o.Market), ClOrdID: e.id()}
	if e.cancel {
		at.ClOrdID = e.original
		s.local = append(s.local, record.Request{Caller: s.caller, Cmd: &record.CancelRefused{Report: at, Reason: ReasonUnsendable}})
		return
	}
	s.local = append(s.local, record.Request{Caller: s.caller, Cmd: &record.OrderRefused{Report: at, Reason: ReasonUnsendable}})
}

// tickReady asks what became of messages that are unanswered for too long, and
// sends again what the answer did not show (law X3).
func (s *session) tickReady(now time.Time) error {
	s.sweep()
	if s.streams.any(hasGap) {
		if !s.o.LockStep && now.Sub(s.gapAt) >= s.o.ResendWait {
			return s.askGaps(now)
		}
		return nil
	}
	if s.probeAt.IsZero() {
		if len(s.unanswered) == 0 || now.Sub(s.unanswered[0].at) < s.o.AckTimeout {
			return nil
		}
		s.probeAt = now
		s.count.Synchronisations++
		return s.say(s.enc.synchronise(s.out, s.streams.asks(func(st *stream) bool { return st.asked && st.refused == 0 })))
	}
	if now.Sub(s.probeAt) >= s.o.ResendWait {
		s.resendDue(now)
	}
	return nil
}

// resendDue sends again what was due when the streams were asked, in order.
func (s *session) resendDue(now time.Time) {
	due := s.probeAt.Add(-s.o.AckTimeout)
	s.probeAt = time.Time{}
	list := s.unanswered
	s.unanswered = nil
	var again []*entry
	for _, e := range list {
		switch {
		case e.done:
		case e.at.After(due):
			s.unanswered = append(s.unanswered, e)
		default:
			again = append(again, e)
		}
	}
	for _, e := range again {
		s.onWire--
		switch p := s.platforms[platformOf(s.o.Market, e)]; {
		case p.open() && e.silences < silencesMax:
			e.silences++
			e.sent = false
			s.put(e, now)
		case p.open() || p.state == platformClosed:
			e.sent, e.stuck = false, true
			s.stuck++
		default: // wait for the platform, then ask again
			s.onWire++
			e.at = now
			s.unanswered = append(s.unanswered, e)
		}
	}
}

// sweep forgets answered messages at the head of the list, and all of them when
// they outnumber the others.
func (s *session) sweep() {
	at := 0
	for at < len(s.unanswered) && s.unanswered[at].done {
		at++
	}
	clear(s.unanswered[:at])
	s.unanswered = s.unanswered[at:]
	if len(s.unanswered) > 2*s.onWire+batchMax {
		var live []*entry
		for _, e := range s.unanswered {
			if !e.done {
				live = append(live, e)
			}
		}
		s.unanswered = live
	}
}
