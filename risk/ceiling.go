package risk

import (
	"sancun/money"
	"sancun/state"
)

// Ceiling is a limit of what a participant or one of its trading units may buy on
// balance on one day (资金前端控制, row K29). There are two kinds: the exchange and
// the clearing house set the highest one, the house may set itself a lower one.
// Ceilings are only added; of one scope and kind the last that has begun holds.
type Ceiling struct {
	Market uint8   // market.Market
	Unit   [6]byte // trading unit (PBU); zero is all units of the market together
	Kind   uint8   // CeilingHighest or CeilingOwn
	Warn   [2]uint16
	From   uint32       // first business date it holds
	Amount money.Amount // in minor units of the yuan, 0 none
	Source [40]byte
}

// Kinds of a ceiling. Numbers are written to disk.
const (
	CeilingHighest uint8 = 1 // 最高额度
	CeilingOwn     uint8 = 2 // 自设额度
)

// WarnMax bounds a threshold of warning: per mille of the ceiling.
const WarnMax = 1_000

// TableCeilings is the number of the table of ceilings.
const TableCeilings uint16 = 29

const ceilingWidth = 72

// Encode writes the row.
func (c *Ceiling) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Ceiling) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Ceiling) walk(f *state.Fields) {
	f.U8(&c.Market)
	f.Bytes(c.Unit[:])
	f.U8(&c.Kind)
	f.U16(&c.Warn[0])
	f.U16(&c.Warn[1])
	f.U32(&c.From)
	state.I64(f, &c.Amount)
	f.Bytes(c.Source[:])
}

// NewCeilings returns the empty table of ceilings.
func NewCeilings() *state.Table[Ceiling, *Ceiling] {
	return state.NewTable[Ceiling](TableCeilings, ceilingWidth)
}

// NetBuy is what the orders of one scope that ever had a ceiling come to on a
// date: there is one row a scope.
//
// Open is what buys that are not over may still take at their prices, Bought what
// has been bought, Sold what has been sold. A cancel, a refusal and the rest of an
// order give their part of Open back.
type NetBuy struct {
	Market uint8
	Unit   [6]byte
	Warned uint8  // how many thresholds the day has reached
	Date   uint32 // of the figures; on another date they are zero
	Open   money.Amount
	Bought money.Amount
	Sold   money.Amount
	At     int64 // block time of the last threshold reached, unix nanoseconds
}

// TableNetBuys is the number of the table of net buys.
const TableNetBuys uint16 = 26

const netBuyWidth = 48

// Encode writes the row.
func (n *NetBuy) Encode(dst []byte) { f := state.Writing(dst); n.walk(&f) }

// Decode reads the row.
func (n *NetBuy) Decode(src []byte) { f := state.Reading(src); n.walk(&f) }

func (n *NetBuy) walk(f *state.Fields) {
	f.U8(&n.Market)
	f.Bytes(n.Unit[:])
	f.U8(&n.Warned)
	f.U32(&n.Date)
	state.I64(f, &n.Open)
	state.I64(f, &n.Bought)
	state.I64(f, &n.Sold)
	state.I64(f, &n.At)
}

// NewNetBuys returns the empty table of net buys.
func NewNetBuys() *state.Table[NetBuy, *NetBuy] {
	return state.NewTable[NetBuy](TableNetBuys, netBuyWidth)
}

// On returns the figures as of a date.
func (n NetBuy) On(date uint32) NetBuy {
	if n.Date != date {
		n.Date, n.Warned, n.Open, n.Bought, n.Sold, n.At = date, 0, 0, 0, 0, 0
	}
	return n
}

// Net is what counts against the ceiling.
func (n *NetBuy) Net() money.Amount { return n.Open + n.Bought - n.Sold }

// InForce is what holds of a scope on a date.
type InForce struct {
	Highest money.Amount // 0 none
	Own     money.Amount // 0 none
	Warn    [2]uint16    // of the ceiling that binds
}

// Binds returns the ceiling that binds, 0 when there is none: the lower of both.
func (f *InForce) Binds() money.Amount {
	if f.Own != 0 && (f.Highest == 0 || f.Own < f.Highest) {
		return f.Own
	}
	return f.Highest
}

// Level says how many thresholds of warning a net reaches.
func (f *InForce) Level(net money.Amount) (level uint8) {
	for _, perMille := range f.Warn {
		if perMille == 0 || f.Binds() == 0 {
			continue
		}
		whole, rest := f.Binds()/WarnMax, f.Binds()%WarnMax // their product with per mille stays in range
		if net >= whole*money.Amount(perMille)+rest*money.Amount(perMille)/WarnMax {
			level++
		}
	}
	return level
}

// CeilingOn resolves what holds of a scope on a date.
func CeilingOn(date uint32, all *state.Table[Ceiling, *Ceiling], market uint8, unit [6]byte) (f InForce) {
	var from [CeilingOwn + 1]uint32
	var warn [CeilingOwn + 1][2]uint16
	for row := range all.Len() {
		c := all.At(row)
		if c.Market != market || c.Unit != unit || c.From > date || c.From < from[c.Kind] {
			continue
		}
		from[c.Kind], warn[c.Kind] = c.From, c.Warn
		if c.Kind == CeilingOwn {
			f.Own = c.Amount
		} else {
			f.Highest = c.Amount
		}
	}
	f.Warn = warn[CeilingHighest]
	if f.Binds() == f.Own && f.Own != 0 {
		f.Warn = warn[CeilingOwn]
	}
	return f
}
