package frame

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Walk visits the fields of one message in wire order and either appends them
// to a buffer or reads them from one. Each message describes its fields once,
// for both directions, so the two cannot disagree; golden bytes pin the order
// itself.
//
// Writing never assigns to the fields it visits: two connections may send the
// same message at once. After the first error every visit does nothing.
type Walk struct {
	layout  *Layout
	number  uint32 // the message's
	buf     []byte
	base    int // writing: where the body begins in buf
	at      int // reading: the next byte of buf
	mark    int // where the current field begins, from the start of the body
	reading bool
	err     *Error
}

// Reading returns a walk that reads the body of a message.
func Reading(l *Layout, number uint32, body []byte) Walk {
	return Walk{layout: l, number: number, buf: body, reading: true}
}

// Writing returns a walk that appends the body of a message to dst.
func Writing(l *Layout, number uint32, dst []byte) Walk {
	return Walk{layout: l, number: number, buf: dst, base: len(dst)}
}

// Reads says whether the walk reads; else it writes.
func (w *Walk) Reads() bool { return w.reading }

// Number is the message's number.
func (w *Walk) Number() uint32 { return w.number }

// OK says whether no visit has failed yet.
func (w *Walk) OK() bool { return w.err == nil }

// Finish reports the first error, or that bytes were left over.
func (w *Walk) Finish() error {
	if w.err == nil && w.reading && w.at != len(w.buf) {
		w.mark = w.at
		w.Fail("", ErrLength, fmt.Sprintf("%d bytes after the last field", len(w.buf)-w.at))
	}
	if w.err != nil {
		return w.err
	}
	return nil
}

// Result closes a writing walk. It returns dst as it was, and an *Error, when a
// visit failed.
func (w *Walk) Result() ([]byte, error) {
	if err := w.Finish(); err != nil {
		return w.buf[:w.base], err
	}
	return w.buf, nil
}

// Fail ends the walk at the current field.
func (w *Walk) Fail(field string, reason error, detail string) {
	if w.err == nil {
		w.err = w.layout.fault(w.number, field, w.layout.HeaderLen+w.mark, reason, detail)
	}
}

// raw gives the n bytes of the next field, to read or to fill. What is to be
// filled holds old bytes, so every visit fills all of it. It is nil after an
// error.
func (w *Walk) raw(field string, n int) []byte {
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
		w.Fail(field, ErrLength, fmt.Sprintf("field has %d bytes, %d are left", n, left))
		return nil
	}
	w.at += n
	return w.buf[w.at-n : w.at]
}

// Uint8 visits one byte.
func (w *Walk) Uint8(field string, v *uint8) {
	if b := w.raw(field, 1); b == nil {
		return
	} else if w.reading {
		*v = b[0]
	} else {
		b[0] = *v
	}
}

// Uint16 visits two bytes.
func (w *Walk) Uint16(field string, v *uint16) {
	if b := w.raw(field, 2); b == nil {
		return
	} else if w.reading {
		*v = binary.BigEndian.Uint16(b)
	} else {
		binary.BigEndian.PutUint16(b, *v)
	}
}

// Uint32 visits four bytes.
func (w *Walk) Uint32(field string, v *uint32) {
	if b := w.raw(field, 4); b == nil {
		return
	} else if w.reading {
		*v = binary.BigEndian.Uint32(b)
	} else {
		binary.BigEndian.PutUint32(b, *v)
	}
}

// Uint64 visits eight bytes: a number between least and most.
func (w *Walk) Uint64(field string, v *uint64, least, most uint64) {
	b := w.raw(field, 8)
	if b == nil {
		return
	}
	if w.reading {
		*v = binary.BigEndian.Uint64(b)
	} else {
		binary.BigEndian.PutUint64(b, *v)
	}
	if *v < least || *v > most {
		w.Fail(field, ErrRange, fmt.Sprintf("%d, allowed %d to %d", *v, least, most))
	}
}

// Bool visits "0" for false or "1" for true.
func (w *Walk) Bool(field string, v *bool) {
	var c byte
	if !w.reading {
		c = '0'
		if *v {
			c = '1'
		}
	}
	Char(w, field, &c, "01")
	if w.reading {
		*v = c == '1'
	}
}

// Int32 visits a signed number of at least least.
func (w *Walk) Int32(field string, v *int32, least int32) {
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
		w.Fail(field, ErrRange, fmt.Sprintf("%d, at least %d", *v, least))
	}
}

// Int64 visits a signed number between least and most.
func (w *Walk) Int64(field string, v *int64, least, most int64) {
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
		w.Fail(field, ErrRange, fmt.Sprintf("%d, allowed %d to %d", *v, least, most))
	}
}

// Scaled visits a figure from 0 on that the wire states in finer units, unit of
// them to one of ours, and at most most of them. A fraction of ours is refused.
func (w *Walk) Scaled(field string, v *int64, unit, most int64) {
	b := w.raw(field, 8)
	if b == nil {
		return
	}
	if w.reading {
		fine := int64(binary.BigEndian.Uint64(b))
		if fine < 0 || fine > most || fine%unit != 0 {
			w.Fail(field, ErrRange, fmt.Sprintf("%d is not a multiple of %d from 0 to %d", fine, unit, most))
			return
		}
		*v = fine / unit
		return
	}
	if *v < 0 || *v > most/unit {
		w.Fail(field, ErrRange, fmt.Sprintf("%d, allowed 0 to %d", *v, most/unit))
		return
	}
	binary.BigEndian.PutUint64(b, uint64(*v*unit))
}

// Char visits a one-letter code. A blank on the wire is 0 in Go, where the list
// has a blank.
func Char[T ~byte](w *Walk, field string, v *T, list string) {
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
		w.Fail(field, ErrCode, fmt.Sprintf("%q, allowed are %q", b[0], list))
		return
	}
	if w.reading {
		*v = T(b[0])
		if b[0] == ' ' {
			*v = 0
		}
	}
}

// Count16 visits the number of entries of a group in two bytes, and Count32 in
// four. The entries must follow. They return 0 after an error.
func (w *Walk) Count16(field string, have, most int) int {
	n := uint16(min(have, math.MaxUint16))
	w.Uint16(field, &n)
	return w.count(field, int(n), most)
}

// Count32 is Count16 in four bytes.
func (w *Walk) Count32(field string, have, most int) int {
	n := uint32(have)
	w.Uint32(field, &n)
	return w.count(field, int(n), most)
}

func (w *Walk) count(field string, n, most int) int {
	if w.err == nil && n > most {
		w.Fail(field, ErrLength, fmt.Sprintf("%d entries, at most %d", n, most))
	}
	if w.err != nil {
		return 0
	}
	return n
}

// Allowed fails with ErrCode unless ok.
func (w *Walk) Allowed(field string, ok bool, found uint64) {
	if w.err == nil && !ok {
		w.Fail(field, ErrCode, fmt.Sprintf("%d", found))
	}
}

// Unused fails when a message of this kind has no such field but a value is set:
// sending it would lose the value.
func (w *Walk) Unused(field string, zero bool) {
	if w.err == nil && !w.reading && !zero {
		w.mark = len(w.buf) - w.base
		w.Fail(field, ErrRange, "this message has no such field, so it must be zero")
	}
}
