package szse

import (
	"fmt"
	"strings"

	"sancun/money"
	"sancun/wire/frame"
)

// NewOrder places an order. ApplID decides the message number and which of the
// last fields exist: a spot order has all of them, an after-hours order has
// CashMargin, a subscription none. A field that does not exist must be zero.
type NewOrder struct {
	ApplID            ApplID
	SubmittingPBUID   string
	SecurityID        string
	OwnerType         OwnerType
	ClearingFirm      string // "01" for the clearing house in Shenzhen
	TransactTime      Timestamp
	UserInfo          string // comes back in every report of the order
	ClOrdID           string // unique per SubmittingPBUID and day
	AccountID         string
	BranchID          string
	OrderRestrictions string // letters of "1" program trading and "E" algorithm
	Side              Side
	OrdType           OrdType
	OrderQty          money.Quantity
	Price             money.Price

	Spot       SpotTerms
	CashMargin CashMargin
}

// SpotTerms are the terms that only spot orders state.
type SpotTerms struct {
	StopPx         money.Price
	MinQty         money.Quantity
	MaxPriceLevels uint16 // 0 sets no limit
	TimeInForce    TimeInForce
}

func (m *NewOrder) fields(w *walk) {
	m.ApplID.fields(w, ApplID.newOrder)
	w.Text("SubmittingPBUID", &m.SubmittingPBUID, 6)
	w.Text("SecurityID", &m.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	m.OwnerType.fields(w)
	w.Text("ClearingFirm", &m.ClearingFirm, 2)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("AccountID", &m.AccountID, 12)
	w.Text("BranchID", &m.BranchID, 4)
	restrictions(w, &m.OrderRestrictions)
	char(w, "Side", &m.Side, sides)
	char(w, "OrdType", &m.OrdType, ordTypes)
	w.quantity("OrderQty", &m.OrderQty)
	w.price("Price", &m.Price)
	terms(w, m.ApplID, &m.Spot, &m.CashMargin)
}

// restrictions visits OrderRestrictions: up to four letters of the code list.
func restrictions(w *walk, v *string) {
	w.Text("OrderRestrictions", v, 4)
	if w.OK() && strings.Trim(*v, "1E") != "" {
		w.Fail("OrderRestrictions", frame.ErrCode, fmt.Sprintf("%q, allowed are %q and %q", *v, "1", "E"))
	}
}

// terms visits the fields that follow the common ones of an order and of its
// confirmation.
func terms(w *walk, business ApplID, spot *SpotTerms, cash *CashMargin) {
	if business == ApplSpot {
		w.price("StopPx", &spot.StopPx)
		w.quantity("MinQty", &spot.MinQty)
		w.Uint16("MaxPriceLevels", &spot.MaxPriceLevels)
		char(w, "TimeInForce", &spot.TimeInForce, timesInForce)
	} else {
		w.Unused("StopPx, MinQty, MaxPriceLevels, TimeInForce", *spot == SpotTerms{})
	}
	if business == ApplIssue {
		w.Unused("CashMargin", *cash == 0)
	} else {
		char(w, "CashMargin", cash, cashMargins)
	}
}

// Type is TypeNewOrderSpot, TypeNewOrderIssue or TypeNewOrderAfterHours.
func (m NewOrder) Type() MsgType { return m.ApplID.newOrder() }

// Append appends the body; see Message.
func (m NewOrder) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (NewOrder) message() {}
