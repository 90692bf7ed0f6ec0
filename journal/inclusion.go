package journal

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// InclusionFormat names the file of an Inclusion and its version.
const InclusionFormat = "sancun-inclusion-1"

// Inclusion shows, to someone who has nothing but a block hash they trust, that one
// record stands in the journal that leads to it: the record and its path to the
// records root of its block, the block's header, and the headers from there to the
// head. Its JSON form is drawn in docs/formats/journal.md.
type Inclusion struct {
	Format      string `json:"format"`
	Cell        uint32 `json:"cell"`
	Height      uint64 `json:"height"`
	Time        int64  `json:"time"` // of the block, unix nanoseconds
	Index       uint32 `json:"index"`
	Count       uint32 `json:"count"`
	HashKind    string `json:"hash"`
	Record      string `json:"record"` // whole, hexadecimal
	Leaf        Hash   `json:"leaf"`
	Path        []Hash `json:"path"`
	RecordsRoot Hash   `json:"records_root"`
	Header      string `json:"header"` // 136 bytes, hexadecimal
	BlockHash   Hash   `json:"block_hash"`
	// Chain are the headers behind the block up to the head, hexadecimal.
	Chain []string      `json:"chain"`
	Head  InclusionHead `json:"head"`
}

// InclusionHead is the block that an inclusion proof leads to: the one whose hash
// somebody else must know, such as the bank, the other centre or a printed report.
type InclusionHead struct {
	Height uint64 `json:"height"`
	Hash   Hash   `json:"hash"`
}

// errLed ends the reading at the head of a proof.
var errLed = errors.New("the head of the proof is reached")

// Include makes the proof of a record by the height of its block and its place
// there, up to the block at height to, or the head of the journal if to is zero.
// read is Engine.Read. The error is ErrInvalid when there is no such record or to
// lies before it; a proof that does not prove itself is never returned.
func Include(read func(uint64, func(*Block) error) error, height uint64, index int, to uint64) (*Inclusion, error) {
	if height == 0 || to != 0 && to < height {
		return nil, fmt.Errorf("%w: a proof from height %d to height %d", ErrInvalid, height, to)
	}
	var in *Inclusion
	err := read(height, func(b *Block) error {
		if in == nil {
			var err error
			if in, err = include(b, index); err != nil {
				return err
			}
		} else {
			in.Chain = append(in.Chain, headerText(&b.Header))
		}
		in.Head = InclusionHead{b.Height, b.Header.Hash()}
		if b.Height == to {
			return errLed
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errLed):
		return nil, err
	case in == nil:
		return nil, fmt.Errorf("%w: there is no block %d", ErrInvalid, height)
	case to != 0 && in.Head.Height != to:
		return nil, fmt.Errorf("%w: the journal ends at height %d, before %d", ErrInvalid, in.Head.Height, to)
	}
	return in, nil
}

// include proves a record in its own block.
func include(b *Block, index int) (*Inclusion, error) {
	p, err := Prove(b, index)
	if err != nil {
		return nil, err
	}
	in := &Inclusion{
		Format: InclusionFormat, Cell: b.Cell, Height: b.Height, Time: b.Time, Index: p.Index, Count: p.Count, HashKind: b.Kind.String(),
		Path: p.Path, RecordsRoot: b.RecordsRoot, Header: headerText(&b.Header), BlockHash: b.Header.Hash(), Chain: []string{},
	}
	if in.Path == nil {
		in.Path = []Hash{} // a list in JSON also when a block has one record
	}
	for i, record := range b.Records() {
		if i == index {
			in.Record, in.Leaf = hex.EncodeToString(record), LeafHash(b.Kind, record)
			return in, p.Verify(b.Kind, b.RecordsRoot, record)
		}
	}
	return nil, fmt.Errorf("%w: record %d of %d", ErrInvalid, index, b.Count)
}

func headerText(h *Header) string {
	var raw [HeaderBytes]byte
	h.put(raw[:])
	return hex.EncodeToString(raw[:])
}
