package record

import (
	"encoding/binary"

	"sancun/money"
)

// Codec walks the fields of a command in their written order, either writing
// them or reading them, so that the two can never disagree. All integers are
// little-endian. After a read past the end or a bad length every further read
// gives zero and Failed is true; so it is after writing a field too long for its
// length.
type Codec struct {
	buf     []byte
	at      int
	reading bool
	failed  bool
}

// stringMax bounds a text or byte field: sealed personal data and reasons fit
// well within it.
const stringMax = 4096

// payloadMax bounds the payload of a proposal: a batch of BatchMax contracts, the
// longest act that needs two people, takes less than half of it.
const payloadMax = 32 << 10

// listMax is the longest list its 16-bit length can count.
const listMax = 1<<16 - 1

// Failed says whether a read went past the end or met a bad length, or what was
// written did not fit.
func (c *Codec) Failed() bool { return c.failed }

func (c *Codec) take(n int) []byte {
	if c.at+n > len(c.buf) {
		c.failed = true
		c.at = len(c.buf)
		return nil
	}
	c.at += n
	return c.buf[c.at-n : c.at]
}

// U8 walks one byte.
func (c *Codec) U8(v *uint8) {
	if !c.reading {
		c.buf = append(c.buf, *v)
	} else if b := c.take(1); b != nil {
		*v = b[0]
	}
}

// U16 walks a 16-bit integer.
func (c *Codec) U16(v *uint16) {
	if !c.reading {
		c.buf = binary.LittleEndian.AppendUint16(c.buf, *v)
	} else if b := c.take(2); b != nil {
		*v = binary.LittleEndian.Uint16(b)
	}
}

// U32 walks a 32-bit integer.
func (c *Codec) U32(v *uint32) {
	if !c.reading {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, *v)
	} else if b := c.take(4); b != nil {
		*v = binary.LittleEndian.Uint32(b)
	}
}

// U64 walks a 64-bit integer.
func (c *Codec) U64(v *uint64) {
	if !c.reading {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, *v)
	} else if b := c.take(8); b != nil {
		*v = binary.LittleEndian.Uint64(b)
	}
}

// I64 walks a signed 64-bit integer.
func (c *Codec) I64(v *int64) {
	u := uint64(*v)
	c.U64(&u)
	*v = int64(u)
}

// Amount walks money in minor units.
func (c *Codec) Amount(v *money.Amount) { c.I64((*int64)(v)) }

// Price walks a price in ten-thousandths.
func (c *Codec) Price(v *money.Price) { c.I64((*int64)(v)) }

// Quantity walks a number of shares.
func (c *Codec) Quantity(v *money.Quantity) { c.I64((*int64)(v)) }

// Rate walks a proportion in thousand-millionths.
func (c *Codec) Rate(v *money.Rate) { c.I64((*int64)(v)) }

// Fixed walks len(v) bytes in place.
func (c *Codec) Fixed(v []byte) {
	if !c.reading {
		c.buf = append(c.buf, v...)
	} else if b := c.take(len(v)); b != nil {
		copy(v, b)
	}
}

// Text walks a string of at most 4,096 bytes behind its 16-bit length.
func (c *Codec) Text(v *string) { c.text(v, stringMax) }

func (c *Codec) text(v *string, most int) {
	n := uint16(min(len(*v), most))
	c.failed = c.failed || !c.reading && len(*v) > most
	c.U16(&n)
	if !c.reading {
		c.buf = append(c.buf, (*v)[:n]...)
		return
	}
	if int(n) > most {
		c.failed = true
		return
	}
	if b := c.take(int(n)); b != nil {
		*v = string(b)
	}
}

// Blob walks bytes, at most 4,096, behind their 16-bit length.
func (c *Codec) Blob(v *[]byte) { c.blob(v, stringMax) }

// Payload walks the bytes of another command, at most 32,768, behind their 16-bit
// length.
func (c *Codec) Payload(v *[]byte) { c.blob(v, payloadMax) }

func (c *Codec) blob(v *[]byte, most int) {
	s := string(*v)
	c.text(&s, most)
	if c.reading {
		*v = []byte(s)
	}
}

// length walks the 16-bit length of a list that has n entries when it is written.
func (c *Codec) length(n int) int {
	short := uint16(min(n, listMax))
	c.failed = c.failed || !c.reading && n > listMax
	c.U16(&short)
	return int(short)
}

// U32s walks a list of at most 65,535 numbers behind its 16-bit length.
func (c *Codec) U32s(v *[]uint32) {
	n := c.length(len(*v))
	if c.reading {
		if c.at+4*n > len(c.buf) {
			c.failed = true
			return
		}
		*v = make([]uint32, n)
	}
	for i := range n {
		c.U32(&(*v)[i])
	}
}

// U64s walks a list of at most 65,535 numbers behind its 16-bit length.
func (c *Codec) U64s(v *[]uint64) {
	n := c.length(len(*v))
	if c.reading {
		if c.at+8*n > len(c.buf) {
			c.failed = true
			return
		}
		*v = make([]uint64, n)
	}
	for i := range n {
		c.U64(&(*v)[i])
	}
}

// Encode appends the fields of a command to dst.
func Encode(dst []byte, cmd Command) []byte {
	c := Codec{buf: dst}
	cmd.Walk(&c)
	return c.buf
}

// Decode reads the fields of a command from src, which it must use up. It
// returns false for anything that Encode would not have written.
func Decode(src []byte, cmd Command) bool {
	c := Codec{buf: src, reading: true}
	cmd.Walk(&c)
	return !c.failed && c.at == len(src)
}
