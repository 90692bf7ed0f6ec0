package sse

import "sancun/wire/frame"

// Cancel asks for the rest of an order to be cancelled. The original has the
// same BizID, BizPbu and SecurityID and is named by OrigClOrdID.
type Cancel struct {
	BizID        BizID
	BizPbu       string
	ClOrdID      string // of this request
	SecurityID   string
	Account      string    // not used yet
	OwnerType    OwnerType // not used yet
	Side         Side      // not used yet; may be 0
	OrigClOrdID  string
	TransactTime Clock
	BranchID     string // not used yet
	UserInfo     string
}

func (m *Cancel) fields(w *walk) {
	m.BizID.fields(w)
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Text("Account", &m.Account, 13)
	m.OwnerType.fields(w)
	char(w, "Side", &m.Side, sidesOrBlank)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	w.time("TransactTime", &m.TransactTime)
	w.Text("BranchID", &m.BranchID, 8)
	w.Text("UserInfo", &m.UserInfo, 32)
}

// Type is TypeCancel.
func (m Cancel) Type() MsgType { return TypeCancel }

// Append appends the body; see Message.
func (m Cancel) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// CancelReject refuses a Cancel. The order stands as before.
type CancelReject struct {
	ReportHead
	BizPbu       string
	ClOrdID      string // of the Cancel
	SecurityID   string
	OrigClOrdID  string
	BranchID     string // not used yet
	CxlRejReason uint32
	TradeDate    frame.Date
	TransactTime Clock
	UserInfo     string
}

func (m *CancelReject) fields(w *walk) {
	m.ReportHead.fields(w)
	w.Text("BizPbu", &m.BizPbu, 8)
	w.Text("ClOrdID", &m.ClOrdID, 10)
	w.Text("SecurityID", &m.SecurityID, 12)
	w.Text("OrigClOrdID", &m.OrigClOrdID, 10)
	w.Text("BranchID", &m.BranchID, 8)
	w.Uint32("CxlRejReason", &m.CxlRejReason)
	w.Date("TradeDate", &m.TradeDate)
	w.time("TransactTime", &m.TransactTime)
	w.Text("UserInfo", &m.UserInfo, 32)
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
