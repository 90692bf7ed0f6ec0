package record

import "sancun/money"

// The numbers of the commands about orphans: what a centre that was lost had
// answered, and the one that took over never got.
const (
	KindRaiseOrphans Kind = 312
	KindSettleOrphan Kind = 313
)

// OrphanData is one record of a parted journal, as it stood there.
type OrphanData struct {
	Height     uint64
	Index      uint32 // place in its block
	Epoch      uint32
	Time       int64 // of its block, unix nanoseconds
	Act        Kind
	Caller     Caller
	Key        [16]byte // idempotency key, zero when there was none
	Code       Code     // what was answered
	Ref        uint64
	Fund       uint64 // fund account it is about, 0 when none
	Bank       uint16 // and bank
	Market     uint8
	Cash       money.Amount
	Securities money.Quantity
	Digest     [32]byte // SHA-256 of the command as Encode writes it
	Payload    []byte   // the command; empty when it is too long to be done again from here
}

func (d *OrphanData) walk(w *Codec) {
	w.U64(&d.Height)
	w.U32(&d.Index)
	w.U32(&d.Epoch)
	w.I64(&d.Time)
	w.U16((*uint16)(&d.Act))
	w.U64((*uint64)(&d.Caller))
	w.Fixed(d.Key[:])
	w.U16((*uint16)(&d.Code))
	w.U64(&d.Ref)
	w.U64(&d.Fund)
	w.U16(&d.Bank)
	w.U8(&d.Market)
	w.Amount(&d.Cash)
	w.Quantity(&d.Securities)
	w.Fixed(d.Digest[:])
	w.Payload(&d.Payload)
}

// RaiseOrphans registers records of a parted journal as cases of this one. The
// house says it; a record that was registered before is passed over, so it may be
// said again. At most 256 records a command. The outcome's Ref is how many orphans
// there are then.
type RaiseOrphans struct {
	Centre string // that answered them, 1 to 16 bytes
	Rows   []OrphanData
}

// Kind returns KindRaiseOrphans.
func (*RaiseOrphans) Kind() Kind { return KindRaiseOrphans }

// Walk walks the fields.
func (c *RaiseOrphans) Walk(w *Codec) {
	w.Text(&c.Centre)
	walkRows(w, &c.Rows, (*OrphanData).walk)
}

// How an orphan ended.
const (
	OrphanRedone   uint8 = 1 // decided again, as its caller's
	OrphanRejected uint8 = 2 // not done again: it is undone with whoever was told, for the reason given
	OrphanAgreed   uint8 = 3 // settled with the bank, exchange or clearing house
	OrphanRepeated uint8 = 4 // its caller asked again, and was answered
	OrphanNothing  uint8 = 5 // it had changed nothing that anybody was told
)

// SettleOrphan ends orphans. It needs two people. One that is done again is named
// alone, with its act and command; its outcome is that act's.
type SettleOrphan struct {
	Orphans []uint64 // at most 500
	As      uint8    // OrphanRedone to OrphanRepeated
	Act     Kind     // of the command to be done again, 0 otherwise
	Payload []byte
	Reason  string
}

// Kind returns KindSettleOrphan.
func (*SettleOrphan) Kind() Kind { return KindSettleOrphan }

// Walk walks the fields.
func (c *SettleOrphan) Walk(w *Codec) {
	w.U64s(&c.Orphans)
	w.U8(&c.As)
	w.U16((*uint16)(&c.Act))
	w.Payload(&c.Payload)
	w.Text(&c.Reason)
}

// Redone returns the act that a settled orphan carried out again.
func (c *SettleOrphan) Redone() (Command, bool) {
	act, ok := New(c.Act)
	if c.As != OrphanRedone || !ok || !Decode(c.Payload, act) {
		return nil, false
	}
	return act, true
}

var orphanCommands = []func() Command{
	func() Command { return &RaiseOrphans{} },
	func() Command { return &SettleOrphan{} },
}
