package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// Side is the direction of an order. The numbers are those of the byte formats.
type Side uint8

// The two sides.
const (
	Buy  Side = 1
	Sell Side = 2
)

func (s Side) String() string {
	if s == Buy {
		return "buy"
	}
	return "sell"
}

// index is 0 for buy and 1 for sell: the place in arrays of two.
func (s Side) index() int { return int(s) - 1 }

func (s Side) opposite() Side { return Buy + Sell - s }

// OrderType is how an order is priced.
type OrderType uint8

// The order types. Limit and OwnBest are traded; the others are named so that
// they can be refused clearly (ReasonTypeUnavailable).
const (
	TypeLimit        OrderType = 1
	TypeOwnBest      OrderType = 2
	TypeMarketCancel OrderType = 3
	TypeMarketLimit  OrderType = 4
	TypeOppositeBest OrderType = 5
)

// Business is the category of an order (row K33, domain facts D.5).
type Business uint8

// The businesses this simulator takes.
const (
	BusinessAuction    Business = 1
	BusinessAfterHours Business = 2
	// BusinessIssue is a subscription to an offering, BusinessRights to a rights
	// issue, BusinessConvertible to convertible bonds placed with holders. They
	// are acknowledged and recorded, never matched and never cancelled.
	BusinessIssue       Business = 3
	BusinessRights      Business = 4
	BusinessConvertible Business = 5
)

// nonTrading says whether the business is only acknowledged and recorded.
func (b Business) nonTrading() bool { return b >= BusinessIssue }

// Status is the state of an order, numbered as OrdStatus in the byte formats.
type Status uint8

// The order states.
const (
	StatusNew       Status = 0
	StatusPartial   Status = 1
	StatusFilled    Status = 2
	StatusCancelled Status = 4
	StatusRejected  Status = 8
)

// OrderNo identifies an order or a cancel request within one day of one Venue.
// Orders of members are numbered in order of arrival and never reused.
type OrderNo int32

// noOrder stands where there is no order.
const noOrder OrderNo = -1

// ClOrdID is the member's own order number, padded with spaces.
type ClOrdID [10]byte

// MakeClOrdID pads text to a ClOrdID.
func MakeClOrdID(text string) ClOrdID {
	var id ClOrdID
	pad(id[:], text)
	return id
}

func (id ClOrdID) String() string { return trim(id[:]) }

// Ticket is what a member writes on an order and gets back on every report. The
// exchange carries it and does not read it, except ClOrdID.
type Ticket struct {
	ClOrdID  ClOrdID
	Account  [13]byte
	Branch   [8]byte
	Clearing [8]byte
	UserInfo [32]byte
	Credit   [2]byte
	// Restrictions, OrderType and Force are wire letters that come back as they came.
	Restrictions [4]byte
	OrderType    byte
	Force        byte
	OwnerType    uint16
	// Entered is the member's own time stamp as it came.
	Entered int64
}

// Order is a new order as it arrives from a member.
type Order struct {
	PBU      PBU
	Business Business
	Code     Code
	Side     Side
	Type     OrderType
	Price    money.Price
	Quantity money.Quantity
	Ticket   Ticket
}

// CancelRequest asks to cancel the order of the same PBU with ClOrdID Original.
type CancelRequest struct {
	PBU      PBU
	Code     Code
	Business Business // as the request says; reported back
	Side     Side     // likewise; may be zero
	Original ClOrdID
	Ticket   Ticket
}

// PBU is a trading unit by its number in the Venue's table; 0 is the Street.
type PBU uint16

// entry is an order inside the Venue: 64 bytes without pointers, so that a day
// of millions costs the collector nothing.
type entry struct {
	price      money.Price
	quantity   money.Quantity
	leaves     money.Quantity
	filled     money.Quantity
	security   int32
	prev, next OrderNo // neighbours in the queue of a price, or of after-hours
	ticket     int32   // index of the Ticket, -1 for the Street
	original   OrderNo // for a cancel request: the order it names, or noOrder
	at         calendar.TimeOfDay
	pbu        PBU
	side       Side
	business   Business
	status     Status
	flags      uint8
	reason     Reason
}

// The flags of an entry.
const (
	flagResting uint8 = 1 << 0 // stands in a book or after-hours queue
	flagPending uint8 = 1 << 1 // taken between 9:25 and 9:30, not yet processed
	flagCancel  uint8 = 1 << 2 // is a cancel request, not an order
)

func (e *entry) has(flag uint8) bool { return e.flags&flag != 0 }
