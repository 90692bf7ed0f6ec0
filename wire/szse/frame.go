package szse

import (
	"encoding/binary"
	"io"

	"sancun/wire/frame"
)

// The sizes of a frame's parts, in bytes.
const (
	HeaderLen  = 8
	TrailerLen = frame.TrailerLen

	// BodyMax bounds the body, so that a wrong length cannot make a reader wait
	// for gigabytes. The longest message here, a synchronisation of
	// PartitionsMax partitions, needs 3,076 bytes.
	BodyMax = 4_096
)

var layout = frame.Layout{
	Protocol: "szse", HeaderLen: HeaderLen, LengthAt: 4, LengthField: "BodyLength", BodyMax: BodyMax,
	TypeName: func(t uint32) string { return kinds[MsgType(t)].name },
}

// Frame is one message as it stood on the wire, its checksum verified.
type Frame struct {
	Type MsgType
	Body []byte
}

// Decode reads the message in the frame; see Decode.
func (f Frame) Decode() (Message, error) { return Decode(f.Type, f.Body) }

// AppendFrame appends the frame of m to dst. It returns dst unchanged and a
// *frame.Error when m does not fit its fields.
func AppendFrame(dst []byte, m Message) ([]byte, error) {
	out := binary.BigEndian.AppendUint32(dst, uint32(m.Type()))
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
	return Frame{Type: MsgType(raw.Type()), Body: raw.Body}, nil
}
