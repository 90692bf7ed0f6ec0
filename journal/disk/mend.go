package disk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"

	"sancun/internal/durable"
	"sancun/journal"
)

// MendMax bounds the neighbouring blocks that are mended together: more than these
// is a lost device, and the journal is copied anew.
const MendMax = 64

// ErrWhole refuses a mending where nothing is damaged: what stands there is whole
// and in its chain, and a whole history is never overwritten.
var ErrWhole = errors.New("the blocks here are whole")

// ErrNotProven refuses blocks that do not fit into the chain of this journal on
// both sides. Nothing was written.
var ErrNotProven = errors.New("the blocks brought do not fit into the chain here")

// damagedFolder holds the bytes that a mending replaced.
const damagedFolder = "damaged"

// Mended says what a mending did.
type Mended struct {
	From, To uint64 // heights
	File     string
	Offset   int64
	Bytes    int64
	Kept     string // file that holds the damaged bytes
}

// Mend puts blocks of the other centre into the place of damaged ones in the
// journal of a directory that nobody has open. The blocks follow one another; the
// first must name the block before the damage, and the block after it must name the
// last: so they are what stood there, whoever brought them. They must all lie in one
// segment, and a block behind them must be whole. The damaged bytes are kept. Errors
// are ErrWhole, ErrNotProven, journal.ErrCorrupt for damage before these blocks,
// journal.ErrLocked, and the device's.
func Mend(o Options, blocks []journal.Block) (m Mended, err error) {
	if o.FS == nil {
		o.FS = durable.OS{}
	}
	if len(blocks) == 0 || len(blocks) > MendMax {
		return m, fmt.Errorf("%w: %d blocks, 1 to %d", ErrNotProven, len(blocks), MendMax)
	}
	lock, err := o.FS.Lock(path.Join(o.Dir, lockName))
	if err != nil {
		return m, fmt.Errorf("mend the journal: %w: %w", journal.ErrLocked, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	e := &Engine{fsys: o.FS, dir: o.Dir, cell: o.Cell}
	names, err := e.fsys.List(e.dir)
	if err != nil {
		return m, err
	}
	for _, name := range names {
		if first, ok := parseSegmentName(name); ok {
			e.firsts = append(e.firsts, first)
		}
	}
	return e.mend(blocks)
}

// mend finds the place, proves both sides and writes. The caller has the directory
// alone.
func (e *Engine) mend(blocks []journal.Block) (m Mended, err error) {
	i := 0
	for i+1 < len(e.firsts) && e.firsts[i+1] <= blocks[0].Height {
		i++
	}
	if len(e.firsts) == 0 || blocks[0].Height < e.firsts[i] {
		return m, fmt.Errorf("%w: there is no segment of height %d", ErrNotProven, blocks[0].Height)
	}
	s, err := e.openSegment(e.firsts[i], durable.ReadWrite)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.file.Close()) }()
	scan := e.scan(s, s.size)
	for scan.before.Height+1 < blocks[0].Height {
		if _, err := scan.next(); err != nil {
			if errors.Is(err, errNoBlock) {
				err = scan.corrupt("no block, the segment should go on")
			}
			return m, err
		}
	}
	at := scan.at
	raw, end, err := e.proved(s, scan, blocks, i)
	if err != nil {
		return m, err
	}
	m = Mended{From: blocks[0].Height, To: blocks[len(blocks)-1].Height, File: s.name, Offset: at, Bytes: end - at}
	old := make([]byte, end-at)
	if _, err := s.file.ReadAt(old, at); err != nil && err != io.EOF {
		return m, e.fault("read the damaged bytes", "Look at the device.", err)
	}
	if bytes.Equal(old, raw) {
		return m, fmt.Errorf("%w: heights %d to %d", ErrWhole, m.From, m.To)
	}
	if m.Kept, err = e.keepDamaged(m.From, old); err != nil {
		return m, err
	}
	if _, err := s.file.WriteAt(raw, at); err != nil {
		return m, e.fault("write the mended blocks", "Look at the device.", err)
	}
	if err := s.file.Sync(); err != nil {
		return m, e.fault("sync the mended blocks", "Look at the device.", err)
	}
	return m, nil
}

// proved checks that blocks continue the scanner's place and that what stands behind
// them continues them. It returns their bytes and where they end.
func (e *Engine) proved(s *segment, scan *scanner, blocks []journal.Block, i int) (raw []byte, end int64, err error) {
	at, before := scan.at, scan.before
	for n := range blocks {
		b := &blocks[n]
		if err := b.Check(); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrNotProven, err)
		}
		if err := b.Follows(before); err != nil {
			return nil, 0, fmt.Errorf("%w: block %d: %w", ErrNotProven, b.Height, err)
		}
		size := len(raw) + int(pages(int64(b.Size())))
		raw = b.AppendTo(raw)
		raw = append(raw, make([]byte, size-len(raw))...)
		before = b.Position()
	}
	end = at + int64(len(raw))
	if end > s.size {
		return nil, 0, fmt.Errorf("%w: they pass the end of the segment", ErrNotProven)
	}
	if i+1 < len(e.firsts) && before.Height+1 == e.firsts[i+1] {
		return raw, end, e.provedBySegment(e.firsts[i+1], before)
	}
	behind := e.scan(s, s.size)
	behind.at, behind.before = end, before
	if _, err := behind.next(); err != nil {
		return nil, 0, fmt.Errorf("%w: what stands behind height %d does not follow: %w", ErrNotProven, before.Height, err)
	}
	return raw, end, nil
}

// provedBySegment lets the header of the next segment prove the last block of one.
func (e *Engine) provedBySegment(first uint64, last journal.Position) error {
	next, err := e.openSegment(first, durable.ReadOnly)
	if err != nil {
		return err
	}
	if err := next.file.Close(); err != nil {
		return err
	}
	if next.previous != last.Hash {
		return fmt.Errorf("%w: the segment behind height %d names another block", ErrNotProven, last.Height)
	}
	return nil
}

// keepDamaged keeps bytes that are about to be replaced.
func (e *Engine) keepDamaged(height uint64, old []byte) (string, error) {
	dir := path.Join(e.dir, damagedFolder)
	if err := e.fsys.MakeDir(dir); err != nil {
		return "", err
	}
	sum := sha256.Sum256(old)
	name := path.Join(dir, fmt.Sprintf("%0*d-%x", nameDigits, height, sum[:6]))
	return name, durable.ReplaceFile(e.fsys, name, old)
}

// Mend is Mend for a journal that is open: readers go on, and Append waits.
func (e *Engine) Mend(blocks []journal.Block) (Mended, error) {
	if len(blocks) == 0 || len(blocks) > MendMax {
		return Mended{}, fmt.Errorf("%w: %d blocks, 1 to %d", ErrNotProven, len(blocks), MendMax)
	}
	e.write.Lock()
	defer e.write.Unlock()
	e.mu.Lock()
	stop, head := e.stop, e.head
	e.mu.Unlock()
	if stop != nil {
		return Mended{}, stop
	}
	if blocks[len(blocks)-1].Height >= head.Height {
		return Mended{}, fmt.Errorf("%w: nothing stands behind the last block", ErrNotProven)
	}
	return e.mend(blocks)
}
