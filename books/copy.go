package books

import (
	"encoding/binary"
	"fmt"
	"io"
)

// copier writes rows as PostgreSQL's COPY takes them in binary (documentation of
// COPY, section "Binary Format"): a signature, and for each row the number of its
// fields and each field with its length, numbers in network order.
type copier struct {
	columns func(int, []any) []any
	rows    int
	next    int  // row
	nth     bool // each row ends with its place
	ended   bool

	buffer []byte // not yet read
	at     int
	args   []any
}

const (
	copySignature = "PGCOPY\n\xff\r\n\x00"
	// copyChunk is how much is written before it is read: what the library sends at
	// once.
	copyChunk = 64 << 10
)

func (c *copier) begin(rows int, columns func(int, []any) []any, nth bool) {
	c.columns, c.rows, c.next, c.nth, c.ended, c.at = columns, rows, 0, nth, false, 0
	c.buffer = append(c.buffer[:0], copySignature...)
	c.buffer = append(c.buffer, make([]byte, 8)...) // no flags, no extension of the header
}

// Read gives the next bytes.
func (c *copier) Read(p []byte) (int, error) {
	if c.at == len(c.buffer) {
		if c.ended {
			return 0, io.EOF
		}
		c.buffer, c.at = c.buffer[:0], 0
	}
	for len(c.buffer) < copyChunk && !c.ended {
		if c.next == c.rows {
			c.buffer = binary.BigEndian.AppendUint16(c.buffer, 0xffff)
			c.ended = true
			break
		}
		if err := c.row(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buffer[c.at:])
	c.at += n
	return n, nil
}

func (c *copier) row() error {
	c.args = c.columns(c.next, c.args[:0])
	if c.nth {
		c.args = append(c.args, int64(c.next))
	}
	c.next++
	c.buffer = binary.BigEndian.AppendUint16(c.buffer, uint16(len(c.args)))
	for _, arg := range c.args {
		switch v := arg.(type) {
		case int64:
			c.buffer = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(c.buffer, 8), uint64(v))
		case string:
			c.buffer = append(binary.BigEndian.AppendUint32(c.buffer, uint32(len(v))), v...)
		case []byte:
			c.buffer = append(binary.BigEndian.AppendUint32(c.buffer, uint32(len(v))), v...)
		default:
			return fmt.Errorf("a column of type %T", arg)
		}
	}
	return nil
}
