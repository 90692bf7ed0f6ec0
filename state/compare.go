package state

import (
	"bytes"
	"fmt"
)

// Shape is a table as two states compare it: its number, how wide and how long it
// is, and its root.
type Shape struct {
	Number uint16 `json:"number"`
	Width  int    `json:"width"`
	Rows   uint32 `json:"rows"`
	Levels int    `json:"levels"` // of the tree; 0 without rows
	Root   Hash   `json:"root"`
}

// Compared is one of two states that are compared, here or at the other centre. It
// must not change meanwhile.
type Compared interface {
	// Shapes lists the tables that have rows, in the order of their numbers.
	Shapes() ([]Shape, error)
	// Nodes returns hashes of one level of a table's tree from a node on, at most
	// NodesAtOnce; fewer at its end. Level 0 are the pages.
	Nodes(table uint16, level, from, n int) ([]Hash, error)
	// Rows returns the encoded rows of a page.
	Rows(table uint16, page int) ([]byte, error)
}

// NodesAtOnce bounds one question for hashes.
const NodesAtOnce = 1024

// Difference is a row that two states have differently.
type Difference struct {
	Table  uint16 `json:"table"`
	Row    uint32 `json:"row"`
	Ours   []byte `json:"ours"`   // empty when only they have it
	Theirs []byte `json:"theirs"` // empty when only we have it
}

// Differences compares two states from their tables' roots down and returns the rows
// that differ, at most limit. It asks for what differs only, a few hashes for each
// level of a tree of millions of rows.
func Differences(ours, theirs Compared, limit int) ([]Difference, error) {
	a, err := ours.Shapes()
	if err != nil {
		return nil, err
	}
	b, err := theirs.Shapes()
	if err != nil {
		return nil, err
	}
	c := &comparing{ours: ours, theirs: theirs, limit: limit}
	for len(a) > 0 || len(b) > 0 {
		var x, y Shape
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Number < b[0].Number:
			x, a = a[0], a[1:]
			y = Shape{Number: x.Number, Width: x.Width}
		case len(a) == 0 || b[0].Number < a[0].Number:
			y, b = b[0], b[1:]
			x = Shape{Number: y.Number, Width: y.Width}
		default:
			x, y, a, b = a[0], b[0], a[1:], b[1:]
		}
		if err := c.table(x, y); err != nil {
			return c.found, fmt.Errorf("table %d: %w", x.Number, err)
		}
		if len(c.found) >= limit {
			break
		}
	}
	return c.found, nil
}

type comparing struct {
	ours, theirs Compared
	limit        int
	found        []Difference
}

func (c *comparing) table(x, y Shape) error {
	if x.Width != y.Width {
		return fmt.Errorf("rows of %d and of %d bytes: the programs differ", x.Width, y.Width)
	}
	if x.Rows == y.Rows && x.Root == y.Root {
		return nil
	}
	pages := (pageBytes + x.Width - 1) / x.Width
	if x.Rows == y.Rows {
		return c.descend(x, x.Levels-1, []int{0}, max(1, pages))
	}
	// Trees of other lengths have other shapes; their pages are in the same places.
	for page := 0; page*max(1, pages) < int(max(x.Rows, y.Rows)); page += NodesAtOnce {
		h, err := c.hashes(c.ours, x, 0, page, NodesAtOnce)
		if err != nil {
			return err
		}
		k, err := c.hashes(c.theirs, y, 0, page, NodesAtOnce)
		if err != nil {
			return err
		}
		for i := range max(len(h), len(k)) {
			if i < len(h) && i < len(k) && h[i] == k[i] {
				continue
			}
			if err := c.rows(x, y, page+i, max(1, pages)); err != nil || len(c.found) >= c.limit {
				return err
			}
		}
	}
	return nil
}

// hashes asks one side; a table without rows has none.
func (c *comparing) hashes(of Compared, s Shape, level, from, n int) ([]Hash, error) {
	if s.Rows == 0 {
		return nil, nil
	}
	return of.Nodes(s.Number, level, from, n)
}

// descend goes from nodes that differ to those below that do.
func (c *comparing) descend(s Shape, level int, nodes []int, pageRows int) error {
	for _, node := range nodes {
		if level == 0 {
			if err := c.rows(s, s, node, pageRows); err != nil || len(c.found) >= c.limit {
				return err
			}
			continue
		}
		first := node * fanout
		h, err := c.ours.Nodes(s.Number, level-1, first, fanout)
		if err != nil {
			return err
		}
		k, err := c.theirs.Nodes(s.Number, level-1, first, fanout)
		if err != nil {
			return err
		}
		if len(h) != len(k) {
			return fmt.Errorf("%d and %d nodes below node %d of level %d", len(h), len(k), node, level)
		}
		var below []int
		for i := range h {
			if h[i] != k[i] {
				below = append(below, first+i)
			}
		}
		if err := c.descend(s, level-1, below, pageRows); err != nil || len(c.found) >= c.limit {
			return err
		}
	}
	return nil
}

