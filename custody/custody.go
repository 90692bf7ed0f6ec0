// Package custody is the deterministic machine of the business: clients, fund
// accounts, bank contracts, transfers, orders, fills, clearing, difference cases.
// It decides commands one by one; the command and its outcome become a record.
//
// Its rules of the house:
//
//	C1  A decision first checks everything, then changes the state. A rejected
//	    command changes nothing; the machine asserts that its record has no effects.
//	C2  Every change goes through ledger, put or clearTable, which record it.
//	    Applying a record repeats the recorded effects and decides nothing.
//	C3  The only time is the block's, the only order is the records'.
//	C4  Indexes hold keys that a row never changes; a look-up by a key that may
//	    change checks the row it finds.
//	C5  A reference from row to row is written as row + 1; zero is none.
//
// One noun a file: the row, its codec, its decisions. It must never do I/O.
package custody

import (
	"fmt"
	"io"
	"slices"

	"sancun/approval"
	"sancun/internal/invariant"
	"sancun/internal/planted"
	"sancun/ledger"
	"sancun/record"
	"sancun/state"
)

// Request is a command with who asks and under which key.
type Request = record.Request

// Options are what a cell is created with; all nodes of a cell must agree.
type Options struct {
	Sum     state.Sum // SHA-256 or SM3
	Answers int       // how many keyed answers are remembered
}

// Machine is the state of one cell and the rules that change it. It is owned by
// one goroutine, the sequencer's loop or a follower.
type Machine struct {
	tables
	Ledger  *ledger.Ledger
	out     record.Builder
	sum     state.Sum
	answers *state.Answers
	index   indexes
	rules   rules // resolved for the business date, derived from the day row

	now    int64 // time of the block being decided, unix nanoseconds
	height uint64
	caller record.Caller

	approved bool // a second person has approved the command being decided

	due     state.Hash // the root that NextRoot returns, once it is worked out
	dueDone bool
	dueWork int // nodes a block, until it is worked out
}

// New returns the machine of an empty cell.
func New(o Options) *Machine {
	m := &Machine{tables: newTables(), sum: o.Sum, answers: state.NewAnswers(o.Answers), rules: newRules()}
	m.Ledger = ledger.New(&m.out)
	m.rules.guards = approval.On(0, m.guards)
	return m
}

// Begin starts a block: its records are written into buffer.
func (m *Machine) Begin(buffer []byte, height uint64, now int64) {
	m.out.Reset(buffer)
	m.height, m.now = height, now
	if !m.dueDone && m.dueWork > 0 && !state.WorkOnRoot(m.dueWork, m.kept()) {
		m.dueWork = 0
	}
}

// Body returns the records of the block so far.
func (m *Machine) Body() []byte { return m.out.Body() }

// Decide decides one command and appends its record. A command whose key was
// used before appends nothing: the same input gets the first answer again, other
// input is refused with KeyReused. Nor does a command too long for a record.
func (m *Machine) Decide(r Request) state.Answer {
	if !m.out.Begin(r.Caller, r.Key, r.Cmd) {
		m.out.Drop() // what cannot be written whole is not decided
		return state.Answer{Key: r.Key, Code: uint16(record.Malformed), Height: m.height}
	}
	keyed := r.Key != state.Key{}
	if keyed && !planted.In(planted.KeysIgnored) {
		if first, ok := m.answers.Find(r.Key); ok {
			m.out.Drop()
			if first.Input != m.out.Input() {
				return state.Answer{Key: r.Key, Code: uint16(record.KeyReused), Height: first.Height}
			}
			return *first
		}
	}
	m.caller = r.Caller
	code, ref := m.decide(r.Cmd)
	if code != record.Accepted && m.out.Effects() != 0 {
		invariant.Broken("a command of kind %d rejected with %s has effects", r.Cmd.Kind(), code)
	}
	m.out.End(code, ref)
	a := state.Answer{Key: r.Key, Input: m.out.Input(), Ref: ref, Height: m.height, Code: uint16(code)}
	if keyed {
		m.answers.Put(a)
	}
	return a
}

