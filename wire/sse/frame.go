package sse

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The sizes of a frame's parts, in bytes.
const (
	HeaderLen  = 16
	TrailerLen = 4
	lengthAt   = 12 // where MsgBodyLen stands

	// BodyMax bounds the body, so that a wrong length cannot make a reader wait
	// for gigabytes. The exchange's sister protocol allows 4 KiB; the longest
	// message here, an answer about GroupsMax streams, needs 3,842 bytes.
	BodyMax = 4_096

	// readAhead is how much a Reader takes from its source at once: some
	// hundreds of reports, so that one system call serves many.
	readAhead = 64 << 10

	// emptyReadsMax is how many reads without bytes and without an error are
	// borne before the source is taken to be broken.
	emptyReadsMax = 100
)

// Frame is one message as it stood on the wire, its checksum verified.
type Frame struct {
	Type MsgType
	Seq  uint64 // counts the sender's messages of the session
	Body []byte
}

// Decode reads the message in the frame; see Decode.
func (f Frame) Decode() (Message, error) { return Decode(f.Type, f.Body) }

// AppendFrame appends the frame of m, the sender's message number seq, to dst.
// It returns dst unchanged and an *Error when m does not fit its fields.
func AppendFrame(dst []byte, seq uint64, m Message) ([]byte, error) {
	start := len(dst)
	t := m.Type()
	out := binary.BigEndian.AppendUint32(dst, uint32(t))
	out = binary.BigEndian.AppendUint64(out, seq)
	out = binary.BigEndian.AppendUint32(out, 0)
	out, err := m.Append(out)
	if err != nil {
		return dst, err
	}
	body := len(out) - start - HeaderLen
	if body > BodyMax {
		return dst, &Error{Type: t, Offset: lengthAt, Reason: ErrLength, Detail: fmt.Sprintf("body of %d bytes, at most %d", body, BodyMax)}
	}
	binary.BigEndian.PutUint32(out[start+lengthAt:], uint32(body))
	return binary.BigEndian.AppendUint32(out, checksum(out[start:])), nil
}

// checksum is the sum of all bytes modulo 256.
func checksum(b []byte) uint32 {
	var sum uint8
	for _, c := range b {
		sum += c
	}
	return uint32(sum)
}

// Reader takes frames from a byte stream. It is not safe for use by two
// goroutines.
type Reader struct {
	src    io.Reader
	buf    []byte
	start  int // first byte not yet given out
	end    int // first byte not yet read
	broken error
}

// NewReader returns a Reader of src. It reads ahead.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, readAhead)}
}

// Next returns the next frame. Its Body is valid until the next call.
//
// A length over BodyMax or a wrong checksum gives an *Error, again on every
// later call: in a stream without marks nothing after it can be trusted, and the
// connection must be closed. An unknown type is not an error here, so that the
// caller can answer it. At the end of the stream between two frames Next returns
// io.EOF, inside one io.ErrUnexpectedEOF. Other errors are the source's; after
// one that passes, such as a read deadline, Next may be called again.
func (r *Reader) Next() (Frame, error) {
	if r.broken != nil {
		return Frame{}, r.broken
	}
	if err := r.need(HeaderLen); err != nil {
		return Frame{}, err
	}
	t := MsgType(binary.BigEndian.Uint32(r.buf[r.start:]))
	length := binary.BigEndian.Uint32(r.buf[r.start+lengthAt:])
	if length > BodyMax {
		r.broken = &Error{Type: t, Field: "MsgBodyLen", Offset: lengthAt, Reason: ErrLength, Detail: fmt.Sprintf("%d, at most %d", length, BodyMax)}
		return Frame{}, r.broken
	}
	seq := binary.BigEndian.Uint64(r.buf[r.start+4:])
	size := HeaderLen + int(length) + TrailerLen
	if err := r.need(size); err != nil {
		return Frame{}, err
	}
	frame := r.buf[r.start : r.start+size]
	content := frame[:size-TrailerLen]
	want, got := checksum(content), binary.BigEndian.Uint32(frame[size-TrailerLen:])
	if want != got {
		r.broken = &Error{Type: t, Field: "Checksum", Offset: size - TrailerLen, Reason: ErrChecksum, Detail: fmt.Sprintf("frame says %d, bytes give %d", got, want)}
		return Frame{}, r.broken
	}
	r.start += size
	return Frame{Type: t, Seq: seq, Body: content[HeaderLen:]}, nil
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
