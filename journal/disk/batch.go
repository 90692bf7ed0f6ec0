package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"

	"sancun/internal/durable"
	"sancun/internal/planted"
	"sancun/journal"
)

const (
	batchName    = "batch"
	batchMagic   = 0x31424353 // "SCB1" as little-endian bytes, of the file of this name
	batchVersion = 1
	batchUsed    = 44 // bytes in use of its one sector
	// batchBytes is how much is written with one sync: enough to make a sync a small
	// part of the time, little enough to acknowledge several times a second.
	batchBytes = 4 << 20
)

// batch is a stretch of the last segment that AppendAll writes with one sync. It
// is durable before any byte of the stretch is written, because a crash can then
// leave any of its sectors, not those of one block alone: whoever opens the
// journal must know that what is torn there was never acknowledged.
type batch struct {
	segment  uint64 // first height
	from, to int64  // offsets
}

func (b *batch) encode(cell uint32) []byte {
	raw := make([]byte, sectorBytes)
	le := binary.LittleEndian
	le.PutUint32(raw[0:], batchMagic)
	le.PutUint16(raw[4:], batchVersion)
	le.PutUint32(raw[8:], cell)
	le.PutUint64(raw[16:], b.segment)
	le.PutUint64(raw[24:], uint64(b.from))
	le.PutUint64(raw[32:], uint64(b.to))
	le.PutUint32(raw[40:], crc32.Checksum(raw[:40], castagnoli))
	return raw
}

// decodeBatch reads what encode wrote. Anything else is no batch: its file was
// being written when the machine stopped, and nothing of its stretch was.
func decodeBatch(raw []byte, cell uint32) *batch {
	le := binary.LittleEndian
	if len(raw) < batchUsed || le.Uint32(raw) != batchMagic || le.Uint16(raw[4:]) != batchVersion || le.Uint16(raw[6:]) != 0 ||
		le.Uint32(raw[8:]) != cell || le.Uint32(raw[12:]) != 0 || le.Uint32(raw[40:]) != crc32.Checksum(raw[:40], castagnoli) {
		return nil
	}
	b := &batch{segment: le.Uint64(raw[16:]), from: int64(le.Uint64(raw[24:])), to: int64(le.Uint64(raw[32:]))}
	if b.from < pageBytes || b.from%pageBytes != 0 || b.to <= b.from || b.to%pageBytes != 0 || b.to > SegmentBytesMax {
		return nil
	}
	return b
}

// AppendAll appends blocks that follow one another and returns when all of them
// are durable. It is Append for many at the price of two syncs a stretch. What
// Append refuses is refused with nothing written.
func (e *Engine) AppendAll(blocks []journal.Block) error { return e.CopyAll(blocks, 0) }

// CopyAll does what AppendAll does, with the fence held against the reign of the
// sender when that is newer than the blocks.
func (e *Engine) CopyAll(blocks []journal.Block, reign uint32) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.refuseAll(blocks, reign); err != nil {
		return err
	}
	for len(blocks) > 0 {
		n, err := e.stretch(blocks)
		if err != nil {
			return err
		}
		blocks = blocks[n:]
	}
	return nil
}

// refuseAll says why one of the blocks may not be written. The caller holds write.
func (e *Engine) refuseAll(blocks []journal.Block, reign uint32) error {
	if len(blocks) == 0 {
		return nil
	}
	if err := e.refuse(&blocks[0], max(reign, blocks[0].Epoch)); err != nil {
		return err
	}
	before := blocks[0].Position()
	for i := range blocks[1:] {
		b := &blocks[i+1]
		if err := b.Validate(); err != nil {
			return err
		}
		if journal.OfDrill(b.Epoch) != journal.OfDrill(blocks[0].Epoch) {
			return fmt.Errorf("%w: block %d of epoch %d", journal.ErrDrill, b.Height, b.Epoch)
		}
		if err := b.Follows(before); err != nil && !planted.In(planted.ChainUnchecked) {
			return err
		}
		before = b.Position()
	}
	return nil
}

