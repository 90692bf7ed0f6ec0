package sequencer

// loop owns the machine.
func (s *Sequencer) loop() {
	defer s.done.Done()
	defer close(s.work)
	for {
		if s.draft.block != nil {
			select {
			case <-s.ready:
				s.handOver()
				continue
			default:
			}
		}
		select {
		case b := <-s.queue:
			s.take(b)
		case <-s.readyFor():
			s.handOver()
		case <-s.failed:
			s.abandon()
			return
		case <-s.stop:
			s.drain()
			return
		}
	}
}

// readyFor returns the channel to wait on for the writer: none while there is
// nothing to write.
func (s *Sequencer) readyFor() <-chan struct{} {
	if s.draft.block == nil {
		return nil
	}
	return s.ready
}

// take decides a batch, handing blocks over as they fill.
func (s *Sequencer) take(b *Batch) {
	if !s.draft.take(b, s.buffer, s.full) {
		s.finish(b) // the loop sees the failure next
	}
}

// full hands the open block over, waiting for the writer; false when it failed.
func (s *Sequencer) full() bool {
	select {
	case <-s.ready:
		s.handOver()
		return true
	case <-s.failed:
		return false
	}
}

// buffer is room for the records of a block.
func (s *Sequencer) buffer() []byte {
	select {
	case buffer := <-s.spare:
		return buffer
	default:
		return make([]byte, 0, BlockBytes+BlockBytes/4)
	}
}

// handOver gives the open block to the writer, which is ready for it.
func (s *Sequencer) handOver() { s.work <- s.draft.close() }

// drain decides what is queued and hands the rest over, on the way to a stop.
func (s *Sequencer) drain() {
	for {
		select {
		case b := <-s.queue:
			s.take(b)
			continue
		default:
		}
		break
	}
	if s.draft.block == nil {
		return
	}
	if !s.full() {
		s.abandon()
	}
}

// abandon answers everything that waits with the failure.
func (s *Sequencer) abandon() {
	s.shut()
	if s.draft.block != nil {
		for _, b := range s.draft.block.batches {
			s.finish(b)
		}
		s.draft.block = nil
	}
	for {
		select {
		case b := <-s.queue:
			s.finish(b)
		default:
			return
		}
	}
}

// finish answers a batch.
func (s *Sequencer) finish(b *Batch) {
	s.waiting.Add(-int64(len(b.Requests)))
	b.finish(s.Err())
}

// finish tells who waits for a batch.
func (b *Batch) finish(err error) {
	b.Err = err
	close(b.done)
}
