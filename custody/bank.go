package custody

import (
	"sancun/money"
	"sancun/state"
)

// Bank is a custodian bank and the terms agreed with it (rows K3, K25, K27). A
// limit of zero is no limit. Days are counted by fund account, each direction.
type Bank struct {
	Number       uint16
	Service      uint8  // BankOpen or BankSuspended, our switch
	SignedIn     uint32 // business date of the sign-in in force, 0 when signed out
	WindowFrom   uint32 // transfers from this time of day, in milliseconds
	WindowTo     uint32 // up to but not at this time of day
	SingleMin    money.Amount
	SingleMax    money.Amount
	DailyMax     money.Amount // sum of a day
	DailyCount   uint16       // number of a day
	MinRemaining money.Amount // what a withdrawal must leave
	Code         [8]byte
	Name         [40]byte // UTF-8
}

// Service states of a bank.
const (
	BankOpen      uint8 = 1
	BankSuspended uint8 = 2
)

const bankWidth = 128

// Encode writes the row.
func (b *Bank) Encode(dst []byte) { f := state.Writing(dst); b.walk(&f) }

// Decode reads the row.
func (b *Bank) Decode(src []byte) { f := state.Reading(src); b.walk(&f) }

func (b *Bank) walk(f *state.Fields) {
	f.U16(&b.Number)
	f.U8(&b.Service)
	f.U32(&b.SignedIn)
	f.U32(&b.WindowFrom)
	f.U32(&b.WindowTo)
	state.I64(f, &b.SingleMin)
	state.I64(f, &b.SingleMax)
	state.I64(f, &b.DailyMax)
	f.U16(&b.DailyCount)
	state.I64(f, &b.MinRemaining)
	f.Bytes(b.Code[:])
	f.Bytes(b.Name[:])
}
