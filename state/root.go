package state

import (
	"encoding/binary"

	"sancun/internal/invariant"
)

// BeginRoot begins the root over all tables as they are now, which are given in
// the order of their numbers. It returns how many pages changed since it was
// called last. A root begun before must have been ended, or its value is lost.
func BeginRoot(sum Sum, tables []Kept) (pages int) {
	for _, t := range tables {
		pages += t.Tree().begin(sum)
	}
	return pages
}

// WorkOnRoot hashes at most n nodes of the root begun last. It returns false when
// nothing is left to do.
func WorkOnRoot(n int, tables []Kept) bool {
	for _, t := range tables {
		n -= t.Tree().work(n)
		if n == 0 {
			return true
		}
	}
	return false
}

// EndRoot returns the root begun last, of the rows as they were then: the hash of
// the mark 0x02 and, for each table that had rows, its number, its row count and
// its root. A table without rows leaves no trace, so that a new kind of table does
// not change the root of old states. Before the first BeginRoot it is the root of
// empty tables.
func EndRoot(sum Sum, tables []Kept) Hash {
	buffer := make([]byte, 0, 1+len(tables)*38)
	buffer = append(buffer, stateMark)
	for i, kept := range tables {
		if i > 0 && tables[i-1].Number() >= kept.Number() {
			invariant.Broken("table %d is out of order", kept.Number())
		}
		t := kept.Tree()
		t.finish()
		if t.rows == 0 {
			continue
		}
		buffer = binary.LittleEndian.AppendUint16(buffer, kept.Number())
		buffer = binary.LittleEndian.AppendUint32(buffer, t.rows)
		buffer = append(buffer, t.root[:]...)
	}
	return sum(buffer)
}

// Root returns the root over all tables as they are now.
func Root(sum Sum, tables []Kept) Hash {
	BeginRoot(sum, tables)
	return EndRoot(sum, tables)
}
