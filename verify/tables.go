package verify

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// tableAccounts is the number of the table that effects other than Put fill.
const tableAccounts = 1

// table is a table as bytes: what its rows mean is not asked.
type table struct {
	width  int
	rows   []byte
	leaves [][32]byte
	dirty  map[int]bool // pages to hash again
}

// tables rebuilds every table from Put effects alone, to compute the state root
// from the drawing in docs/formats/state.md.
type tables struct {
	byNumber map[uint16]*table
}

func newTables() tables {
	return tables{byNumber: map[uint16]*table{tableAccounts: {width: 64, dirty: map[int]bool{}}}}
}

func (t *tables) put(number uint16, row uint32, bytes []byte) error {
	known := t.byNumber[number]
	if known == nil {
		known = &table{width: len(bytes), dirty: map[int]bool{}}
		t.byNumber[number] = known
	}
	return known.put(row, bytes)
}

func (t *table) put(row uint32, bytes []byte) error {
	at := int(row) * t.width
	if len(bytes) != t.width || at > len(t.rows) {
		return fmt.Errorf("row %d of %d bytes in a table of width %d with %d rows", row, len(bytes), t.width, len(t.rows)/max(1, t.width))
	}
	if at == len(t.rows) {
		t.rows = append(t.rows, bytes...)
	} else {
		copy(t.rows[at:], bytes)
	}
	t.dirty[int(row)/t.pageRows()] = true
	return nil
}

func (t *tables) clear(number uint16) {
	if known := t.byNumber[number]; known != nil {
		*known = table{width: known.width, dirty: map[int]bool{}}
	}
}

func (t *table) pageRows() int { return max(1, (512+t.width-1)/t.width) }

// root returns the root of one table.
func (t *table) root(sum func([]byte) [32]byte) [32]byte {
	if len(t.rows) == 0 {
		return [32]byte{}
	}
	page := t.pageRows() * t.width
	pages := (len(t.rows) + page - 1) / page
	for len(t.leaves) < pages {
		t.leaves = append(t.leaves, [32]byte{})
	}
	for p := range t.dirty {
		t.leaves[p] = sum(append([]byte{0}, t.rows[p*page:min((p+1)*page, len(t.rows))]...))
	}
	clear(t.dirty)
	level := t.leaves
	for len(level) > 1 {
		var up [][32]byte
		for first := 0; first < len(level); first += 16 {
			node := []byte{1}
			for _, child := range level[first:min(first+16, len(level))] {
				node = append(node, child[:]...)
			}
			up = append(up, sum(node))
		}
		level = up
	}
	return level[0]
}

// root returns the state root.
func (t *tables) root(sum func([]byte) [32]byte, b *books) [32]byte {
	accounts := t.byNumber[tableAccounts]
	encoded := make([]byte, 64)
	slices.Sort(b.changed)
	for _, row := range b.changed {
		b.accounts[row].encode(encoded)
		if err := accounts.put(row, encoded); err != nil {
			panic("verify: accounts are rebuilt in order: " + err.Error())
		}
		b.accounts[row].dirty = false
	}
	b.changed = b.changed[:0]
	all := []byte{2}
	for _, number := range t.numbers() {
		known := t.byNumber[number]
		all = binary.LittleEndian.AppendUint16(all, number)
		all = binary.LittleEndian.AppendUint32(all, uint32(len(known.rows)/known.width))
		root := known.root(sum)
		all = append(all, root[:]...)
	}
	return sum(all)
}

// numbers lists the tables that have rows, in order.
func (t *tables) numbers() []uint16 {
	var all []uint16
	for number, known := range t.byNumber {
		if len(known.rows) > 0 {
			all = append(all, number)
		}
	}
	slices.Sort(all)
	return all
}
