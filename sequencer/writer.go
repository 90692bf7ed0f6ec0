package sequencer

// write owns the engine.
func (s *Sequencer) write() {
	defer s.done.Done()
	if s.durable != nil {
		defer close(s.durable)
	}
	for p := range s.work {
		if p.records > 0 && s.failure.Load() == nil {
			s.persist(p)
		}
		select {
		case s.spare <- p.body[:0]:
		default:
		}
		p.body = nil
		// The commit point has passed: from here on a crash loses nothing that
		// anyone was told.
		if s.durable != nil && !p.house() {
			s.durable <- p
		} else {
			s.answer(p)
		}
		s.ready <- struct{}{}
	}
}

// persist makes one block durable, or fails.
func (s *Sequencer) persist(p *pending) {
	if err := s.bind.persist(p); err != nil {
		s.fail(err)
		return
	}
	head := s.bind.head
	s.head.Store(&head)
}

// fail records the first failure; everything that waits gets it.
func (s *Sequencer) fail(err error) {
	if s.failure.CompareAndSwap(nil, &err) {
		close(s.failed)
	}
}

// release answers blocks in their order once the protection mode lets them out. A
// block without records waits like the one before it: what it shows may have been
// durable before this reign and never released.
func (s *Sequencer) release() {
	defer s.done.Done()
	for p := range s.durable {
		if s.failure.Load() == nil {
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
		s.finish(b)
	}
}
