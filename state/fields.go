package state

import "encoding/binary"

// Fields walks the fields of a row in their order on disk, either writing or
// reading, so that a row's Encode and Decode cannot disagree. A row whose fields
// do not fill its width leaves the rest zero; one whose fields exceed it is our
// bug and panics on the slice bound.
type Fields struct {
	b       []byte
	at      int
	reading bool
}

// Writing returns Fields that write into dst, which is zeroed first.
func Writing(dst []byte) Fields {
	clear(dst)
	return Fields{b: dst}
}

// Reading returns Fields that read from src.
func Reading(src []byte) Fields { return Fields{b: src, reading: true} }

// Used returns how many bytes the fields walked so far take.
func (f *Fields) Used() int { return f.at }

// U8 walks one byte.
func (f *Fields) U8(v *uint8) {
	if f.reading {
		*v = f.b[f.at]
	} else {
		f.b[f.at] = *v
	}
	f.at++
}

// U16 walks a 16-bit integer.
func (f *Fields) U16(v *uint16) {
	if f.reading {
		*v = binary.LittleEndian.Uint16(f.b[f.at:])
	} else {
		binary.LittleEndian.PutUint16(f.b[f.at:], *v)
	}
	f.at += 2
}

// U32 walks a 32-bit integer.
func (f *Fields) U32(v *uint32) {
	if f.reading {
		*v = binary.LittleEndian.Uint32(f.b[f.at:])
	} else {
		binary.LittleEndian.PutUint32(f.b[f.at:], *v)
	}
	f.at += 4
}

// U64 walks a 64-bit integer.
func (f *Fields) U64(v *uint64) {
	if f.reading {
		*v = binary.LittleEndian.Uint64(f.b[f.at:])
	} else {
		binary.LittleEndian.PutUint64(f.b[f.at:], *v)
	}
	f.at += 8
}

// I64 walks any signed 64-bit figure, such as an amount, price or quantity.
func I64[T ~int64](f *Fields, v *T) {
	u := uint64(*v)
	f.U64(&u)
	*v = T(u)
}

// Bytes walks len(v) bytes in place.
func (f *Fields) Bytes(v []byte) {
	if f.reading {
		copy(v, f.b[f.at:f.at+len(v)])
	} else {
		copy(f.b[f.at:f.at+len(v)], v)
	}
	f.at += len(v)
}
