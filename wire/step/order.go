package step

import "sancun/money"

// The sides of an order.
const (
	Buy  = '1'
	Sell = '2'
)

// NewOrder places an after-hours order; MsgType D. It is always a limit order.
type NewOrder struct {
	ClOrdID    string // ours, unique for a trading unit
	SecurityID string
	Price      money.Price // at most three decimals
	OrderQty   money.Quantity
	Side       byte
	Account    string
	PBU        string // five digits
	Branch     string
	Text       string // for us
}

func (*NewOrder) msgType() string { return "D" }

// Key is what the columns of the row repeat.
func (m *NewOrder) Key() (clOrdID, securityID, pbu string) { return m.ClOrdID, m.SecurityID, m.PBU }

func (m *NewOrder) fields(w *walk) {
	w.chars(11, "ClOrdID", &m.ClOrdID, 10)
	w.chars(48, "SecurityID", &m.SecurityID, 6)
	w.price(44, "Price", &m.Price)
	number(w, 38, "OrderQty", &m.OrderQty, 10)
	w.letter(54, "Side", &m.Side, "12")
	w.constant(40, "OrdType", "2")
	w.constant(453, "NoPartyIDs", "3")
	w.party(&m.Account, 10, roleAccount)
	w.party(&m.PBU, 5, roleUnit)
	w.party(&m.Branch, 5, roleBranch)
	w.chars(58, "Text", &m.Text, 50)
}

// Cancel asks for what is left of an order to be cancelled; MsgType F. The
// exchange does not check OrderQty.
type Cancel struct {
	ClOrdID     string // of this request
	OrigClOrdID string // of the order
	SecurityID  string
	OrderQty    money.Quantity
	Side        byte
	Account     string
	PBU         string // of the order
	Text        string
}

func (*Cancel) msgType() string { return "F" }

// Key is what the columns of the row repeat.
func (m *Cancel) Key() (clOrdID, securityID, pbu string) { return m.ClOrdID, m.SecurityID, m.PBU }

func (m *Cancel) fields(w *walk) {
	w.chars(11, "ClOrdID", &m.ClOrdID, 10)
	w.chars(41, "OrigClOrdID", &m.OrigClOrdID, 10)
	w.chars(48, "SecurityID", &m.SecurityID, 6)
	number(w, 38, "OrderQty", &m.OrderQty, 10)
	w.letter(54, "Side", &m.Side, "12")
	w.constant(453, "NoPartyIDs", "2")
	w.party(&m.Account, 10, roleAccount)
	w.party(&m.PBU, 5, roleUnit)
	w.chars(58, "Text", &m.Text, 50)
}
