package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
)

// historyBytes is what zstd looks back on: records of one hour look alike, and a
// megabyte of them is enough to see it.
const historyBytes = 1 << 20

// Wire carries messages over one connection, compressed as one zstd stream each
// way, flushed with each message. One goroutine may send while one receives.
type Wire struct {
	conn  net.Conn
	out   *zstd.Encoder
	in    *zstd.Decoder
	frame []byte
	head  [4]byte

	sentRaw, sentLine, gotLine atomic.Uint64
}

// counted counts what crosses the line, and keeps to a cap.
type counted struct {
	w *Wire
	c *Cap
}

func (c counted) Write(p []byte) (int, error) {
	c.c.Wait(len(p))
	n, err := c.w.conn.Write(p)
	c.w.sentLine.Add(uint64(n))
	return n, err
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.w.conn.Read(p)
	c.w.gotLine.Add(uint64(n))
	return n, err
}

// NewWire puts messages on a connection; bandwidth may be nil.
func NewWire(conn net.Conn, bandwidth *Cap) (*Wire, error) {
	w := &Wire{conn: conn}
	var err error
	if w.out, err = zstd.NewWriter(counted{w, bandwidth}, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(historyBytes),
		zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
		return nil, err
	}
	// A decoder with goroutines reads ahead of what was flushed and would wait for
	// the next message; in step it returns what it has.
	if w.in, err = zstd.NewReader(counted{w, nil}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*historyBytes)); err != nil {
		return nil, err
	}
	return w, nil
}

// Send writes a message and pushes it onto the line.
func (w *Wire) Send(m Message) error {
	w.frame = Append(w.frame[:0], m)
	if len(w.frame) > FrameMax {
		return fmt.Errorf("%w: a message of %d bytes, at most %d", ErrProtocol, len(w.frame), FrameMax)
	}
	w.sentRaw.Add(uint64(len(w.frame)))
	if _, err := w.out.Write(w.frame); err != nil {
		return fmt.Errorf("send to the other centre: %w", err)
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("send to the other centre: %w", err)
	}
	return nil
}

// Receive reads the next message.
func (w *Wire) Receive() (Message, error) {
	if _, err := io.ReadFull(w.in, w.head[:]); err != nil {
		return nil, lineError(err)
	}
	n := binary.LittleEndian.Uint32(w.head[:])
	if n == 0 || n > FrameMax {
		return nil, fmt.Errorf("%w: a frame of %d bytes, want 1 to %d", ErrProtocol, n, FrameMax)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(w.in, body); err != nil {
		return nil, lineError(err)
	}
	return Parse(body)
}

// lineError tells a line that ended from one that carries nonsense.
func lineError(err error) error {
	var line net.Error
	if errors.As(err, &line) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return fmt.Errorf("receive from the other centre: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// Deadline bounds how long Receive may wait from now on.
func (w *Wire) Deadline(at time.Time) error { return w.conn.SetReadDeadline(at) }

// Close ends the connection; a Send or Receive that waits returns.
func (w *Wire) Close() error {
	if err := w.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the line to the other centre: %w", err)
	}
	return nil
}

// Traffic is what a wire has carried, in bytes: messages before compression, and
// what crossed the line in each direction.
type Traffic struct{ SentRaw, SentLine, ReceivedLine uint64 }

// Traffic counts so far.
func (w *Wire) Traffic() Traffic {
	return Traffic{SentRaw: w.sentRaw.Load(), SentLine: w.sentLine.Load(), ReceivedLine: w.gotLine.Load()}
}
