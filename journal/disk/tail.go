package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"

	"sancun/journal"
)

// settleTail decides what the bytes behind the last whole block of the last
// segment are, and replaces a torn append by zeros.
//
// The device writes whole sectors and an append writes one block over zeros. So
// after a crash each sector of that block is as it was meant, or zeros, and
// everything behind the block is zeros. Whatever differs from that is damage to
// a block that may have been acknowledged, and damage is never cut:
//
//   - a whole block further on: blocks are written one after another, so the bad
//     one in front of it was once whole;
//   - a first sector that is neither zeros nor the header that must follow;
//   - bytes beyond the length that the header gives;
//   - a block without any sector of zeros: it was written to its end;
//   - a block that one flipped bit makes whole.
//
// What cannot be told apart from a torn append is the later loss of whole sectors
// of the very last block, or several wrong bits in a last block that itself
// contains sectors of zeros. Such a block is cut and Recovery says so; only the
// other centre knows whether it was acknowledged.
//
// Of a batch that was announced any sector may be there or not, so whole blocks
// further on prove nothing within it; the rest holds for its first bad block.
func (e *Engine) settleTail(s *scanner, r *Recovery, b *batch) error {
	end, later, err := s.survey()
	inBatch := b.covers(s.segment.first, s.at, end)
	switch {
	case err != nil:
		return err
	case later != nil && !inBatch:
		return s.corrupt(fmt.Sprintf("the block is damaged; a whole block of height %d stands at offset %d", later.height, later.at))
	case end == s.at:
		return nil
	}
	if err := s.torn(end, inBatch); err != nil {
		return err
	}
	for at := s.at; at < end; at += pageBytes {
		if _, err := s.segment.file.WriteAt(zeroPage[:], at); err != nil {
			return e.fault("cut an unfinished append", "Look at the device.", err)
		}
	}
	// Not synced here: settleBlock's sync makes the zeros durable before anything is
	// appended, and a segment that has no block is made anew.
	r.CutBytes, r.CutFile, r.CutOffset = end-s.at, s.segment.name, s.at
	s.window = nil // it shows what was cut
	return nil
}

// found is a whole block that survey came across.
type found struct {
	height uint64
	at     int64
}

// survey looks at every page from the scanner's place to the end of the segment.
// It gives the end of the last page that is not zeros, and the first whole block
// of this cell that is higher than the one before the scanner's place.
func (s *scanner) survey() (end int64, later *found, err error) {
	end = s.at
	for at := s.at; at < s.limit; at += pageBytes {
		page, err := s.bytes(at, pageBytes)
		if err != nil {
			return 0, nil, err
		}
		if isZero(page) {
			continue
		}
		end = at + pageBytes
		head, err := journal.DecodeHeader(page)
		if err != nil || head.Cell != s.before.Cell || head.Height <= s.before.Height {
			continue
		}
		size := int64(journal.HeaderBytes) + int64(head.BodyBytes) + crcBytes
		if at+size > s.limit {
			continue
		}
		raw, err := s.bytes(at, size)
		if err != nil {
			return 0, nil, err
		}
		if _, _, err := journal.Decode(raw); err == nil && later == nil {
			later = &found{height: head.Height, at: at}
		}
	}
	return end, later, nil
}

// torn returns nil when the bytes from the scanner's place to end can be a torn
// append, of one block or of a batch, and ErrCorrupt when they cannot.
func (s *scanner) torn(end int64, inBatch bool) error {
	head, err := s.header()
	if errors.Is(err, errNoBlock) { // the header's sector did not reach the disk
		if !inBatch && end-s.at > pages(journal.BlockBytesMax) {
			return s.corrupt(fmt.Sprintf("bytes up to offset %d, more than one append writes", end))
		}
		return nil
	}
	if err != nil {
		return err
	}
	size := int64(journal.HeaderBytes) + int64(head.BodyBytes) + crcBytes
	if s.at+pages(size) > s.limit || end > s.at+pages(size) && !inBatch {
		return s.corrupt(fmt.Sprintf("block of %d bytes, but there are bytes up to offset %d in a segment of %d", size, end, s.limit))
	}
	raw, err := s.bytes(s.at, min(pages(journal.BlockBytesMax), s.limit-s.at))
	if err != nil {
		return err
	}
	if _, _, err := journal.Decode(raw); err == nil {
		return s.corrupt("the block reads differently a second time")
	}
	if !hasZeroSector(raw[:size]) {
		return s.corrupt("the block was written whole and differs from its checksum")
	}
	if oneBitAway(raw, size) {
		return s.corrupt("the block has one wrong bit")
	}
	return nil
}

// hasZeroSector tells whether a sector of the block is all zeros.
func hasZeroSector(raw []byte) bool {
	for len(raw) > 0 {
		n := min(sectorBytes, len(raw))
		if isZero(raw[:n]) {
			return true
		}
		raw = raw[n:]
	}
	return false
}

// oneBitAway tells whether turning one bit makes raw begin with a whole block,
// which size bytes long if the wrong bit is not in the length.
//
// A turned bit changes a CRC by an amount that depends only on how far it is from
// the end. The difference between the stored checksum and the computed one is
// compared with these amounts, walking from the last byte to the first.
func oneBitAway(raw []byte, size int64) bool {
	data, stored := raw[:size-crcBytes], binary.LittleEndian.Uint32(raw[size-crcBytes:])
	difference := crc32.Checksum(data, castagnoli) ^ stored
	if bits.OnesCount32(difference) == 1 { // the wrong bit is in the checksum
		return true
	}
	var amounts [8]uint32
	for bit := range amounts {
		amounts[bit] = castagnoli[1<<bit]
	}
	for range data {
		for bit, amount := range amounts {
			if amount == difference {
				return true
			}
			amounts[bit] = amount>>8 ^ castagnoli[amount&0xff]
		}
	}
	const bodyBytesAt = journal.HeaderBytes - 4
	length := raw[bodyBytesAt : bodyBytesAt+4]
	right := binary.LittleEndian.Uint32(length)
	defer binary.LittleEndian.PutUint32(length, right)
	for bit := range 32 {
		binary.LittleEndian.PutUint32(length, right^1<<bit)
		if _, _, err := journal.Decode(raw); err == nil {
			return true
		}
	}
	return false
}
