package exchange

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// link is one connection with its reader and its writer. Its owner takes from
// box and gives to write; close waits for both goroutines.
type link struct {
	conn net.Conn
	enc  encoder
	box  *mailbox
	done sync.WaitGroup

	mu     sync.Mutex
	filled *sync.Cond
	out    []byte // guarded by mu
	closed bool   // guarded by mu
}

func openLink(ctx context.Context, dial Dial, d dialect, mailboxLimit int) (*link, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", d.market, err)
	}
	l := &link{conn: conn, enc: d.encoder(), box: newMailbox(mailboxLimit)}
	l.filled = sync.NewCond(&l.mu)
	l.done.Add(2)
	go l.read(d.decoder(conn))
	go l.empty()
	return l, nil
}

func (l *link) read(next decoder) {
	defer l.done.Done()
	for {
		ev, err := next()
		if err != nil {
			l.box.fail(err)
			return
		}
		if !l.box.put(ev) {
			return
		}
	}
}

// write queues bytes for the connection and returns how many wait.
func (l *link) write(b []byte) {
	if len(b) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = append(l.out, b...)
	l.filled.Signal()
}

// backlog returns how many bytes wait for the connection.
func (l *link) backlog() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.out)
}

// empty is the writer goroutine.
func (l *link) empty() {
	defer l.done.Done()
	var spare []byte
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for len(l.out) == 0 && !l.closed {
			l.filled.Wait()
		}
		if l.closed {
			return
		}
		taken := l.out
		l.out = spare[:0]
		l.mu.Unlock()
		_, err := l.conn.Write(taken)
		l.mu.Lock()
		spare = taken
		if err != nil {
			_ = l.conn.Close() // the reader then says so to the owner
			return
		}
	}
}

// close ends the connection and waits for its goroutines.
func (l *link) close() {
	_ = l.conn.Close() // it may be closed already, by us or by the peer
	l.box.close()
	l.mu.Lock()
	l.closed = true
	l.filled.Signal()
	l.mu.Unlock()
	l.done.Wait()
}
