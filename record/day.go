package record

import "sancun/money"

// Commands of the business day and of what a cell is set up with.
const (
	KindOpenDay     Kind = 20
	KindStopDay     Kind = 21
	KindSetBank     Kind = 22
	KindBankSession Kind = 23
	KindFundOwn     Kind = 24
	KindTakeOver    Kind = 25
)

// OpenDay opens a business date. The first one of a cell is its genesis.
type OpenDay struct {
	Date uint32 // yyyymmdd, a trading day
	Next uint32 // the next trading day
}

// Kind returns KindOpenDay.
func (*OpenDay) Kind() Kind { return KindOpenDay }

// Walk walks the fields.
func (c *OpenDay) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U32(&c.Next)
}

// StopDay stops business (停止受理): orders still open expire, and the day end
// works on the height of this record.
type StopDay struct{ Date uint32 }

// Kind returns KindStopDay.
func (*StopDay) Kind() Kind { return KindStopDay }

// Walk walks the fields.
func (c *StopDay) Walk(w *Codec) { w.U32(&c.Date) }

// SetBank agrees the terms with a custodian bank, new or changed (row K25).
type SetBank struct {
	Number       uint16 // 1 to 255
	Service      uint8  // 1 open, 2 suspended
	WindowFrom   uint32 // milliseconds of the day
	WindowTo     uint32
	SingleMin    money.Amount
	SingleMax    money.Amount
	DailyMax     money.Amount
	DailyCount   uint16 // 0 is no limit
	MinRemaining money.Amount
	Code         string // at most 8 bytes
	Name         string // at most 40 bytes of UTF-8
}

// Kind returns KindSetBank.
func (*SetBank) Kind() Kind { return KindSetBank }

// Walk walks the fields.
func (c *SetBank) Walk(w *Codec) {
	w.U16(&c.Number)
	w.U8(&c.Service)
	w.U32(&c.WindowFrom)
	w.U32(&c.WindowTo)
	w.Amount(&c.SingleMin)
	w.Amount(&c.SingleMax)
	w.Amount(&c.DailyMax)
	w.U16(&c.DailyCount)
	w.Amount(&c.MinRemaining)
	w.Text(&c.Code)
	w.Text(&c.Name)
}

// BankSession says that a bank signed in for a business date, or out (Date 0).
type BankSession struct {
	Bank uint16
	Date uint32
}

// Kind returns KindBankSession.
func (*BankSession) Kind() Kind { return KindBankSession }

// Walk walks the fields.
func (c *BankSession) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U32(&c.Date)
}

// FundOwn books the opening balance of the broker's own money at a bank.
type FundOwn struct {
	Bank     uint16
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindFundOwn.
func (*FundOwn) Kind() Kind { return KindFundOwn }

// Walk walks the fields.
func (c *FundOwn) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// OpeningBalance is what a fund account brings from the system before this one.
type OpeningBalance struct {
	Fund   uint64
	Amount money.Amount
}

func (b *OpeningBalance) walk(w *Codec) {
	w.U64(&b.Fund)
	w.Amount(&b.Amount)
}

// TakeOver books the cash that fund accounts bring when a cell takes over from
// another system (系统迁移): each account once, before anything else happened on it.
// The banks' pooled accounts must hold the same sums. At most 500 rows.
type TakeOver struct{ Rows []OpeningBalance }

// Kind returns KindTakeOver.
func (*TakeOver) Kind() Kind { return KindTakeOver }

// Walk walks the fields.
func (c *TakeOver) Walk(w *Codec) { walkRows(w, &c.Rows, (*OpeningBalance).walk) }
