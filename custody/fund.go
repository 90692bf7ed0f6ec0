package custody

import (
	"sancun/money"
	"sancun/state"
)

// Fund is a fund account (资金账户) with its custody relation to one bank: the
// client's securities fund ledger of one currency (rows K2, K19, K23, K26).
type Fund struct {
	Number       uint64 // 14 digits or fewer
	Client       uint32 // row of the client
	Bank         uint16 // number of the custodian bank whose ledger Cash is, 0 before the first contract
	Currency     money.Currency
	Main         uint8     // 1 main account: trades and settles; 0 auxiliary
	State        uint8     // Normal, Frozen, …
	Relation     uint8     // state of the custody relation
	Cash         uint32    // ledger row of its cash account + 1
	Card         state.Key // keyed hash of the bank settlement account
	RelationDate uint32    // date of the last change of the relation
	ClosingDate  uint32    // change of bank or closing asked on this date
	CardDate     uint32    // the settlement account was changed on this date: no transfer that day
	Commission   money.Rate
	Counted      uint32 // date the four counters below belong to
	InSum        money.Amount
	OutSum       money.Amount
	InCount      uint16
	OutCount     uint16
	DayProduct   int64  // 积数: fen × days since the last interest posting
	AccruedTo    uint32 // date up to which DayProduct counts
	Earlier      uint32 // row + 1 of the client's fund account opened before this one, 0 none
	Freezes      uint32 // row + 1 of the newest freeze, 0 none
	Closing      uint8  // what ClosingDate is about: ClosingBank or ClosingFund
	Side         uint8  // who pre-designated: record.SideBroker or SideBank, 0 otherwise
	Unconfirmed  uint8  // name or document differ between us and this account's bank
	Next         uint16 // number of the bank it is pre-designated with, 0 otherwise
}

// States of a custody relation (存管关系, domain facts B.10).
const (
	RelationNone          uint8 = 0
	RelationPreDesignated uint8 = 1
	RelationDesignated    uint8 = 2
	RelationCancelled     uint8 = 3
)

// What an application with a ClosingDate asks for.
const (
	ClosingBank uint8 = 1 // 变更存管银行: the ledger goes to another bank
	ClosingFund uint8 = 2 // 销户: the fund account is closed
)

const fundWidth = 128

// Encode writes the row.
func (a *Fund) Encode(dst []byte) { f := state.Writing(dst); a.walk(&f) }

// Decode reads the row.
func (a *Fund) Decode(src []byte) { f := state.Reading(src); a.walk(&f) }

func (a *Fund) walk(f *state.Fields) {
	f.U64(&a.Number)
	f.U32(&a.Client)
	f.U16(&a.Bank)
	f.U8((*uint8)(&a.Currency))
	f.U8(&a.Main)
	f.U8(&a.State)
	f.U8(&a.Relation)
	f.U32(&a.Cash)
	f.Bytes(a.Card[:])
	f.U32(&a.RelationDate)
	f.U32(&a.ClosingDate)
	f.U32(&a.CardDate)
	state.I64(f, &a.Commission)
	f.U32(&a.Counted)
	state.I64(f, &a.InSum)
	state.I64(f, &a.OutSum)
	f.U16(&a.InCount)
	f.U16(&a.OutCount)
	state.I64(f, &a.DayProduct)
	f.U32(&a.AccruedTo)
	f.U32(&a.Earlier)
	f.U32(&a.Freezes)
	f.U8(&a.Closing)
	f.U8(&a.Side)
	f.U8(&a.Unconfirmed)
	f.U16(&a.Next)
}
