package sse

import (
	"encoding/binary"
	"io"

	"sancun/wire/frame"
)

// The sizes of a frame's parts, in bytes.
const (
	HeaderLen  = 16
	TrailerLen = frame.TrailerLen
	seqAt      = 4 // where MsgSeqNum stands

	// BodyMax bounds the body, so that a wrong length cannot make a reader wait
	// for gigabytes. The exchange's sister protocol allows 4 KiB; the longest
	// message here, an answer about GroupsMax streams, needs 3,842 bytes.
	BodyMax = 4_096
)

var layout = frame.Layout{
	Protocol: "sse", HeaderLen: HeaderLen, LengthAt: 12, LengthField: "MsgBodyLen", BodyMax: BodyMax,
	TypeName: func(t uint32) string { return kinds[MsgType(t)].name },
}

// Frame is one message as it stood on the wire, its checksum verified.
type Frame struct {
	Type MsgType
	Seq  uint64 // counts the sender's messages of the session
	Body []byte
}

// Decode reads the message in the frame; see Decode.
func (f Frame) Decode() (Message, error) { return Decode(f.Type, f.Body) }

// AppendFrame appends the frame of m, the sender's message number seq, to dst.
// It returns dst unchanged and a *frame.Error when m does not fit its fields.
func AppendFrame(dst []byte, seq uint64, m Message) ([]byte, error) {
	out := binary.BigEndian.AppendUint32(dst, uint32(m.Type()))
	out = binary.BigEndian.AppendUint64(out, seq)
	out, err := m.Append(binary.BigEndian.AppendUint32(out, 0))
	if err == nil {
		out, err = layout.Seal(out, len(dst))
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Reader takes frames from a byte stream. It is not safe for use by two
// goroutines.
type Reader struct{ frames *frame.Reader }

// NewReader returns a Reader of src. It reads ahead.
func NewReader(src io.Reader) *Reader { return &Reader{frame.NewReader(&layout, src)} }

// Next returns the next frame, valid until the next call. A length over BodyMax
// or a wrong checksum gives a *frame.Error for good; for other errors see
// frame.Reader.
func (r *Reader) Next() (Frame, error) {
	raw, err := r.frames.Next()
	if err != nil {
		return Frame{}, err
	}
	return Frame{Type: MsgType(raw.Type()), Seq: binary.BigEndian.Uint64(raw.Header[seqAt:]), Body: raw.Body}, nil
}
