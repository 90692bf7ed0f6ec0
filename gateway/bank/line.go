package bank

import (
	"net"
	"sync"

	wire "sancun/wire/bank"
)

const (
	// outFramesMax bounds what a bank may leave unread before its line is given up.
	outFramesMax = 4_096
	// inFramesMax bounds what waits for the driver; past it the reader waits and
	// the bank feels it.
	inFramesMax = 4_096
)

// line is one connection to the bank. Its reader and writer end when the line is
// closed, and close waits for them.
type line struct {
	number uint64
	conn   net.Conn
	out    chan []byte
	done   chan struct{}
	once   sync.Once
	group  sync.WaitGroup
}

// event is something a line tells the driver.
type event struct {
	line  *line
	frame []byte
	err   error // the end of the line
}

func openLine(number uint64, conn net.Conn, codec *wire.Codec, inbox chan<- event) *line {
	l := &line{number: number, conn: conn, out: make(chan []byte, outFramesMax), done: make(chan struct{})}
	l.group.Add(2)
	go l.read(codec, inbox)
	go l.write()
	return l
}

func (l *line) read(codec *wire.Codec, inbox chan<- event) {
	defer l.group.Done()
	frames := codec.Frames(l.conn)
	for {
		frame, err := frames.Next()
		select {
		case inbox <- event{l, frame, err}:
		case <-l.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// write writes frames. After an error it goes on taking them to nobody: closing the
// connection would throw away what the bank said last, and the reader finds the
// end by itself, or a probe does.
func (l *line) write() {
	defer l.group.Done()
	failed := false
	for {
		select {
		case <-l.done:
			return
		case frame := <-l.out:
			if !failed {
				_, err := l.conn.Write(frame)
				failed = err != nil
			}
		}
	}
}

// end closes the connection without waiting.
func (l *line) end() { l.once.Do(func() { _ = l.conn.Close() }) }

// close ends the line and waits for its goroutines.
func (l *line) close() {
	close(l.done)
	l.end()
	l.group.Wait()
}

// push hands a frame to the writer; false when the bank does not read.
func (l *line) push(frame []byte) bool {
	select {
	case l.out <- frame:
		return true
	default:
		return false
	}
}
