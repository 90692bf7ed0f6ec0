package replica_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"sancun/replica"
)

// tape is a connection that plays what somebody said, and keeps what is said to it.
type tape struct {
	net.Conn // nothing else of it is asked for
	heard    io.Reader
	said     bytes.Buffer
}

func (c *tape) Read(p []byte) (int, error)  { return c.heard.Read(p) }
func (c *tape) Write(p []byte) (int, error) { return c.said.Write(p) }

// FuzzReceive plays any bytes as the other centre: what comes out are messages, until
// the stream ends or is found to be nonsense. Nothing is taken after that.
func FuzzReceive(f *testing.F) {
	c := &tape{heard: bytes.NewReader(nil)}
	w, err := replica.NewWire(c, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range []replica.Message{
		&replica.Hello{VersionMin: 1, VersionMax: 1, Cell: 7, Centre: "b"}, &replica.Welcome{Version: 1},
		&replica.Blocks{Raw: bytes.Repeat([]byte{1, 2}, 5_000)}, &replica.Ack{}, &replica.Beat{},
	} {
		if err := w.Send(m); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(c.said.Bytes()))
	}
	whole := c.said.Bytes()
	f.Add(whole[:len(whole)-3])
	f.Add(whole[4:])
	bad := bytes.Clone(whole)
	bad[len(bad)/2] ^= 0x40
	f.Add(bad)
	f.Add([]byte{})
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00\x21\x00\x00\xff\xff\xff\xff")) // a block that says it is a frame of 4 GiB
	f.Fuzz(func(t *testing.T, stream []byte) {
		w, err := replica.NewWire(&tape{heard: bytes.NewReader(stream)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for {
			m, err := w.Receive()
			if err == nil {
				_ = replica.Append(nil, m)
				continue
			}
			if !errors.Is(err, replica.ErrProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("error %v", err)
			}
			if m != nil {
				t.Fatalf("%v and %+v", err, m)
			}
			return
		}
	})
}
