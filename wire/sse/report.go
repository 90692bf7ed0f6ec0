package sse

import (
	"sancun/money"
	"sancun/wire/frame"
)

// ReportHead begins every numbered report. Within a stream, one login PBU and
// one partition, ReportIndex counts from 1 without gaps for the whole day, so it
// is what a receiver remembers and asks for after a reconnect.
type ReportHead struct {
	Pbu         string // the login PBU the stream belongs to, or a subscribed one
	SetID       uint32 // the partition
	ReportIndex uint64
	BizID       BizID
}

func (h *ReportHead) fields(w *walk) {
	w.Text("Pbu", &h.Pbu, 8)
	w.Uint32("SetID", &h.SetID)
	w.Uint64("ReportIndex", &h.ReportIndex, 1, indexMax)
	h.BizID.fields(w)
}

// Head gives the head of a Confirm, a Fill or a CancelReject.
func (h ReportHead) Head() ReportHead { return h }

// Confirm reports that an order or a cancel was accepted, or an order refused:
// ExecType new, cancelled or rejected.
type Confirm struct {
	ReportHead
	ExecType      ExecType
	BizPbu        string
	ClOrdID       string // of the order, or of the Cancel when cancelled
	SecurityID    string
	Account       string
	OwnerType     OwnerType
	Side          Side
	Price         money.Price
	OrderQty      money.Quantity
	LeavesQty     money.Quantity
	CxlQty        money.Quantity
	OrdType       OrdType
	TimeInForce   TimeInForce
	OrdStatus     OrdStatus
	CreditTag     CreditTag
	OrigClOrdID   string // of the original order when cancelled
	ClearingFirm  string
	BranchID      string
	OrdRejReason  uint32
	OrdCnfmID     string // the exchange's order number, when accepted
	OrigOrdCnfmID string // not used yet
	TradeDate     frame.Date
	TransactTime  Clock
	UserInfo      string
}

func (m *Confirm) fields(w *walk) {
	m.ReportHead.fields(w)
	char(w, "ExecType", &m.ExecType, "048")
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Text("Account", &m.Account, 13)
	m.OwnerType.fields(w)
	char(w, "Side", &m.Side, sides)
	w.price("Price", &m.Price)
	w.quantity("OrderQty", &m.OrderQty)
	w.quantity("LeavesQty", &m.LeavesQty)
	w.quantity("CxlQty", &m.CxlQty)
	char(w, "OrdType", &m.OrdType, ordTypes)
	char(w, "TimeInForce", &m.TimeInForce, timesInForce)
	char(w, "OrdStatus", &m.OrdStatus, "048")
	m.CreditTag.fields(w)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	w.Text("ClearingFirm", &m.ClearingFirm, 8)
	w.Text("BranchID", &m.BranchID, 8)
	w.Uint32("OrdRejReason", &m.OrdRejReason)
	w.Text("OrdCnfmID", &m.OrdCnfmID, 16)
	w.Text("OrigOrdCnfmID", &m.OrigOrdCnfmID, 16)
	w.Date("TradeDate", &m.TradeDate)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 32)
}

// Type is TypeConfirm.
func (m Confirm) Type() MsgType { return TypeConfirm }

// Append appends the body; see Message.
func (m Confirm) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// Fill reports one trade of an order.
type Fill struct {
	ReportHead
	ExecType       ExecType
	BizPbu         string
	ClOrdID        string
	SecurityID     string
	Account        string
	OwnerType      OwnerType
	OrderEntryTime Clock // when the order reached the exchange
	LastPx         money.Price
	LastQty        money.Quantity
	GrossTradeAmt  Value // may be ValueUnstated; see FillValue
	Side           Side
	OrderQty       money.Quantity
	LeavesQty      money.Quantity
	OrdStatus      OrdStatus
	CreditTag      CreditTag
	ClearingFirm   string
	BranchID       string
	TrdCnfmID      string // the trade's number; buyer and seller share it
	OrdCnfmID      string // the exchange's order number
	TradeDate      frame.Date
	TransactTime   Clock
	UserInfo       string
}

func (m *Fill) fields(w *walk) {
	m.ReportHead.fields(w)
	char(w, "ExecType", &m.ExecType, "F")
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Text("Account", &m.Account, 13)
	m.OwnerType.fields(w)
	w.time("OrderEntryTime", &m.OrderEntryTime)
	w.price("LastPx", &m.LastPx)
	w.quantity("LastQty", &m.LastQty)
	w.fillValue("GrossTradeAmt", &m.GrossTradeAmt)
	char(w, "Side", &m.Side, sides)
	w.quantity("OrderQty", &m.OrderQty)
	w.quantity("LeavesQty", &m.LeavesQty)
	char(w, "OrdStatus", &m.OrdStatus, "12")
	m.CreditTag.fields(w)
	w.Text("ClearingFirm", &m.ClearingFirm, 8)
	w.Text("BranchID", &m.BranchID, 8)
	w.Text("TrdCnfmID", &m.TrdCnfmID, 16)
	w.Text("OrdCnfmID", &m.OrdCnfmID, 16)
	w.Date("TradeDate", &m.TradeDate)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 32)
}

// Type is TypeFill.
func (m Fill) Type() MsgType { return TypeFill }

// Append appends the body; see Message.
func (m Fill) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Confirm) message() {}
func (Fill) message()    {}
