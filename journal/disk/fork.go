package disk

import (
	"errors"
	"fmt"

	"sancun/journal"
)

// errForked ends the reading of a fork at its height.
var errForked = errors.New("forked")

// Fork copies the blocks up to a height into another directory, which must hold
// no journal yet, and opens the copy. Every block is verified on the way. The
// journal itself is only read; both are independent afterwards.
//
// The copy is made durable as a whole at the end, not block by block: after a
// crash in between it is to be removed and made again. The fence is copied too.
func (e *Engine) Fork(dir string, height uint64) (_ *Engine, err error) {
	head, err := e.Head()
	if err != nil {
		return nil, err
	}
	if height > head.Height {
		return nil, fmt.Errorf("%w: fork at %d of a journal of %d", journal.ErrHeight, height, head.Height)
	}
	fence, err := e.Fenced()
	if err != nil {
		return nil, err
	}
	return Copy(Options{Dir: dir, FS: e.fsys, Cell: e.cell, SegmentBytes: e.segmentBytes}, e, height, fence)
}

// Copy makes a journal in a directory that holds none yet, with the blocks of any
// other store up to a height and its fence, and opens it. Every block is verified
// on the way; the copy is durable as a whole when Copy returns.
func Copy(o Options, source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}, height uint64, fence uint32) (_ *Engine, err error) {
	fork, _, err := Open(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, fork.Close())
		}
	}()
	if fork.head.Height != 0 {
		return nil, fmt.Errorf("%w: %s holds a journal of %d blocks already", journal.ErrHeight, o.Dir, fork.head.Height)
	}
	if height > 0 {
		err = source.Read(1, func(b *journal.Block) error {
			if err := fork.copyIn(b); err != nil {
				return err
			}
			if b.Height == height {
				return errForked
			}
			return nil
		})
		if !errors.Is(err, errForked) {
			return nil, errors.Join(err, fmt.Errorf("%w: the source ended before height %d", journal.ErrHeight, height))
		}
		if err := fork.active.file.Sync(); err != nil {
			return nil, fork.poison("sync the fork", err)
		}
	}
	if fence > 0 {
		err = fork.Fence(fence)
	} else {
		err = nil
	}
	return fork, err
}

// copyIn appends a block without a sync of its own.
func (e *Engine) copyIn(b *journal.Block) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.refuse(b, b.Epoch); err != nil {
		return err
	}
	size := pages(int64(b.Size()))
	if e.active == nil || e.end+size > e.active.size {
		if e.active != nil {
			if err := e.active.file.Sync(); err != nil {
				return e.poison("sync the fork", err)
			}
		}
		if err := e.roll(size); err != nil {
			return err
		}
	}
	return e.place(b, size)
}

// place writes a block and its padding at the end of the active segment, where
// there is room. The caller holds write and syncs.
func (e *Engine) place(b *journal.Block, size int64) error {
	at := e.end
	e.buffer = b.AppendTo(e.buffer[:0])
	e.buffer = append(e.buffer, zeroPage[:size-int64(len(e.buffer))]...)
	if _, err := e.active.file.WriteAt(e.buffer, at); err != nil {
		return e.poison(fmt.Sprintf("write block %d", b.Height), err)
	}
	head := b.Position()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head, e.end = head, at+size
	e.starts = append(e.starts, at)
	return nil
}
