package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Orphan is a record that a lost centre had answered and this journal never got:
// a case from finding to working off (row B59). It is never deleted.
type Orphan struct {
	Number  uint64
	Height  uint64 // where it stood in the parted journal
	Index   uint32
	Epoch   uint32
	Time    int64 // of its block there, unix nanoseconds
	Act     record.Kind
	State   uint8       // OrphanOpen or OrphanClosed
	As      uint8       // how it ended, record.OrphanRedone …
	Code    record.Code // what was answered there
	Caller  record.Caller
	Key     state.Key
	Ref     uint64 // what it had created there
	Fund    uint64
	Bank    uint16
	Market  uint8
	Cash    money.Amount
	Shares  money.Quantity
	Digest  [32]byte
	Input   uint64 // record.Input of the command
	Raised  uint64 // block of this journal that holds it, with its command
	Opened  int64  // its time
	Closed  int64
	Redone  uint64    // what doing it again created
	Centre  [16]byte  // that answered it
	Same    state.Key // what makes it the same record
	Payload uint8     // 1 when its command stands in the block Raised
}

// States of an orphan.
const (
	OrphanOpen   uint8 = 1
	OrphanClosed uint8 = 2
)

const (
	orphanWidth = 208
	// orphansMax bounds the records of one command, and settledMax those that two
	// people end together: what one person can read on a page or two.
	orphansMax = 256
	settledMax = 500
)

// Encode writes the row.
func (o *Orphan) Encode(dst []byte) { f := state.Writing(dst); o.walk(&f) }

// Decode reads the row.
func (o *Orphan) Decode(src []byte) { f := state.Reading(src); o.walk(&f) }

func (o *Orphan) walk(f *state.Fields) {
	f.U64(&o.Number)
	f.U64(&o.Height)
	f.U32(&o.Index)
	f.U32(&o.Epoch)
	state.I64(f, &o.Time)
	f.U16((*uint16)(&o.Act))
	f.U8(&o.State)
	f.U8(&o.As)
	f.U16((*uint16)(&o.Code))
	f.U64((*uint64)(&o.Caller))
	f.Bytes(o.Key[:])
	f.U64(&o.Ref)
	f.U64(&o.Fund)
	f.U16(&o.Bank)
	f.U8(&o.Market)
	state.I64(f, &o.Cash)
	state.I64(f, &o.Shares)
	f.Bytes(o.Digest[:])
	f.U64(&o.Input)
	f.U64(&o.Raised)
	state.I64(f, &o.Opened)
	state.I64(f, &o.Closed)
	f.U64(&o.Redone)
	f.Bytes(o.Centre[:])
	f.Bytes(o.Same[:])
	f.U8(&o.Payload)
}

// Name is the centre that answered it.
func (o *Orphan) Name() string { return string(bytes.TrimRight(o.Centre[:], "\x00")) }

// sameOrphan names a record of a parted journal: a centre writes one record at a
// place of a block of an epoch.
func sameOrphan(centre string, d *record.OrphanData) state.Key {
	var at [16]byte
	binary.LittleEndian.PutUint64(at[:], d.Height)
	binary.LittleEndian.PutUint32(at[8:], d.Index)
	binary.LittleEndian.PutUint32(at[12:], d.Epoch)
	sum := sha256.Sum256(append(append(at[:], d.Digest[:]...), centre...))
	return state.Key(sum[:16])
}

// raiseOrphans registers what a parted journal holds. What was registered before
// is passed over.
func (m *Machine) raiseOrphans(c *record.RaiseOrphans) (record.Code, uint64) {
	switch {
	case m.caller.Class() != record.CallerSystem:
		return record.NotPermitted, 0
	case c.Centre == "" || len(c.Centre) > len(Orphan{}.Centre) || len(c.Rows) == 0 || len(c.Rows) > orphansMax:
		return record.BadOrphan, 0
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		if d.Height == 0 || d.Act == 0 || len(d.Payload) > 0 && sha256.Sum256(d.Payload) != d.Digest {
			return record.BadOrphan, 0
		}
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		same := sameOrphan(c.Centre, d)
		if _, known := m.index.orphans.Find(same); known {
			continue
		}
		o := Orphan{
			Number: uint64(m.orphans.Len()) + 1, Height: d.Height, Index: d.Index, Epoch: d.Epoch, Time: d.Time, Act: d.Act, State: OrphanOpen, Code: d.Code,
			Caller: d.Caller, Key: state.Key(d.Key), Ref: d.Ref, Fund: d.Fund, Bank: d.Bank, Market: d.Market, Cash: d.Cash, Shares: d.Securities,
			Digest: d.Digest, Raised: m.height, Opened: m.now, Same: same,
		}
		copy(o.Centre[:], c.Centre)
		if len(d.Payload) > 0 {
			o.Payload, o.Input = 1, record.Input(d.Act, d.Payload)
		}
		if nothing(d) {
			o.State, o.As, o.Closed = OrphanClosed, record.OrphanNothing, m.now
		}
		put(m, m.orphans, m.orphans.Len(), o)
	}
	return record.Accepted, uint64(m.orphans.Len())
}

