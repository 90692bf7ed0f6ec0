// Package disk keeps a journal in segment files of one directory on this machine.
// It is the embedded default store: one write and one fdatasync for every block,
// nothing in the background, nothing to tune but the segment size.
//
// The directory holds
//
//	LOCK                      flock of the one process that may write
//	fence                     the lowest epoch that may still write
//	batch                     the stretch that AppendAll is writing, if it is
//	00000000000000000001.seg  blocks from height 1
//	00000000000000000843.seg  blocks from height 843, and so on
//
// A segment is made whole before it gets its name: reserved, headed, synced,
// renamed, directory synced. Blocks then start on page boundaries; what lies
// between and after them is zeros. The bytes are drawn in
// docs/formats/journal.md.
//
// Invariants, in the order a crash would test them:
//
//  1. Only the last block of the last segment can be unsynced, and the blocks of a
//     batch that was announced before. All before were acknowledged after a sync.
//  2. Behind the last block of a segment there are only zeros before an append
//     starts. So what a crash leaves of an append is sectors of that block or
//     zeros, and anything else is damage.
//  3. Opening settles every unknown outcome: a whole block is written and synced
//     again (the kernel may have forgotten it after a failed sync), a torn one is
//     replaced by zeros, a segment without blocks is made anew by the next append,
//     the fence is written again. After Open everything visible is durable.
//
// Opening reads the last segment completely, and no other: older ones are
// verified whenever they are read.
//
// The package must never repair what it cannot prove to be a torn append. It
// stops with journal.ErrCorrupt and says where, because a second copy of the
// block exists elsewhere and a guess would destroy the evidence.
package disk

import (
	"errors"
	"fmt"
	"io"
	"path"
	"sync"

	"sancun/internal/durable"
	"sancun/journal"
)

// Options say where a journal lives.
type Options struct {
	// Dir is the directory, made when missing. Nothing else belongs in it.
	Dir string
	// FS is the file system; nil is the machine's own.
	FS durable.FS
	// Cell is the cell whose blocks the journal takes. A directory of another
	// cell is refused.
	Cell uint32
	// SegmentBytes is the length of a segment file, SegmentBytesDefault when 0.
	SegmentBytes int64
}

// Engine is an open journal. It implements journal.Engine.
type Engine struct {
	fsys         durable.FS
	dir          string
	cell         uint32
	segmentBytes int64
	lock         io.Closer
	trail        trail

	// write is held by Append, Fence and Close for their whole duration. Lock
	// order: write, then mu.
	write  sync.Mutex
	active *segment     // where the next block goes if it fits, nil to make a segment first; owned by the holder of write
	buffer []byte       // the encoded block; owned by the holder of write
	batch  durable.File // where batches are announced, nil before the first; owned by the holder of write

	// mu guards what readers see. It is never held over I/O.
	mu     sync.Mutex
	stop   error            // why everything is refused: closed or poisoned
	head   journal.Position // the last durable block
	end    int64            // where the next block begins in the last segment
	fenced uint32           // lowest epoch that may write
	firsts []uint64         // first heights of all segments, ascending; append only
	starts []int64          // offsets of the last segment's blocks; append only, replaced by a roll
}

var (
	_ journal.Engine = (*Engine)(nil)
	_ journal.Copier = (*Engine)(nil)
)

// Open opens or makes the journal in a directory and settles what an earlier
// crash or failure left unknown; Recovery tells what that was. Errors are
// journal.ErrLocked when another process has it open, journal.ErrCorrupt when
// the directory holds what no crash can leave, and *journal.Error for the rest.
func Open(o Options) (*Engine, Recovery, error) {
	if o.FS == nil {
		o.FS = durable.OS{}
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = SegmentBytesDefault
	}
	if o.SegmentBytes < SegmentBytesMin || o.SegmentBytes > SegmentBytesMax || o.SegmentBytes%pageBytes != 0 {
		return nil, Recovery{}, fmt.Errorf("journal: segments of %d bytes: want %d to %d in steps of %d",
			o.SegmentBytes, SegmentBytesMin, SegmentBytesMax, pageBytes)
	}
	e := &Engine{fsys: o.FS, dir: o.Dir, cell: o.Cell, segmentBytes: o.SegmentBytes}
	if err := e.fsys.MakeDir(e.dir); err != nil {
		return nil, Recovery{}, e.fault("make directory", "Give the process a directory it may write.", err)
	}
	lock, err := e.fsys.Lock(path.Join(e.dir, lockName))
	if errors.Is(err, durable.ErrLocked) {
		return nil, Recovery{}, e.fault("open", "Stop the other process first: a journal has one writer.",
			fmt.Errorf("%w: %w", journal.ErrLocked, err))
	}
	if err != nil {
		return nil, Recovery{}, e.fault("lock", "Check the rights of the directory.", err)
	}
	e.lock = lock
	e.head = journal.Position{Cell: o.Cell}
	recovery, err := e.recover()
	if err != nil {
		return nil, Recovery{}, errors.Join(err, e.Close())
	}
	return e, recovery, nil
}

// Head is the last durable block.
func (e *Engine) Head() (journal.Position, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.head, e.stop
}

// Fenced is the lowest epoch that may write.
func (e *Engine) Fenced() (uint32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fenced, e.stop
}

// Close closes the files and gives the lock back. Everything acknowledged is
// durable already, so nothing is written.
func (e *Engine) Close() error {
	e.write.Lock()
	defer e.write.Unlock()
	e.mu.Lock()
	closed, poisoned := errors.Is(e.stop, journal.ErrClosed), e.stop != nil
	e.stop = journal.ErrClosed
	e.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if e.active != nil {
		err = e.active.file.Close()
	}
	if e.batch != nil {
		err = errors.Join(err, e.batch.Close())
		if !poisoned {
			err = errors.Join(err, e.forgetBatch())
		}
	}
	return errors.Join(err, e.lock.Close())
}

// poison makes the engine refuse everything from now on, because nobody knows
// what the failed operation left. The caller holds write.
func (e *Engine) poison(op string, cause error) error {
	err := e.fault(op, "Stop the process, look at the device, then start again: opening finds out what is durable.",
		fmt.Errorf("%w: %w", journal.ErrPoisoned, cause))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop = err
	return err
}

// fault wraps an error of the world with what was done and what to do.
func (e *Engine) fault(op, hint string, err error) error {
	return &journal.Error{Op: op + " in " + e.dir, Hint: hint, Err: err}
}
