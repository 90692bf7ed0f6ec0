package disk

import (
	"errors"
	"fmt"
	"io"
	"path"

	"sancun/internal/durable"
	"sancun/journal"
)

// copyBytes is how much of a segment is copied at once.
const copyBytes = 1 << 20

// branch is what a branch is made of, as it was at one moment.
type branch struct {
	firsts []uint64 // of the segments up to the last, which holds the height
	end    int64    // where the last segment ends
	fence  uint32
}

// Branch makes what Fork makes, in the time of a few files: segments that are
// complete get a second name in the directory instead of a copy, and of the last
// one only the blocks up to the height are copied. Nothing is ever written through
// a second name, because an engine writes to its last segment alone; so both
// journals are independent, and removing the branch takes nothing but names away.
//
// Appends go on meanwhile.
func (e *Engine) Branch(dir string, height uint64) (*Engine, error) {
	fence, err := e.Fenced()
	if err != nil {
		return nil, err
	}
	return e.BranchFenced(dir, height, fence)
}

// BranchFenced is Branch with a fence of the branch's own: a journal that goes back
// to what it has in common with another must let in what the other wrote meanwhile.
func (e *Engine) BranchFenced(dir string, height uint64, fence uint32) (_ *Engine, err error) {
	cut, at, err := e.cutAt(height)
	if err != nil {
		return nil, err
	}
	if height == 0 {
		return Copy(Options{Dir: dir, FS: e.fsys, Cell: e.cell, SegmentBytes: e.segmentBytes}, e, 0, fence)
	}
	cut.fence = fence
	if cut.end == 0 {
		if cut.end, err = e.endOf(cut.firsts[len(cut.firsts)-1], height); err != nil {
			return nil, err
		}
	}
	if err := e.fsys.MakeDir(dir); err != nil {
		return nil, e.fault("make the directory of a branch", "Give the process a directory it may write.", err)
	}
	names, err := e.fsys.List(dir)
	if err != nil {
		return nil, e.fault("list the directory of a branch", "Check the rights of the directory.", err)
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("%w: %s is not empty", journal.ErrHeight, dir)
	}
	if err := e.layOut(dir, cut); err != nil {
		return nil, e.fault("branch off into "+dir, "Look at the device and its free room.", err)
	}
	made, _, err := Open(Options{Dir: dir, FS: e.fsys, Cell: e.cell, SegmentBytes: e.segmentBytes})
	if err != nil {
		return nil, err
	}
	if made.head.Height != height || at != nil && made.head.Hash != at.Hash {
		err := &journal.CorruptError{Height: height, File: dir, What: fmt.Sprintf("the branch ends at height %d with %v", made.head.Height, made.head.Hash), Hint: hintDamage}
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}

// cutAt finds the segments up to a block and where the last of them ends after it,
// 0 when that must be looked up; and the block's position when it is the head.
func (e *Engine) cutAt(height uint64) (*branch, *journal.Position, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return nil, nil, e.stop
	}
	if height > e.head.Height {
		return nil, nil, fmt.Errorf("%w: branch at %d of a journal of %d", journal.ErrHeight, height, e.head.Height)
	}
	cut := &branch{firsts: e.firsts, fence: e.fenced}
	for len(cut.firsts) > 0 && cut.firsts[len(cut.firsts)-1] > height {
		cut.firsts = cut.firsts[:len(cut.firsts)-1]
	}
	switch {
	case height == 0 || len(cut.firsts) < len(e.firsts):
		return cut, nil, nil
	case height == e.head.Height:
		at := e.head
		cut.end = e.end
		return cut, &at, nil
	}
	cut.end = e.starts[height+1-cut.firsts[len(cut.firsts)-1]]
	return cut, nil, nil
}

// endOf walks the headers of a segment to the end of a block.
func (e *Engine) endOf(first, height uint64) (end int64, err error) {
	segment, err := e.openSegment(first, durable.ReadOnly)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, segment.file.Close()) }()
	s := e.scan(segment, segment.size)
	s.ahead = sectorBytes
	for s.before.Height < height {
		if err := s.skip(); errors.Is(err, errNoBlock) {
			return 0, s.corrupt("no block, the segment should go on")
		} else if err != nil {
			return 0, err
		}
	}
	return s.at, nil
}

// layOut makes the files of a branch: first the fence, which a journal has from
// its first moment.
func (e *Engine) layOut(dir string, cut *branch) error {
	if err := durable.ReplaceFile(e.fsys, path.Join(dir, fenceName), encodeFence(e.cell, cut.fence)); err != nil {
		return err
	}
	linker, _ := e.fsys.(durable.Linker)
	for i, first := range cut.firsts {
		from, to := path.Join(e.dir, segmentName(first)), path.Join(dir, segmentName(first))
		if i < len(cut.firsts)-1 && linker != nil && linker.Link(from, to) == nil {
			continue
		}
		end := int64(-1)
		if i == len(cut.firsts)-1 {
			end = cut.end
		}
		if err := e.copySegment(from, to, end); err != nil {
			return err
		}
	}
	return e.fsys.SyncDir(dir)
}

// copySegment copies a segment up to an offset, the whole of it when that is
// negative. What lies behind is zeros, as in a segment that was just made.
func (e *Engine) copySegment(from, to string, end int64) (err error) {
	source, err := e.fsys.Open(from, durable.ReadOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	size, err := source.Size()
	if err != nil {
		return err
	}
	if end < 0 {
		end = size
	}
	target, err := e.fsys.Open(to+durable.TempSuffix, durable.Create)
	if err != nil {
		return err
	}
	err = target.Allocate(size)
	buffer := make([]byte, copyBytes)
	for at := int64(0); at < end && err == nil; at += copyBytes {
		part := buffer[:min(copyBytes, end-at)]
		if n, readErr := source.ReadAt(part, at); readErr != nil && (readErr != io.EOF || n < len(part)) {
			err = readErr
			break
		}
		_, err = target.WriteAt(part, at)
	}
	if err == nil {
		err = target.Sync()
	}
	if err = errors.Join(err, target.Close()); err != nil {
		return err
	}
	return e.fsys.Rename(to+durable.TempSuffix, to)
}
