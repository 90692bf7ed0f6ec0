package record

import "sancun/money"

// Commands of freezes by court, supervisor or ourselves (row K17). Freeze is the
// number that the placing command's outcome gave as its reference.
const (
	KindPlaceFreeze   Kind = 70
	KindReleaseFreeze Kind = 71
	KindDeductFrozen  Kind = 72
	KindDeductionPaid Kind = 73
)

// Reasons of a freeze.
const (
	FreezeCourt      uint8 = 1 // 司法冻结
	FreezeSupervisor uint8 = 2 // 监管冻结
	FreezeRisk       uint8 = 3 // 风险控制: ours
	FreezeDeceased   uint8 = 4 // 继承: the owner has died
	FreezePledge     uint8 = 5 // 质押
)

// OrderMax bounds the number of an order of freezing in bytes.
const OrderMax = 40

// PlaceFreeze freezes a whole fund account, an amount of its cash, or units of one
// security of it.
type PlaceFreeze struct {
	Fund       uint64
	Reason     uint8  // FreezeCourt …
	Whole      uint8  // 1 freezes the account; Amount may be zero then
	Instrument uint32 // market.ID for units, 0 for cash
	Amount     int64  // minor units or units to hold
	Partial    uint8  // 1 holds what there is when it is less
	Until      uint32 // last date, 0 until released
	Order      string // number of the order, at most 40 bytes
}

// Kind returns KindPlaceFreeze.
func (*PlaceFreeze) Kind() Kind { return KindPlaceFreeze }

// Walk walks the fields.
func (c *PlaceFreeze) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U8(&c.Reason)
	w.U8(&c.Whole)
	w.U32(&c.Instrument)
	w.I64(&c.Amount)
	w.U8(&c.Partial)
	w.U32(&c.Until)
	w.Text(&c.Order)
}

// ReleaseFreeze ends a freeze, by an order or because its last date has passed.
type ReleaseFreeze struct {
	Freeze uint64
	Order  string // may be empty after the last date
}

// Kind returns KindReleaseFreeze.
func (*ReleaseFreeze) Kind() Kind { return KindReleaseFreeze }

// Walk walks the fields.
func (c *ReleaseFreeze) Walk(w *Codec) {
	w.U64(&c.Freeze)
	w.Text(&c.Order)
}

// DeductFrozen takes frozen cash out of the client's account for the court (司法扣
// 划). It waits in the suspense account of the bank until the bank has paid it.
type DeductFrozen struct {
	Freeze uint64
	Amount money.Amount
	Order  string // number of the order of deduction
}

// Kind returns KindDeductFrozen.
func (*DeductFrozen) Kind() Kind { return KindDeductFrozen }

// Walk walks the fields.
func (c *DeductFrozen) Walk(w *Codec) {
	w.U64(&c.Freeze)
	w.Amount(&c.Amount)
	w.Text(&c.Order)
}

// DeductionPaid says that the bank paid deducted money out of the pooled account.
type DeductionPaid struct {
	Freeze  uint64
	Amount  money.Amount
	BankRef string // the bank's serial
}

// Kind returns KindDeductionPaid.
func (*DeductionPaid) Kind() Kind { return KindDeductionPaid }

// Walk walks the fields.
func (c *DeductionPaid) Walk(w *Codec) {
	w.U64(&c.Freeze)
	w.Amount(&c.Amount)
	w.Text(&c.BankRef)
}
