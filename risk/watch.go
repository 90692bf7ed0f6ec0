package risk

import (
	"sancun/money"
	"sancun/state"
)

// Watch counts what a fund account does on a business date. There is one row a
// fund account; the first order of another date begins it anew.
type Watch struct {
	Fund     uint32 // row of the fund account
	Date     uint32
	Second   int64 // unix seconds, the last in which something was counted
	InSecond uint32
	Orders   uint32 // accepted on the date, those held included
	Cancels  uint32
	Warned   uint32       // of the orders, accepted with a warning
	Held     uint32       // of the orders, kept back for review
	Amount   money.Amount // of the orders, price × quantity, fen
	LastCode uint16       // record code of the last warning or holding
	LastAt   int64        // its block time, unix nanoseconds
}

// TableWatches is the number of the table of watches.
const TableWatches uint16 = 16

const watchWidth = 64

// Encode writes the row.
func (w *Watch) Encode(dst []byte) { f := state.Writing(dst); w.walk(&f) }

// Decode reads the row.
func (w *Watch) Decode(src []byte) { f := state.Reading(src); w.walk(&f) }

func (w *Watch) walk(f *state.Fields) {
	f.U32(&w.Fund)
	f.U32(&w.Date)
	state.I64(f, &w.Second)
	f.U32(&w.InSecond)
	f.U32(&w.Orders)
	f.U32(&w.Cancels)
	f.U32(&w.Warned)
	f.U32(&w.Held)
	state.I64(f, &w.Amount)
	f.U16(&w.LastCode)
	state.I64(f, &w.LastAt)
}

// NewWatches returns the empty table of watches.
func NewWatches() *state.Table[Watch, *Watch] {
	return state.NewTable[Watch](TableWatches, watchWidth)
}

// At returns the watch as it stands at a moment of a date: counters of another
// date or second are zero.
func (w Watch) At(date uint32, second int64) Watch {
	if w.Date != date {
		w = Watch{Fund: w.Fund, Date: date}
	}
	if w.Second != second {
		w.Second, w.InSecond = second, 0
	}
	return w
}
