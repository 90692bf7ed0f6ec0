package szse

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"sancun/money"
)

// walk visits the fields of one message in wire order and either appends them
// to buf or reads them from it. Each message describes its fields once, for both
// directions, so the two cannot disagree; golden bytes pin the order itself.
//
// Writing never assigns to the fields it visits: two connections may send the
// same message at once. After the first error every visit does nothing.
type walk struct {
	kind    MsgType
	buf     []byte
	base    int // writing: where the body begins in buf
	at      int // reading: the next byte of buf
	mark    int // where the current field begins, from the start of the body
	reading bool
	err     *Error
}

// finish reports the first error, or that bytes were left over.
func (w *walk) finish() error {
	if w.err == nil && w.reading && w.at != len(w.buf) {
		w.mark = w.at
		w.fail("", ErrLength, fmt.Sprintf("%d bytes after the last field", len(w.buf)-w.at))
	}
	if w.err != nil {
		return w.err
	}
	return nil
}

// result closes a writing walk.
func (w *walk) result() ([]byte, error) {
	if err := w.finish(); err != nil {
		return w.buf[:w.base], err
	}
	return w.buf, nil
}

func writing(kind MsgType, dst []byte) walk {
	return walk{kind: kind, buf: dst, base: len(dst)}
}

func (w *walk) fail(field string, reason error, detail string) {
	if w.err == nil {
		w.err = &Error{Type: w.kind, Field: field, Offset: HeaderLen + w.mark, Reason: reason, Detail: detail}
	}
}

// raw gives the n bytes of the next field, to read or to fill. What is to be
// filled holds old bytes, so every visit fills all of it. It is nil after an
// error.
func (w *walk) raw(field string, n int) []byte {
	if w.err != nil {
		return nil
	}
	if !w.reading {
		w.mark = len(w.buf) - w.base
		end := len(w.buf) + n
		w.buf = slices.Grow(w.buf, n)[:end]
		return w.buf[end-n:]
	}
	w.mark = w.at
	if left := len(w.buf) - w.at; left < n {
		w.fail(field, ErrLength, fmt.Sprintf("field has %d bytes, %d are left", n, left))
		return nil
	}
	w.at += n
	return w.buf[w.at-n : w.at]
}

func (w *walk) uint16(field string, v *uint16) {
	if b := w.raw(field, 2); b == nil {
		return
	} else if w.reading {
		*v = binary.BigEndian.Uint16(b)
	} else {
		binary.BigEndian.PutUint16(b, *v)
	}
}

func (w *walk) uint32(field string, v *uint32) {
	if b := w.raw(field, 4); b == nil {
		return
	} else if w.reading {
		*v = binary.BigEndian.Uint32(b)
	} else {
		binary.BigEndian.PutUint32(b, *v)
	}
}

func (w *walk) uint64(field string, v *uint64) {
	if b := w.raw(field, 8); b == nil {
		return
	} else if w.reading {
		*v = binary.BigEndian.Uint64(b)
	} else {
		binary.BigEndian.PutUint64(b, *v)
	}
}

// bool visits "0" for false or "1" for true.
func (w *walk) bool(field string, v *bool) {
	var c byte
	if !w.reading {
		c = '0'
		if *v {
			c = '1'
		}
	}
	char(w, field, &c, "01")
	if w.reading {
		*v = c == '1'
	}
}

// int32 visits an Int32 of at least least.
func (w *walk) int32(field string, v *int32, least int32) {
	b := w.raw(field, 4)
	if b == nil {
		return
	}
	if w.reading {
		*v = int32(binary.BigEndian.Uint32(b))
	} else {
		binary.BigEndian.PutUint32(b, uint32(*v))
	}
	if *v < least {
		w.fail(field, ErrRange, fmt.Sprintf("%d, at least %d", *v, least))
	}
}

