package custody

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"sancun/record"
	"sancun/state"
)

// Comparison is one comparison of all clients with the name lists that held when it
// began (rows K13, K50). Clients are taken in the order they were opened. Only the
// newest one goes on: one with Reached below Until that is not the newest was ended
// by other lists.
type Comparison struct {
	Lists    state.Key // of the versions compared
	Date     uint32    // business date it began on
	Until    uint32    // how many clients there were when it began: later ones were compared when they opened
	Reached  uint32    // how many of them are compared
	Hits     uint32    // clients whom a list has
	Held     uint32    // of these, clients who were held for it
	Unread   uint32    // clients whose data could not be opened
	Begun    int64     // block time, unix nanoseconds
	Ended    int64     // 0 while it goes on
	By       record.Caller
	Versions [96]byte // the lists for people, such as "UN/20230801", cut where there are many
}

const comparisonWidth = 160

// Encode writes the row.
func (c *Comparison) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Comparison) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Comparison) walk(f *state.Fields) {
	f.Bytes(c.Lists[:])
	f.U32(&c.Date)
	f.U32(&c.Until)
	f.U32(&c.Reached)
	f.U32(&c.Hits)
	f.U32(&c.Held)
	f.U32(&c.Unread)
	state.I64(f, &c.Begun)
	state.I64(f, &c.Ended)
	f.U64((*uint64)(&c.By))
	f.Bytes(c.Versions[:])
}

// decideCompliance decides comparisons and filings.
func (m *Machine) decideCompliance(cmd record.Command) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	switch c := cmd.(type) {
	case *record.BeginComparison:
		return m.beginComparison(c)
	case *record.ClientsCompared:
		return m.clientsCompared(c)
	case *record.MakeFiling:
		return m.makeFiling(c)
	case *record.FilingAnswered:
		return m.filingAnswered(c)
	case *record.FileAgain:
		return m.fileAgain(c)
	case *record.FilingRead:
		return m.filingRead(c), 0
	}
	return record.UnknownKind, 0
}

// beginComparison begins a comparison, unless the clients were compared with these
// very lists or are so now. A person may ask for it again.
func (m *Machine) beginComparison(c *record.BeginComparison) (record.Code, uint64) {
	key, names, ok := listsKey(c.Lists)
	if !ok {
		return record.BadListVersion, 0
	}
	row := m.comparisons.Len()
	if row > 0 {
		last := m.comparisons.At(row - 1)
		switch {
		case last.Lists != key:
		case last.Ended == 0:
			return record.ComparisonRunning, 0
		case m.caller.Class() != record.CallerStaff:
			return record.ListsCompared, 0
		}
	}
	now := Comparison{Lists: key, Date: m.today().Date, Until: m.clients.Len(), Begun: m.now, By: m.caller}
	if now.Until == 0 {
		now.Ended = m.now
	}
	copy(now.Versions[:], names)
	put(m, m.comparisons, row, now)
	return record.Accepted, uint64(row) + 1
}

// listsKey checks versions of lists and makes of them the key by which two sets are
// the same, and their names for people. They stand in the order of their names.
func listsKey(lists []record.ListVersion) (k state.Key, names string, ok bool) {
	if len(lists) == 0 || len(lists) > record.ListsMax {
		return k, "", false
	}
	hash := sha256.New()
	before := ""
	for i := range lists {
		v := &lists[i]
		if v.Name <= before || len(v.Name) > record.ListNameMax || !validDate(v.Date) || (v.Sum == state.Key{}) {
			return k, "", false
		}
		before = v.Name
		text := append(binary.LittleEndian.AppendUint32([]byte{byte(len(v.Name))}, v.Date), v.Name...)
		hash.Write(append(text, v.Sum[:]...))
		if names != "" {
			names += " "
		}
		names += v.Name + "/" + strconv.FormatUint(uint64(v.Date), 10)
	}
	return state.Key(hash.Sum(nil)[:16]), names, true
}

// clientsCompared takes one step of the comparison that goes on. A client whose
// name or document is another by now was compared when it changed.
func (m *Machine) clientsCompared(c *record.ClientsCompared) (record.Code, uint64) {
	row := m.comparisons.Len()
	if c.Comparison == 0 || uint64(row) != c.Comparison {
		return record.ComparisonMoved, 0
	}
	now := *m.comparisons.At(row - 1)
	if now.Ended != 0 || c.From != now.Reached || c.Through <= c.From || c.Through > now.Until || c.Through-c.From > record.ComparisonStepMax {
		return record.ComparisonMoved, 0
	}
	clients, ok := m.comparedRows(c)
	if !ok {
		return record.BadCheck, 0
	}
	var held uint32
	for i := range c.Rows {
		d := &c.Rows[i]
		client := m.clients.At(clients[i])
		if client.State == Closed || client.ID != d.ID || client.Name != d.Name {
			continue
		}
		m.keepListed(d)
		if d.Results[0].Outcome == record.CheckUnknown {
			now.Unread++
			continue
		}
		now.Hits++
		if m.holdListed(clients[i]) {
			held++
		}
	}
	now.Held, now.Reached = now.Held+held, c.Through
	if now.Reached == now.Until {
		now.Ended = m.now
	}
	put(m, m.comparisons, row-1, now)
	return record.Accepted, uint64(held)
}

// comparedRows checks what a step says, and returns the clients it names: those of
// the step, in order, each with one outcome of the lists.
func (m *Machine) comparedRows(c *record.ClientsCompared) (rows []uint32, ok bool) {
	next := c.From
	for i := range c.Rows {
		d := &c.Rows[i]
		row, known := m.client(d.Client)
		if !known || row < next || row >= c.Through || checkResults(d) != record.Accepted || len(d.Results) != 1 {
			return nil, false
		}
		if r := &d.Results[0]; r.Check != record.CheckList || r.Outcome != record.CheckDisagreed && r.Outcome != record.CheckUnknown {
			return nil, false
		}
		rows, next = append(rows, row), row+1
	}
	return rows, true
}

// keepListed lays the outcome of the lists over what is known of a person, and
// leaves what registers said, and when, as it was.
func (m *Machine) keepListed(d *record.CheckData) {
	now := Check{ID: d.ID, Name: d.Name, Date: m.today().Date}
	row, known := m.index.checks.Find(d.ID)
	if !known {
		row = m.checks.Len()
	} else if before := m.checks.At(row); before.Name == d.Name {
		now = *before
	}
	now.Client, now.At = d.Client, m.now
	now.take(&d.Results[0])
	put(m, m.checks, row, now)
}

// Comparisons returns the newest comparisons, the newest first, at most n.
func (m *Machine) Comparisons(n int) []Comparison {
	all := []Comparison{}
	for row := m.comparisons.Len(); row > 0 && len(all) < n; row-- {
		all = append(all, *m.comparisons.At(row - 1))
	}
	return all
}

// ComparisonCount is how many comparisons were ever begun; the newest has this
// number.
func (m *Machine) ComparisonCount() uint64 { return uint64(m.comparisons.Len()) }

// ListsKey returns the key that a comparison with these versions has, and false
// for versions that none can have.
func ListsKey(lists []record.ListVersion) (state.Key, bool) {
	k, _, ok := listsKey(lists)
	return k, ok
}

// ClientCount is how many clients were ever opened.
func (m *Machine) ClientCount() uint32 { return m.clients.Len() }
