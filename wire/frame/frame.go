// Package frame is what the byte formats of the two exchanges have in common: a
// header with the message's number and the body's length, a body of fields at
// fixed places, and a checksum; and the vocabulary of the quote channel, which
// is our simulator's own and the same for both markets.
//
// wire/szse and wire/sse say which header, which fields and which widths; this
// package moves the bytes. It must never know a message of either exchange, open
// a connection, keep a session or look at a clock.
package frame

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// TrailerLen is the length of the checksum behind the body, in bytes.
const TrailerLen = 4

const (
	// readAhead is how much a Reader takes from its source at once: some
	// hundreds of reports, so that one system call serves many.
	readAhead = 64 << 10

	// emptyReadsMax is how many reads without bytes and without an error are
	// borne before the source is taken to be broken.
	emptyReadsMax = 100
)

// Layout is the frame of one protocol. The message's number is the first four
// bytes of the header, the length of the body four bytes at LengthAt, and the
// checksum TrailerLen bytes behind the body. Everything is big-endian.
type Layout struct {
	Protocol    string // begins the text of an Error
	HeaderLen   int
	LengthAt    int
	LengthField string // the protocol's name of the length
	BodyMax     int    // a longer body is refused in both directions; less than readAhead
	// TypeName is the protocol's name of a message number, or "".
	TypeName func(uint32) string
}

// TypeText gives a message number and, where known, its name: "58 NewOrder".
func (l *Layout) TypeText(number uint32) string {
	text := strconv.FormatUint(uint64(number), 10)
	if name := l.TypeName(number); name != "" {
		return text + " " + name
	}
	return text
}

// Seal closes the frame that begins at start in dst, whose header and body are
// written: it puts in the length and appends the checksum. It returns an *Error
// that wraps ErrLength when the body is longer than BodyMax.
func (l *Layout) Seal(dst []byte, start int) ([]byte, error) {
	body := len(dst) - start - l.HeaderLen
	if body > l.BodyMax {
		number := binary.BigEndian.Uint32(dst[start:])
		return nil, l.fault(number, "", l.LengthAt, ErrLength, fmt.Sprintf("body of %d bytes, at most %d", body, l.BodyMax))
	}
	binary.BigEndian.PutUint32(dst[start+l.LengthAt:], uint32(body))
	return binary.BigEndian.AppendUint32(dst, checksum(dst[start:])), nil
}

// checksum is the sum of all bytes modulo 256.
func checksum(b []byte) uint32 {
	var sum uint8
	for _, c := range b {
		sum += c
	}
	return uint32(sum)
}

// Raw is one frame as it stood on the wire, its checksum verified.
type Raw struct {
	Header []byte
	Body   []byte
}

// Type is the message's number.
func (r Raw) Type() uint32 { return binary.BigEndian.Uint32(r.Header) }

// Reader takes frames from a byte stream. It is not safe for use by two
// goroutines.
type Reader struct {
	layout *Layout
	src    io.Reader
	buf    []byte
	start  int // first byte not yet given out
	end    int // first byte not yet read
	broken error
}

// NewReader returns a Reader of src. It reads ahead.
func NewReader(l *Layout, src io.Reader) *Reader {
	return &Reader{layout: l, src: src, buf: make([]byte, readAhead)}
}

// Next returns the next frame. It is valid until the next call.
//
// A length over BodyMax or a wrong checksum gives an *Error, again on every
// later call: in a stream without marks nothing after it can be trusted, and the
// connection must be closed. An unknown type is not an error here, so that the
// caller can answer it. At the end of the stream between two frames Next returns
// io.EOF, inside one io.ErrUnexpectedEOF. Other errors are the source's; after
// one that passes, such as a read deadline, Next may be called again.
func (r *Reader) Next() (Raw, error) {
	if r.broken != nil {
		return Raw{}, r.broken
	}
	l := r.layout
	if err := r.need(l.HeaderLen); err != nil {
		return Raw{}, err
	}
	header := r.buf[r.start : r.start+l.HeaderLen]
	number, length := binary.BigEndian.Uint32(header), binary.BigEndian.Uint32(header[l.LengthAt:])
	if length > uint32(l.BodyMax) {
		r.broken = l.fault(number, l.LengthField, l.LengthAt, ErrLength, fmt.Sprintf("%d, at most %d", length, l.BodyMax))
		return Raw{}, r.broken
	}
	size := l.HeaderLen + int(length) + TrailerLen
	if err := r.need(size); err != nil {
		return Raw{}, err
	}
	content := r.buf[r.start : r.start+size-TrailerLen]
	want, got := checksum(content), binary.BigEndian.Uint32(r.buf[r.start+size-TrailerLen:])
	if want != got {
		r.broken = l.fault(number, "Checksum", size-TrailerLen, ErrChecksum, fmt.Sprintf("frame says %d, bytes give %d", got, want))
		return Raw{}, r.broken
	}
	r.start += size
	return Raw{Header: content[:l.HeaderLen], Body: content[l.HeaderLen:]}, nil
}

// need makes n bytes available from r.start.
func (r *Reader) need(n int) error {
	if r.start+n > len(r.buf) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	for empty := 0; r.end-r.start < n; {
		got, err := r.src.Read(r.buf[r.end:])
		r.end += got
		switch {
		case r.end-r.start >= n:
			return nil
		case err == io.EOF && r.end > r.start:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case got > 0:
			empty = 0
		default:
			if empty++; empty == emptyReadsMax {
				return io.ErrNoProgress
			}
		}
	}
	return nil
}
