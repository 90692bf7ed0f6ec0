package szse

import "sancun/money"

// The quote channel is a second connection with the same frames and session
// messages. The layouts and numbers of Snapshot and Security are our simulator's
// own: they carry what the exchange's snapshot 300111 and its static files
// carry, in fixed places.

// LevelsMax is the depth of a snapshot on each side.
const LevelsMax = 5

// Phase is the trading phase of a security, by the first letter of the
// exchange's TradingPhaseCode.
type Phase byte

// The trading phases.
const (
	PhaseStart      Phase = 'S' // before the opening auction
	PhaseOpening    Phase = 'O' // opening auction
	PhaseContinuous Phase = 'T'
	PhaseBreak      Phase = 'B' // noon
	PhaseClosing    Phase = 'C' // closing auction
	PhaseAfterHours Phase = 'A'
	PhaseHalt       Phase = 'H' // halted for a time
	PhaseVolatility Phase = 'V' // interrupted by a sudden move
	PhaseEnd        Phase = 'E' // closed
)

const phases = "SOTBCAHVE"

// Level is one price of the book and what is wanted or offered there. A level
// that does not exist is zero.
type Level struct {
	Price    money.Price
	Quantity money.Quantity
}

// Snapshot is the state of one security. In an auction the first level of each
// side is the price at which it would end.
type Snapshot struct {
	Seq        uint64 // counts the snapshots of the day from 1 without gaps
	OrigTime   Timestamp
	SecurityID string
	Phase      Phase
	Suspended  bool // the whole day
	PrevClose  money.Price
	Open       money.Price // 0 before the first trade, as High, Low and Last
	High       money.Price
	Low        money.Price
	Last       money.Price
	Volume     money.Quantity
	Turnover   Value
	Bids       [LevelsMax]Level // best first
	Offers     [LevelsMax]Level // best first
}

func (m *Snapshot) fields(w *walk) {
	w.uint64("Seq", &m.Seq)
	w.time("OrigTime", &m.OrigTime)
	w.text("SecurityID", &m.SecurityID, 8)
	w.fixed("SecurityIDSource", securityIDSource, 4)
	char(w, "Phase", &m.Phase, phases)
	w.bool("Suspended", &m.Suspended)
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
	return w.result()
}

// SecurityFlags are properties of a security on one day.
type SecurityFlags uint32

// The properties.
const (
	FlagNoLimit     SecurityFlags = 1  // no price limits today; LimitUp and LimitDown are 0
	FlagRiskWarning SecurityFlags = 2  // ST
	FlagSuspended   SecurityFlags = 4  // the whole day
	FlagSameDay     SecurityFlags = 8  // what was bought may be sold the same day
	FlagDelisting   SecurityFlags = 16 // in the delisting period
	FlagExRight     SecurityFlags = 32 // PrevClose is adjusted for a right or dividend

	flagsAll = FlagNoLimit | FlagRiskWarning | FlagSuspended | FlagSameDay | FlagDelisting | FlagExRight
)

// Security is one line of the day's list of securities. The list is sent after
// logon on the quote channel; it is whole when ListSize lines have come.
type Security struct {
	TradeDate  Date
	ListSize   uint32 // how many securities the day's list has
	SecurityID string
	Name       string // UTF-8
	PrevClose  money.Price
	LimitUp    money.Price
	LimitDown  money.Price
	Lot        money.Quantity // buy orders are multiples of it
	Tick       money.Price
	Flags      SecurityFlags
}

func (m *Security) fields(w *walk) {
	w.date("TradeDate", &m.TradeDate)
	w.uint32("ListSize", &m.ListSize)
	w.text("SecurityID", &m.SecurityID, 8)
	w.fixed("SecurityIDSource", securityIDSource, 4)
	w.words("Symbol", &m.Name, 40)
	w.price("PrevClosePx", &m.PrevClose)
	w.price("LimitUpPx", &m.LimitUp)
	w.price("LimitDownPx", &m.LimitDown)
	w.quantity("Lot", &m.Lot)
	w.price("Tick", &m.Tick)
	w.uint32("Flags", (*uint32)(&m.Flags))
	w.allowed("Flags", m.Flags&^flagsAll == 0, uint64(m.Flags))
}

// Type is TypeSecurity.
func (m Security) Type() MsgType { return TypeSecurity }

// Append appends the body; see Message.
func (m Security) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.result()
}

func (Snapshot) message() {}
func (Security) message() {}
