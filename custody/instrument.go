package custody

import (
	"sancun/money"
	"sancun/state"
)

// Instrument is a security with its static data of the day and the reference
// prices that checks use. Both enter through records (rows K60, K61).
type Instrument struct {
	Market    uint8 // market.Shanghai …
	Board     uint8 // market.Board
	Flags     uint16
	Status    uint8  // InstrumentTrading or InstrumentHalted
	Date      uint32 // of the static data
	Listed    uint32 // listing date, 0 unknown and long ago
	Code      [8]byte
	Lot       uint32
	Tick      money.Price
	PrevClose money.Price
	LimitUp   money.Price // 0 when there is none
	LimitDown money.Price
	Last      money.Price
	Bid       money.Price
	Ask       money.Price
	Close     money.Price // closing price of the day, 0 before
}

// Flags of an instrument.
const (
	FlagSameDay     uint16 = 1 << 0 // T+0: may be sold on the day of purchase
	FlagRiskWarning uint16 = 1 << 1 // ST
	FlagNoLimit     uint16 = 1 << 2 // no price limit today
	FlagSubscribe   uint16 = 1 << 3 // an issue open for subscription today
)

// Trading states of an instrument.
const (
	InstrumentTrading uint8 = 1
	InstrumentHalted  uint8 = 2
)

const instrumentWidth = 128

// Encode writes the row.
func (i *Instrument) Encode(dst []byte) { f := state.Writing(dst); i.walk(&f) }

// Decode reads the row.
func (i *Instrument) Decode(src []byte) { f := state.Reading(src); i.walk(&f) }

func (i *Instrument) walk(f *state.Fields) {
	f.U8(&i.Market)
	f.U8(&i.Board)
	f.U16(&i.Flags)
	f.U8(&i.Status)
	f.U32(&i.Date)
	f.U32(&i.Listed)
	f.Bytes(i.Code[:])
	f.U32(&i.Lot)
	state.I64(f, &i.Tick)
	state.I64(f, &i.PrevClose)
	state.I64(f, &i.LimitUp)
	state.I64(f, &i.LimitDown)
	state.I64(f, &i.Last)
	state.I64(f, &i.Bid)
	state.I64(f, &i.Ask)
	state.I64(f, &i.Close)
}
