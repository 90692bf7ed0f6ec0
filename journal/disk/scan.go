package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"sancun/journal"
)

// errNoBlock says that no block begins here: the sector is zeros, or the segment ends.
var errNoBlock = errors.New("no block begins here")

// scanner walks the blocks of one segment and verifies each against the one before.
// Reading and recovery use the same one.
type scanner struct {
	segment *segment
	limit   int64            // bytes from here on are not looked at
	at      int64            // where the next block begins
	before  journal.Position // of the block that ends before at
	ahead   int64            // bytes to read at once
	window  []byte           // bytes of the file from windowAt
	base    int64
}

// scan starts at the first block of a segment. Epoch and time of the block before
// are unknown there; a reader that comes from the segment before sets them.
func (e *Engine) scan(s *segment, limit int64) *scanner {
	before := journal.Position{Cell: e.cell, Height: s.first - 1, Hash: s.previous, Time: math.MinInt64}
	return &scanner{segment: s, limit: limit, at: pageBytes, before: before, ahead: readAheadBytes}
}

// next verifies the block at the scanner's place and steps behind it. The block
// is valid until the following call. Errors: errNoBlock; a *journal.CorruptError
// without advice, for bytes that are not the block that must follow; or the device's.
func (s *scanner) next() (journal.Block, error) {
	head, err := s.header()
	if err != nil {
		return journal.Block{}, err
	}
	size := int64(journal.HeaderBytes) + int64(head.BodyBytes) + crcBytes
	if s.at+size > s.limit {
		return journal.Block{}, s.corrupt(fmt.Sprintf("block of %d bytes passes the end at %d", size, s.limit))
	}
	raw, err := s.bytes(s.at, size)
	if err != nil {
		return journal.Block{}, err
	}
	b, _, err := journal.Decode(raw)
	if err != nil {
		return journal.Block{}, s.corrupt(what(err))
	}
	s.step(&b.Header)
	return b, nil
}

// skip steps over a block by its header alone. The chain proves the header when
// the next one is read.
func (s *scanner) skip() error {
	head, err := s.header()
	if err != nil {
		return err
	}
	s.step(&head)
	return nil
}

// header reads the header at the scanner's place and checks that it follows.
func (s *scanner) header() (journal.Header, error) {
	if s.at >= s.limit {
		return journal.Header{}, errNoBlock
	}
	first, err := s.bytes(s.at, sectorBytes)
	if err != nil {
		return journal.Header{}, err
	}
	if isZero(first) {
		return journal.Header{}, errNoBlock
	}
	head, err := journal.DecodeHeader(first)
	if err == nil {
		err = head.Follows(s.before)
	}
	if err != nil {
		return journal.Header{}, s.corrupt(what(err))
	}
	return head, nil
}

func (s *scanner) step(head *journal.Header) {
	s.before = head.Position()
	s.at += pages(int64(journal.HeaderBytes) + int64(head.BodyBytes) + crcBytes)
}

// bytes gives size bytes of the file from off, reading ahead when it must read.
func (s *scanner) bytes(off, size int64) ([]byte, error) {
	if off < s.base || off+size > s.base+int64(len(s.window)) {
		want := min(max(size, s.ahead), max(s.limit-off, size))
		if int64(cap(s.window)) < want {
			s.window = make([]byte, want)
		}
		s.window, s.base = s.window[:want], off
		n, err := s.segment.file.ReadAt(s.window, off)
		s.window = s.window[:n]
		if err != nil && !(err == io.EOF && int64(n) >= size) {
			return nil, &journal.Error{Op: "read " + s.segment.name, Hint: "Look at the device.", Err: err}
		}
	}
	return s.window[off-s.base:][:size:size], nil
}

// corrupt marks the scanner's place as damaged.
func (s *scanner) corrupt(what string) error {
	return &journal.CorruptError{Height: s.before.Height + 1, File: s.segment.name, Offset: s.at, What: what, Hint: hintDamage}
}

// what is the bare damage of an error that Decode gave, so that height and place
// are not said twice.
func what(err error) string {
	var corrupt *journal.CorruptError
	if errors.As(err, &corrupt) {
		return corrupt.What
	}
	return err.Error()
}

// isZero tells whether all bytes are zero.
func isZero(data []byte) bool {
	for len(data) > pageBytes {
		if !bytes.Equal(data[:pageBytes], zeroPage[:]) {
			return false
		}
		data = data[pageBytes:]
	}
	return bytes.Equal(data, zeroPage[:len(data)])
}
