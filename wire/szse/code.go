package szse

import "sancun/wire/frame"

// ApplID names the business a message belongs to. It decides the number of the
// message and which fields follow the common ones.
type ApplID string

// The businesses this package has messages for.
const (
	ApplSpot       ApplID = "010" // auction of shares, funds and bonds
	ApplIssue      ApplID = "130" // subscription to an issue
	ApplAfterHours ApplID = "370" // after-hours trading at the closing price
)

// newOrder, confirm and fill give the message numbers of a business, or 0.
func (a ApplID) newOrder() MsgType {
	switch a {
	case ApplSpot:
		return TypeNewOrderSpot
	case ApplIssue:
		return TypeNewOrderIssue
	case ApplAfterHours:
		return TypeNewOrderAfterHours
	}
	return 0
}

func (a ApplID) confirm() MsgType {
	switch a {
	case ApplSpot:
		return TypeConfirmSpot
	case ApplIssue:
		return TypeConfirmIssue
	case ApplAfterHours:
		return TypeConfirmAfterHours
	}
	return 0
}

// fill has no number for an issue: subscriptions are allotted after the close.
func (a ApplID) fill() MsgType {
	switch a {
	case ApplSpot:
		return TypeFillSpot
	case ApplAfterHours:
		return TypeFillAfterHours
	}
	return 0
}

// Valid says whether a is one of the businesses above.
func (a ApplID) Valid() bool { return a.newOrder() != 0 }

// fields visits the ApplID, which must be in the code list. Where the message
// number depends on it, want is that number and must be the message's own.
func (a *ApplID) fields(w *walk, number func(ApplID) MsgType) {
	w.Text("ApplID", (*string)(a), 3)
	if !w.OK() {
		return
	}
	switch {
	case !a.Valid():
		w.Fail("ApplID", frame.ErrCode, "business "+string(*a)+" has no messages here")
	case number == nil:
	case number(*a) == 0:
		w.Fail("ApplID", frame.ErrCode, "business "+string(*a)+" has no such message")
	case number(*a) != w.kind():
		w.Fail("ApplID", frame.ErrCode, "business "+string(*a)+" goes with "+number(*a).String())
	}
}

// securityIDSource marks securities of the Shenzhen exchange; no other source
// occurs in the businesses above.
const securityIDSource = "102"

// OwnerType says on whose behalf an order is placed.
type OwnerType uint16

// The owner types of the exchange.
const (
	OwnerPerson      OwnerType = 1
	OwnerExchange    OwnerType = 101
	OwnerMember      OwnerType = 102
	OwnerInstitution OwnerType = 103
	OwnerProprietary OwnerType = 104
	OwnerLiquidity   OwnerType = 105
	OwnerClearing    OwnerType = 106
)

func (o *OwnerType) fields(w *walk) {
	w.Uint16("OwnerType", (*uint16)(o))
	w.Allowed("OwnerType", *o == OwnerPerson || *o >= OwnerExchange && *o <= OwnerClearing, uint64(*o))
}

// Side is the direction of an order.
type Side byte

// The sides of spot, after-hours and issue orders.
const (
	SideBuy  Side = '1'
	SideSell Side = '2'
)

const sides = "12"

// OrdType is the kind of an order's price.
type OrdType byte

// The order types.
const (
	OrdMarket  OrdType = '1'
	OrdLimit   OrdType = '2'
	OrdOwnBest OrdType = 'U' // at the best price of the order's own side
)

const ordTypes = "12U"

// TimeInForce says how long an order stands.
type TimeInForce byte

// The times in force of spot orders.
const (
	ForceDay       TimeInForce = '0'
	ForceImmediate TimeInForce = '3' // fill at once, cancel the rest
)

const timesInForce = "03"

// CashMargin tells ordinary trading from margin trading.
type CashMargin byte

// The credit marks.
const (
	CashOrdinary CashMargin = '1'
	CashOpen     CashMargin = '2'
	CashClose    CashMargin = '3'
)

const cashMargins = "123"

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

// The platforms.
const (
	PlatformAuction       PlatformID = 1
	PlatformIntegrated    PlatformID = 2
	PlatformNonTrading    PlatformID = 3
	PlatformDerivatives   PlatformID = 4
	PlatformInternational PlatformID = 5
	PlatformFixedIncome   PlatformID = 6
)

func (p *PlatformID) fields(w *walk) {
	w.Uint16("PlatformID", (*uint16)(p))
	w.Allowed("PlatformID", *p >= PlatformAuction && *p <= PlatformFixedIncome, uint64(*p))
}

// PlatformState is the state of a platform.
type PlatformState uint16

// The platform states. Orders are taken in Open only.
const (
	PlatformPreOpen      PlatformState = 0
	PlatformOpenUpComing PlatformState = 1
	PlatformOpen         PlatformState = 2
	PlatformHalt         PlatformState = 3
	PlatformClose        PlatformState = 4
)

func (p *PlatformState) fields(w *walk) {
	w.Uint16("PlatformState", (*uint16)(p))
	w.Allowed("PlatformState", *p <= PlatformClose, uint64(*p))
}
