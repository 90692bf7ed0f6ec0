package frame

import "sancun/money"

// The quote channel is a second connection with the same frames and session
// messages. Its messages are our simulator's own, with each exchange's widths
// and units, so that what reads quotes treats the two markets alike.

// LevelsMax is the depth of a snapshot on each side.
const LevelsMax = 5

// Phase is the trading phase of a security, by the first letter of the
// Shenzhen exchange's TradingPhaseCode, which our simulator uses for both
// markets.
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

// Phases is the code list of Phase.
const Phases = "SOTBCAHVE"

// Level is one price of the book and what is wanted or offered there. A level
// that does not exist is zero.
type Level struct {
	Price    money.Price
	Quantity money.Quantity
}

// Quote is what a snapshot says of one security, whichever the market. In an
// auction the first level of each side is the price at which it would end.
type Quote struct {
	SecurityID string
	Phase      Phase
	Suspended  bool // the whole day
	PrevClose  money.Price
	Open       money.Price // 0 before the first trade, as High, Low and Last
	High       money.Price
	Low        money.Price
	Last       money.Price
	Volume     money.Quantity
	Bids       [LevelsMax]Level // best first
	Offers     [LevelsMax]Level // best first
}

// Listing is one line of the day's list of securities. The list is sent after
// logon on the quote channel; it is whole when ListSize lines have come.
type Listing struct {
	TradeDate  Date
	ListSize   uint32 // how many securities the day's list has
	SecurityID string
	Name       string // UTF-8 here; the wire's encoding is the exchange's
	PrevClose  money.Price
	LimitUp    money.Price
	LimitDown  money.Price
	Lot        money.Quantity // buy orders are multiples of it
	Tick       money.Price
	Flags      SecurityFlags
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

// Flags visits the properties of a security; an unknown one is refused.
func (w *Walk) Flags(field string, v *SecurityFlags) {
	w.Uint32(field, (*uint32)(v))
	w.Allowed(field, *v&^flagsAll == 0, uint64(*v))
}
