package pair

import (
	"bytes"
	"errors"
	"fmt"

	"sancun/centre"
	"sancun/dr"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
	"sancun/sequencer"
	"sancun/state"
)

// errNotServed refuses what a centre cannot take now; nothing was done.
var errNotServed = errors.New("this centre does not write")

// waiting is a batch whose answer somebody waits for.
type waiting struct {
	batch *sequencer.Batch
	done  func(*sequencer.Batch)
}

// write begins to write behind the journal's end, as node's Core does.
func (s *site) write() error {
	head, err := s.engine.Head()
	if err != nil {
		return err
	}
	if err := centre.MayWrite(s.state.Applied.Height, head); err != nil {
		return err
	}
	s.shield.Begin(s.state.Machine.Centre(), head, s.w.now)
	s.hand = sequencer.NewStepwise(s.engine, s.state.Machine, head, sequencer.Options{
		Cell: cell, Epoch: s.epoch, Kind: journal.SHA256, Now: s.wall, RootEvery: rootEvery,
		Stored: func(b *journal.Block) { s.shield.Stored(b, s.w.now) },
	})
	s.writing, s.head0 = true, head
	return nil
}

// beginReign does what a primary does.
func (s *site) beginReign() {
	if !s.writing {
		if err := s.write(); err != nil {
			s.exit("it cannot write: %v", err)
			return
		}
	}
	s.each(1000*ms, func() {
		if !s.followed() {
			s.call(knockLine)
		}
	})
	s.each(100*ms, s.wish)
	s.beginOutbox()
	s.flush()
}

// followed says whether the other centre follows this one.
func (s *site) followed() bool {
	for _, l := range s.served {
		if l.kind == followLine {
			return true
		}
	}
	return false
}

// submit decides a batch and calls done when it is answered.
func (s *site) submit(b *sequencer.Batch, done func(*sequencer.Batch)) error {
	if !s.writing {
		return errNotServed
	}
	if err := s.hand.Take(b); err != nil {
		return err
	}
	s.waits = append(s.waits, &waiting{b, done})
	s.writeSoon()
	return nil
}

// writeSoon writes the open block when the disk is free.
func (s *site) writeSoon() {
	if s.due {
		return
	}
	s.due = true
	s.then(s.w.between(50_000, 500_000+s.slow), func() {
		s.due = false
		if s.hand != nil {
			_ = s.hand.Write() // settle sees the failure
			s.flush()
		}
	})
}

// flush lets out what may leave: answers, blocks to the other centre, messages.
func (s *site) flush() {
	if s.hand == nil {
		return
	}
	s.w.oracle.lets(s)
	for height, waits := s.hand.Oldest(); waits; height, waits = s.hand.Oldest() {
		lets, err := s.shield.Lets(height)
		if err != nil {
			s.hand.Fail(err)
			break
		}
		if !lets {
			break
		}
		s.hand.Answer(height)
	}
	s.deliver()
	for _, l := range s.served {
		l.pump()
	}
	s.pumpOutbox()
	s.cede()
}

// deliver calls whoever waits for a batch that has been answered.
func (s *site) deliver() {
	rest := s.waits[:0]
	var ready []*waiting
	for _, a := range s.waits {
		select {
		case <-a.batch.Done():
			ready = append(ready, a)
		default:
			rest = append(rest, a)
		}
	}
	s.waits = rest
	for _, a := range ready {
		a.done(a.batch)
	}
}

// wish journals a change of mode that the gate asks for.
func (s *site) wish() {
	wish, behind := s.shield.Wish(s.w.now)
	if wish == replica.WishNothing || s.wishing || !s.writing {
		return
	}
	s.w.say("%s: the gate wishes %d, %d behind", s.name, wish, behind)
	s.wishing = s.submit(sequencer.Request(record.Request{Cmd: centre.StandAlone(wish, behind)}), func(*sequencer.Batch) { s.wishing = false }) == nil
}

// deposed ends a reign because a newer epoch has begun: the process is opened anew.
func (s *site) deposed(err error) {
	if s.meeting != nil {
		s.meeting.Deposed()
		s.verdict()
		return
	}
	s.shield.Depose(err)
	s.flush()
	if s.up && s.become(dr.Recovering, centre.Newest(s.writing, s.epoch, s.at(), s.station.Highest()), err.Error()) {
		s.exit("deposed")
	}
}

// verdict ends a meeting that knows.
func (s *site) verdict() {
	if s.meeting == nil {
		return
	}
	if role, why := s.meeting.Verdict(); role != dr.Recovering {
		s.turn(role, why)
	}
}

// ceding is a hand-over under way.
type ceding struct {
	next  uint32
	until int64
	gone  bool // the store is fenced, the other centre still gets the end
	done  func(journal.Position, error)
}

