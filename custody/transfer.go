package custody

import (
	"sancun/money"
	"sancun/state"
)

// Transfer is one bank–securities transfer of either direction, from request to
// a known outcome (rows K20 to K22). The table holds the open day and every
// transfer whose outcome is still unknown.
type Transfer struct {
	ID        uint64 // platform serial
	Fund      uint32 // row of the fund account
	Bank      uint16
	Direction uint8
	Initiator uint8
	State     uint8
	Channel   uint8
	Matched   uint8 // result of the comparison with the bank's file
	BankError uint16
	Date      uint32
	Asked     int64 // block time of the request, unix nanoseconds
	Ended     int64 // block time of the outcome, 0 while open
	Amount    money.Amount
	BankRef   [20]byte // the bank's serial, zero padded
	Reverses  uint64   // platform serial of the original, for a reversal
}

// Directions of a transfer, always named bank→securities or securities→bank.
const (
	Deposit    uint8 = 1 // 银行转证券
	Withdrawal uint8 = 2 // 证券转银行
)

// Initiators of a transfer.
const (
	ByBroker uint8 = 1
	ByBank   uint8 = 2
)

// States of a transfer. Unknown is a state, never a guess (law L6).
const (
	TransferSent     uint8 = 1 // asked of the bank, answer awaited
	TransferDone     uint8 = 2
	TransferRefused  uint8 = 3 // definite: nothing moved
	TransferUnknown  uint8 = 4 // no answer in time: enquiry, reversal or day end decide
	TransferReversed uint8 = 5
	TransferPoisoned uint8 = 6 // reversed before it arrived: it will be refused
)

const transferWidth = 128

// Encode writes the row.
func (t *Transfer) Encode(dst []byte) { f := state.Writing(dst); t.walk(&f) }

// Decode reads the row.
func (t *Transfer) Decode(src []byte) { f := state.Reading(src); t.walk(&f) }

func (t *Transfer) walk(f *state.Fields) {
	f.U64(&t.ID)
	f.U32(&t.Fund)
	f.U16(&t.Bank)
	f.U8(&t.Direction)
	f.U8(&t.Initiator)
	f.U8(&t.State)
	f.U8(&t.Channel)
	f.U8(&t.Matched)
	f.U16(&t.BankError)
	f.U32(&t.Date)
	state.I64(f, &t.Asked)
	state.I64(f, &t.Ended)
	state.I64(f, &t.Amount)
	f.Bytes(t.BankRef[:])
	f.U64(&t.Reverses)
}
