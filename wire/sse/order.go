package sse

import (
	"sancun/money"
	"sancun/wire/frame"
)

// NewOrder places an order.
type NewOrder struct {
	BizID        BizID
	BizPbu       string // five digits
	ClOrdID      string // ten digits or letters, unique per BizPbu and day
	SecurityID   string // six digits
	Account      string // ten characters
	OwnerType    OwnerType
	Side         Side
	Price        money.Price // of a market order, its protecting limit
	OrderQty     money.Quantity
	OrdType      OrdType
	TimeInForce  TimeInForce
	TransactTime Clock
	CreditTag    CreditTag
	ClearingFirm string // for B shares only
	BranchID     string // five digits
	UserInfo     string // comes back in every report; 12 bytes are the broker's
}

func (m *NewOrder) fields(w *walk) {
	m.BizID.fields(w)
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Text("Account", &m.Account, 13)
	m.OwnerType.fields(w)
	char(w, "Side", &m.Side, sides)
	w.price("Price", &m.Price)
	w.quantity("OrderQty", &m.OrderQty)
	char(w, "OrdType", &m.OrdType, ordTypes)
	char(w, "TimeInForce", &m.TimeInForce, timesInForce)
	w.time("TransactTime", &m.TransactTime)
	m.CreditTag.fields(w)
	w.Text("ClearingFirm", &m.ClearingFirm, 8)
	w.Text("BranchID", &m.BranchID, 8)
	w.Text("UserInfo", &m.UserInfo, 32)
}

// Type is TypeNewOrder.
func (m NewOrder) Type() MsgType { return TypeNewOrder }

// Append appends the body; see Message.
func (m NewOrder) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// OrderReject refuses a NewOrder or a Cancel at the gateway, before the
// platform. It belongs to no stream and is not numbered, so it is not repeated
// after a reconnect.
type OrderReject struct {
	BizID        BizID
	BizPbu       string
	ClOrdID      string
	SecurityID   string
	OrdRejReason uint32
	TradeDate    frame.Date
	TransactTime Clock
	UserInfo     string
}

func (m *OrderReject) fields(w *walk) {
	m.BizID.fields(w)
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Uint32("OrdRejReason", &m.OrdRejReason)
	w.Date("TradeDate", &m.TradeDate)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 32)
}

// Type is TypeOrderReject.
func (m OrderReject) Type() MsgType { return TypeOrderReject }

// Append appends the body; see Message.
func (m OrderReject) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (NewOrder) message()    {}
func (OrderReject) message() {}
