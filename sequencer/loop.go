package sequencer

import "sancun/journal"

// loop owns the machine.
func (s *Sequencer) loop() {
	defer s.done.Done()
	defer close(s.work)
	for {
		if s.block != nil {
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
	if s.block == nil {
		return nil
	}
	return s.ready
}

// take decides a batch, handing blocks over as they fill.
func (s *Sequencer) take(b *Batch) {
	if b.Between != nil && s.block != nil && s.block.records > 0 && !s.full() {
		b.finish(s)
		return
	}
	s.open()
	if b.Between != nil {
		b.Between(s.height)
	}
	if b.Read != nil {
		b.Read()
	}
	for i := range b.Requests {
		if s.block.records >= BlockRecords || len(s.machine.Body()) >= BlockBytes {
			if !s.full() {
				b.finish(s) // the loop sees the failure next
				return
			}
			s.open()
		}
		before := len(s.machine.Body())
		b.Answers = append(b.Answers, s.machine.Decide(b.Requests[i]))
		if len(s.machine.Body()) > before {
			s.block.records++
		}
	}
	s.block.batches = append(s.block.batches, b)
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

// open starts a block if none is open.
func (s *Sequencer) open() {
	if s.block != nil {
		return
	}
	var buffer []byte
	select {
	case buffer = <-s.spare:
	default:
		buffer = make([]byte, 0, BlockBytes+BlockBytes/4)
	}
	s.last = max(s.last, s.options.Now().UnixNano())
	s.block = &pending{buffer: buffer, header: journal.Header{
		Kind: s.options.Kind, Cell: s.options.Cell, Epoch: s.options.Epoch, Height: s.height + 1, Time: s.last,
	}}
	s.machine.Begin(buffer, s.height+1, s.last)
}

// handOver gives the open block to the writer, which is ready for it. A block
// without records only carries answers and reads; it takes no height.
func (s *Sequencer) handOver() {
	p := s.block
	s.block = nil
	p.body = s.machine.Body()
	if p.records > 0 {
		s.height++
		if s.height%s.options.RootEvery == 0 {
			p.header.HasStateRoot, p.header.EarlierRoot = true, true
			p.header.StateRoot = journal.Hash(s.machine.NextRoot())
		}
	}
	s.work <- p
}

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
	if s.block == nil {
		return
	}
	if !s.full() {
		s.abandon()
	}
}

// abandon answers everything that waits with the failure.
func (s *Sequencer) abandon() {
	s.shut()
	if s.block != nil {
		for _, b := range s.block.batches {
			b.finish(s)
		}
		s.block = nil
	}
	for {
		select {
		case b := <-s.queue:
			b.finish(s)
		default:
			return
		}
	}
}

// finish answers a batch.
func (b *Batch) finish(s *Sequencer) {
	b.Err = s.Err()
	s.waiting.Add(-int64(len(b.Requests)))
	close(b.done)
}
