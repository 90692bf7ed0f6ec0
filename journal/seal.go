package journal

import "fmt"

// Sealer turns records into blocks. It keeps its buffers from block to block, so
// the writer's loop does not allocate. The zero value is ready; a Sealer is not
// for concurrent use.
type Sealer struct {
	leaf []byte // prefix and record of the leaf being hashed
	tree tree
}

// Seal makes a block of body, filling the count, the body length and the records
// root of h; the caller has filled the rest. The block keeps body without copying
// it: the caller must not change it while the block is in use. The error is
// ErrInvalid, for a body or header over its limits.
func Seal(h Header, body []byte) (Block, error) {
	var s Sealer
	return s.Seal(h, body)
}

// Seal does what the function Seal does, with the buffers of s.
func (s *Sealer) Seal(h Header, body []byte) (Block, error) {
	if len(body) > BodyBytesMax {
		return Block{}, fmt.Errorf("%w: body of %d bytes, at most %d", ErrInvalid, len(body), BodyBytesMax)
	}
	count, err := countRecords(body)
	if err != nil {
		return Block{}, err
	}
	h.Count, h.BodyBytes, h.RecordsRoot = count, uint32(len(body)), Hash{}
	if err := h.check(); err != nil {
		return Block{}, err
	}
	h.RecordsRoot = s.recordsRoot(h.Kind, body)
	return Block{Header: h, Body: body}, nil
}

// recordsRoot hashes the tree of a body whose lengths have been checked.
func (s *Sealer) recordsRoot(kind HashKind, body []byte) Hash {
	s.tree.reset()
	for len(body) > 0 {
		size, err := recordSize(body)
		if err != nil {
			return Hash{}
		}
		s.leaf = append(append(s.leaf[:0], leafPrefix), body[:size]...)
		s.tree.add(kind, kind.Sum(s.leaf))
		body = body[size:]
	}
	return s.tree.root(kind)
}
