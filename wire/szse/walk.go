package szse

import (
	"fmt"

	"sancun/money"
	"sancun/wire/frame"
)

// walk is a frame.Walk that also knows the figures of this exchange.
type walk struct{ frame.Walk }

func reading(t MsgType, body []byte) walk { return walk{frame.Reading(&layout, uint32(t), body)} }

func writing(t MsgType, dst []byte) walk { return walk{frame.Writing(&layout, uint32(t), dst)} }

// kind is the message's number.
func (w *walk) kind() MsgType { return MsgType(w.Number()) }

// char visits a one-letter code; see frame.Char.
func char[T ~byte](w *walk, field string, v *T, list string) { frame.Char(&w.Walk, field, v, list) }

// price visits an N13(4), which is money.Price digit for digit. A negative price
// has no meaning in any message here and is refused.
func (w *walk) price(field string, v *money.Price) { w.Int64(field, (*int64)(v), 0, priceMax) }

// value visits an N18(4).
func (w *walk) value(field string, v *Value) { w.Int64(field, (*int64)(v), 0, valueMax) }

// quantity visits an N15(2). A fraction of a share is refused.
func (w *walk) quantity(field string, v *money.Quantity) {
	w.Scaled(field, (*int64)(v), quantityUnit, quantityMax)
}

// time visits a LocalTimestamp.
func (w *walk) time(field string, v *Timestamp) {
	w.Int64(field, (*int64)(v), 0, timestampMax)
	if w.OK() && !v.Valid() {
		w.Fail(field, frame.ErrRange, fmt.Sprintf("%d is no time of the form YYYYMMDDHHMMSSsss", int64(*v)))
	}
}
