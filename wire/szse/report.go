package szse

import "sancun/money"

// ReportHead begins every numbered report. Within a partition ReportIndex counts
// from 1 without gaps for the whole day, so it is what a receiver remembers and
// asks for after a reconnect.
type ReportHead struct {
	PartitionNo     int32
	ReportIndex     int64
	ApplID          ApplID
	ReportingPBUID  string // the unit the report is sent to
	SubmittingPBUID string // the unit that placed the order
	SecurityID      string
	OwnerType       OwnerType
	ClearingFirm    string
	TransactTime    Timestamp
	UserInfo        string
}

func (h *ReportHead) fields(w *walk, number func(ApplID) MsgType) {
	partition(w, &h.PartitionNo, &h.ReportIndex)
	h.ApplID.fields(w, number)
	w.Text("ReportingPBUID", &h.ReportingPBUID, 6)
	w.Text("SubmittingPBUID", &h.SubmittingPBUID, 6)
	w.Text("SecurityID", &h.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	h.OwnerType.fields(w)
	w.Text("ClearingFirm", &h.ClearingFirm, 2)
	w.time("TransactTime", &h.TransactTime)
	w.Text("UserInfo", &h.UserInfo, 8)
}

// Head gives the head of a Confirm, a Fill or a CancelReject.
func (h ReportHead) Head() ReportHead { return h }

// Confirm reports that an order or a cancel was accepted, or an order refused:
// ExecType new, cancelled or rejected.
type Confirm struct {
	ReportHead
	OrderID           string // given by the exchange
	ClOrdID           string // of the order, or of the Cancel when cancelled
	QuoteMsgID        string // not used by the businesses here
	OrigClOrdID       string // of the original order when cancelled
	ExecID            string
	ExecType          ExecType
	OrdStatus         OrdStatus
	OrdRejReason      uint16
	LeavesQty         money.Quantity
	CumQty            money.Quantity
	Side              Side
	OrdType           OrdType
	OrderQty          money.Quantity
	Price             money.Price
	AccountID         string
	BranchID          string
	OrderRestrictions string

	Spot       SpotTerms
	CashMargin CashMargin
}

func (m *Confirm) fields(w *walk) {
	m.ReportHead.fields(w, ApplID.confirm)
	w.Text("OrderID", &m.OrderID, 16)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("QuoteMsgID", &m.QuoteMsgID, 10)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	w.Text("ExecID", &m.ExecID, 16)
	char(w, "ExecType", &m.ExecType, "048")
	char(w, "OrdStatus", &m.OrdStatus, "048")
	w.Uint16("OrdRejReason", &m.OrdRejReason)
	w.quantity("LeavesQty", &m.LeavesQty)
	w.quantity("CumQty", &m.CumQty)
	char(w, "Side", &m.Side, sides)
	char(w, "OrdType", &m.OrdType, ordTypes)
	w.quantity("OrderQty", &m.OrderQty)
	w.price("Price", &m.Price)
	w.Text("AccountID", &m.AccountID, 12)
	w.Text("BranchID", &m.BranchID, 4)
	restrictions(w, &m.OrderRestrictions)
	terms(w, m.ApplID, &m.Spot, &m.CashMargin)
}

// Type is TypeConfirmSpot, TypeConfirmIssue or TypeConfirmAfterHours.
func (m Confirm) Type() MsgType { return m.ApplID.confirm() }

// Append appends the body; see Message.
func (m Confirm) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// Fill reports one trade of an order.
type Fill struct {
	ReportHead
	OrderID    string
	ClOrdID    string
	QuoteMsgID string // not used by the businesses here
	ExecID     string // unique in the day; buyer and seller of a trade share it
	ExecType   ExecType
	OrdStatus  OrdStatus
	LastPx     money.Price
	LastQty    money.Quantity
	LeavesQty  money.Quantity
	CumQty     money.Quantity
	Side       Side
	AccountID  string
	BranchID   string
	CashMargin CashMargin
}

func (m *Fill) fields(w *walk) {
	m.ReportHead.fields(w, ApplID.fill)
	w.Text("OrderID", &m.OrderID, 16)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("QuoteMsgID", &m.QuoteMsgID, 10)
	w.Text("ExecID", &m.ExecID, 16)
	char(w, "ExecType", &m.ExecType, "F")
	char(w, "OrdStatus", &m.OrdStatus, "12")
	w.price("LastPx", &m.LastPx)
	w.quantity("LastQty", &m.LastQty)
	w.quantity("LeavesQty", &m.LeavesQty)
	w.quantity("CumQty", &m.CumQty)
	char(w, "Side", &m.Side, sides)
	w.Text("AccountID", &m.AccountID, 12)
	w.Text("BranchID", &m.BranchID, 4)
	char(w, "CashMargin", &m.CashMargin, cashMargins)
}

// Type is TypeFillSpot or TypeFillAfterHours.
func (m Fill) Type() MsgType { return m.ApplID.fill() }

// Append appends the body; see Message.
func (m Fill) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Confirm) message() {}
func (Fill) message()    {}
