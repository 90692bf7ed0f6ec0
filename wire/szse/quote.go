package szse

import (
	"math"

	"sancun/wire/frame"
)

// The quote channel is a second connection with the same frames and session
// messages. The layouts and numbers of Snapshot and Security are our simulator's
// own: they carry what the exchange's snapshot 300111 and its static files
// carry, in fixed places.

// Snapshot is the state of one security.
type Snapshot struct {
	Seq      uint64 // counts the snapshots of the day from 1 without gaps
	OrigTime Timestamp
	frame.Quote
	Turnover Value
}

func (m *Snapshot) fields(w *walk) {
	w.Uint64("Seq", &m.Seq, 0, math.MaxUint64)
	w.time("OrigTime", &m.OrigTime)
	w.Text("SecurityID", &m.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	char(w, "Phase", &m.Phase, frame.Phases)
	w.Bool("Suspended", &m.Suspended)
	w.price("PrevClosePx", &m.PrevClose)
	w.price("OpenPx", &m.Open)
	w.price("HighPx", &m.High)
	w.price("LowPx", &m.Low)
	w.price("LastPx", &m.Last)
	w.quantity("TotalVolumeTrade", &m.Volume)
	w.value("TotalValueTrade", &m.Turnover)
	for i := range m.Bids {
		w.price("BidPx", &m.Bids[i].Price)
		w.quantity("BidSize", &m.Bids[i].Quantity)
	}
	for i := range m.Offers {
		w.price("OfferPx", &m.Offers[i].Price)
		w.quantity("OfferSize", &m.Offers[i].Quantity)
	}
}

// Type is TypeSnapshot.
func (m Snapshot) Type() MsgType { return TypeSnapshot }

// Append appends the body; see Message.
func (m Snapshot) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// Security is one line of the day's list of securities.
type Security struct{ frame.Listing }

func (m *Security) fields(w *walk) {
	w.Date("TradeDate", &m.TradeDate)
	w.Uint32("ListSize", &m.ListSize)
	w.Text("SecurityID", &m.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	w.Words("Symbol", &m.Name, 40)
	w.price("PrevClosePx", &m.PrevClose)
	w.price("LimitUpPx", &m.LimitUp)
	w.price("LimitDownPx", &m.LimitDown)
	w.quantity("Lot", &m.Lot)
	w.price("Tick", &m.Tick)
	w.Flags("Flags", &m.Flags)
}

// Type is TypeSecurity.
func (m Security) Type() MsgType { return TypeSecurity }

// Append appends the body; see Message.
func (m Security) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Snapshot) message() {}
func (Security) message() {}
