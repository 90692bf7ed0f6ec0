package custody

import (
	"sancun/calendar"
	"sancun/record"
	"sancun/state"
)

// Check is what registers and name lists said last of the holder of a document
// (rows K11, K13). It is there before the holder is a client, and stays.
type Check struct {
	ID       state.Key
	Name     state.Key // the outcomes are about this name; another one is asked anew
	Client   uint64    // number the person has, or was to have
	At       int64     // block time of the last answer, unix nanoseconds
	Date     uint32    // its business date
	Outcomes [8]uint8  // by record.Check…: record.CheckAgreed …, 0 never asked
	Reasons  [8]uint16 // the registers' own
	Hit      [64]byte  // list and entry of a hit on a name list, zero without one
	Entry    state.Key // keyed hash of the entries of that hit
	Cleared  state.Key // entries that two people found to be somebody else
}

const checkWidth = 176

// Encode writes the row.
func (c *Check) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Check) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Check) walk(f *state.Fields) {
	f.Bytes(c.ID[:])
	f.Bytes(c.Name[:])
	f.U64(&c.Client)
	state.I64(f, &c.At)
	f.U32(&c.Date)
	f.Bytes(c.Outcomes[:])
	for i := range c.Reasons {
		f.U16(&c.Reasons[i])
	}
	f.Bytes(c.Hit[:])
	f.Bytes(c.Entry[:])
	f.Bytes(c.Cleared[:])
}

func (m *Machine) decideCheck(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.ClientsChecked:
		return m.clientsChecked(c)
	case *record.SetCheckRule:
		return m.setCheckRule(c), 0
	case *record.ReviewClient:
		return m.reviewClient(c), 0
	case *record.SetFactor:
		return m.setFactor(c), 0
	case *record.FactorUsed:
		return m.factorUsed(c), 0
	}
	return record.UnknownKind, 0
}

// clientsChecked keeps what was answered. A client who was held for want of an
// answer is normal when every answer is there.
func (m *Machine) clientsChecked(c *record.ClientsChecked) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	code, ref := batch(len(c.Rows), func(i int) record.Code { return checkResults(&c.Rows[i]) })
	if code != record.Accepted {
		return code, ref
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		m.keepCheck(d)
		m.judgeClient(d)
	}
	return code, ref
}

// checkResults checks the results about one person by themselves.
func checkResults(d *record.CheckData) record.Code {
	none := state.Key{}
	if d.ID == none || d.Name == none {
		return record.BadHash
	}
	if d.Client == 0 || d.Client > record.ClientNumberMax {
		return record.BadNumber
	}
	if len(d.Results) == 0 || len(d.Results) >= record.CheckCount {
		return record.BadCheck
	}
	var seen [record.CheckCount]bool
	for i := range d.Results {
		r := &d.Results[i]
		if r.Check < record.CheckName || r.Check >= record.CheckCount || seen[r.Check] ||
			r.Outcome < record.CheckAgreed || r.Outcome > record.CheckUnknown || len(r.Serial) > record.CheckSerialMax {
			return record.BadCheck
		}
		seen[r.Check] = true
	}
	return record.Accepted
}

// keepCheck lays answers over those of the same person, name and business date.
// On another date, or for another name, everything is asked anew.
func (m *Machine) keepCheck(d *record.CheckData) {
	now := Check{ID: d.ID, Name: d.Name}
	row, known := m.index.checks.Find(d.ID)
	if !known {
		row = m.checks.Len()
	} else if before := m.checks.At(row); before.Name == d.Name {
		now.Cleared = before.Cleared
		if before.Date == m.today().Date {
			now = *before
		}
	}
	now.Client, now.At, now.Date = d.Client, m.now, m.today().Date
	for i := range d.Results {
		now.take(&d.Results[i])
	}
	put(m, m.checks, row, now)
}

// take lays one answer over the one before.
func (c *Check) take(r *record.CheckResult) {
	c.Outcomes[r.Check], c.Reasons[r.Check] = r.Outcome, r.Reason
	if r.Check != record.CheckList {
		return
	}
	c.Hit, c.Entry = [64]byte{}, state.Key{}
	if r.Outcome == record.CheckDisagreed {
		copy(c.Hit[:], r.Serial)
		c.Entry = r.Entry
	}
}

// listed says whether a name list has the person, and two people have not found
// already that these entries are about somebody else.
func (c *Check) listed() bool {
	return c.Outcomes[record.CheckList] == record.CheckDisagreed && (c.Entry == state.Key{} || c.Entry != c.Cleared)
}

