package journal

import (
	"encoding/binary"
	"fmt"
)

// HeaderBytes is the exact length of an encoded header. A block's hash covers
// these bytes and, through the records root, everything else.
const HeaderBytes = 136

const (
	magic         = 0x31424353 // "SCB1" as little-endian bytes
	formatVersion = 1
	crcBytes      = 4

	flagStateRoot   = 1 << 0
	flagEarlierRoot = 1 << 1
	flagsSupported  = flagStateRoot | flagEarlierRoot
)

// Header says what a block is and where it stands in the chain. Its byte layout
// is drawn in docs/formats/journal.md.
type Header struct {
	Kind         HashKind // the function of all hashes of this block, except Previous, which is the previous block's
	HasStateRoot bool     // StateRoot is present
	EarlierRoot  bool     // StateRoot is of the block that had one last, not of this one
	Cell         uint32   // the cell this journal belongs to
	Epoch        uint32   // the reign of the writer; never falls along the chain
	Height       uint64   // 1 for the first block
	Time         int64    // unix nanoseconds; never falls along the chain
	Previous     Hash     // hash of the block before; zero for height 1
	RecordsRoot  Hash     // Merkle tree hash of the records, filled by Seal
	StateRoot    Hash     // root of the machine's state after this block, or an earlier one; zero when absent
	Count        uint32   // records in the body, filled by Seal
	BodyBytes    uint32   // length of the body, filled by Seal
}

// Position is a place in a chain: the head of a journal, or the block a reader
// has reached. The zero height with a zero hash is the place before the first block.
type Position struct {
	Cell   uint32
	Epoch  uint32
	Height uint64
	Hash   Hash
	Time   int64 // unix nanoseconds
}

// Hash is the identity of the block that has this header.
func (h *Header) Hash() Hash {
	var raw [HeaderBytes]byte
	h.put(raw[:])
	return h.Kind.Sum(raw[:])
}

// Position is where the chain stands after the block that has this header.
func (h *Header) Position() Position {
	return Position{Cell: h.Cell, Epoch: h.Epoch, Height: h.Height, Hash: h.Hash(), Time: h.Time}
}

// Follows tells whether a block with this header may stand right after prev.
// The error is ErrHeight, ErrEpoch or ErrChain and says what differs.
func (h *Header) Follows(prev Position) error {
	switch {
	case h.Cell != prev.Cell:
		return fmt.Errorf("%w: cell %d after cell %d", ErrChain, h.Cell, prev.Cell)
	case h.Height != prev.Height+1:
		return fmt.Errorf("%w: height %d after %d", ErrHeight, h.Height, prev.Height)
	case h.Epoch < prev.Epoch:
		return fmt.Errorf("%w: epoch %d after %d", ErrEpoch, h.Epoch, prev.Epoch)
	case h.Previous != prev.Hash:
		return fmt.Errorf("%w: height %d names %v as its predecessor, which is %v", ErrChain, h.Height, h.Previous, prev.Hash)
	case prev.Height > 0 && h.Time < prev.Time:
		return fmt.Errorf("%w: height %d is %d ns earlier than the block before", ErrChain, h.Height, prev.Time-h.Time)
	}
	return nil
}

// check tells whether the header may be written at all. The error is ErrInvalid.
func (h *Header) check() error {
	switch {
	case !h.Kind.Valid():
		return fmt.Errorf("%w: %v", ErrInvalid, h.Kind)
	case h.Height == 0:
		return fmt.Errorf("%w: height 0", ErrInvalid)
	case h.Height == 1 && !h.Previous.IsZero():
		return fmt.Errorf("%w: height 1 has a previous hash", ErrInvalid)
	case !h.HasStateRoot && !h.StateRoot.IsZero():
		return fmt.Errorf("%w: state root without its flag", ErrInvalid)
	case h.EarlierRoot && !h.HasStateRoot:
		return fmt.Errorf("%w: an earlier state root that is not there", ErrInvalid)
	case h.BodyBytes > BodyBytesMax:
		return fmt.Errorf("%w: body of %d bytes, at most %d", ErrInvalid, h.BodyBytes, BodyBytesMax)
	case h.Count > RecordsMax:
		return fmt.Errorf("%w: %d records, at most %d", ErrInvalid, h.Count, RecordsMax)
	}
	return nil
}

// put writes the header into the first HeaderBytes of raw.
func (h *Header) put(raw []byte) {
	var flags uint8
	if h.HasStateRoot {
		flags |= flagStateRoot
	}
	if h.EarlierRoot {
		flags |= flagEarlierRoot
	}
	le := binary.LittleEndian
	le.PutUint32(raw[0:], magic)
	le.PutUint16(raw[4:], formatVersion)
	raw[6] = uint8(h.Kind)
	raw[7] = flags
	le.PutUint32(raw[8:], h.Cell)
	le.PutUint32(raw[12:], h.Epoch)
	le.PutUint64(raw[16:], h.Height)
	le.PutUint64(raw[24:], uint64(h.Time))
	copy(raw[32:64], h.Previous[:])
	copy(raw[64:96], h.RecordsRoot[:])
	copy(raw[96:128], h.StateRoot[:])
	le.PutUint32(raw[128:], h.Count)
	le.PutUint32(raw[132:], h.BodyBytes)
}

// DecodeHeader reads the header that begins src without touching the body. The
// error is ErrShort or ErrCorrupt. A header alone proves nothing about its
// block: it is for skipping along the chain, where the next header's previous
// hash confirms this one.
func DecodeHeader(src []byte) (Header, error) {
	if len(src) < HeaderBytes {
		return Header{}, fmt.Errorf("%w: %d bytes, a header has %d", ErrShort, len(src), HeaderBytes)
	}
	le := binary.LittleEndian
	if got := le.Uint32(src); got != magic {
		return Header{}, &CorruptError{What: fmt.Sprintf("magic number %#08x, want %#08x", got, magic)}
	}
	if got := le.Uint16(src[4:]); got != formatVersion {
		return Header{}, &CorruptError{What: fmt.Sprintf("format version %d, this program reads %d", got, formatVersion)}
	}
	h := Header{
		Kind:         HashKind(src[6]),
		HasStateRoot: src[7]&flagStateRoot != 0,
		EarlierRoot:  src[7]&flagEarlierRoot != 0,
		Cell:         le.Uint32(src[8:]),
		Epoch:        le.Uint32(src[12:]),
		Height:       le.Uint64(src[16:]),
		Time:         int64(le.Uint64(src[24:])),
		Previous:     Hash(src[32:64]),
		RecordsRoot:  Hash(src[64:96]),
		StateRoot:    Hash(src[96:128]),
		Count:        le.Uint32(src[128:]),
		BodyBytes:    le.Uint32(src[132:]),
	}
	if unknown := src[7] &^ flagsSupported; unknown != 0 {
		return Header{}, &CorruptError{Height: h.Height, What: fmt.Sprintf("unknown flags %#x", unknown)}
	}
	if err := h.check(); err != nil {
		return Header{}, &CorruptError{Height: h.Height, What: err.Error()}
	}
	return h, nil
}