// nothing says whether a record had changed nothing that anybody was told: it was
// refused, or it is what the house writes for itself and writes here by itself.
func nothing(d *record.OrphanData) bool {
	switch d.Act {
	case record.KindQuotes, record.KindLoadInstruments, record.KindLoadIssues, record.KindBankSession, record.KindKeepFiles, record.KindStandAlone, record.KindPromote:
		return true
	}
	return d.Code != record.Accepted
}

// settleOrphan ends orphans. Approve has brought the second person.
func (m *Machine) settleOrphan(c *record.SettleOrphan) (record.Code, uint64) {
	switch {
	case len(c.Orphans) == 0 || len(c.Orphans) > settledMax || c.As < record.OrphanRedone || c.As > record.OrphanRepeated,
		c.As == record.OrphanRedone && len(c.Orphans) != 1, c.As != record.OrphanRedone && (c.Act != 0 || len(c.Payload) > 0):
		return record.BadOrphan, 0
	case c.Reason == "":
		return record.ReasonMissing, 0
	}
	seen := map[uint64]bool{}
	for _, number := range c.Orphans {
		row, ok := m.orphan(number)
		switch {
		case !ok:
			return record.UnknownOrphan, 0
		case seen[number] || m.orphans.At(row).State != OrphanOpen:
			return record.OrphanClosed, 0
		}
		seen[number] = true
	}
	if c.As == record.OrphanRedone {
		return m.redoOrphan(c)
	}
	for _, number := range c.Orphans {
		row, _ := m.orphan(number)
		o := *m.orphans.At(row)
		o.State, o.As, o.Closed = OrphanClosed, c.As, m.now
		put(m, m.orphans, row, o)
	}
	return record.Accepted, 0
}

// redoOrphan decides an orphan's command again, as its caller's, by the rules and
// the state of now. The act's rejection is the answer and leaves the orphan open.
// Its caller's key answers with the new outcome from then on; one that was used
// here already shows that the caller has asked again, and is not done twice.
func (m *Machine) redoOrphan(c *record.SettleOrphan) (record.Code, uint64) {
	row, _ := m.orphan(c.Orphans[0])
	o := *m.orphans.At(row)
	act, ok := c.Redone()
	switch {
	case o.Payload == 0 || !redoable(o.Act, o.Caller):
		return record.OrphanNotAgain, 0
	case !ok || c.Act != o.Act || sha256.Sum256(c.Payload) != o.Digest:
		return record.PayloadDiffers, 0
	}
	if o.Key != (state.Key{}) {
		if _, asked := m.answers.Find(o.Key); asked {
			return record.OrphanAskedAgain, 0
		}
	}
	by := m.caller
	m.caller = o.Caller
	code, ref := m.decide(act)
	m.caller = by
	if code != record.Accepted {
		return code, ref
	}
	o.State, o.As, o.Closed, o.Redone = OrphanClosed, record.OrphanRedone, m.now, ref
	put(m, m.orphans, row, o)
	m.rememberRedone(row, m.height)
	return record.Accepted, ref
}

// redoable says whether an act may be decided again from here: what clients, banks,
// exchanges and desks ask for. Acts of dual control are proposed anew, because
// others approved them, and what the house does by itself it does again by itself.
func redoable(act record.Kind, caller record.Caller) bool {
	switch {
	case caller.Class() == record.CallerSystem, act == record.KindEraseClient:
		return false
	case act >= 250 && act < 280, act >= 300:
		return false
	}
	return act >= 50 && act < 200
}

// CanRedo says whether an open orphan may be decided again from here, its caller's
// key permitting.
func (m *Machine) CanRedo(o *Orphan) bool {
	return o.State == OrphanOpen && o.Payload == 1 && redoable(o.Act, o.Caller)
}

// rememberRedone lets the key of an orphan's caller answer with the new outcome.
func (m *Machine) rememberRedone(row uint32, height uint64) {
	o := m.orphans.At(row)
	if o.As == record.OrphanRedone && o.Key != (state.Key{}) {
		m.answers.Put(state.Answer{Key: o.Key, Input: o.Input, Ref: o.Redone, Height: height, Code: uint16(record.Accepted)})
	}
}

// orphan returns the row of an orphan: orphan n is row n − 1.
func (m *Machine) orphan(number uint64) (uint32, bool) {
	if number == 0 || number > uint64(m.orphans.Len()) {
		return 0, false
	}
	return uint32(number - 1), true
}

// Orphans returns every orphan there was.
func (m *Machine) Orphans() []Orphan {
	all := make([]Orphan, 0, m.orphans.Len())
	for row := range m.orphans.Len() {
		all = append(all, *m.orphans.At(row))
	}
	return all
}

// OrphanBy returns an orphan by its number.
func (m *Machine) OrphanBy(number uint64) (Orphan, bool) {
	row, ok := m.orphan(number)
	if !ok {
		return Orphan{}, false
	}
	return *m.orphans.At(row), true
}