// handOver ends the reign for a planned switchover, as Core.HandOver and Node do.
func (s *site) handOver(o *dr.Order, done func(journal.Position, error)) {
	if err := centre.MayCede(o.Epoch, s.epoch); err != nil || !s.writing {
		done(journal.Position{}, errors.Join(err, errNotServed))
		return
	}
	s.writing = false
	_ = s.hand.Stop() // its failure is the hand's
	s.ceding = &ceding{next: o.Epoch, until: s.w.now + 4*second, done: done}
	s.inReign(4*second, s.cede)
	s.inReign(8*second, s.cede)
	s.flush()
}

// cede goes on with a hand-over.
func (s *site) cede() {
	c := s.ceding
	if c == nil {
		return
	}
	if !c.gone {
		switch {
		case s.hand.Err() != nil:
			s.brokeOff(s.hand.Err())
			return
		case s.hand.Waiting() && s.w.now < c.until:
			return
		case s.hand.Waiting():
			s.shield.Shut()
			s.brokeOff(centre.ErrShut)
			return
		}
		head, err := centre.Cede(s.engine, c.next)
		if err != nil {
			s.brokeOff(err)
			return
		}
		s.state.Applied = replica.Applied{Height: head.Height}
		c.gone = true
		c.until += 4 * second
	}
	if s.shield.Behind() > 0 && s.w.now < c.until {
		return
	}
	s.ceding = nil
	if s.become(dr.Standby, c.next, "handed over") {
		head := s.at()
		s.takeRole()
		c.done(head, nil)
	}
}

// brokeOff ends a hand-over that failed: the machine may hold what never was
// written, so the process is opened anew.
func (s *site) brokeOff(err error) {
	done := s.ceding.done
	s.ceding = nil
	done(journal.Position{}, err)
	s.hand.Fail(err)
	s.deliver()
	if s.up && s.become(dr.Recovering, centre.Newest(false, s.epoch, s.at(), s.station.Highest()), "the hand-over failed") {
		s.exit("the hand-over broke off: %v", err)
	}
}

// promote makes this centre the one that writes, as Core.Promote and Node do.
func (s *site) promote(o *dr.Order, maker, checker dr.Operator) error {
	s.hushed = true
	if s.called != nil {
		s.called.end(s)
		s.called = nil
	}
	p := centre.Promotion(o, maker, checker)
	err := centre.TakeOver(s.engine, &p, func() error {
		_, err := s.state.CatchUp(s.engine)
		return err
	})
	if err == nil {
		s.epoch = p.Epoch
		err = s.write()
	}
	if err != nil {
		s.hushed = false
		s.follow()
		return err
	}
	batch := sequencer.Request(record.Request{Cmd: &p})
	if err := s.hand.Take(batch); err != nil {
		return err
	}
	if err := s.hand.Write(); err != nil {
		return err
	}
	if code := record.Code(batch.Answers[0].Code); code != record.Accepted {
		s.exit("the first record of epoch %d was refused: %s", p.Epoch, code)
		return fmt.Errorf("refused: %s", code)
	}
	if s.become(dr.Primary, p.Epoch, "took over") {
		s.takeRole()
	}
	return nil
}

// snapshot keeps the state, as Core.Snapshot does.
func (s *site) snapshot() {
	if !s.writing {
		if s.tainted == 0 && !s.state.Applied.Disagree && s.hand == nil {
			if at, there, err := replica.At(s.engine, cell, s.state.Applied.Height); err == nil && there {
				s.kept(s.snapshots().Write(s.state.Machine, at))
			}
		}
		return
	}
	var image bytes.Buffer
	var height uint64
	var root state.Hash
	batch := &sequencer.Batch{Between: func(h uint64) {
		height, root = h, s.state.Machine.Root()
		_ = s.state.Machine.WriteSnapshot(&image) // a buffer takes everything
	}}
	_ = s.submit(batch, func(b *sequencer.Batch) {
		if b.Err != nil {
			return
		}
		at, there, err := replica.At(s.engine, cell, height)
		if err == nil && there {
			err = s.snapshots().Store(image.Bytes(), root, at)
		}
		s.kept(err)
	})
}

func (s *site) kept(err error) {
	if err != nil {
		s.w.say("%s: no snapshot: %v", s.name, err)
	}
}

// stop ends the process cleanly, as Core.Close does: what waits for the other
// centre is not waited for.
func (s *site) stop() {
	clean := !s.state.Applied.Disagree
	if s.writing {
		s.shield.Shut()
		_ = s.hand.Stop()
		s.flush()
		clean = s.up && s.hand.Err() == nil && !s.hand.Waiting()
	}
	if !s.up {
		return
	}
	if clean && s.hand != nil && s.writing {
		s.kept(s.snapshots().Write(s.state.Machine, s.hand.Head()))
	}
	if s.hand != nil && s.hand.Err() == nil {
		s.hand.Fail(centre.ErrShut)
		s.deliver()
	}
	_ = s.engine.Close() // nothing is written by it
	s.exit("stopped by people")
}
