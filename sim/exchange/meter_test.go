package exchange

import (
	"net"
	"sync"
)

// meter watches one direction of a pipe: it knows when everything written has
// been read and the reader has come back for more, so that a test can wait for
// an effect without a clock.
type meter struct {
	mu      sync.Mutex
	moved   *sync.Cond
	written int
	read    int
	waiting bool // the reader is inside Read
	over    bool // the reader has seen the end
}

func newMeter() *meter {
	m := &meter{}
	m.moved = sync.NewCond(&m.mu)
	return m
}

// quiet waits until nothing is under way.
func (m *meter) quiet() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !m.over && !(m.waiting && m.written == m.read) {
		m.moved.Wait()
	}
}

func (m *meter) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	m.moved.Broadcast()
}

// metered is one end of a pipe: it reads in and writes out.
type metered struct {
	net.Conn
	in, out *meter
}

func (c *metered) Read(b []byte) (int, error) {
	c.in.change(func() { c.in.waiting = true })
	n, err := c.Conn.Read(b)
	c.in.change(func() {
		c.in.waiting = false
		c.in.read += n
		c.in.over = c.in.over || err != nil
	})
	return n, err
}

func (c *metered) Write(b []byte) (int, error) {
	c.out.change(func() { c.out.written += len(b) })
	return c.Conn.Write(b)
}

// meteredPipe returns the member's end, the exchange's end and the two meters.
func meteredPipe() (member, exchange net.Conn, toExchange, toMember *meter) {
	a, b := net.Pipe()
	toExchange, toMember = newMeter(), newMeter()
	return &metered{a, toMember, toExchange}, &metered{b, toExchange, toMember}, toExchange, toMember
}

// Close ends this end's reading, also when it was not inside Read.
func (c *metered) Close() error {
	err := c.Conn.Close()
	c.in.change(func() { c.in.over = true })
	return err
}
