package disk

import (
	"fmt"

	"sancun/internal/planted"
	"sancun/journal"
)

// Append writes the block and its padding with one write and makes it durable
// with one sync.
//
// The commit point is the return of Sync. A crash before it leaves the block
// whole, torn or absent, and opening settles which; a crash after it leaves the
// block.
func (e *Engine) Append(b *journal.Block) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.refuse(b, b.Epoch); err != nil {
		return err
	}
	size := pages(int64(b.Size()))
	if e.active == nil || e.end+size > e.active.size {
		if err := e.roll(size); err != nil {
			return err
		}
	}
	at := e.end
	e.buffer = b.AppendTo(e.buffer[:0])
	e.buffer = append(e.buffer, zeroPage[:size-int64(len(e.buffer))]...)
	if _, err := e.active.file.WriteAt(e.buffer, at); err != nil {
		return e.poison(fmt.Sprintf("write block %d", b.Height), err)
	}
	if err := e.sync(planted.AppendUnsynced); err != nil {
		return e.poison(fmt.Sprintf("sync block %d", b.Height), err)
	}
	head := b.Position()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head, e.end = head, at+size
	e.starts = append(e.starts, at)
	return nil
}

// sync makes the active segment durable, but for a planted bug.
func (e *Engine) sync(without planted.Bug) error {
	if planted.In(without) {
		return nil
	}
	err := e.active.file.Sync()
	if planted.In(planted.SyncRetried) && err != nil {
		err = e.active.file.Sync()
	}
	return err
}

// refuse says why a block may not be written by who reigns under an epoch. The
// caller holds write.
func (e *Engine) refuse(b *journal.Block, reign uint32) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return e.stop
	}
	if err := b.Validate(); err != nil {
		return err
	}
	if journal.OfDrill(b.Epoch) && !journal.OfDrill(e.fenced) {
		return fmt.Errorf("%w: block %d of epoch %d", journal.ErrDrill, b.Height, b.Epoch)
	}
	if reign < e.fenced {
		return fmt.Errorf("%w: block of epoch %d, the fence stands at %d", journal.ErrEpoch, reign, e.fenced)
	}
	if planted.In(planted.ChainUnchecked) {
		return nil
	}
	return b.Follows(e.head)
}

// zeroPage is what pads a block to its last page.
var zeroPage [pageBytes]byte
