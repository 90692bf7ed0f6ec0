// Package approval is dual control (双人复核): an act that moves money or rights
// outside the ordinary flows is proposed by one person and approved by another.
//
// Its rules:
//
//	A1  The approver is another person than the maker, and both are people.
//	A2  What is approved is what was proposed: the payload is compared by hash.
//	A3  A proposal is approved, declined or withdrawn once; then it is history.
//	A4  The act is decided when it is approved, by the rules and the state of that
//	    moment; if it is rejected then, the proposal stays open.
//
// The package keeps proposals; the machine carries them out. It must never decide
// whether an act is good business.
package approval

import (
	"crypto/sha256"

	"sancun/record"
	"sancun/state"
)

// Proposal is one row.
type Proposal struct {
	ID      uint64
	Act     record.Kind // kind of the command proposed
	State   uint8
	Date    uint32 // business date of the proposal
	Maker   record.Caller
	Checker record.Caller // 0 while open
	Made    int64         // block time, unix nanoseconds
	Ended   int64         // block time, 0 while open
	Case    uint64        // difference case it works off, 0 when none
	Payload [32]byte      // SHA-256 of the act's encoded command
}

// States of a proposal.
const (
	Open      uint8 = 1
	Approved  uint8 = 2
	Declined  uint8 = 3
	Withdrawn uint8 = 4
)

// Table is the number of the table of proposals.
const Table uint16 = 15

const width = 104

// Encode writes the row.
func (p *Proposal) Encode(dst []byte) { f := state.Writing(dst); p.walk(&f) }

// Decode reads the row.
func (p *Proposal) Decode(src []byte) { f := state.Reading(src); p.walk(&f) }

func (p *Proposal) walk(f *state.Fields) {
	f.U64(&p.ID)
	f.U16((*uint16)(&p.Act))
	f.U8(&p.State)
	f.U32(&p.Date)
	f.U64((*uint64)(&p.Maker))
	f.U64((*uint64)(&p.Checker))
	state.I64(f, &p.Made)
	state.I64(f, &p.Ended)
	f.U64(&p.Case)
	f.Bytes(p.Payload[:])
}

// NewTable returns the empty table of proposals. Proposal n is row n − 1.
func NewTable() *state.Table[Proposal, *Proposal] { return state.NewTable[Proposal](Table, width) }

// Digest is the hash by which a payload is compared.
func Digest(payload []byte) [32]byte { return sha256.Sum256(payload) }

// Person says whether a caller is a person who may make or check: staff of the
// broker or of a custodian bank, never a client, a gateway or the house itself.
func Person(c record.Caller) bool {
	return (c.Class() == record.CallerStaff || c.Class() == record.CallerBankDesk) && c.Number() != 0
}

// CheckMaker says whether a caller may propose.
func CheckMaker(c record.Caller) record.Code {
	if !Person(c) {
		return record.NotAPerson
	}
	return record.Accepted
}

// CheckChecker says whether a caller may approve a proposal of a payload (A1 to A3).
func CheckChecker(p *Proposal, c record.Caller, payload []byte) record.Code {
	switch {
	case p.State != Open:
		return record.ProposalClosed
	case !Person(c):
		return record.NotAPerson
	case p.Maker == c:
		return record.SamePerson
	case p.Payload != Digest(payload):
		return record.PayloadDiffers
	}
	return record.Accepted
}
