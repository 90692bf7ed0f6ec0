package record

import "sancun/money"

// ResolveTransfer settles a transfer without a known outcome by the bank's
// reconciliation data, which prevail for transfers (domain facts B.7).
type ResolveTransfer struct {
	Transfer uint64
	Outcome  uint8  // OutcomeSuccess or OutcomeRefused
	BankRef  string // needed on success
	Case     uint64 // difference case, 0 when none was opened
}

// Kind returns KindResolveTransfer.
func (*ResolveTransfer) Kind() Kind { return KindResolveTransfer }

// Walk walks the fields.
func (c *ResolveTransfer) Walk(w *Codec) {
	w.U64(&c.Transfer)
	w.U8(&c.Outcome)
	w.Text(&c.BankRef)
	w.U64(&c.Case)
}

// CorrectTransfer books an entry that the bank has and we have not. A withdrawal
// that the client can no longer cover leaves the account negative: the client
// then owes us and may not buy.
type CorrectTransfer struct {
	Bank      uint16
	Date      uint32 // of the entry at the bank, today or earlier
	BankRef   string
	Fund      uint64
	Direction uint8
	Amount    money.Amount
	Case      uint64 // difference case, never 0
}

// Kind returns KindCorrectTransfer.
func (*CorrectTransfer) Kind() Kind { return KindCorrectTransfer }

// Walk walks the fields.
func (c *CorrectTransfer) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U32(&c.Date)
	w.Text(&c.BankRef)
	w.U64(&c.Fund)
	w.U8(&c.Direction)
	w.Amount(&c.Amount)
	w.U64(&c.Case)
}

// UndoTransfer takes back an entry that we have as done and the bank has not: a
// transfer, or a reversal whose original then stands again.
type UndoTransfer struct {
	Transfer uint64
	Case     uint64 // difference case, never 0
}

// Kind returns KindUndoTransfer.
func (*UndoTransfer) Kind() Kind { return KindUndoTransfer }

// Walk walks the fields.
func (c *UndoTransfer) Walk(w *Codec) {
	w.U64(&c.Transfer)
	w.U64(&c.Case)
}

// InternalTransfer moves money between the main and an auxiliary fund account of
// one client (内部划转, row K26).
type InternalTransfer struct {
	From   uint64 // fund account number
	To     uint64
	Amount money.Amount
}

// Kind returns KindInternalTransfer.
func (*InternalTransfer) Kind() Kind { return KindInternalTransfer }

// Walk walks the fields.
func (c *InternalTransfer) Walk(w *Codec) {
	w.U64(&c.From)
	w.U64(&c.To)
	w.Amount(&c.Amount)
}

// SettleBetweenBanks says that pooled money moved from one bank to another to
// settle what internal transfers left in course (inter-bank settlement total,
// domain facts B.6).
type SettleBetweenBanks struct {
	From     uint16
	To       uint16
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindSettleBetweenBanks.
func (*SettleBetweenBanks) Kind() Kind { return KindSettleBetweenBanks }

// Walk walks the fields.
func (c *SettleBetweenBanks) Walk(w *Codec) {
	w.U16(&c.From)
	w.U16(&c.To)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// SetLimit sets limits on transfers for a bank, a channel, a client or any of
// them together; zero in the scope means all, zero in a figure no limit. Every
// limit that fits a transfer holds, so the tightest decides (row K25).
type SetLimit struct {
	Bank         uint16 // 0 all banks
	Channel      uint8  // 0 all channels
	Client       uint64 // client number, 0 all clients
	From         uint32 // first business date it holds, today or later
	SingleMin    money.Amount
	SingleMax    money.Amount
	DailyMax     money.Amount // sum of a fund account and day, each direction
	DailyCount   uint16       // number of a fund account and day, each direction
	MinRemaining money.Amount // what a withdrawal must leave
	SecondFactor money.Amount // above this a second factor is needed
	Source       string       // who decided it: rule, agreement or ticket
}

// Kind returns KindSetLimit.
func (*SetLimit) Kind() Kind { return KindSetLimit }

// Walk walks the fields.
func (c *SetLimit) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8(&c.Channel)
	w.U64(&c.Client)
	w.U32(&c.From)
	w.Amount(&c.SingleMin)
	w.Amount(&c.SingleMax)
	w.Amount(&c.DailyMax)
	w.U16(&c.DailyCount)
	w.Amount(&c.MinRemaining)
	w.Amount(&c.SecondFactor)
	w.Text(&c.Source)
}
