package sse

import (
	"fmt"

	"sancun/money"
	"sancun/wire/frame"
)

// walk is a frame.Walk that also knows the figures and the text of this
// exchange.
type walk struct{ frame.Walk }

func reading(t MsgType, body []byte) walk { return walk{frame.Reading(&layout, uint32(t), body)} }

func writing(t MsgType, dst []byte) walk { return walk{frame.Writing(&layout, uint32(t), dst)} }

// char visits a one-letter code; see frame.Char.
func char[T ~byte](w *walk, field string, v *T, list string) { frame.Char(&w.Walk, field, v, list) }

// price visits an N13(5). A price finer than money.Price, or a negative one,
// which has no meaning in any message here, is refused.
func (w *walk) price(field string, v *money.Price) {
	w.Scaled(field, (*int64)(v), priceUnit, priceMax)
}

// quantity visits an N15(3). A fraction of a share is refused.
func (w *walk) quantity(field string, v *money.Quantity) {
	w.Scaled(field, (*int64)(v), quantityUnit, quantityMax)
}

// value visits an N18(5).
func (w *walk) value(field string, v *Value) { w.Int64(field, (*int64)(v), 0, valueMax) }

// fillValue visits an N18(5) that may be ValueUnstated.
func (w *walk) fillValue(field string, v *Value) {
	w.Int64(field, (*int64)(v), int64(ValueUnstated), valueMax)
}

// time visits an ntime.
func (w *walk) time(field string, v *Clock) {
	w.Uint64(field, (*uint64)(v), 0, clockMax)
	if w.OK() && !v.Valid() {
		w.Fail(field, frame.ErrRange, fmt.Sprintf("%d is no time of the form HHMMSSsssnnnn", uint64(*v)))
	}
}
