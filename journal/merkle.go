package journal

import "math/bits"

// The prefixes of RFC 6962, section 2.1: a leaf can never be taken for a node.
const (
	leafPrefix = 0x00
	nodePrefix = 0x01
)

// tree computes the Merkle tree hash of RFC 6962 from leaves given one after
// another. It keeps one hash for every complete subtree on the left, the way a
// binary counter keeps one bit: adding a leaf carries.
type tree struct {
	leaves uint32
	stack  [proofHashesMax + 1]Hash // complete subtrees, largest first
	height int                      // entries of stack in use, the ones of leaves
}

func (t *tree) reset() { t.leaves, t.height = 0, 0 }

// add appends a leaf hash. At most RecordsMax leaves fit; more would need a
// deeper stack, so callers check the count first.
func (t *tree) add(kind HashKind, leaf Hash) {
	for carries := bits.TrailingZeros32(^t.leaves); carries > 0; carries-- {
		t.height--
		leaf = node(kind, &t.stack[t.height], &leaf)
	}
	t.stack[t.height] = leaf
	t.height++
	t.leaves++
}

// root folds the subtrees from right to left. A tree without leaves has the hash
// of the empty string.
func (t *tree) root(kind HashKind) Hash {
	if t.height == 0 {
		return kind.Sum(nil)
	}
	root := t.stack[t.height-1]
	for i := t.height - 2; i >= 0; i-- {
		root = node(kind, &t.stack[i], &root)
	}
	return root
}

// node hashes two subtrees.
func node(kind HashKind, left, right *Hash) Hash {
	var raw [1 + 2*len(Hash{})]byte
	raw[0] = nodePrefix
	copy(raw[1:], left[:])
	copy(raw[1+len(left):], right[:])
	return kind.Sum(raw[:])
}

// LeafHash is the hash of a record as a leaf of the tree.
func LeafHash(kind HashKind, record []byte) Hash {
	return kind.Sum(append([]byte{leafPrefix}, record...))
}

// TreeHash is the Merkle tree hash (RFC 6962, section 2.1) over leaf hashes.
func TreeHash(kind HashKind, leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return kind.Sum(nil)
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	left, right := TreeHash(kind, leaves[:k]), TreeHash(kind, leaves[k:])
	return node(kind, &left, &right)
}

// split gives the largest power of two below n, for n of at least 2.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }
