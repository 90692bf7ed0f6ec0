package state

// Tree is the hash tree over the pages of one table. levels[0] holds the hashes
// of pages, levels[k+1] those of groups of sixteen of levels[k]; the last level
// that has one node holds the root.
//
// A root is begun, worked on and ended, and meanwhile the rows may change: a page
// that the root still needs is copied before its first change. So the hashing is
// spread over what is decided between two roots, and nobody waits while a million
// rows are hashed.
type Tree struct {
	leaf     func(page int, rows uint32) []byte // bytes of a page of so many rows, used before the next call
	pageRows int
	size     uint32 // rows now
	levels   []hashes
	changed  set // pages changed since the last root was begun
	buffer   []byte

	// The root begun last.
	sum    Sum
	rows   uint32   // rows then
	level  int      // of owed
	top    int      // the level of the root
	owed   set      // nodes still to be hashed
	copies []copied // pages that changed before they were hashed
	next   int      // the first copy not hashed yet
	above  set      // parents of what was hashed
	root   Hash
}

// copied is a page as it was when a root was begun.
type copied struct {
	page  int
	bytes []byte
}

// copiesMax bounds the memory of copies, to 18 MiB for a table, which is kept for
// the next root. Beyond it pages are hashed when they change, which takes twice
// as long: only the fourth full block after a root comes that far.
const copiesMax = 1 << 15

// grow is called for every new row. A root begun before does not see it.
func (t *Tree) grow() {
	t.changed.add(int(t.size) / t.pageRows)
	t.size++
}

// touch is called before a row is changed.
func (t *Tree) touch(row uint32) {
	page := int(row) / t.pageRows
	if t.level == 0 && t.owed.has(page) {
		t.save(page)
	}
	t.changed.add(page)
}

// save takes a page over into the copies before it changes.
func (t *Tree) save(page int) {
	n := len(t.copies)
	if n == copiesMax {
		t.hashNext(page)
		return
	}
	if n == cap(t.copies) {
		t.copies = append(t.copies, copied{})
	} else {
		t.copies = t.copies[:n+1] // with the bytes of an earlier root
	}
	c := &t.copies[n]
	c.page, c.bytes = page, append(c.bytes[:0], t.leaf(page, t.rows)...)
	t.owed.remove(page)
}

// begin begins the root of the rows as they are now and returns how many pages
// have to be hashed for it.
func (t *Tree) begin(sum Sum) int {
	t.finish()
	t.sum, t.rows, t.level = sum, t.size, 0
	t.owed, t.changed = t.changed, t.owed
	if t.rows == 0 {
		t.root = Hash{}
		return 0
	}
	nodes := (int(t.rows) + t.pageRows - 1) / t.pageRows
	for t.top = 0; ; t.top++ {
		if t.top == len(t.levels) {
			t.levels = append(t.levels, hashes{})
		}
		t.levels[t.top].grow(nodes)
		if nodes == 1 {
			return t.owed.count
		}
		nodes = (nodes + fanout - 1) / fanout
	}
}

// left says whether the root begun last has nodes to hash.
func (t *Tree) left() bool { return t.next < len(t.copies) || t.owed.count > 0 }

// work hashes at most n nodes of the root begun last and returns how many.
func (t *Tree) work(n int) int {
	done := 0
	for ; done < n && t.left(); done++ {
		t.step()
	}
	return done
}

// finish hashes what is left of the root begun last.
func (t *Tree) finish() {
	for t.left() {
		t.step()
	}
}

// step hashes one node.
func (t *Tree) step() {
	if t.next < len(t.copies) {
		c := &t.copies[t.next]
		t.next++
		t.hashed(c.page, t.sum(c.bytes))
		return
	}
	t.hashNext(t.owed.first())
}

// hashNext hashes one owed node.
func (t *Tree) hashNext(node int) {
	t.owed.remove(node)
	if t.level == 0 {
		t.hashed(node, t.sum(t.leaf(node, t.rows)))
	} else {
		t.buffer = t.levels[t.level-1].appendChildren(append(t.buffer[:0], nodeMark), node)
		t.hashed(node, t.sum(t.buffer))
	}
}

// hashed takes the hash of a node, and goes a level up after the last of a level.
func (t *Tree) hashed(node int, h Hash) {
	*t.levels[t.level].at(node) = h
	if t.level < t.top {
		t.above.add(node / fanout)
	}
	if t.left() {
		return
	}
	t.copies, t.next = t.copies[:0], 0
	if t.level == t.top {
		t.root = h
		return
	}
	t.owed, t.above = t.above, t.owed
	t.level++
}

// clear forgets all rows. The root begun last keeps its value.
func (t *Tree) clear() {
	t.finish()
	t.size, t.levels, t.changed = 0, nil, set{}
}

// hashes are those of one level. Like rows of a table they lie in chunks, so that
// nobody waits while millions are copied.
type hashes struct {
	chunks [][]Hash
	count  int
}

// chunkNodes is a multiple of fanout: the children of a node lie in one chunk.
const chunkNodes = 1 << 12

// grow makes room for n hashes.
func (h *hashes) grow(n int) {
	for h.count < n {
		if h.count%chunkNodes == 0 {
			h.chunks = append(h.chunks, nil)
		}
		last := &h.chunks[len(h.chunks)-1]
		more := min(n-h.count, chunkNodes-len(*last))
		*last = append(*last, make([]Hash, more)...)
		h.count += more
	}
}

func (h *hashes) at(n int) *Hash { return &h.chunks[n/chunkNodes][n%chunkNodes] }

// appendChildren appends the hashes below a node of the level above.
func (h *hashes) appendChildren(dst []byte, node int) []byte {
	first := node * fanout
	chunk := h.chunks[first/chunkNodes]
	for _, child := range chunk[first%chunkNodes:][:min(fanout, len(chunk)-first%chunkNodes)] {
		dst = append(dst, child[:]...)
	}
	return dst
}
