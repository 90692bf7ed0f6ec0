package sequencer

import (
	"fmt"

	"sancun/journal"
	"sancun/record"
)

// Stepwise is a sequencer without goroutines, for an owner who calls every step
// himself: Take decides, Write seals and makes durable, Answer tells whoever waits.
// It is the same deciding and writing as the Sequencer's, and keeps its invariants.
// Options.Release is not used: the owner says up to which height answers may leave.
type Stepwise struct {
	options Options
	draft   drafter
	bind    binder
	durable []*pending // waits for its release, oldest first
	failure error
	closed  bool
	waiting int // requests taken and not answered
}

// NewStepwise makes a sequencer on an engine whose head the machine has been
// brought to.
func NewStepwise(engine journal.Engine, machine Machine, head journal.Position, o Options) *Stepwise {
	if o.RootEvery == 0 {
		o.RootEvery = rootEvery
	}
	s := &Stepwise{options: o}
	s.draft = drafter{options: &s.options, machine: machine, height: head.Height, last: head.Time}
	s.bind = binder{options: &s.options, engine: engine, head: head}
	return s
}

// stepBuffer is room for the records of a small block; it grows when it must.
const stepBuffer = 4 << 10

func (s *Stepwise) buffer() []byte { return make([]byte, 0, stepBuffer) }

// Take decides a batch into the open block. It returns ErrBusy, ErrStopped or
// ErrUnknown, without having done anything.
func (s *Stepwise) Take(b *Batch) error {
	switch {
	case s.failure != nil:
		return s.Err()
	case s.closed:
		return ErrStopped
	case s.waiting+len(b.Requests) > QueueRequests:
		return ErrBusy
	}
	s.waiting += len(b.Requests)
	b.begin()
	if !s.draft.take(b, s.buffer, func() bool { return s.Write() == nil }) {
		s.finish(b)
	}
	return nil
}

// Write makes the open block durable, if there is one. The error is Err's.
func (s *Stepwise) Write() error {
	if s.draft.block == nil || s.failure != nil {
		return s.Err()
	}
	p := s.draft.close()
	if p.records > 0 {
		if err := s.bind.persist(p); err != nil {
			s.durable = append(s.durable, p)
			s.Fail(err)
			return s.Err()
		}
	}
	if p.house() {
		s.tell(p)
		return nil
	}
	s.durable = append(s.durable, p)
	return nil
}

// Answer tells everybody whose block, and every block before it, is durable and
// not above the height up to which the protection mode lets out.
func (s *Stepwise) Answer(opened uint64) {
	for len(s.durable) > 0 && s.failure == nil && s.durable[0].header.Height <= opened {
		p := s.durable[0]
		if p.records == 0 && s.options.Reigns != nil {
			if err := s.options.Reigns(); err != nil {
				s.Fail(err)
				return
			}
		}
		s.durable = s.durable[1:]
		if p.records > 0 && s.options.Released != nil {
			s.options.Released(&p.header)
		}
		s.tell(p)
	}
}

// Fail ends the sequencer as a failed store does: nothing more is decided or
// answered with success, and who waits is told that the outcome is unknown.
func (s *Stepwise) Fail(err error) {
	if s.failure != nil {
		return
	}
	s.failure = err
	if s.draft.block != nil {
		s.durable = append(s.durable, s.draft.block)
		s.draft.block = nil
	}
	for _, p := range s.durable {
		s.tell(p)
	}
	s.durable = nil
}

// Stop lets nothing more in. What was taken is made durable; it is answered as it
// is released.
func (s *Stepwise) Stop() error {
	s.closed = true
	return s.Write()
}

// Oldest is the height that must leave before the oldest waiting answer may; false
// when nothing that is durable waits.
func (s *Stepwise) Oldest() (height uint64, waits bool) {
	if len(s.durable) == 0 || s.failure != nil {
		return 0, false
	}
	return s.durable[0].header.Height, true
}

// Deciding is the height of the newest block that a look at the machine may show,
// durable or not.
func (s *Stepwise) Deciding() uint64 {
	if s.draft.begun() {
		return s.draft.height + 1
	}
	return s.draft.height
}

// Waiting says whether a block waits to be written or released.
func (s *Stepwise) Waiting() bool { return s.draft.block != nil || len(s.durable) > 0 }

// Head is the last durable position.
func (s *Stepwise) Head() journal.Position { return s.bind.head }

// Err returns why the sequencer failed, wrapped in ErrUnknown, or nil.
func (s *Stepwise) Err() error {
	if s.failure == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnknown, s.failure)
}

func (s *Stepwise) tell(p *pending) {
	for _, b := range p.batches {
		s.finish(b)
	}
}

func (s *Stepwise) finish(b *Batch) {
	s.waiting -= len(b.Requests)
	b.finish(s.Err())
}

// Request is one request alone, as a batch.
func Request(r record.Request) *Batch { return &Batch{Requests: []record.Request{r}} }
