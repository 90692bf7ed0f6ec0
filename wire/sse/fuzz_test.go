package sse_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"sancun/wire/sse"
)

// fuzzFamily feeds bodies to the decoders of some message types. What is
// accepted must be written again byte for byte; what is refused must say why.
func fuzzFamily(f *testing.F, types ...sse.MsgType) {
	for _, s := range samples {
		for i, t := range types {
			if s.message.Type() == t {
				body, err := s.message.Append(nil)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(uint8(i), body)
				f.Add(uint8(i), body[:len(body)/2])
			}
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, body []byte) {
		kind := types[int(i)%len(types)]
		m, err := sse.Decode(kind, body)
		if err != nil {
			var fault *sse.Error
			if !errors.As(err, &fault) || fault.Offset < sse.HeaderLen || fault.Offset > sse.HeaderLen+len(body) {
				t.Fatalf("%v points nowhere", err)
			}
			return
		}
		if m.Type() != kind {
			t.Fatalf("%v decoded as %v", kind, m.Type())
		}
		again, err := m.Append(nil)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%+v\nread from     % x\nis written as % x, %v", m, body, again, err)
		}
	})
}

func FuzzSession(f *testing.F) {
	fuzzFamily(f, sse.TypeLogon, sse.TypeLogout, sse.TypeHeartbeat, sse.TypePlatformState)
}

func FuzzSync(f *testing.F) {
	fuzzFamily(f, sse.TypeExecRptInfo, sse.TypeExecRptSync, sse.TypeExecRptSyncRsp, sse.TypeExecRptEndOfStream)
}

func FuzzOrder(f *testing.F) { fuzzFamily(f, sse.TypeNewOrder, sse.TypeOrderReject) }

func FuzzCancel(f *testing.F) { fuzzFamily(f, sse.TypeCancel, sse.TypeCancelReject) }

func FuzzReport(f *testing.F) { fuzzFamily(f, sse.TypeConfirm, sse.TypeFill) }

func FuzzQuote(f *testing.F) { fuzzFamily(f, sse.TypeSnapshot, sse.TypeSecurity) }

// FuzzReader feeds any bytes to the frame reader, which must end, hold its limit
// and never give out a frame whose bytes were not in the stream.
func FuzzReader(f *testing.F) {
	var all []byte
	for _, s := range samples {
		frame := mustFrame(f, s.message)
		f.Add(frame)
		f.Add(frame[:len(frame)-1])
		all = append(all, frame...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := sse.NewReader(bytes.NewReader(stream))
		at := 0
		for {
			frame, err := r.Next()
			if err != nil {
				var fault *sse.Error
				switch {
				case err == io.EOF && at == len(stream):
				case err == io.ErrUnexpectedEOF && at < len(stream):
				case errors.As(err, &fault) && at+fault.Offset <= len(stream):
				default:
					t.Fatalf("after %d of %d bytes: %v", at, len(stream), err)
				}
				return
			}
			if len(frame.Body) > sse.BodyMax || !bytes.Equal(frame.Body, stream[at+sse.HeaderLen:][:len(frame.Body)]) {
				t.Fatalf("frame of %d bytes at %d is not the stream's", len(frame.Body), at)
			}
			at += sse.HeaderLen + len(frame.Body) + sse.TrailerLen
		}
	})
}
