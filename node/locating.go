package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sancun/custody"
	"sancun/state"
)

// A difference between two states is located to the row: both are compared from the
// root of the tables down (state.Differences), this centre's as it is in memory with
// what the journal leads to, worked out anew here and in the other centre.

// Located is where the state in memory differs from what the journal leads to.
type Located struct {
	Height uint64          `json:"height"`
	At     time.Time       `json:"at"`
	Here   []RowDifference `json:"here"`  // memory against the journal, worked out by this program
	There  []RowDifference `json:"there"` // memory against the journal, worked out by the other centre's
	// Failure is why one of the two could not be compared.
	Failure string `json:"failure,omitempty"`
}

// RowDifference names a row. What it holds may be a client's, so only the places of
// the bytes that differ are told.
type RowDifference struct {
	Table uint16 `json:"table"`
	Name  string `json:"name"`
	Row   uint32 `json:"row"`
	Bytes []int  `json:"bytes"` // offsets that differ; none when only one side has the row
	Ours  bool   `json:"ours"`  // the row exists in memory
	Right bool   `json:"right"` // it exists by the journal
}

const (
	// locatedMax bounds the rows that are named, and offsetsMax the places in each.
	locatedMax = 1000
	offsetsMax = 16
	// tablesKept is how long a state that was worked out for a comparison is kept.
	tablesKept = 2 * time.Minute
)

// Locate compares the state in memory with what the journal leads to. It belongs to
// a centre that copies: following waits meanwhile.
func (n *Node) Locate(ctx context.Context) (Located, error) {
	if n.peer == nil || n.Core.Writing() {
		return Located{}, fmt.Errorf("%w: only a copy is compared row by row", ErrRole)
	}
	resume := n.peer.hush()
	defer resume()
	return n.locate(ctx)
}

// locate is Locate while nothing is followed.
func (n *Node) locate(ctx context.Context) (Located, error) {
	applied := n.Core.Applied()
	l := Located{Height: applied.Height, At: n.clock.Now()}
	if applied.Disagree { // the block whose root differed is in the state already
		l.Height = applied.RootAt
	}
	right, err := n.Core.MachineAt(l.Height)
	if err == nil {
		l.Here, err = n.Core.differences(rootedOf(right))
	}
	theirs, failed := n.peer.caller.tables(ctx, l.Height)
	if failed == nil {
		l.There, failed = n.Core.differences(theirs)
	}
	l.Failure = errText(errors.Join(err, failed))
	if err != nil && failed != nil {
		return l, errors.Join(err, failed)
	}
	n.log.Error("the state in memory was compared with the journal", slog.Uint64("height", l.Height), slog.Int("rows_here", len(l.Here)), slog.Int("rows_there", len(l.There)), slog.String("failure", l.Failure))
	return l, nil
}

func rootedOf(m *custody.Machine) state.Compared {
	r, _ := m.Rooted()
	return r
}

// differences compares the machine with another state; nothing is applied meanwhile.
func (c *Core) differences(right state.Compared) ([]RowDifference, error) {
	c.apply.Lock()
	defer c.apply.Unlock()
	ours, _ := c.state.Machine.Rechecked()
	found, err := state.Differences(ours, right, locatedMax)
	all := make([]RowDifference, 0, len(found))
	for _, d := range found {
		all = append(all, rowDifference(&d))
	}
	return all, err
}

func rowDifference(d *state.Difference) RowDifference {
	r := RowDifference{Table: d.Table, Name: custody.TableName(d.Table), Row: d.Row, Ours: len(d.Ours) > 0, Right: len(d.Theirs) > 0}
	for i := 0; r.Ours && r.Right && i < len(d.Ours) && len(r.Bytes) < offsetsMax; i++ {
		if d.Ours[i] != d.Theirs[i] {
			r.Bytes = append(r.Bytes, i)
		}
	}
	return r
}

// tableQuestion asks for a part of the tables as they were after a height.
type tableQuestion struct {
	Height uint64 `json:"height"`
	Table  uint16 `json:"table"` // 0 asks for the shapes
	Level  int    `json:"level"`
	From   int    `json:"from"`
	Count  int    `json:"count"` // of hashes; 0 asks for the rows of page From
}

type tableAnswer struct {
	Shapes []state.Shape `json:"shapes,omitempty"`
	Nodes  []state.Hash  `json:"nodes,omitempty"`
	Rows   []byte        `json:"rows,omitempty"`
}

// pastTables are the tables of one height, worked out from the journal for the other
// centre's comparison.
type pastTables struct {
	core *Core

	mu     sync.Mutex
	height uint64
	rooted state.Rooted
	asked  time.Time
}

// answer answers a question, working the state out when it is of another height than
// the last one.
func (p *pastTables) answer(_ context.Context, q tableQuestion) (a tableAnswer, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rooted == nil || p.height != q.Height || time.Since(p.asked) > tablesKept {
		m, err := p.core.MachineAt(q.Height)
		if err != nil {
			return a, err
		}
		p.rooted, _ = m.Rooted()
		p.height = q.Height
	}
	p.asked = time.Now()
	switch {
	case q.Table == 0:
		a.Shapes, err = p.rooted.Shapes()
	case q.Count > 0:
		a.Nodes, err = p.rooted.Nodes(q.Table, q.Level, q.From, q.Count)
	default:
		a.Rows, err = p.rooted.Rows(q.Table, q.From)
	}
	return a, err
}

// farTables are the other centre's tables of a height.
type farTables struct {
	ctx    context.Context
	caller *peerCaller
	height uint64
}

// tables opens a comparison with the other centre.
func (c *peerCaller) tables(ctx context.Context, height uint64) (state.Compared, error) {
	t := farTables{ctx, c, height}
	_, err := t.Shapes()
	return t, err
}

func (t farTables) ask(q tableQuestion) (a tableAnswer, err error) {
	q.Height = t.height
	err = t.caller.ask(t.ctx, "tables", q, &a)
	return a, err
}

// Shapes asks for the tables.
func (t farTables) Shapes() ([]state.Shape, error) {
	a, err := t.ask(tableQuestion{})
	return a.Shapes, err
}

// Nodes asks for hashes.
func (t farTables) Nodes(table uint16, level, from, n int) ([]state.Hash, error) {
	a, err := t.ask(tableQuestion{Table: table, Level: level, From: from, Count: n})
	return a.Nodes, err
}

// Rows asks for the rows of a page.
func (t farTables) Rows(table uint16, page int) ([]byte, error) {
	a, err := t.ask(tableQuestion{Table: table, From: page})
	return a.Rows, err
}