func (m *Machine) decide(cmd record.Command) (record.Code, uint64) {
	kind := cmd.Kind()
	if code := m.alone(cmd); code != record.Accepted {
		return code, 0
	}
	switch {
	case kind < 20:
		return m.decideLedger(cmd)
	case kind < 50:
		return m.decideDay(cmd)
	case kind < 80:
		return m.decideClient(cmd)
	case kind < 100:
		return m.decideContract(cmd)
	case kind < 150:
		return m.decideTransfer(cmd)
	case kind < 200:
		return m.decideOrder(cmd)
	case kind < 250:
		return m.decideClearing(cmd)
	case kind < 280:
		return m.decideCase(cmd)
	case kind < 300:
		return m.decideRisk(cmd)
	case kind < 320:
		return m.decideCentre(cmd)
	case kind < 340:
		return m.decideCompliance(cmd)
	}
	return record.UnknownKind, 0
}

func (m *Machine) decideLedger(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.LedgerTransfer:
		return m.Ledger.DecideTransfer(c), 0
	case *record.LedgerHold:
		return m.Ledger.DecideHold(c), 0
	case *record.LedgerSettle:
		return m.Ledger.DecideSettle(c), 0
	case *record.LedgerOpen:
		return m.Ledger.DecideOpen(c)
	}
	return record.UnknownKind, 0
}

