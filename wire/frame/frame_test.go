package frame_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"sancun/wire/frame"
)

// layouts are a header with nothing to spare and one with room before the length.
var layouts = []frame.Layout{
	{Protocol: "short", HeaderLen: 8, LengthAt: 4, LengthField: "BodyLength", BodyMax: 4_096, TypeName: name},
	{Protocol: "long", HeaderLen: 16, LengthAt: 12, LengthField: "MsgBodyLen", BodyMax: 1_000, TypeName: name},
}

func name(number uint32) string {
	if number == 7 {
		return "Seven"
	}
	return ""
}

// sealed is a frame of message 7 with the given body.
func sealed(t testing.TB, l *frame.Layout, body []byte) []byte {
	t.Helper()
	header := make([]byte, l.HeaderLen)
	binary.BigEndian.PutUint32(header, 7)
	for i := 4; i < l.LengthAt; i++ {
		header[i] = 0xee
	}
	out, err := l.Seal(append([]byte("before"), append(header, body...)...), len("before"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimPrefix(out, []byte("before"))
}

func everyLayout(t *testing.T, run func(t *testing.T, l *frame.Layout)) {
	for i := range layouts {
		t.Run(layouts[i].Protocol, func(t *testing.T) { run(t, &layouts[i]) })
	}
}

var body = bytes.Repeat([]byte("body"), 20)

func TestReaderRefuses(t *testing.T) {
	everyLayout(t, func(t *testing.T, l *frame.Layout) {
		good := sealed(t, l, body)
		end := len(good) - frame.TrailerLen
		length := func(n uint32) func(f []byte) {
			return func(f []byte) { binary.BigEndian.PutUint32(f[l.LengthAt:], n) }
		}
		for _, c := range []struct {
			name   string
			change func(f []byte)
			field  string
			offset int
			reason error
		}{
			{"a body byte changed", func(f []byte) { f[30] ^= 1 }, "Checksum", end, frame.ErrChecksum},
			{"the type changed", func(f []byte) { f[3]++ }, "Checksum", end, frame.ErrChecksum},
			{"a checksum over one byte", func(f []byte) { f[len(f)-2]++ }, "Checksum", end, frame.ErrChecksum},
			{"a length over the limit", length(uint32(l.BodyMax) + 1), l.LengthField, l.LengthAt, frame.ErrLength},
			{"the largest length", length(0xffff_ffff), l.LengthField, l.LengthAt, frame.ErrLength},
		} {
			f := bytes.Clone(good)
			c.change(f)
			r := frame.NewReader(l, bytes.NewReader(append(f, good...)))
			for range 2 { // a stream that is out of step stays so
				_, err := r.Next()
				var fault *frame.Error
				if !errors.As(err, &fault) || fault.Field != c.field || fault.Offset != c.offset || !errors.Is(err, c.reason) {
					t.Errorf("%s: %v; want %s at %d: %v", c.name, err, c.field, c.offset, c.reason)
				}
			}
		}
	})
}

func TestReaderAtTheEnd(t *testing.T) {
	everyLayout(t, func(t *testing.T, l *frame.Layout) {
		whole := sealed(t, l, body)
		for n := range len(whole) + 1 {
			_, err := frame.NewReader(l, iotest.DataErrReader(bytes.NewReader(whole[:n]))).Next()
			want := io.ErrUnexpectedEOF
			switch n {
			case 0:
				want = io.EOF
			case len(whole):
				want = nil
			}
			if err != want {
				t.Errorf("%d of %d bytes: %v, want %v", n, len(whole), err, want)
			}
		}
	})
}

// The longest body passes both ways, and one byte more is not written.
func TestLongestBody(t *testing.T) {
	everyLayout(t, func(t *testing.T, l *frame.Layout) {
		long := bytes.Repeat([]byte{'x'}, l.BodyMax)
		r := frame.NewReader(l, bytes.NewReader(append(sealed(t, l, long), sealed(t, l, nil)...)))
		f, err := r.Next()
		if err != nil || f.Type() != 7 || !bytes.Equal(f.Body, long) {
			t.Fatalf("message %d with %d bytes, %v", f.Type(), len(f.Body), err)
		}
		if f, err = r.Next(); err != nil || len(f.Body) != 0 {
			t.Errorf("then %d bytes, %v", len(f.Body), err)
		}
		_, err = l.Seal(make([]byte, l.HeaderLen+l.BodyMax+1), 0)
		if !errors.Is(err, frame.ErrLength) || !strings.Contains(err.Error(), l.Protocol+" message 0 at byte") {
			t.Errorf("a byte more: %v", err)
		}
	})
}

// stutter gives its pieces one a read; a nil piece is a deadline that passed.
type stutter struct{ pieces [][]byte }

func (s *stutter) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	piece := s.pieces[0]
	s.pieces = s.pieces[1:]
	if piece == nil {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(p, piece), nil
}

func TestReaderGoesOnAfterADeadline(t *testing.T) {
	everyLayout(t, func(t *testing.T, l *frame.Layout) {
		whole := sealed(t, l, body)
		r := frame.NewReader(l, &stutter{[][]byte{whole[:5], nil, whole[5:50], nil, whole[50:]}})
		for range 2 {
			if _, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("%v, want a deadline", err)
			}
		}
		f, err := r.Next()
		if err != nil || !bytes.Equal(f.Header, whole[:l.HeaderLen]) || !bytes.Equal(f.Body, body) {
			t.Fatalf("% x % x, %v", f.Header, f.Body, err)
		}
	})
}

func TestReaderGivesUpOnASourceWithoutProgress(t *testing.T) {
	pieces := make([][]byte, 1_000)
	for i := range pieces {
		pieces[i] = []byte{}
	}
	if _, err := frame.NewReader(&layouts[0], &stutter{pieces}).Next(); err != io.ErrNoProgress {
		t.Errorf("%v", err)
	}
}

// A frame that lies across the end of the buffer is put together.
func TestReaderOverManyBuffers(t *testing.T) {
	everyLayout(t, func(t *testing.T, l *frame.Layout) {
		var stream []byte
		const frames = 3_000
		for i := range frames {
			stream = append(stream, sealed(t, l, binary.BigEndian.AppendUint64(bytes.Clone(body), uint64(i)))...)
		}
		r := frame.NewReader(l, bytes.NewReader(stream))
		for i := range frames {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if got := binary.BigEndian.Uint64(f.Body[len(body):]); got != uint64(i) {
				t.Fatalf("frame %d is %d", i, got)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	})
}

func TestErrorSaysWhere(t *testing.T) {
	l := &layouts[1]
	w := frame.Reading(l, 7, []byte{0, 1, 2})
	var a, b uint16
	w.Uint16("First", &a)
	w.Uint16("Second", &b)
	if got, want := w.Finish().Error(), "long message 7 Seven, field Second at byte 18: length does not fit the message: field has 2 bytes, 1 are left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := l.UnknownType(9).Error(), "long message 9 at byte 0: unknown message type"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
