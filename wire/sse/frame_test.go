package sse_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"sancun/wire/sse"
)

func mustFrame(t testing.TB, m sse.Message) []byte {
	t.Helper()
	frame, err := sse.AppendFrame(nil, seq, m)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// resum puts the right checksum on a frame that was changed.
func resum(frame []byte) []byte {
	var sum uint8
	end := len(frame) - sse.TrailerLen
	for _, b := range frame[:end] {
		sum += b
	}
	binary.BigEndian.PutUint32(frame[end:], uint32(sum))
	return frame
}

func TestReaderRefuses(t *testing.T) {
	good := mustFrame(t, cancel)
	for _, c := range []struct {
		name   string
		frame  func() []byte
		field  string
		offset int
		reason error
	}{
		{"a body byte changed", func() []byte {
			f := bytes.Clone(good)
			f[30] ^= 1
			return f
		}, "Checksum", len(good) - sse.TrailerLen, sse.ErrChecksum},
		{"the type changed", func() []byte {
			f := bytes.Clone(good)
			f[3]++
			return f
		}, "Checksum", len(good) - sse.TrailerLen, sse.ErrChecksum},
		{"a checksum over one byte", func() []byte {
			f := bytes.Clone(good)
			f[len(f)-2]++
			return f
		}, "Checksum", len(good) - sse.TrailerLen, sse.ErrChecksum},
		{"a length over the limit", func() []byte {
			f := bytes.Clone(good)
			binary.BigEndian.PutUint32(f[12:], sse.BodyMax+1)
			return f
		}, "MsgBodyLen", 12, sse.ErrLength},
		{"the largest length", func() []byte {
			f := bytes.Clone(good)
			binary.BigEndian.PutUint32(f[12:], 0xffff_ffff)
			return f
		}, "MsgBodyLen", 12, sse.ErrLength},
	} {
		r := sse.NewReader(bytes.NewReader(append(c.frame(), good...)))
		for range 2 { // a stream that is out of step stays so
			_, err := r.Next()
			var fault *sse.Error
			if !errors.As(err, &fault) || fault.Field != c.field || fault.Offset != c.offset || !errors.Is(err, c.reason) {
				t.Errorf("%s: %v; want %s at %d: %v", c.name, err, c.field, c.offset, c.reason)
			}
		}
	}
}

func TestReaderAtTheEnd(t *testing.T) {
	frame := mustFrame(t, cancel)
	for n := range len(frame) + 1 {
		r := sse.NewReader(iotest.DataErrReader(bytes.NewReader(frame[:n])))
		_, err := r.Next()
		want := io.ErrUnexpectedEOF
		switch n {
		case 0:
			want = io.EOF
		case len(frame):
			want = nil
		}
		if err != want {
			t.Errorf("%d of %d bytes: %v, want %v", n, len(frame), err, want)
		}
	}
}

// The longest body is let through, and one of an unknown type too: the caller
// answers it.
func TestReaderGivesUnknownTypes(t *testing.T) {
	frame := make([]byte, sse.HeaderLen+sse.BodyMax+sse.TrailerLen)
	binary.BigEndian.PutUint32(frame, 999_999)
	binary.BigEndian.PutUint32(frame[12:], sse.BodyMax)
	r := sse.NewReader(bytes.NewReader(append(resum(frame), mustFrame(t, sse.Heartbeat{})...)))
	f, err := r.Next()
	if err != nil || f.Type != 999_999 || len(f.Body) != sse.BodyMax {
		t.Fatalf("%v with %d bytes, %v", f.Type, len(f.Body), err)
	}
	if _, err := f.Decode(); !errors.Is(err, sse.ErrType) {
		t.Errorf("decoded as %v", err)
	}
	if f, err = r.Next(); err != nil || f.Type != sse.TypeHeartbeat {
		t.Errorf("then %v, %v", f.Type, err)
	}
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
	frame := mustFrame(t, cancel)
	r := sse.NewReader(&stutter{[][]byte{frame[:5], nil, frame[5:50], nil, frame[50:]}})
	for range 2 {
		if _, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%v, want a deadline", err)
		}
	}
	f, err := r.Next()
	if err != nil || f.Seq != seq {
		t.Fatalf("message %x, %v", f.Seq, err)
	}
	if m, err := f.Decode(); err != nil || m != sse.Message(cancel) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestReaderGivesUpOnASourceWithoutProgress(t *testing.T) {
	var pieces [][]byte
	for range 1_000 {
		pieces = append(pieces, []byte{})
	}
	if _, err := sse.NewReader(&stutter{pieces}).Next(); err != io.ErrNoProgress {
		t.Errorf("%v", err)
	}
}

// A frame that lies across the end of the buffer is put together.
func TestReaderOverManyBuffers(t *testing.T) {
	var stream []byte
	const frames = 3_000
	for i := range frames {
		m := cancel
		m.ClOrdID = fmt.Sprintf("%010d", i)
		stream = append(stream, mustFrame(t, m)...)
	}
	r := sse.NewReader(bytes.NewReader(stream))
	for i := range frames {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Decode()
		if err != nil || m.(sse.Cancel).ClOrdID != fmt.Sprintf("%010d", i) {
			t.Fatalf("frame %d: %+v, %v", i, m, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}
