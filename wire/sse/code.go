package sse

import "sancun/wire/frame"

// BizID names the business a message belongs to.
type BizID uint32

// The businesses this package has messages for.
const (
	BizAuction BizID = 100010 // auction of shares, funds and bonds
	BizIssue   BizID = 300010 // subscription to an issue
)

func (b *BizID) fields(w *walk) {
	w.Uint32("BizID", (*uint32)(b))
	w.Allowed("BizID", *b == BizAuction || *b == BizIssue, uint64(*b))
}

// OwnerType says on whose behalf an order is placed. The gateway does not use it
// yet, so it may be OwnerUnstated.
type OwnerType uint8

// The owner types of the exchange.
const (
	OwnerUnstated    OwnerType = 0
	OwnerPerson      OwnerType = 1
	OwnerInstitution OwnerType = 103
	OwnerProprietary OwnerType = 104
)

func (o *OwnerType) fields(w *walk) {
	w.Uint8("OwnerType", (*uint8)(o))
	switch *o {
	case OwnerUnstated, OwnerPerson, OwnerInstitution, OwnerProprietary:
	default:
		w.Allowed("OwnerType", false, uint64(*o))
	}
}

// Side is the direction of an order.
type Side byte

// The sides. A subscription is a buy.
const (
	SideBuy  Side = '1'
	SideSell Side = '2'
)

const (
	sides        = "12"
	sidesOrBlank = " 12" // a Cancel need not state it
)

// OrdType is the kind of an order's price. It is 0, blank on the wire, where the
// business does not use it.
type OrdType byte

// The order types. Market orders carry a protecting limit in Price.
const (
	OrdMarketCancel OrdType = '1' // best five levels, cancel the rest
	OrdLimit        OrdType = '2'
	OrdMarketLimit  OrdType = '3' // best five levels, the rest becomes a limit order
	OrdOwnBest      OrdType = '4' // at the best price of the order's own side
	OrdOtherBest    OrdType = '5' // at the best price of the other side
)

const ordTypes = " 12345"

// TimeInForce says how long an order stands.
type TimeInForce byte

// ForceDay is the only time in force.
const ForceDay TimeInForce = '0'

const timesInForce = "0"

// CreditTag tells the kinds of margin trading apart. It is empty for ordinary
// trading.
type CreditTag string

// The credit tags.
const (
	CreditNone       CreditTag = ""
	CreditCollateral CreditTag = "XY"
	CreditBuy        CreditTag = "RZ"
	CreditSell       CreditTag = "RQ"
	CreditClose      CreditTag = "PC"
)

func (c *CreditTag) fields(w *walk) {
	w.Text("CreditTag", (*string)(c), 2)
	switch *c {
	case CreditNone, CreditCollateral, CreditBuy, CreditSell, CreditClose:
	default:
		w.Fail("CreditTag", frame.ErrCode, string(*c)+" is none of XY, RZ, RQ, PC or blank")
	}
}

// ExecType says what a report reports.
type ExecType byte

// The execution types.
const (
	ExecNew       ExecType = '0'
	ExecCancelled ExecType = '4'
	ExecRejected  ExecType = '8'
	ExecFill      ExecType = 'F'
)

// OrdStatus is the state of an order after the event reported.
type OrdStatus byte

// The order states.
const (
	StatusNew       OrdStatus = '0'
	StatusPartial   OrdStatus = '1'
	StatusFilled    OrdStatus = '2'
	StatusCancelled OrdStatus = '4'
	StatusRejected  OrdStatus = '8'
)

// PlatformID numbers the exchange's trading platforms.
type PlatformID uint16

// PlatformAuction is the only platform this gateway serves.
const PlatformAuction PlatformID = 0

func (p *PlatformID) fields(w *walk) {
	w.Uint16("PlatformID", (*uint16)(p))
	w.Allowed("PlatformID", *p == PlatformAuction, uint64(*p))
}

// State is the state of a platform.
type State uint16

// The platform states. Orders are taken in Open only.
const (
	StateNotOpen State = 0
	StatePreOpen State = 1
	StateOpen    State = 2
	StateBreak   State = 3
	StateClose   State = 4
)

func (s *State) fields(w *walk) {
	w.Uint16("PlatformState", (*uint16)(s))
	w.Allowed("PlatformState", *s <= StateClose, uint64(*s))
}

// The reason codes that our own side has to know. The exchange's list has some
// 2,490 more, which pass through as numbers.
const (
	RejectDuplicate     uint32 = 11270 // BizPbu and ClOrdID were used today
	RejectAlreadyClosed uint32 = 413   // order already filled or cancelled
)
