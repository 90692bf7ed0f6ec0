package exchange

import (
	"fmt"
	"time"

	"sancun/market"
)

// announced takes the streams of a platform. They are asked for once the
// machine has said where it stands in them.
func (s *session) announced(ev *event, now time.Time) {
	for _, p := range ev.streams {
		s.streams.add(p)
	}
	s.place = s.place || s.streams.any(func(st *stream) bool { return !st.asked })
	if s.place && s.state == Ready {
		s.enter(Synchronising, now)
	}
}

// positioned asks for every stream not yet asked for, from the machine's cursor on.
func (s *session) positioned(cursors []Cursor, now time.Time) error {
	s.place = false
	if s.state != Synchronising {
		return nil // the connection has gone meanwhile, or is being closed
	}
	for _, c := range cursors {
		if st := s.streams.byNo[c.Partition]; st != nil && !st.asked {
			st.next = max(c.Next, 1)
		}
	}
	asks := s.streams.asks(func(st *stream) bool { return !st.asked })
	for _, st := range s.streams.all {
		st.asked, st.again = true, false
	}
	s.syncAt, s.reportAt = now, now
	s.count.Synchronisations++
	return s.say(s.enc.synchronise(s.out, asks))
}

// resynchronise asks for everything again from where the machine stands: it has
// said that we do not agree.
func (s *session) resynchronise(now time.Time) {
	if s.state != Ready && s.state != Synchronising {
		return
	}
	s.forgetInbox()
	for _, st := range s.streams.all {
		*st = stream{partition: st.partition, next: 1, again: true}
	}
	s.place, s.probeAt = true, time.Time{}
	s.enter(Synchronising, now)
}

// synced takes what Shanghai says there is of each stream.
func (s *session) synced(ev *event) error {
	for _, end := range ev.ends {
		st := s.streams.byNo[end.partition]
		switch {
		case st == nil || !st.asked:
		case end.refused != 0:
			st.refused, st.answered = end.refused, true
			s.detail = fmt.Sprintf("stream %d refused with %d %s", end.partition, end.refused, ev.text)
		case end.last+1 < st.next && !st.answered:
			return fmt.Errorf("stream %d ends at %d, the journal wants %d next: %w", st.partition, end.last, st.next, ErrHistory)
		default:
			st.end, st.answered = end.last, true
		}
	}
	return nil
}

// numbered takes a report of a stream: the next one, one taken before, or one
// behind a gap, which is asked for and will come again.
func (s *session) numbered(r *report, now time.Time) error {
	st := s.streams.byNo[r.partition]
	if st != nil && st.again {
		return nil // of the time before we asked for all of it again
	}
	if st == nil || !st.asked {
		return fmt.Errorf("report %d of stream %d, which was not asked for: %w", r.index, r.partition, ErrProtocol)
	}
	s.reportAt = now
	switch {
	case r.index < st.next:
		s.count.Repeated++
		return nil
	case r.index > st.next:
		if st.gap {
			return nil
		}
		st.gap, s.gapAt = true, now
		s.count.Gaps++
		return s.askGap(st)
	}
	st.next++
	st.gap, st.gapAsks = false, 0
	s.count.Reports++
	if r.kind == reportFinished {
		st.finished = true
		return nil
	}
	s.settleReport(r)
	s.inbox = append(s.inbox, *r)
	return nil
}

// behind asks for what lies between us and the end that EzSTEP names in every echo.
func (s *session) behind(ev *event, now time.Time) error {
	for _, end := range ev.ends {
		st := s.streams.byNo[end.partition]
		if st == nil || !st.asked || st.again || st.gap || end.last < st.next {
			continue
		}
		st.gap, s.gapAt = true, now
		s.count.Gaps++
		if err := s.askGap(st); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) askGap(st *stream) error {
	if st.gapAsks++; st.gapAsks > gapAsksMax {
		return fmt.Errorf("report %d of stream %d, asked for %d times: %w", st.next, st.partition, gapAsksMax, ErrGap)
	}
	return s.say(s.enc.synchronise(s.out, []Cursor{{Partition: st.partition, Next: st.next}}))
}

// askGaps asks again for what is still missing.
func (s *session) askGaps(now time.Time) error {
	for _, st := range s.streams.all {
		if !st.gap {
			continue
		}
		s.gapAt = now
		if err := s.askGap(st); err != nil {
			return err
		}
	}
	return nil
}

func hasGap(st *stream) bool { return st.gap }

func unanswered(st *stream) bool { return st.asked && !st.answered }

// tickSynchronising decides whether the streams have caught up: all are asked
// for, none has a gap, Shanghai's have reached the end it named, and no report
// has come for the resend wait. Shenzhen names no end, hence the wait.
func (s *session) tickSynchronising(now time.Time) error {
	if s.streams.any(hasGap) && !s.o.LockStep && now.Sub(s.gapAt) >= s.o.ResendWait {
		return s.askGaps(now)
	}
	if s.o.Market == market.Shanghai && !s.o.LockStep && now.Sub(s.syncAt) > logonWait && s.streams.any(unanswered) {
		return fmt.Errorf("no answer to a synchronisation within %s: %w", logonWait, ErrSilent)
	}
	if len(s.streams.all) == 0 || s.place || s.streams.any(func(st *stream) bool {
		return !st.asked || st.gap || s.o.Market == market.Shanghai && unanswered(st) || st.refused == 0 && st.next <= st.end
	}) {
		return nil
	}
	last := s.syncAt
	if s.reportAt.After(last) {
		last = s.reportAt
	}
	if now.Sub(last) >= s.o.ResendWait || now.Sub(s.syncAt) >= quietMost*s.o.ResendWait {
		s.enter(Ready, now)
	}
	return nil
}
