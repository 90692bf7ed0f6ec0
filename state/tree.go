package state

// tree is the hash tree over the pages of one table. levels[0] holds the hashes
// of pages, levels[k+1] those of groups of sixteen of levels[k]; the last level
// that has one node holds the root.
type tree struct {
	levels [][]Hash
	dirty  []uint32 // pages to hash again, each once
	marked []uint64 // one bit a page
	buffer []byte
}

func (t *tree) mark(page int) {
	word := page / 64
	for word >= len(t.marked) {
		t.marked = append(t.marked, 0)
	}
	bit := uint64(1) << (page % 64)
	if t.marked[word]&bit == 0 {
		t.marked[word] |= bit
		t.dirty = append(t.dirty, uint32(page))
	}
}

// root hashes the dirty pages and their ancestors. leaf returns the bytes of a
// page, mark included; they are used before the next call.
func (t *tree) root(pages int, sum Sum, leaf func(page int) []byte) Hash {
	if pages == 0 {
		return Hash{}
	}
	t.grow(0, pages)
	changed := t.dirty
	for _, page := range changed {
		t.levels[0][page] = sum(leaf(int(page)))
		t.marked[page/64] &^= 1 << (page % 64)
	}
	t.dirty = t.dirty[:0]
	nodes := pages
	for level := 0; nodes > 1; level++ {
		nodes = (nodes + fanout - 1) / fanout
		t.grow(level+1, nodes)
		changed = t.parents(changed)
		for _, node := range changed {
			t.levels[level+1][node] = t.node(t.levels[level], int(node), sum)
		}
	}
	top := 0
	for n := pages; n > 1; n = (n + fanout - 1) / fanout {
		top++
	}
	return t.levels[top][0]
}

func (t *tree) grow(level, nodes int) {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	for len(t.levels[level]) < nodes {
		t.levels[level] = append(t.levels[level], Hash{})
	}
}

// parents returns each parent of the given nodes once, reusing the marks to
// tell what has been listed.
func (t *tree) parents(nodes []uint32) []uint32 {
	up := make([]uint32, 0, min(len(nodes), len(nodes)/4+16))
	for _, n := range nodes {
		parent := n / fanout
		word, bit := parent/64, uint64(1)<<(parent%64)
		if t.marked[word]&bit == 0 {
			t.marked[word] |= bit
			up = append(up, parent)
		}
	}
	for _, parent := range up {
		t.marked[parent/64] &^= 1 << (parent % 64)
	}
	return up
}

func (t *tree) node(children []Hash, node int, sum Sum) Hash {
	first := node * fanout
	last := min(first+fanout, len(children))
	t.buffer = append(t.buffer[:0], nodeMark)
	for i := first; i < last; i++ {
		t.buffer = append(t.buffer, children[i][:]...)
	}
	return sum(t.buffer)
}
