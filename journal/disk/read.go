package disk

import (
	"errors"
	"fmt"

	"sancun/internal/durable"
	"sancun/journal"
)

// Read goes through the segments that hold the wanted heights.
func (e *Engine) Read(from uint64, fn func(*journal.Block) error) error {
	e.mu.Lock()
	view := view{head: e.head, end: e.end, firsts: e.firsts, starts: e.starts}
	stop := e.stop
	e.mu.Unlock()
	if stop != nil {
		return stop
	}
	from = max(from, 1)
	if from > view.head.Height {
		return nil
	}
	var before journal.Position
	for i, first := range view.firsts {
		if last := view.last(i); last < from || last < first {
			continue
		}
		reached, err := e.readSegment(view, i, max(from, first), before, fn)
		if err != nil {
			return err
		}
		before = reached
	}
	return nil
}

// view is what a reader sees: the journal as it was when Read began.
type view struct {
	head   journal.Position
	end    int64
	firsts []uint64
	starts []int64
}

// last is the height of the last block of segment i.
func (v *view) last(i int) uint64 {
	if i+1 < len(v.firsts) {
		return v.firsts[i+1] - 1
	}
	return v.head.Height
}

// readSegment gives the blocks of segment i from a height on to fn and returns
// where the chain stands behind them. before is where it stood at the end of the
// segment before, when that was read.
func (e *Engine) readSegment(v view, i int, from uint64, before journal.Position, fn func(*journal.Block) error) (_ journal.Position, err error) {
	segment, err := e.openSegment(v.firsts[i], durable.ReadOnly)
	if err != nil {
		return journal.Position{}, err
	}
	defer func() {
		if closed := segment.file.Close(); err == nil { // fn's own error is handed on as it is
			err = closed
		}
	}()
	s := e.scan(segment, segment.size)
	if i == len(v.firsts)-1 {
		s.limit = v.end
	}
	if before.Height > 0 { // its first block must continue what was read, not what its header says
		s.before = before
	}
	if err := e.skipTo(s, v, i, from); err != nil {
		return before, err
	}
	last := v.last(i)
	var block journal.Block
	var passed [2]step // the last two blocks: a reader that refuses one comes back for it
	defer func() {
		if i < len(v.firsts)-1 {
			e.trail.put(passed[0])
			e.trail.put(passed[1])
		}
	}()
	for s.before.Height < last {
		passed[0], passed[1] = passed[1], step{segment.first, s.before.Height + 1, s.at}
		block, err = s.next()
		if errors.Is(err, errNoBlock) {
			err = s.corrupt(fmt.Sprintf("no block, the segment should go on to height %d", last))
		}
		if err != nil {
			return s.before, err
		}
		if err := fn(&block); err != nil {
			return s.before, err
		}
	}
	if last == v.head.Height && s.before.Hash != v.head.Hash {
		return s.before, s.corrupt(fmt.Sprintf("the block before has hash %v, it was appended as %v", s.before.Hash, v.head.Hash))
	}
	return s.before, nil
}

// skipTo steps to the block of a height, by the offsets kept of the last segment,
// by the trail of an earlier reader, or from header to header in an older segment.
func (e *Engine) skipTo(s *scanner, v view, i int, from uint64) error {
	s.ahead = sectorBytes
	defer func() { s.ahead = readAheadBytes }()
	at, known := int64(0), false
	if from > s.segment.first {
		if known = i == len(v.firsts)-1; known {
			at = v.starts[from-s.segment.first-1]
		} else {
			at, known = e.trail.find(s.segment.first, from-1)
		}
	}
	if known {
		// One header before the wanted block, to have its hash and position. What
		// comes before that one was verified when it was appended, at opening, or by
		// the reader before.
		raw, err := s.bytes(at, sectorBytes)
		if err != nil {
			return err
		}
		s.at = at
		head, err := journal.DecodeHeader(raw)
		if err == nil && (head.Height != from-1 || head.Cell != s.before.Cell) {
			err = fmt.Errorf("height %d of cell %d", head.Height, head.Cell)
		}
		if err != nil {
			s.before.Height = from - 2
			return s.corrupt(what(err))
		}
		s.step(&head)
	}
	for s.before.Height+1 < from {
		if err := s.skip(); err != nil {
			if errors.Is(err, errNoBlock) {
				return s.corrupt("no block, the segment should go on")
			}
			return err
		}
	}
	return nil
}