// stretch writes as many blocks as fit into the segment and a batch, and returns
// how many those were. The caller holds write.
func (e *Engine) stretch(blocks []journal.Block) (n int, err error) {
	size := pages(int64(blocks[0].Size()))
	if e.active == nil || e.end+size > e.active.size {
		if err := e.roll(size); err != nil {
			return 0, err
		}
	}
	var starts []int64
	e.buffer = e.buffer[:0]
	for n < len(blocks) {
		size := pages(int64(blocks[n].Size()))
		if n > 0 && int64(len(e.buffer))+size > batchBytes || e.end+int64(len(e.buffer))+size > e.active.size {
			break
		}
		starts = append(starts, e.end+int64(len(e.buffer)))
		end := int64(len(e.buffer)) + size
		e.buffer = blocks[n].AppendTo(e.buffer)
		e.buffer = append(e.buffer, zeroPage[:end-int64(len(e.buffer))]...)
		n++
	}
	what := fmt.Sprintf("blocks %d to %d", blocks[0].Height, blocks[n-1].Height)
	if n > 1 && !planted.In(planted.BatchUnannounced) {
		if err := e.announce(&batch{segment: e.active.first, from: e.end, to: e.end + int64(len(e.buffer))}); err != nil {
			return 0, e.poison("announce "+what, err)
		}
	}
	if _, err := e.active.file.WriteAt(e.buffer, e.end); err != nil {
		return 0, e.poison("write "+what, err)
	}
	if err := e.sync(planted.CopyUnsynced); err != nil {
		return 0, e.poison("sync "+what, err)
	}
	head := blocks[n-1].Position()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head, e.end = head, e.end+int64(len(e.buffer))
	e.starts = append(e.starts, starts...)
	return n, nil
}

// announce makes a batch durable before it is written.
func (e *Engine) announce(b *batch) error {
	name := path.Join(e.dir, batchName)
	fresh := e.batch == nil
	if fresh {
		file, err := e.fsys.Open(name, durable.Create)
		if err != nil {
			return err
		}
		e.batch = file
	}
	if _, err := e.batch.WriteAt(b.encode(e.cell), 0); err != nil {
		return err
	}
	if err := e.batch.Sync(); err != nil || !fresh {
		return err
	}
	return e.fsys.SyncDir(e.dir)
}

// readBatch reads what a crash may have left of a batch, nil when there is none.
func (e *Engine) readBatch() (*batch, error) {
	raw, err := durable.ReadFile(e.fsys, path.Join(e.dir, batchName), sectorBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, e.fault("read what was being written", "Look at the device.", err)
	}
	return decodeBatch(raw, e.cell), nil
}

// forgetBatch removes the announcement: everything is settled.
func (e *Engine) forgetBatch() error {
	err := e.fsys.Remove(path.Join(e.dir, batchName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// covers says whether bytes from at to end of a segment can be what a crash left of
// the batch. Something behind it says that the batch was finished.
func (b *batch) covers(segment uint64, at, end int64) bool {
	return b != nil && b.segment == segment && b.from <= at && at < b.to && end <= b.to
}

// settleBatch writes the whole blocks of a batch again: any of them may be known to
// the cache alone.
func (e *Engine) settleBatch(s *scanner, b *batch) error {
	if b == nil || b.segment != s.segment.first {
		return nil
	}
	for i, at := range e.starts {
		if at < b.from || at >= b.to {
			continue
		}
		end := e.end
		if i+1 < len(e.starts) {
			end = e.starts[i+1]
		}
		raw, err := s.bytes(at, end-at)
		if err != nil {
			return err
		}
		if _, _, err := journal.Decode(raw); err != nil {
			return &journal.CorruptError{File: s.segment.name, Offset: at, What: "the block reads differently a second time", Hint: hintDamage}
		}
		if _, err := s.segment.file.WriteAt(raw, at); err != nil {
			return e.fault("write a block again", "Look at the device.", err)
		}
	}
	return nil // settleBlock syncs
}
