package frametest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"sancun/wire/frame"
)

// FuzzBodies feeds bodies to the decoders of some messages. What is accepted must
// be written again byte for byte; what is refused must say where.
func FuzzBodies(f *testing.F, c *Codec, numbers ...uint32) {
	for _, s := range c.Samples {
		for i, n := range numbers {
			if c.Number(s.Message) == n {
				body, err := s.Message.Append(nil)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(uint8(i), body)
				f.Add(uint8(i), body[:len(body)/2])
			}
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, body []byte) {
		number := numbers[int(i)%len(numbers)]
		m, err := c.Decode(number, body)
		if err != nil {
			var fault *frame.Error
			if !errors.As(err, &fault) || fault.Offset < c.HeaderLen || fault.Offset > c.HeaderLen+len(body) {
				t.Fatalf("%v points nowhere", err)
			}
			return
		}
		again, err := m.Append(nil)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%+v\nread from     % x\nis written as % x, %v", m, body, again, err)
		}
	})
}

// FuzzFrames feeds any bytes to the frame reader, which must end, hold its limit
// and never give out a frame whose bytes were not in the stream.
func FuzzFrames(f *testing.F, c *Codec) {
	var all []byte
	for _, s := range c.Samples {
		whole, err := c.Frame(nil, s.Message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
		f.Add(whole[:len(whole)-1])
		all = append(all, whole...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, stream []byte) {
		next, at := c.Frames(bytes.NewReader(stream)), 0
		for {
			_, body, err := next()
			if err != nil {
				var fault *frame.Error
				switch {
				case err == io.EOF && at == len(stream):
				case err == io.ErrUnexpectedEOF && at < len(stream):
				case errors.As(err, &fault) && at+fault.Offset <= len(stream):
				default:
					t.Fatalf("after %d of %d bytes: %v", at, len(stream), err)
				}
				return
			}
			if len(body) > c.BodyMax || !bytes.Equal(body, stream[at+c.HeaderLen:][:len(body)]) {
				t.Fatalf("frame of %d bytes at %d is not the stream's", len(body), at)
			}
			at += c.HeaderLen + len(body) + frame.TrailerLen
		}
	})
}
