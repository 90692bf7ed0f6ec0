package replica

import (
	"encoding/binary"

	"sancun/journal"
)

// fields walks the fields of a message in their order, writing or reading, so
// that the two cannot disagree. Integers are little-endian. What cannot be read
// sets failed and gives zeros.
type fields struct {
	buf     []byte
	at      int
	reading bool
	failed  bool
}

func (f *fields) bytes(v []byte) {
	if !f.reading {
		f.buf = append(f.buf, v...)
		return
	}
	if f.failed || len(f.buf)-f.at < len(v) {
		f.failed = true
		clear(v)
		return
	}
	copy(v, f.buf[f.at:])
	f.at += len(v)
}

func (f *fields) u8(v *uint8) {
	raw := [1]byte{*v}
	f.bytes(raw[:])
	*v = raw[0]
}

func (f *fields) u16(v *uint16) {
	var raw [2]byte
	binary.LittleEndian.PutUint16(raw[:], *v)
	f.bytes(raw[:])
	*v = binary.LittleEndian.Uint16(raw[:])
}

func (f *fields) u32(v *uint32) {
	var raw [4]byte
	binary.LittleEndian.PutUint32(raw[:], *v)
	f.bytes(raw[:])
	*v = binary.LittleEndian.Uint32(raw[:])
}

func (f *fields) u64(v *uint64) {
	var raw [8]byte
	binary.LittleEndian.PutUint64(raw[:], *v)
	f.bytes(raw[:])
	*v = binary.LittleEndian.Uint64(raw[:])
}

func (f *fields) i64(v *int64) {
	u := uint64(*v)
	f.u64(&u)
	*v = int64(u)
}

// flag walks one byte that is 0 or 1; another value cannot be read.
func (f *fields) flag(v *bool) {
	var raw uint8
	if *v {
		raw = 1
	}
	f.u8(&raw)
	f.failed = f.failed || raw > 1
	*v = raw == 1
}

// text walks at most TextMax bytes behind their 16-bit length; longer text is
// cut when it is written.
func (f *fields) text(v *string) {
	n := uint16(min(len(*v), TextMax))
	f.u16(&n)
	if n > TextMax {
		f.failed = true
		n = 0
	}
	raw := make([]byte, n)
	if !f.reading {
		copy(raw, *v)
	}
	f.bytes(raw)
	*v = string(raw)
}

// rest walks everything up to the end of the frame. What is read aliases it.
func (f *fields) rest(v *[]byte) {
	if !f.reading {
		f.buf = append(f.buf, *v...)
		return
	}
	*v = f.buf[f.at:]
	f.at = len(f.buf)
}

func (f *fields) position(v *journal.Position) {
	f.u32(&v.Cell)
	f.u32(&v.Epoch)
	f.u64(&v.Height)
	f.bytes(v.Hash[:])
	f.i64(&v.Time)
}

// list walks at most TraceHeights elements behind their 8-bit count.
func list[T any](f *fields, v *[]T, walk func(*fields, *T)) {
	n := uint8(min(len(*v), TraceHeights))
	f.u8(&n)
	if n > TraceHeights {
		f.failed = true
		return
	}
	if f.reading {
		*v = make([]T, n)
	}
	for i := range (*v)[:n] {
		walk(f, &(*v)[i])
	}
}