// int64 visits an Int64 between least and most.
func (w *walk) int64(field string, v *int64, least, most int64) {
	b := w.raw(field, 8)
	if b == nil {
		return
	}
	if w.reading {
		*v = int64(binary.BigEndian.Uint64(b))
	} else {
		binary.BigEndian.PutUint64(b, uint64(*v))
	}
	if *v < least || *v > most {
		w.fail(field, ErrRange, fmt.Sprintf("%d, allowed %d to %d", *v, least, most))
	}
}

// price visits an N13(4), which is money.Price digit for digit. A negative price
// has no meaning in any message here and is refused.
func (w *walk) price(field string, v *money.Price) { w.int64(field, (*int64)(v), 0, priceMax) }

// value visits an N18(4).
func (w *walk) value(field string, v *Value) { w.int64(field, (*int64)(v), 0, valueMax) }

// quantity visits an N15(2). A fraction of a share is refused.
func (w *walk) quantity(field string, v *money.Quantity) {
	b := w.raw(field, 8)
	if b == nil {
		return
	}
	if w.reading {
		hundredths := binary.BigEndian.Uint64(b)
		if hundredths > quantityMax || hundredths%quantityUnit != 0 {
			w.fail(field, ErrRange, fmt.Sprintf("%d hundredths are not whole units up to 15 digits", int64(hundredths)))
			return
		}
		*v = money.Quantity(hundredths / quantityUnit)
		return
	}
	if *v < 0 || *v > quantityMax/quantityUnit {
		w.fail(field, ErrRange, fmt.Sprintf("%d, allowed 0 to %d", *v, quantityMax/quantityUnit))
		return
	}
	binary.BigEndian.PutUint64(b, uint64(*v)*quantityUnit)
}

// time visits a LocalTimestamp.
func (w *walk) time(field string, v *Timestamp) {
	w.int64(field, (*int64)(v), 0, timestampMax)
	if w.err == nil && !v.Valid() {
		w.fail(field, ErrRange, fmt.Sprintf("%d is no time of the form YYYYMMDDHHMMSSsss", int64(*v)))
	}
}

// date visits a LocalMktDate.
func (w *walk) date(field string, v *Date) {
	w.uint32(field, (*uint32)(v))
	if w.err == nil && !v.Valid() {
		w.fail(field, ErrRange, fmt.Sprintf("%d is no date of the form YYYYMMDD", uint32(*v)))
	}
}

// char visits a one-letter code. A blank on the wire is 0 in Go, where the list
// has a blank.
func char[T ~byte](w *walk, field string, v *T, list string) {
	b := w.raw(field, 1)
	if b == nil {
		return
	}
	if !w.reading {
		b[0] = byte(*v)
		if *v == 0 {
			b[0] = ' '
		}
	}
	if strings.IndexByte(list, b[0]) < 0 {
		w.fail(field, ErrCode, fmt.Sprintf("%q, allowed are %q", b[0], list))
		return
	}
	if w.reading {
		*v = T(b[0])
		if b[0] == ' ' {
			*v = 0
		}
	}
}

// count visits the number of entries of a group. The entries must follow.
func (w *walk) count(field string, have, most int) int {
	n := uint32(have)
	w.uint32(field, &n)
	if w.err == nil && n > uint32(most) {
		w.fail(field, ErrLength, fmt.Sprintf("%d entries, at most %d", n, most))
	}
	if w.err != nil {
		return 0
	}
	return int(n)
}

// allowed fails with ErrCode unless ok.
func (w *walk) allowed(field string, ok bool, found uint64) {
	if w.err == nil && !ok {
		w.fail(field, ErrCode, fmt.Sprintf("%d", found))
	}
}

// unused fails when a message of this kind has no such field but a value is set:
// sending it would lose the value.
func (w *walk) unused(field string, zero bool) {
	if w.err == nil && !w.reading && !zero {
		w.mark = len(w.buf) - w.base
		w.fail(field, ErrRange, "this message has no such field, so it must be zero")
	}
}
