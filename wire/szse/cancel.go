package szse

import "sancun/money"

// Cancel asks for the rest of an order to be cancelled. The original is named by
// OrigClOrdID, or by OrderID where that is stated.
type Cancel struct {
	ApplID          ApplID
	SubmittingPBUID string
	SecurityID      string
	OwnerType       OwnerType
	ClearingFirm    string
	TransactTime    Timestamp
	UserInfo        string
	ClOrdID         string // of this request
	OrigClOrdID     string
	Side            Side   // of the original
	OrderID         string // of the original, given by the exchange
	OrderQty        money.Quantity
}

func (m *Cancel) fields(w *walk) {
	m.ApplID.fields(w, nil)
	w.Text("SubmittingPBUID", &m.SubmittingPBUID, 6)
	w.Text("SecurityID", &m.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	m.OwnerType.fields(w)
	w.Text("ClearingFirm", &m.ClearingFirm, 2)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	char(w, "Side", &m.Side, sides)
	w.Text("OrderID", &m.OrderID, 16)
	w.quantity("OrderQty", &m.OrderQty)
}

// Type is TypeCancel.
func (m Cancel) Type() MsgType { return TypeCancel }

// Append appends the body; see Message.
func (m Cancel) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// CancelReject refuses a Cancel. The order stands as OrdStatus says.
type CancelReject struct {
	ReportHead
	ClOrdID      string // of the Cancel
	OrigClOrdID  string
	Side         Side
	OrdStatus    OrdStatus // of the original now; rejected when there is none
	CxlRejReason uint16
	RejectText   string // for people, UTF-8
	OrderID      string
}

func (m *CancelReject) fields(w *walk) {
	m.ReportHead.fields(w, nil)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	char(w, "Side", &m.Side, sides)
	char(w, "OrdStatus", &m.OrdStatus, "01248")
	w.Uint16("CxlRejReason", &m.CxlRejReason)
	w.Words("RejectText", &m.RejectText, 16)
	w.Text("OrderID", &m.OrderID, 16)
}

// Type is TypeCancelReject.
func (m CancelReject) Type() MsgType { return TypeCancelReject }

// Append appends the body; see Message.
func (m CancelReject) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Cancel) message()       {}
func (CancelReject) message() {}
