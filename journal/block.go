// Package journal defines the block, the hash chain and the contract of the
// store that keeps them. Everything the house knows is a fold over these blocks.
//
// A block is a fixed header, the records back to back, and a CRC-32C:
//
//	header 136 | record | record | … | crc 4
//
// The header holds the hash of the block before it, so a chain cannot be changed
// in the middle, and the Merkle root of the records, so one record can be proven
// to a third party without showing the others (Prove, Proof.Verify). The CRC finds
// damage by disks and cables without hashing every record.
//
// The package knows nothing of what a record means, opens no file, starts no
// goroutine and reads no clock. Stores implement Engine and live elsewhere.
package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Block is a header and the records it seals.
type Block struct {
	Header
	Body []byte // records back to back, each beginning with its own length as u32
}

// Size is the length of the encoded block in bytes.
func (b *Block) Size() int { return HeaderBytes + len(b.Body) + crcBytes }

// Clone copies the block with its body, for callers who keep it longer than the
// buffer it was decoded from.
func (b *Block) Clone() *Block {
	return &Block{Header: b.Header, Body: append([]byte(nil), b.Body...)}
}

// AppendTo appends the encoded block to dst. The block must have been sealed or
// decoded; Validate tells.
func (b *Block) AppendTo(dst []byte) []byte {
	start := len(dst)
	var raw [HeaderBytes]byte
	b.put(raw[:])
	dst = append(dst, raw[:]...)
	dst = append(dst, b.Body...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// Decode reads the block that begins src and gives its encoded length. It checks
// the CRC, all limits and the lengths of the records; Check also verifies the
// records root. The body aliases src.
//
// The error is ErrShort when src is a whole prefix of a possible block, and
// ErrCorrupt when no more bytes could make it one.
func Decode(src []byte) (Block, int, error) {
	h, err := DecodeHeader(src)
	if err != nil {
		return Block{}, 0, err
	}
	end := HeaderBytes + int(h.BodyBytes)
	size := end + crcBytes
	if len(src) < size {
		return Block{}, 0, fmt.Errorf("%w: %d bytes of %d", ErrShort, len(src), size)
	}
	want := binary.LittleEndian.Uint32(src[end:])
	if got := crc32.Checksum(src[:end], castagnoli); got != want {
		return Block{}, 0, &CorruptError{Height: h.Height, What: fmt.Sprintf("checksum %08x, want %08x", got, want)}
	}
	b := Block{Header: h, Body: src[HeaderBytes:end:end]}
	if err := b.Validate(); err != nil {
		return Block{}, 0, &CorruptError{Height: h.Height, What: err.Error()}
	}
	return b, size, nil
}

// Validate tells whether header and body agree and every record lies within its
// limits. It does not hash. The error is ErrInvalid.
func (b *Block) Validate() error {
	if err := b.check(); err != nil {
		return err
	}
	if uint64(len(b.Body)) != uint64(b.BodyBytes) {
		return fmt.Errorf("%w: body of %d bytes, header says %d", ErrInvalid, len(b.Body), b.BodyBytes)
	}
	count, err := countRecords(b.Body)
	if err != nil {
		return err
	}
	if count != b.Count {
		return fmt.Errorf("%w: %d records, header says %d", ErrInvalid, count, b.Count)
	}
	return nil
}

// Check does what Validate does and verifies the records root. The error is
// ErrCorrupt.
func (b *Block) Check() error {
	if err := b.Validate(); err != nil {
		return &CorruptError{Height: b.Height, What: err.Error()}
	}
	var s Sealer
	if got := s.recordsRoot(b.Kind, b.Body); got != b.RecordsRoot {
		return &CorruptError{Height: b.Height, What: fmt.Sprintf("records hash to %v, header says %v", got, b.RecordsRoot)}
	}
	return nil
}

// Records goes through the records in order. Each slice includes the record's
// length field and aliases the body. On a body that Validate refuses it stops
// at the first bad length.
func (b *Block) Records() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		rest := b.Body
		for i := 0; len(rest) > 0; i++ {
			size, err := recordSize(rest)
			if err != nil || !yield(i, rest[:size:size]) {
				return
			}
			rest = rest[size:]
		}
	}
}

// recordSize reads the length of the record that begins rest.
func recordSize(rest []byte) (int, error) {
	if len(rest) < RecordBytesMin {
		return 0, fmt.Errorf("%w: %d bytes left, a record has at least %d", ErrInvalid, len(rest), RecordBytesMin)
	}
	size := binary.LittleEndian.Uint32(rest)
	if size < RecordBytesMin || size > RecordBytesMax {
		return 0, fmt.Errorf("%w: record of %d bytes, want %d to %d", ErrInvalid, size, RecordBytesMin, RecordBytesMax)
	}
	if uint64(size) > uint64(len(rest)) {
		return 0, fmt.Errorf("%w: record of %d bytes, %d left in the body", ErrInvalid, size, len(rest))
	}
	return int(size), nil
}

// countRecords walks the lengths of the body and counts its records.
func countRecords(body []byte) (uint32, error) {
	var count uint32
	for offset := 0; offset < len(body); count++ {
		size, err := recordSize(body[offset:])
		if err != nil {
			return 0, fmt.Errorf("record %d: %w", count, err)
		}
		offset += size
	}
	return count, nil
}
