package custody

import (
	"sancun/approval"
	"sancun/internal/planted"
	"sancun/record"
	"sancun/state"
)

// Centre is the one row that says which centre writes and what its answers
// promise. Before a second centre exists it is zero, and answers promise what is
// on disk at home.
type Centre struct {
	Name     [16]byte // of the centre that writes, padded with zeros
	Epoch    uint32
	Mode     uint8 // record.ProtectionProtect …, 0 until it is set
	Alone    uint8 // 1 when mode available goes on without the other centre
	LimitMS  uint32
	Promoted uint64 // height of the last block taken over
	Since    int64  // block time of the last change, unix nanoseconds
}

const centreWidth = 64

// Encode writes the row.
func (c *Centre) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Centre) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Centre) walk(f *state.Fields) {
	f.Bytes(c.Name[:])
	f.U32(&c.Epoch)
	f.U8(&c.Mode)
	f.U8(&c.Alone)
	f.U32(&c.LimitMS)
	f.U64(&c.Promoted)
	state.I64(f, &c.Since)
}

// Bounds of the limit of mode available: below 100 ms a bad moment of the line
// would count as its loss, and above ten minutes it is mode protect.
const (
	protectionLimitMin = 100
	protectionLimitMax = 600_000
)

// Centre returns which centre writes, zero before the first promotion.
func (m *Machine) Centre() Centre {
	if m.centre.Len() == 0 {
		return Centre{}
	}
	return *m.centre.At(0)
}

func (m *Machine) putCentre(c Centre) record.Code {
	c.Since = m.now
	put(m, m.centre, 0, c)
	return record.Accepted
}

func (m *Machine) decideCentre(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.SetProtection:
		return m.setProtection(c), 0
	case *record.StandAlone:
		return m.standAlone(c), 0
	case *record.Promote:
		return m.promote(c), 0
	case *record.KeepFiles:
		return m.keepFiles(c), 0
	case *record.EraseClient:
		return m.eraseClient(c), 0
	case *record.RaiseOrphans:
		return m.raiseOrphans(c)
	case *record.SettleOrphan:
		return m.settleOrphan(c)
	}
	return record.UnknownKind, 0
}

func (m *Machine) setProtection(c *record.SetProtection) record.Code {
	available := c.Mode == record.ProtectionAvailable
	switch {
	case c.Mode < record.ProtectionProtect || c.Mode > record.ProtectionFast,
		available && (c.LimitMS < protectionLimitMin || c.LimitMS > protectionLimitMax),
		!available && c.LimitMS != 0:
		return record.BadProtection
	case c.Reason == "":
		return record.ReasonMissing
	}
	row := m.Centre()
	row.Mode, row.LimitMS, row.Alone = c.Mode, c.LimitMS, 0
	return m.putCentre(row)
}

// standAlone is what the house finds, not what anybody decides: only the system
// says it, and only in the mode that allows it.
func (m *Machine) standAlone(c *record.StandAlone) record.Code {
	row := m.Centre()
	switch {
	case m.caller.Class() != record.CallerSystem:
		return record.NotPermitted
	case c.Alone > 1:
		return record.Malformed
	case row.Mode != record.ProtectionAvailable || row.Alone == c.Alone:
		return record.NothingToStand
	}
	row.Alone = c.Alone
	return m.putCentre(row)
}

// promote takes the record of a decision that two people made while no centre
// wrote; the journal could not take their approval then, so it stands here.
func (m *Machine) promote(c *record.Promote) record.Code {
	row := m.Centre()
	switch {
	case m.caller.Class() != record.CallerSystem:
		return record.NotPermitted
	case c.Epoch <= row.Epoch:
		return record.OldEpoch
	case c.Planned > 1:
		return record.Malformed
	case c.Centre == "" || len(c.Centre) > len(row.Name) || c.From+1 != m.height && c.From != 0,
		!approval.Person(c.Maker), !approval.Person(c.Checker):
		return record.BadCentre
	case c.Maker == c.Checker:
		return record.SamePerson
	case c.Reason == "":
		return record.ReasonMissing
	}
	later := reignsLater(c.Epoch, row.Epoch)
	row.Name = [16]byte{}
	copy(row.Name[:], c.Centre)
	row.Epoch, row.Promoted = c.Epoch, c.From
	if c.Planned == 0 && row.Mode != 0 { // the other centre is lost: waiting for it would answer nobody
		row.Mode, row.LimitMS, row.Alone = record.ProtectionFast, 0, 0
	}
	if d := m.today(); d.Date != 0 {
		d.Orders += later * serialGap
		put(m, m.day, 0, d)
	}
	return m.putCentre(row)
}

// A centre that takes over may not have the end of what the other one did, or both
// may write for a while: numbers that stand there may be known outside already, at
// banks as platform serials and at exchanges as our order numbers. So every epoch
// has numbers of its own, more than a reign of a day can use.
const (
	serialGap = 1_000_000
	epochsGap = 80      // epochs until the serials of a date are used again, below remittanceSerials
	remitsGap = 100_000 // of remittances, as often
)

// drillEpochs is the bit that marks the epochs of drills (journal.DrillEpochs). The
// numbers that a drill gives out stay in it, so it begins as the next reign would:
// by the mark itself they would not fit into the exchanges' ten digits.
const drillEpochs = 1 << 31

// reignsLater is how many reigns' numbers are passed over at a promotion.
func reignsLater(to, from uint32) uint64 {
	to, from = to&^drillEpochs, max(1, from&^drillEpochs)
	if to <= from {
		return 1
	}
	return uint64(to - from)
}

// reignOf is which of the ranges of serials is this epoch's.
func (m *Machine) reignOf() uint64 {
	if planted.In(planted.SerialsReused) {
		return 0
	}
	return uint64(max(1, m.Centre().Epoch)-1) % epochsGap
}