// rows compares the rows of one page.
func (c *comparing) rows(x, y Shape, page, pageRows int) error {
	var ours, theirs []byte
	var err error
	if uint32(page*pageRows) < x.Rows {
		if ours, err = c.ours.Rows(x.Number, page); err != nil {
			return err
		}
	}
	if uint32(page*pageRows) < y.Rows {
		if theirs, err = c.theirs.Rows(x.Number, page); err != nil {
			return err
		}
	}
	for at := 0; at*x.Width < max(len(ours), len(theirs)) && len(c.found) < c.limit; at++ {
		d := Difference{Table: x.Number, Row: uint32(page*pageRows + at), Ours: rowAt(ours, at, x.Width), Theirs: rowAt(theirs, at, x.Width)}
		if !bytes.Equal(d.Ours, d.Theirs) {
			c.found = append(c.found, d)
		}
	}
	return nil
}

func rowAt(page []byte, at, width int) []byte {
	if at*width >= len(page) {
		return nil
	}
	return page[at*width : min(len(page), (at+1)*width)]
}

// Rooted is a set of tables whose root was worked out and that have not changed
// since: one side of a comparison.
type Rooted []Kept

// Shapes lists the tables that have rows.
func (r Rooted) Shapes() ([]Shape, error) {
	var all []Shape
	for _, k := range r {
		if t := k.Tree(); t.size > 0 {
			all = append(all, Shape{k.Number(), k.Width(), t.size, t.top + 1, t.root})
		}
	}
	return all, nil
}

func (r Rooted) of(table uint16) (Kept, error) {
	for _, k := range r {
		if k.Number() == table && k.Len() > 0 {
			return k, nil
		}
	}
	return nil, fmt.Errorf("there is no table %d with rows", table)
}

// Nodes returns hashes of a level.
func (r Rooted) Nodes(table uint16, level, from, n int) ([]Hash, error) {
	k, err := r.of(table)
	if err != nil {
		return nil, err
	}
	t := k.Tree()
	if level < 0 || level > t.top || from < 0 || n < 0 || n > NodesAtOnce {
		return nil, fmt.Errorf("level %d from %d of a tree of %d levels", level, from, t.top+1)
	}
	count := (int(t.rows) + t.pageRows - 1) / t.pageRows
	for range level {
		count = (count + fanout - 1) / fanout
	}
	var all []Hash
	for node := from; node < min(from+n, count); node++ {
		all = append(all, *t.levels[level].at(node))
	}
	return all, nil
}

// Rows returns the rows of a page.
func (r Rooted) Rows(table uint16, page int) ([]byte, error) {
	k, err := r.of(table)
	if err != nil {
		return nil, err
	}
	t := k.Tree()
	var all []byte
	if page < 0 || page > int(t.size)/t.pageRows {
		return nil, fmt.Errorf("page %d of %d rows", page, t.size)
	}
	for row := page * t.pageRows; row < min((page+1)*t.pageRows, int(t.size)); row++ {
		all = k.EncodeRow(all, uint32(row))
	}
	return all, nil
}

// Scrub compares up to n pages of a table from one on with the hashes above them and
// returns those that differ though no row of them was changed, and the page to go on
// with, 0 behind the last. Pages that changed since the last root are passed over:
// they are hashed anyway.
func Scrub(sum Sum, k Kept, page, n int) (bad []int, next int) {
	t := k.Tree()
	pages := (int(t.rows) + t.pageRows - 1) / t.pageRows
	if t.rows == 0 || t.size == 0 || len(t.levels) == 0 {
		return nil, 0
	}
	for end := min(page+n, pages); page < end; page++ {
		if t.changed.has(page) || t.level == 0 && t.left() || page*t.pageRows >= int(t.size) {
			continue
		}
		if sum(t.leaf(page, t.rows)) != *t.levels[0].at(page) {
			bad = append(bad, page)
		}
	}
	if page >= pages {
		return bad, 0
	}
	return bad, page
}

// Recheck has every page hashed again by the next root, whether or not it changed:
// a comparison trusts no hash that was worked out before.
func Recheck(tables []Kept) {
	for _, k := range tables {
		t := k.Tree()
		t.finish()
		for page := 0; page*t.pageRows < int(t.size); page++ {
			t.changed.add(page)
		}
	}
}
