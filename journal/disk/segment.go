package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"sancun/internal/durable"
	"sancun/internal/planted"
	"sancun/journal"
)

const (
	lockName      = "LOCK"
	segmentSuffix = ".seg"
	nameDigits    = 20 // every uint64 fits, so names sort by height

	segmentMagic   = 0x31534353 // "SCS1" as little-endian bytes
	segmentVersion = 1
	segmentHeader  = 68 // bytes in use of the first page
	crcBytes       = 4  // at the end of a block
)

const hintDamage = "Do not write to this directory. Take the file from the other centre or a backup, then run verify."

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is one file of blocks.
type segment struct {
	file     durable.File
	name     string       // of the file, with its directory
	first    uint64       // height of its first block
	size     int64        // length of the file in bytes, fixed when it is made
	previous journal.Hash // hash of the block of height first-1
}

// segmentName is the file name of the segment that begins with a height.
func segmentName(first uint64) string {
	return fmt.Sprintf("%0*d%s", nameDigits, first, segmentSuffix)
}

// parseSegmentName reads what segmentName writes.
func parseSegmentName(name string) (first uint64, ok bool) {
	digits, isSegment := strings.CutSuffix(name, segmentSuffix)
	if !isSegment || len(digits) != nameDigits {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0
}

// encode writes the segment's first page.
func (s *segment) encode(cell uint32) []byte {
	page := make([]byte, pageBytes)
	le := binary.LittleEndian
	le.PutUint32(page[0:], segmentMagic)
	le.PutUint16(page[4:], segmentVersion)
	le.PutUint32(page[8:], cell)
	le.PutUint64(page[16:], s.first)
	le.PutUint64(page[24:], uint64(s.size))
	copy(page[32:64], s.previous[:])
	le.PutUint32(page[64:], crc32.Checksum(page[:64], castagnoli))
	return page
}

// decodeSegment reads a segment's first page. The error says what is wrong.
func decodeSegment(page []byte, cell uint32) (segment, error) {
	le := binary.LittleEndian
	if len(page) < segmentHeader {
		return segment{}, fmt.Errorf("segment header of %d bytes", len(page))
	}
	if got, want := crc32.Checksum(page[:64], castagnoli), le.Uint32(page[64:]); got != want {
		return segment{}, fmt.Errorf("segment header has checksum %08x, want %08x", got, want)
	}
	if got := le.Uint32(page); got != segmentMagic {
		return segment{}, fmt.Errorf("segment magic number %#08x, want %#08x", got, segmentMagic)
	}
	if got := le.Uint16(page[4:]); got != segmentVersion || le.Uint16(page[6:]) != 0 || le.Uint32(page[12:]) != 0 {
		return segment{}, fmt.Errorf("segment version %d with reserved fields, this program reads %d without", got, segmentVersion)
	}
	if got := le.Uint32(page[8:]); got != cell {
		return segment{}, fmt.Errorf("segment of cell %d in the journal of cell %d", got, cell)
	}
	s := segment{first: le.Uint64(page[16:]), size: int64(le.Uint64(page[24:])), previous: journal.Hash(page[32:64])}
	if s.size < SegmentBytesMin || s.size > SegmentBytesMax || s.size%pageBytes != 0 {
		return segment{}, fmt.Errorf("segment length %d", s.size)
	}
	return s, nil
}

// openSegment opens a segment and verifies its header, name and length.
func (e *Engine) openSegment(first uint64, mode durable.Mode) (*segment, error) {
	name := path.Join(e.dir, segmentName(first))
	file, err := e.fsys.Open(name, mode)
	if err != nil {
		return nil, e.fault("open segment", "Check that the file is there and readable.", err)
	}
	s, err := e.readSegmentHeader(file, name, first)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

func (e *Engine) readSegmentHeader(file durable.File, name string, first uint64) (*segment, error) {
	corrupt := func(what string) error {
		return &journal.CorruptError{Height: first, File: name, What: what, Hint: hintDamage}
	}
	size, err := file.Size()
	if err != nil {
		return nil, e.fault("open segment", "Look at the device.", err)
	}
	page := make([]byte, segmentHeader)
	if size < pageBytes {
		return nil, corrupt(fmt.Sprintf("segment of %d bytes has no header", size))
	}
	if _, err := file.ReadAt(page, 0); err != nil && err != io.EOF {
		return nil, e.fault("read segment header of "+name, "Look at the device.", err)
	}
	s, err := decodeSegment(page, e.cell)
	switch {
	case err != nil:
		return nil, corrupt(err.Error())
	case s.first != first:
		return nil, corrupt(fmt.Sprintf("the header says that the segment begins with height %d", s.first))
	case s.size != size:
		return nil, corrupt(fmt.Sprintf("file of %d bytes, its header says %d", size, s.size))
	}
	s.file, s.name = file, name
	return &s, nil
}

// roll makes the next segment, with room for a block of at least need bytes, and
// makes it the active one. The error is journal.ErrFull when there is no room;
// every other one poisons. The caller holds write.
func (e *Engine) roll(need int64) error {
	next := &segment{
		name:     path.Join(e.dir, segmentName(e.head.Height+1)),
		first:    e.head.Height + 1,
		size:     max(e.segmentBytes, pageBytes+pages(need)),
		previous: e.head.Hash,
	}
	if err := e.create(next); err != nil {
		return err
	}
	if e.active != nil {
		if err := e.active.file.Close(); err != nil {
			return errors.Join(e.poison("close segment", err), next.file.Close())
		}
	}
	e.active = next
	e.mu.Lock()
	defer e.mu.Unlock()
	e.firsts = append(e.firsts, next.first)
	e.starts, e.end = nil, pageBytes
	return nil
}

// create makes the file of a segment under a temporary name and renames it when
// it is whole. Room is reserved first, while running out of it harms nothing.
func (e *Engine) create(s *segment) error {
	temp := s.name + durable.TempSuffix
	file, err := e.fsys.Open(temp, durable.Create)
	if err != nil {
		return e.full(s, temp, err)
	}
	if err := file.Allocate(s.size); err != nil {
		return e.full(s, temp, errors.Join(err, file.Close()))
	}
	if _, err = file.WriteAt(s.encode(e.cell), 0); err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = e.fsys.Rename(temp, s.name)
	}
	if err == nil && !planted.In(planted.SegmentUnsynced) {
		err = e.fsys.SyncDir(e.dir)
	}
	if err != nil {
		return errors.Join(e.poison("make segment "+s.name, err), file.Close())
	}
	s.file = file
	return nil
}

// full turns a failure to reserve room into journal.ErrFull, when that is the
// reason and the leftover can be removed.
func (e *Engine) full(s *segment, temp string, err error) error {
	if !durable.IsFull(err) {
		return e.poison("make segment "+s.name, err)
	}
	if err := e.fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return e.poison("remove "+temp, err)
	}
	return e.fault(fmt.Sprintf("make segment of %d bytes", s.size), "Free that much room, then send the block again.",
		fmt.Errorf("%w: %w", journal.ErrFull, err))
}
