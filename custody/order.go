package custody

import (
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Order is an order of the current day (委托). The table is cleared when the next
// day opens; the journal keeps every order (rows K29 to K33).
type Order struct {
	ID         uint64 // order number, unique in the cell
	Fund       uint32 // row of the fund account
	Account    uint32 // row of the securities account
	Instrument uint32 // row of the instrument
	Position   uint32 // ledger row of the position account + 1, 0 until needed
	Side       uint8
	Category   uint8
	Type       market.OrderType
	State      uint8
	Channel    uint8
	Cancelling uint8  // a cancel was accepted and not yet answered
	Cleared    uint8  // second-level clearing has booked it
	Reason     uint16 // our or the exchange's code when refused
	Date       uint32
	Placed     int64 // block time, unix nanoseconds
	Price      money.Price
	Quantity   money.Quantity
	Filled     money.Quantity
	Cancelled  money.Quantity
	Value      money.Amount // sum of fills, each rounded to fen
	Held       int64        // fen for a buy, units for a sell, still reserved
	Fees       money.Amount // fees on Value so far, inside payable or receivable
	ClOrdID    [10]byte     // our number at the exchange
	OrderID    [16]byte     // the exchange's number
	By         record.Caller
	Risk       uint16 // record code of the risk rule that warned of it or kept it back, 0 none
	Review     uint8
}

// Sides of an order.
const (
	Buy       uint8 = 1
	Sell      uint8 = 2
	Subscribe uint8 = 3
)

// Business categories of an order (row K33, domain facts D.5).
const (
	CategoryAuction      uint8 = 1 // 竞价
	CategoryAfterHours   uint8 = 2 // 盘后固定价格, part of 综合
	CategoryNonTrading   uint8 = 3 // 非交易: subscription
	CategoryIntegrated   uint8 = 4 // 综合
	CategoryFixedIncome  uint8 = 5 // 固定收益
	CategoryHKConnect    uint8 = 6 // 港股通
	CategoryTransferDesk uint8 = 7 // 三方存管 / 转托管
	CategoryNEEQ         uint8 = 8 // 股转
)

// States of an order (row K32).
const (
	OrderNew             uint8 = 1  // 未报: accepted here, not yet sent
	OrderReported        uint8 = 2  // 已报: acknowledged by the exchange
	OrderPartFilled      uint8 = 3  // 部成
	OrderFilled          uint8 = 4  // 已成
	OrderPartCancelled   uint8 = 5  // 部撤: part filled, rest cancelled
	OrderCancelled       uint8 = 6  // 已撤
	OrderRefused         uint8 = 7  // 废单
	OrderExpired         uint8 = 8  // 日终失效: left over at the close
	OrderHeld            uint8 = 9  // 待复核: kept back by a risk rule, never sent; a review makes it new or refused
	OrderReleased        uint8 = 10 // 已转入当日: of a next-day order's row, once the order stands among those of the day
	orderOpenStatesUntil       = OrderPartFilled
)

// Open says whether the order is not over: it may still be filled or cancelled, or
// waits for its review. What it needs is held.
func (o *Order) Open() bool {
	return o.State >= OrderNew && o.State <= orderOpenStatesUntil || o.State == OrderHeld
}

// Remaining returns the units neither filled nor cancelled.
func (o *Order) Remaining() money.Quantity { return o.Quantity - o.Filled - o.Cancelled }

const orderWidth = 160

// Encode writes the row.
func (o *Order) Encode(dst []byte) { f := state.Writing(dst); o.walk(&f) }

// Decode reads the row.
func (o *Order) Decode(src []byte) { f := state.Reading(src); o.walk(&f) }

func (o *Order) walk(f *state.Fields) {
	f.U64(&o.ID)
	f.U32(&o.Fund)
	f.U32(&o.Account)
	f.U32(&o.Instrument)
	f.U32(&o.Position)
	f.U8(&o.Side)
	f.U8(&o.Category)
	f.U8((*uint8)(&o.Type))
	f.U8(&o.State)
	f.U8(&o.Channel)
	f.U8(&o.Cancelling)
	f.U8(&o.Cleared)
	f.U16(&o.Reason)
	f.U32(&o.Date)
	state.I64(f, &o.Placed)
	state.I64(f, &o.Price)
	state.I64(f, &o.Quantity)
	state.I64(f, &o.Filled)
	state.I64(f, &o.Cancelled)
	state.I64(f, &o.Value)
	state.I64(f, &o.Held)
	state.I64(f, &o.Fees)
	f.Bytes(o.ClOrdID[:])
	f.Bytes(o.OrderID[:])
	f.U64((*uint64)(&o.By))
	f.U16(&o.Risk)
	f.U8(&o.Review)
}

// ReportCursor remembers the next execution report expected from one partition
// of an exchange, so that a repeated report is known and a gap is seen
// (row K31, domain facts D.1).
type ReportCursor struct {
	Market    uint8
	Partition uint32
	Next      uint64 // starts at 1 each day
	Date      uint32
}

const reportWidth = 32

// Encode writes the row.
func (r *ReportCursor) Encode(dst []byte) { f := state.Writing(dst); r.walk(&f) }

// Decode reads the row.
func (r *ReportCursor) Decode(src []byte) { f := state.Reading(src); r.walk(&f) }

func (r *ReportCursor) walk(f *state.Fields) {
	f.U8(&r.Market)
	f.U32(&r.Partition)
	f.U64(&r.Next)
	f.U32(&r.Date)
}
