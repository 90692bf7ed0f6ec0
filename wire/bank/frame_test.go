package bank

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestFrameReader: frames come out of a stream whole, however it is cut, and a
// stream that cannot be right is refused before memory is given to it.
func TestFrameReader(t *testing.T) {
	broker, _ := newPair(t)
	for _, f := range formats() {
		c := newCodec(t, f, broker)
		var stream []byte
		var want [][]byte
		for _, m := range samples(t, c) {
			frame, err := c.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			stream, want = append(stream, frame...), append(want, frame)
		}
		r := c.Frames(iotest.OneByteReader(bytes.NewReader(stream)))
		for i, w := range want {
			if got, err := r.Next(); err != nil || !bytes.Equal(got, w) {
				t.Fatalf("%s frame %d: %v", f.Name, i, err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: at the end: got %v, want EOF", f.Name, err)
		}
		for cut := 1; cut < len(want[0]); cut++ {
			if _, err := c.Frames(bytes.NewReader(stream[:cut])).Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s cut after %d bytes: got %v", f.Name, cut, err)
			}
		}
	}
}

func TestFrameReaderBounds(t *testing.T) {
	broker, _ := newPair(t)
	for _, c := range []struct {
		format Format
		prefix string
	}{
		{Fixed24(), "0000"},
		{Fixed24(), "-001"},
		{Fixed24(), "00 1"},
		{Fixed10(), "\x00\x00\x00\x00"},
		{Fixed10(), "\x00\x01\x00\x00"},
		{Fixed10(), "\xff\xff\xff\xff"},
		{Delim(), "999999"},
		{Delim(), "131072"},
		{Delim(), "|00001"},
		{XML(), "131072"},
		{XML(), "<?xml "},
	} {
		r := newCodec(t, c.format, broker).Frames(strings.NewReader(c.prefix + "x"))
		if _, err := r.Next(); !errors.Is(err, ErrLength) {
			t.Errorf("%s %q: got %v, want %v", c.format.Name, c.prefix, err, ErrLength)
		}
	}
}