// judgeClient looks again at a client whom answers are about: one who is held for
// want of an answer may be normal now, one who is met on a name list is held.
func (m *Machine) judgeClient(d *record.CheckData) {
	row, ok := m.client(d.Client)
	if !ok {
		return
	}
	client := *m.clients.At(row)
	if client.ID != d.ID || client.Name != d.Name || client.State == Closed {
		return
	}
	if client.State != Held {
		m.holdListed(row)
		return
	}
	held, code := m.judgeChecks(client.Class, client.ID, client.Name)
	switch {
	case code != record.Accepted:
		client.Held |= HeldContradicted
	case held == 0 && client.Held == HeldUnanswered:
		client.free()
	default:
		client.Held |= held
	}
	if client != *m.clients.At(row) {
		put(m, m.clients, row, client)
		m.fileOpening(row)
	}
}

// holdListed holds a client whom a name list has, and says whether it did: not one
// who is held for it already, nor one who is found to be somebody else.
func (m *Machine) holdListed(row uint32) bool {
	client := *m.clients.At(row)
	known, ok := m.index.checks.Find(client.ID)
	if !ok || client.Held&HeldListed != 0 {
		return false
	}
	if c := m.checks.At(known); c.Name != client.Name || !c.listed() {
		return false
	}
	client.hold(HeldListed)
	client.Sessions++ // whoever is in may be the person of the list
	put(m, m.clients, row, client)
	return true
}

// hold holds a client until two people have looked, and remembers what he was.
func (c *Client) hold(why uint8) {
	if c.State != Held {
		c.Resume, c.State = c.State, Held
	}
	c.Held |= why
}

// free ends a hold.
func (c *Client) free() {
	c.State, c.Held = max(c.Resume, Normal), 0
	c.Resume = 0
}

// judgeChecks says what the answers about a person mean for an opening or a
// change: a register that disagrees refuses it, a name list or a missing answer
// holds it. Checks that nobody asked for count only where a rule requires them.
func (m *Machine) judgeChecks(class uint8, id, name state.Key) (held uint8, code record.Code) {
	rule := m.checkRule(class)
	var c Check
	if row, ok := m.index.checks.Find(id); ok {
		if last := m.checks.At(row); last.Name == name && m.recent(last.Date, rule.Days) {
			c = *last
		}
	}
	for check := record.CheckName; check < record.CheckCount; check++ {
		switch outcome := c.Outcomes[check]; {
		case outcome == record.CheckAgreed:
		case outcome == record.CheckDisagreed && check == record.CheckList:
			if c.listed() {
				held |= HeldListed
			}
		case outcome == record.CheckDisagreed:
			return 0, record.IdentityDisagrees
		case outcome != 0 || rule.Required&(1<<check) != 0:
			held |= HeldUnanswered
		}
	}
	return held, record.Accepted
}

// recent says whether a business date lies at most days before today.
func (m *Machine) recent(date uint32, days uint16) bool {
	return calendar.Date(date).DaysUntil(calendar.Date(m.today().Date)) <= int(days)
}

// reviewClient carries out what two people decided about a client that was held.
func (m *Machine) reviewClient(c *record.ReviewClient) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	switch {
	case client.State != Held:
		return record.ClientNotHeld
	case c.Release > 1:
		return record.Malformed
	case c.Reference == "":
		return record.ReferenceMissing
	}
	switch {
	case c.Release == 1:
		m.clearEntries(&client)
		client.free()
	case m.fundCount(row) == 0:
		client.State, client.Closed = Closed, m.today().Date
	default:
		client.State = Frozen // there is money to be looked after
	}
	client.Held, client.Resume = 0, 0
	client.Sessions++
	put(m, m.clients, row, client)
	m.fileOpening(row)
	if client.State == Closed {
		m.fileEvent(row, record.FilingClosing)
	}
	return record.Accepted
}

// clearEntries remembers that the entries a client was met on are about somebody
// else: the next version of the list that has them unchanged holds nobody again.
func (m *Machine) clearEntries(client *Client) {
	row, ok := m.index.checks.Find(client.ID)
	if !ok || client.Held&HeldListed == 0 {
		return
	}
	c := *m.checks.At(row)
	if c.Name != client.Name || c.Cleared == c.Entry {
		return
	}
	c.Cleared = c.Entry
	put(m, m.checks, row, c)
}

// CheckOf returns what was answered last about the holder of a document.
func (m *Machine) CheckOf(id state.Key) (Check, bool) {
	row, ok := m.index.checks.Find(id)
	if !ok {
		return Check{}, false
	}
	return *m.checks.At(row), true
}
