// Package state holds rows of fixed width in tables whose root hash is kept
// incrementally, and indexes over them. It is the memory of the deterministic
// machine: everything two centres must agree on lies in a Table.
//
// A table is a list of rows numbered from 0. Rows are never deleted one by one;
// a table of the day (orders) is cleared as a whole. Rows lie in chunks without
// pointers, so that the garbage collector passes over ten million of them at
// once.
//
// The root of a table is a tree with sixteen children a node over pages of rows
// (docs/formats/state.md). Only pages touched since the last root are hashed
// again, so a root costs what changed, not what exists; and a root may be worked
// out while rows change, so that nobody waits for it (Tree).
//
// This package must never read a clock, range over a map or start a goroutine.
package state

// Hash is a root or node of the state tree.
type Hash [32]byte

// Sum is the hash function of the tree, SHA-256 or SM3, chosen by the cell.
type Sum func([]byte) [32]byte

// Bytes is what a row must do: write itself into exactly the table's width of
// bytes and read itself back. Encode and Decode must be inverse to each other
// and must not keep the slice.
type Bytes[R any] interface {
	*R
	Encode(dst []byte)
	Decode(src []byte)
}

const (
	// chunkRows keeps a chunk of 64-byte rows at 2 MiB, one huge page.
	chunkRows = 1 << 15
	// pageBytes is the least size of a page of the tree; smaller pages waste
	// nodes, larger ones hash rows that did not change.
	pageBytes = 512
	fanout    = 16
	leafMark  = 0x00
	nodeMark  = 0x01
	stateMark = 0x02
)

// Table is a list of rows of type R, each width bytes when encoded.
type Table[R any, P Bytes[R]] struct {
	number  uint16
	width   int
	chunks  [][]R
	tree    Tree
	scratch []byte
}

// NewTable returns an empty table. The number names it in snapshots, effects
// and the state root and never changes; width is the encoded size of a row.
func NewTable[R any, P Bytes[R]](number uint16, width int) *Table[R, P] {
	rows := max(1, (pageBytes+width-1)/width)
	t := &Table[R, P]{number: number, width: width, scratch: make([]byte, 1+rows*width)}
	t.tree.pageRows, t.tree.leaf = rows, t.page
	return t
}

// Number returns the number of the table in records and snapshots.
func (t *Table[R, P]) Number() uint16 { return t.number }

// Width returns the encoded size of one row in bytes.
func (t *Table[R, P]) Width() int { return t.width }

// Len returns the number of rows.
func (t *Table[R, P]) Len() uint32 { return t.tree.size }

// At returns the row for reading. It panics on a row that does not exist.
func (t *Table[R, P]) At(row uint32) *R {
	return &t.chunks[row/chunkRows][row%chunkRows]
}

// Touch returns the row for writing and marks it as changed.
func (t *Table[R, P]) Touch(row uint32) *R {
	t.tree.touch(row)
	return t.At(row)
}

// Append adds a row at the end and returns its number.
func (t *Table[R, P]) Append(r R) uint32 {
	row := t.tree.size
	if int(row/chunkRows) == len(t.chunks) {
		t.chunks = append(t.chunks, make([]R, 0, chunkRows))
	}
	chunk := &t.chunks[row/chunkRows]
	*chunk = append(*chunk, r)
	t.tree.grow()
	return row
}

// Set writes the encoded row. A row equal to Len appends; a greater one is refused.
func (t *Table[R, P]) Set(row uint32, encoded []byte) bool {
	if row > t.Len() || len(encoded) != t.width {
		return false
	}
	var r R
	P(&r).Decode(encoded)
	if row == t.Len() {
		t.Append(r)
		return true
	}
	*t.Touch(row) = r
	return true
}

// EncodeRow appends the encoded row to dst.
func (t *Table[R, P]) EncodeRow(dst []byte, row uint32) []byte {
	n := len(dst)
	dst = append(dst, make([]byte, t.width)...)
	P(t.At(row)).Encode(dst[n:])
	return dst
}

// Clear removes all rows, at the end of a day. A root begun before is finished first.
func (t *Table[R, P]) Clear() {
	t.tree.clear()
	t.chunks = nil
}

// Tree returns the hash tree of the rows.
func (t *Table[R, P]) Tree() *Tree { return &t.tree }

// page encodes a page of a table of so many rows, behind its mark.
func (t *Table[R, P]) page(page int, rows uint32) []byte {
	first := page * t.tree.pageRows
	last := min(first+t.tree.pageRows, int(rows))
	t.scratch[0] = leafMark
	for row := first; row < last; row++ {
		at := 1 + (row-first)*t.width
		P(t.At(uint32(row))).Encode(t.scratch[at : at+t.width])
	}
	return t.scratch[:1+(last-first)*t.width]
}
