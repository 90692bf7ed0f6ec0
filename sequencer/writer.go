package sequencer

import "sancun/journal"

// write owns the engine.
func (s *Sequencer) write(head journal.Position) {
	defer s.done.Done()
	if s.durable != nil {
		defer close(s.durable)
	}
	var sealer journal.Sealer
	for p := range s.work {
		if p.records > 0 && s.failure.Load() == nil {
			head = s.persist(&sealer, p, head)
		}
		select {
		case s.spare <- p.body[:0]:
		default:
		}
		p.buffer, p.body = nil, nil
		// The commit point has passed: from here on a crash loses nothing that
		// anyone was told.
		if s.durable != nil {
			s.durable <- p
		} else {
			s.answer(p)
		}
		s.ready <- struct{}{}
	}
}

// persist seals and appends one block and returns the new head.
func (s *Sequencer) persist(sealer *journal.Sealer, p *pending, head journal.Position) journal.Position {
	p.header.Previous = head.Hash
	block, err := sealer.Seal(p.header, p.body)
	if err == nil {
		err = s.engine.Append(&block)
	}
	if err != nil {
		s.fail(err)
		return head
	}
	p.header = block.Header
	head = block.Position()
	s.head.Store(&head)
	if s.options.Stored != nil {
		s.options.Stored(&block)
	}
	return head
}

// fail records the first failure; everything that waits gets it.
func (s *Sequencer) fail(err error) {
	if s.failure.CompareAndSwap(nil, &err) {
		close(s.failed)
	}
}

// release answers blocks in their order once the protection mode lets them out.
func (s *Sequencer) release() {
	defer s.done.Done()
	for p := range s.durable {
		if p.records > 0 && s.failure.Load() == nil {
			if err := s.options.Release(p.header.Height); err != nil {
				s.fail(err)
			}
		}
		s.answer(p)
	}
}

// Fail ends the sequencer as a failed store does: nothing more is decided or
// answered with success, and who waits is told that the outcome is unknown.
func (s *Sequencer) Fail(err error) { s.fail(err) }

// answer tells everybody who waits for a block.
func (s *Sequencer) answer(p *pending) {
	if p.records == 0 && s.options.Reigns != nil {
		if err := s.options.Reigns(); err != nil {
			s.fail(err)
		}
	}
	if p.records > 0 && s.options.Released != nil && s.failure.Load() == nil {
		s.options.Released(&p.header)
	}
	for _, b := range p.batches {
		b.finish(s)
	}
}
