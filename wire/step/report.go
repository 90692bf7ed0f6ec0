package step

import (
	"math"

	"sancun/money"
	"sancun/wire/frame"
)

// What a Response says, in both ExecType and OrdStatus.
const (
	Accepted  = '0'
	Refused   = '8'
	Cancelled = '6'
)

// Response answers an order, or a cancel that was done; MsgType 8 in resptext.
type Response struct {
	OrderID      string // the exchange's; empty for a cancel
	Status       byte
	SecurityID   string
	ClOrdID      string // of the request
	TransactTime Stamp
	OrigClOrdID  string         // of the order cancelled
	OrdRejReason uint32         // of a refusal
	LastQty      money.Quantity // cancelled
	Text         string
}

func (*Response) msgType() string { return "8" }

// Code is why the request was refused; 0 when it was not.
func (m *Response) Code() uint32 { return m.OrdRejReason }

func (m *Response) fields(w *walk) {
	w.chars(37, "OrderID", &m.OrderID, 16)
	w.letter(150, "ExecType", &m.Status, "086")
	status := m.Status
	w.letter(39, "OrdStatus", &status, "086")
	if w.err == nil && status != m.Status {
		w.fail("OrdStatus", frame.ErrCode, "not what ExecType says")
	}
	w.chars(48, "SecurityID", &m.SecurityID, 6)
	w.chars(11, "ClOrdID", &m.ClOrdID, 10)
	w.stamp(60, "TransactTime", &m.TransactTime)
	w.chars(41, "OrigClOrdID", &m.OrigClOrdID, 10)
	w.code(103, "OrdRejReason", &m.OrdRejReason)
	if w.err == nil && (m.Status == Refused) != (m.OrdRejReason != 0) {
		w.fail("OrdRejReason", frame.ErrCode, "a reason and a refusal go together")
	}
	number(w, 32, "LastQty", &m.LastQty, 12)
	w.chars(58, "Text", &m.Text, 50)
}

// CancelReject answers a cancel that was not done; MsgType 9.
type CancelReject struct {
	OrderID      string
	ClOrdID      string // of the request
	OrigClOrdID  string
	TransactTime Stamp
	CxlRejReason uint32
}

func (*CancelReject) msgType() string { return "9" }

// Code is why the cancel was refused.
func (m *CancelReject) Code() uint32 { return m.CxlRejReason }

func (m *CancelReject) fields(w *walk) {
	w.chars(37, "OrderID", &m.OrderID, 16)
	w.constant(39, "OrdStatus", "8")
	w.chars(11, "ClOrdID", &m.ClOrdID, 10)
	w.chars(41, "OrigClOrdID", &m.OrigClOrdID, 10)
	w.stamp(60, "TransactTime", &m.TransactTime)
	w.code(102, "CxlRejReason", &m.CxlRejReason)
	if w.err == nil && m.CxlRejReason == 0 {
		w.fail("CxlRejReason", frame.ErrCode, "is missing")
	}
	w.constant(434, "CxlRejResponseTo", "1")
}

// What an Execution makes of its order.
const (
	PartFilled = '1'
	Filled     = '2'
)

// Execution is one fill; MsgType 8 in execreporttext.
type Execution struct {
	ClOrdID          string
	OrderID          string
	ExecID           string
	SecurityID       string
	LastPx           money.Price
	LastQty          money.Quantity
	TotalValueTraded int64          // thousandths of a yuan
	LeavesQty        money.Quantity // 0 for now, says the exchange: of no use
	Side             byte
	TransactTime     Stamp
	OrigTime         Stamp // when the order came
	Status           byte
	Account          string
	PBU              string
	Text             string
}

func (*Execution) msgType() string { return "8" }

func (m *Execution) fields(w *walk) {
	w.chars(11, "ClOrdID", &m.ClOrdID, 10)
	w.chars(37, "OrderID", &m.OrderID, 16)
	w.chars(17, "ExecID", &m.ExecID, 16)
	w.constant(1180, "ApplID", ReqID)
	w.chars(48, "SecurityID", &m.SecurityID, 6)
	w.price(31, "LastPx", &m.LastPx)
	number(w, 32, "LastQty", &m.LastQty, 12)
	w.mills(8504, "TotalValueTraded", &m.TotalValueTraded, 16)
	number(w, 151, "LeavesQty", &m.LeavesQty, 12)
	w.letter(54, "Side", &m.Side, "12")
	w.stamp(60, "TransactTime", &m.TransactTime)
	w.stamp(42, "OrigTime", &m.OrigTime)
	w.constant(150, "ExecType", "F")
	w.letter(39, "OrdStatus", &m.Status, "12")
	w.constant(453, "NoPartyIDs", "2")
	w.party(&m.Account, 10, roleAccount)
	w.party(&m.PBU, 5, roleUnit)
	w.chars(58, "Text", &m.Text, 50)
}

// Value is the figure of TotalValueTraded: price times quantity, or
// frame.ErrRange when no figure holds it.
func Value(price money.Price, quantity money.Quantity) (int64, error) {
	if price < 0 || quantity < 0 || quantity != 0 && int64(price)/10 > math.MaxInt64/int64(quantity) {
		return 0, frame.ErrRange
	}
	return int64(price) / 10 * int64(quantity), nil
}
