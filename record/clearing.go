package record

import "sancun/money"

// Commands of clearing and settlement.
const (
	KindClearOrders  Kind = 200
	KindStepDone     Kind = 201
	KindDayCleared   Kind = 202
	KindSettleNet    Kind = 203
	KindMoveReserve  Kind = 204
	KindDrawFees     Kind = 205
	KindBookRounding Kind = 206
	KindEntitlement  Kind = 207
	KindAdoptFiles   Kind = 210
)

// ClearOrders books the fills of orders into cash, fees and positions: second-
// level clearing (二级清算), by order number, at most 1,000 a command. An order
// cleared before is passed over, so that running it again changes nothing.
type ClearOrders struct {
	Date   uint32
	Orders []uint64
}

// Kind returns KindClearOrders.
func (*ClearOrders) Kind() Kind { return KindClearOrders }

// Walk walks the fields.
func (c *ClearOrders) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U64s(&c.Orders)
}

// StepDone says that a step of the day end ended, on which input and with how
// many rows (row K36).
type StepDone struct {
	Date  uint32
	Step  uint16
	OK    uint8
	Rows  uint64
	Input [32]byte // hash of everything the step read
}

// Kind returns KindStepDone.
func (*StepDone) Kind() Kind { return KindStepDone }

// Walk walks the fields.
func (c *StepDone) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U16(&c.Step)
	w.U8(&c.OK)
	w.U64(&c.Rows)
	w.Fixed(c.Input[:])
}

// DayCleared ends the day: the next one may open.
type DayCleared struct{ Date uint32 }

// Kind returns KindDayCleared.
func (*DayCleared) Kind() Kind { return KindDayCleared }

// Walk walks the fields.
func (c *DayCleared) Walk(w *Codec) { w.U32(&c.Date) }

// SettleNet books the money that the clearing house paid (positive) or took
// (negative) at final settlement, for the clients of one bank (row K40).
type SettleNet struct {
	TradeDate uint32
	Bank      uint16
	Market    uint8
	Currency  money.Currency
	Amount    money.Amount
}

// Kind returns KindSettleNet.
func (*SettleNet) Kind() Kind { return KindSettleNet }

// Walk walks the fields.
func (c *SettleNet) Walk(w *Codec) {
	w.U32(&c.TradeDate)
	w.U16(&c.Bank)
	w.U8(&c.Market)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// MoveReserve moves client money from a bank's pooled account to the reserve at
// the clearing house (positive) or back (negative).
type MoveReserve struct {
	Bank     uint16
	Market   uint8
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindMoveReserve.
func (*MoveReserve) Kind() Kind { return KindMoveReserve }

// Walk walks the fields.
func (c *MoveReserve) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8(&c.Market)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// DrawFees moves the commission due from client money at a bank to the broker's
// own money, as the rules allow each day (domain facts B.8).
type DrawFees struct {
	Bank     uint16
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindDrawFees.
func (*DrawFees) Kind() Kind { return KindDrawFees }

// Walk walks the fields.
func (c *DrawFees) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// BookRounding squares the cents between the fees we charged clients and those
// the clearing house charged us: positive is in our favour (row K39).
type BookRounding struct {
	TradeDate uint32
	Bank      uint16
	Market    uint8
	Currency  money.Currency
	Amount    money.Amount
}

// Kind returns KindBookRounding.
func (*BookRounding) Kind() Kind { return KindBookRounding }

// Walk walks the fields.
func (c *BookRounding) Walk(w *Codec) {
	w.U32(&c.TradeDate)
	w.U16(&c.Bank)
	w.U8(&c.Market)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// Entitlement books what a holding brought on a record date: cash (dividend,
// less tax) or units (bonus). Exactly one of the two is positive (row K43).
type Entitlement struct {
	Fund       uint64
	Instrument uint32
	Event      [12]byte // the event number, unique per fund account
	Cash       money.Amount
	Tax        money.Amount // already inside Cash as a deduction, for the statement
	Units      money.Quantity
}

// Kind returns KindEntitlement.
func (*Entitlement) Kind() Kind { return KindEntitlement }

// Walk walks the fields.
func (c *Entitlement) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U32(&c.Instrument)
	w.Fixed(c.Event[:])
	w.Amount(&c.Cash)
	w.Amount(&c.Tax)
	w.Quantity(&c.Units)
}

var clearingCommands = []func() Command{
	func() Command { return &ClearOrders{} },
	func() Command { return &StepDone{} },
	func() Command { return &DayCleared{} },
	func() Command { return &SettleNet{} },
	func() Command { return &MoveReserve{} },
	func() Command { return &DrawFees{} },
	func() Command { return &BookRounding{} },
	func() Command { return &Entitlement{} },
	func() Command { return &AdoptFiles{} },
}

// AdoptFiles says that two people took a set of the clearing house's files that
// came in the place of the accepted one without having been asked for. The set
// lies outside the machine; the receiving side acts on this record.
type AdoptFiles struct {
	Date  uint32
	Input [32]byte // of the set: names and hashes of its files
}

// Kind returns KindAdoptFiles.
func (*AdoptFiles) Kind() Kind { return KindAdoptFiles }

// Walk walks the fields.
func (c *AdoptFiles) Walk(w *Codec) {
	w.U32(&c.Date)
	w.Fixed(c.Input[:])
}
