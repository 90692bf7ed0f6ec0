package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sancun/internal/durable"
	"sancun/internal/planted"
	"sancun/journal"
)

// Recovery tells what opening found and settled. The caller shows it to the operator.
type Recovery struct {
	Height    uint64   // of the head afterwards
	Segments  int      // files that hold blocks
	Leftovers []string // unfinished files that a crash left, removed

	// CutBytes is how much of a torn append was replaced by zeros, beginning at
	// CutOffset of CutFile. The block was never acknowledged. 0 is the normal case.
	CutBytes  int64
	CutFile   string
	CutOffset int64
}

// String is one line for the operator.
func (r Recovery) String() string {
	text := fmt.Sprintf("journal at height %d in %d segments", r.Height, r.Segments)
	if r.CutBytes > 0 {
		text += fmt.Sprintf("; an unfinished append was cut: %d bytes of %s from offset %d, height %d was never acknowledged",
			r.CutBytes, r.CutFile, r.CutOffset, r.Height+1)
	}
	if len(r.Leftovers) > 0 {
		text += "; unfinished files removed: " + strings.Join(r.Leftovers, " ")
	}
	return text
}

// recover reads the directory, verifies every segment's header and the whole last
// segment, and settles what is not certain. Open calls it before anyone else
// has the engine.
func (e *Engine) recover() (r Recovery, err error) {
	names, err := e.fsys.List(e.dir)
	if err != nil {
		return r, e.fault("list", "Check the rights of the directory.", err)
	}
	for _, name := range names {
		if first, ok := parseSegmentName(name); ok {
			e.firsts = append(e.firsts, first)
		}
	}
	if err := e.settleFence(); err != nil {
		return r, err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, durable.TempSuffix) {
			continue
		}
		r.Leftovers = append(r.Leftovers, name)
		if err := e.fsys.Remove(path.Join(e.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, e.fault("remove "+name, "Check the rights of the directory.", err)
		}
	}
	b, err := e.readBatch()
	if err != nil {
		return r, err
	}
	if len(e.firsts) > 0 {
		if err := e.checkSealed(); err != nil {
			return r, err
		}
		if err := e.settleLast(&r, b); err != nil {
			return r, err
		}
	}
	if err := e.forgetBatch(); err != nil {
		return r, e.fault("remove the announcement of a batch", "Check the rights of the directory.", err)
	}
	r.Height, r.Segments = e.head.Height, len(e.firsts)
	return r, nil
}

// settleFence reads the fence and writes it again, because the last one to
// write it may not have learnt whether it is durable. A journal has a fence from
// its first moment, so one without is not whole.
func (e *Engine) settleFence() error {
	fenced, found, err := e.readFence()
	if err != nil {
		return err
	}
	if !found && len(e.firsts) > 0 {
		return &journal.CorruptError{
			File: path.Join(e.dir, fenceName), What: "the file is missing although there are segments",
			Hint: "Do not guess the epoch. Ask the other centre which epoch writes, and restore the file from a backup.",
		}
	}
	if err := e.writeFence(fenced); err != nil {
		return e.fault("write fence", "Look at the device and its free room.", err)
	}
	e.fenced = fenced
	return nil
}

// checkSealed verifies the headers of all segments but the last, whose blocks are
// verified when they are read.
func (e *Engine) checkSealed() error {
	if e.firsts[0] != 1 {
		return &journal.CorruptError{
			Height: 1, File: path.Join(e.dir, segmentName(1)),
			What: fmt.Sprintf("the first segment is missing, the oldest begins with height %d", e.firsts[0]), Hint: hintDamage,
		}
	}
	for _, first := range e.firsts[:len(e.firsts)-1] {
		s, err := e.openSegment(first, durable.ReadOnly)
		if err != nil {
			return err
		}
		if err := s.file.Close(); err != nil {
			return e.fault("close "+s.name, "Look at the device.", err)
		}
	}
	return nil
}

// settleLast verifies the last segment and makes it the active one when it holds
// blocks.
//
// One without blocks was made just before the crash, and whether its name is
// durable is unknown. It is left out of account: the next append makes it anew
// and puts it in its place. Until then nothing may be appended to the segment
// before it, or a crash could bring back two segments for one height.
func (e *Engine) settleLast(r *Recovery, b *batch) error {
	s, err := e.scanLast(len(e.firsts) - 1)
	if err != nil {
		return err
	}
	err = e.settleTail(s, r, b)
	if err == nil && len(e.starts) > 0 {
		err = e.settleBatch(s, b)
		if err == nil {
			err = e.settleBlock(s)
		}
	}
	if err != nil {
		return errors.Join(err, s.segment.file.Close())
	}
	if len(e.starts) > 0 {
		e.active = s.segment
		return nil
	}
	if err := s.segment.file.Close(); err != nil {
		return e.fault("close "+s.segment.name, "Look at the device.", err)
	}
	e.firsts = slices.Delete(e.firsts, len(e.firsts)-1, len(e.firsts))
	if len(e.firsts) == 0 {
		return nil
	}
	return e.adoptSealed(s.segment)
}

// adoptSealed takes the head from the segment before an empty one. A next segment
// was made, so this one was complete: what does not read is damage, not a crash.
func (e *Engine) adoptSealed(empty *segment) error {
	s, err := e.scanLast(len(e.firsts) - 1)
	if err != nil {
		return err
	}
	if s.before.Height != empty.first-1 || s.before.Hash != empty.previous {
		err := s.corrupt(fmt.Sprintf("the segment ends with height %d, the next one continues height %d", s.before.Height, empty.first-1))
		return errors.Join(err, s.segment.file.Close())
	}
	if err := s.segment.file.Close(); err != nil {
		return e.fault("close "+s.segment.name, "Look at the device.", err)
	}
	return nil
}

// scanLast verifies all blocks of segment i, collects where they start and takes
// the last one as the head. The scanner stops in front of the first bytes that are
// not the next block.
func (e *Engine) scanLast(i int) (*scanner, error) {
	last, err := e.openSegment(e.firsts[i], durable.ReadWrite)
	if err != nil {
		return nil, err
	}
	s := e.scan(last, last.size)
	e.starts = nil
	for {
		at := s.at
		_, err := s.next()
		if errors.Is(err, errNoBlock) || errors.Is(err, journal.ErrCorrupt) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, last.file.Close())
		}
		e.starts = append(e.starts, at)
	}
	if len(e.starts) > 0 {
		e.head, e.end = s.before, s.at
	}
	return s, nil
}

// settleBlock writes and syncs the last block again: after a failed sync the cache
// may show bytes that the disk never got, and a sync alone would not write them.
func (e *Engine) settleBlock(s *scanner) error {
	if planted.In(planted.TailTrusted) {
		return nil
	}
	at := e.starts[len(e.starts)-1]
	raw, err := s.bytes(at, s.at-at)
	if err != nil {
		return err
	}
	b, _, err := journal.Decode(raw)
	if err != nil || b.Hash() != e.head.Hash {
		return &journal.CorruptError{
			Height: e.head.Height, File: s.segment.name, Offset: at, What: "the block reads differently a second time", Hint: hintDamage,
		}
	}
	if _, err := s.segment.file.WriteAt(raw, at); err != nil {
		return e.fault("write the last block again", "Look at the device.", err)
	}
	if err := s.segment.file.Sync(); err != nil {
		return e.fault("sync the last block again", "Look at the device.", err)
	}
	return nil
}