// Apply repeats the effects of a recorded command: replay and the second centre
// go through here, and through the same functions as Decide below it (law L5).
func (m *Machine) Apply(v record.View, height uint64) error {
	byNumber := m.tables.numbered()
	err := v.EachEffect(func(e record.Effect) error {
		if m.Ledger.Apply(e) {
			return nil
		}
		if int(e.Code) >= len(byNumber) || byNumber[e.Code] == nil {
			return fmt.Errorf("effect on table %d: %w", e.Code, record.ErrMalformed)
		}
		table := byNumber[e.Code]
		if e.Kind == record.EffectClear {
			m.clearTable(table)
			return nil
		}
		fresh := e.Row == table.Len()
		if !table.Set(e.Row, e.Bytes) {
			return fmt.Errorf("row %d of table %d with %d rows: %w", e.Row, e.Code, table.Len(), record.ErrMalformed)
		}
		m.indexRow(e.Code, e.Row, fresh)
		if e.Code == TableOrphans {
			m.rememberRedone(e.Row, height)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if v.Key != (state.Key{}) && !planted.In(planted.ApplyKeyless) {
		m.answers.Put(state.Answer{Key: v.Key, Input: record.Input(v.Kind, v.Command), Ref: v.Ref, Height: height, Code: uint16(v.Code)})
	}
	return nil
}

// Answer returns what was answered to a key, if it is still remembered.
func (m *Machine) Answer(key state.Key) (state.Answer, bool) {
	a, ok := m.answers.Find(key)
	if !ok {
		return state.Answer{}, false
	}
	return *a, true
}

// rootBlocks is over how many blocks the hashing of a root is spread: half of those
// between two roots (sequencer), so that a root is ready well before it is due.
const rootBlocks = 32

// NextRoot returns the root of the state as it was when NextRoot was called last,
// and begins the root of the state as it is now. Before the first call the state
// was empty. What it has to hash is hashed while the next blocks are decided, so
// that none of them waits for a million rows (decision 0005).
func (m *Machine) NextRoot() state.Hash {
	due := m.dueRoot()
	pages := state.BeginRoot(m.sum, m.kept())
	m.dueDone, m.dueWork = false, pages/rootBlocks*17/16+1 // a sixteenth more are the nodes above the pages
	return due
}

// dueRoot works out what is left of the root begun last.
func (m *Machine) dueRoot() state.Hash {
	if !m.dueDone {
		m.due, m.dueDone = state.EndRoot(m.sum, m.kept()), true
	}
	return m.due
}

// Root returns the root of the state as it is now, hashing at once what changed
// since a root was begun last. It does not change what NextRoot returns.
func (m *Machine) Root() state.Hash {
	m.dueRoot()
	return state.Root(m.sum, m.kept())
}

// DayRoot is Root with the orders for the next trading day left out: the state of
// the day that a day end works on, which is the same however many such orders come
// in meanwhile. Without any it is Root.
func (m *Machine) DayRoot() state.Hash {
	return state.Root(m.sum, slices.DeleteFunc(m.kept(), func(t state.Kept) bool { return t.Number() == TableNextOrders }))
}

func (m *Machine) kept() []state.Kept {
	return append([]state.Kept{m.Ledger.Table()}, m.tables.all()...)
}

// WriteSnapshot writes the whole state: the root that is due next, rows, answers.
func (m *Machine) WriteSnapshot(w io.Writer) error {
	due := m.dueRoot()
	if _, err := w.Write(due[:]); err != nil {
		return err
	}
	if err := state.WriteTables(w, m.kept()); err != nil {
		return err
	}
	if planted.In(planted.SnapshotKeyless) {
		_, err := state.NewAnswers(1).WriteTo(w)
		return err
	}
	_, err := m.answers.WriteTo(w)
	return err
}

// ReadSnapshot loads what WriteSnapshot wrote into an empty machine. The rows are
// believed only when they lead to the root that is wanted: nothing is looked up by
// what they say before that. The error is state.ErrSnapshot; the machine is of no
// use then.
func (m *Machine) ReadSnapshot(r io.Reader, root state.Hash) error {
	if _, err := io.ReadFull(r, m.due[:]); err != nil {
		return fmt.Errorf("root that is due: %w: %w", state.ErrSnapshot, err)
	}
	m.dueDone = true
	if err := state.ReadTables(r, m.kept()); err != nil {
		return err
	}
	if m.Root() != root {
		return fmt.Errorf("its rows have another root than it says: %w", state.ErrSnapshot)
	}
	m.Ledger.Reindex()
	for _, t := range m.tables.all() {
		for row := range t.Len() {
			m.indexRow(t.Number(), row, true)
		}
	}
	_, err := m.answers.ReadFrom(r)
	return err
}

// put writes a changed or new row into its table and records it. The row is
// appended when it is the next one.
func put[R any, P state.Bytes[R]](m *Machine, t *state.Table[R, P], row uint32, r R) {
	fresh := row == t.Len()
	if fresh {
		t.Append(r)
	} else {
		*t.Touch(row) = r
	}
	m.indexRow(t.Number(), row, fresh)
	m.out.Put(t, row)
}

// drop empties a table of the day and records it.
func (m *Machine) drop(t state.Kept) {
	m.clearTable(t)
	m.out.Clear(t.Number())
}

func (m *Machine) clearTable(t state.Kept) {
	t.Clear()
	m.index.clear(t.Number())
}

// Rooted works the root out and returns the tables for a comparison with another
// state. It holds until the machine changes.
func (m *Machine) Rooted() (state.Rooted, state.Hash) {
	root := m.Root()
	return m.kept(), root
}

// Rechecked is Rooted with every row hashed again, whether or not it changed.
func (m *Machine) Rechecked() (state.Rooted, state.Hash) {
	state.Recheck(m.kept())
	return m.Rooted()
}

// ScrubPages compares up to n pages of rows with the hashes above them, going on at a
// place in the list of tables, and names what differs though nobody wrote it.
func (m *Machine) ScrubPages(table, page *int, n int) (bad []string) {
	all := m.kept()
	if *table >= len(all) {
		*table, *page = 0, 0
	}
	found, next := state.Scrub(m.sum, all[*table], *page, n)
	for _, p := range found {
		bad = append(bad, fmt.Sprintf("%s, page %d in memory", TableName(all[*table].Number()), p))
	}
	if *page = next; next == 0 {
		*table++
	}
	return bad
}
