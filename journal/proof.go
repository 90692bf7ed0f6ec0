package journal

import "fmt"

// Proof shows that one record stands in a block, to someone who has the block's
// records root and the record but not the other records (RFC 6962, section 2.1.1).
type Proof struct {
	Index uint32 // place of the record in the block, from 0
	Count uint32 // records in the block
	Path  []Hash // siblings from the leaf up
}

// Prove makes the proof of record index of b. The error is ErrInvalid when there
// is no such record or the body breaks the format.
func Prove(b *Block, index int) (Proof, error) {
	if err := b.Validate(); err != nil {
		return Proof{}, err
	}
	if index < 0 || uint64(index) >= uint64(b.Count) {
		return Proof{}, fmt.Errorf("%w: record %d of %d", ErrInvalid, index, b.Count)
	}
	leaves := make([]Hash, 0, b.Count)
	for _, record := range b.Records() {
		leaves = append(leaves, LeafHash(b.Kind, record))
	}
	return Proof{Index: uint32(index), Count: b.Count, Path: path(b.Kind, leaves, index)}, nil
}

// path collects the siblings of leaf index from the bottom up.
func path(kind HashKind, leaves []Hash, index int) []Hash {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	if index < k {
		return append(path(kind, leaves[:k], index), TreeHash(kind, leaves[k:]))
	}
	return append(path(kind, leaves[k:], index-k), TreeHash(kind, leaves[:k]))
}

// Verify tells whether record stands at the proof's index in a block with this
// records root and count. The count must come from the trusted header: compare it
// with Proof.Count before. The error is ErrInvalid and says what does not match.
func (p Proof) Verify(kind HashKind, root Hash, record []byte) error {
	if !kind.Valid() || p.Count > RecordsMax || p.Index >= p.Count {
		return fmt.Errorf("%w: proof of record %d of %d with %v", ErrInvalid, p.Index, p.Count, kind)
	}
	got := LeafHash(kind, record)
	index, last := p.Index, p.Count-1
	for _, sibling := range p.Path {
		if last == 0 {
			return fmt.Errorf("%w: proof has %d hashes too many", ErrInvalid, len(p.Path))
		}
		if index&1 == 1 || index == last {
			got = node(kind, &sibling, &got)
			for index&1 == 0 && index != 0 {
				index, last = index>>1, last>>1
			}
		} else {
			got = node(kind, &got, &sibling)
		}
		index, last = index>>1, last>>1
	}
	if last != 0 || got != root {
		return fmt.Errorf("%w: proof leads to %v, the records root is %v", ErrInvalid, got, root)
	}
	return nil
}
