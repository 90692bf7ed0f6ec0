package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sancun/replica"
)

// peerDoor is where the other centre knocks, in every role: with the line of blocks,
// which is taken only by a centre that writes or meets, and with questions about
// files, keys and state, which are answered always. Which of the two a connection
// is, its handshake says (ALPN); both are by the same pinned keys.
type peerDoor struct {
	listen net.Listener
	tls    *tls.Config
	pins   replica.Pins
	peer   string
	cap    *replica.Cap
	lines  *connQueue
	asks   *connQueue
}

const (
	// protoLine and protoAsk are the words of a handshake. A centre that offers
	// neither means the line.
	protoLine = "sancun-line"
	protoAsk  = "http/1.1"
	// handshakesMax bounds the connections that have not shown a key yet: there is
	// one other centre, and whoever else knocks must not cost memory.
	handshakesMax = 32
	// lineTaken is how long a line waits for a role that takes it, a moment between
	// two reigns; then the caller is told to call again.
	lineTaken = 200 * time.Millisecond
)

// newPeerDoor makes the door on a listener.
func newPeerDoor(listen net.Listener, own tls.Certificate, pins replica.Pins, peer string, bandwidth *replica.Cap) *peerDoor {
	c := pins.TLS(own, time.Now)
	c.NextProtos = []string{protoLine, protoAsk}
	return &peerDoor{listen: listen, tls: c, pins: pins, peer: peer, cap: bandwidth, lines: newConnQueue(listen.Addr()), asks: newConnQueue(listen.Addr())}
}

// serve opens the door until ctx ends.
func (d *peerDoor) serve(ctx context.Context, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{Handler: handler, BaseContext: func(net.Listener) context.Context { return ctx }, ReadHeaderTimeout: healthTimeout, MaxHeaderBytes: healthBytesMax, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	d.asks.open()
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Serve(d.asks); !errors.Is(err, http.ErrServerClosed) && ctx.Err() == nil {
			log.Error("the other centre's questions are not answered any more", slog.Any("error", err))
		}
	})
	timed := d.listen.(interface{ SetDeadline(time.Time) error })
	_ = timed.SetDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = timed.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	places := make(chan struct{}, handshakesMax)
	for {
		conn, err := d.listen.Accept()
		if ctx.Err() != nil || err != nil {
			if err == nil {
				err = conn.Close()
			}
			d.hush(ctx, server)
			running.Wait()
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("listen for the other centre: %w", err)
		}
		select {
		case places <- struct{}{}:
			running.Go(func() {
				defer func() { <-places }()
				if err := d.sort(ctx, conn); err != nil && ctx.Err() == nil {
					log.Debug("a connection to the other centre's door ended", slog.Any("error", err))
				}
			})
		default:
			_ = conn.Close() // too many knock at once
		}
	}
}

// hush ends the answering. Questions that wait end with ctx; what does not end by
// itself is cut, and asked again.
func (d *peerDoor) hush(ctx context.Context, server *http.Server) {
	within, done := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
	defer done()
	if server.Shutdown(within) != nil {
		_ = server.Close()
	}
}

// sort lets a connection show its key and hands it to who answers it.
func (d *peerDoor) sort(ctx context.Context, conn net.Conn) error {
	capped := &cappedConn{Conn: conn, cap: d.cap}
	secure := tls.Server(capped, d.tls)
	shake, done := context.WithTimeout(ctx, dialTimeout)
	err := secure.HandshakeContext(shake)
	done()
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	state := secure.ConnectionState()
	if who, _ := d.pins.Who(state.PeerCertificates[0]); who != d.peer {
		return errors.Join(fmt.Errorf("%s knocked at the door of %s: %w", who, d.peer, replica.ErrStranger), conn.Close())
	}
	if state.NegotiatedProtocol == protoAsk {
		capped.on.Store(true)
		return d.asks.put(ctx, secure, dialTimeout)
	}
	return d.lines.put(ctx, secure, lineTaken)
}

// cappedConn keeps what is written below the bandwidth of the time of day. The line
// of blocks counts for itself.
type cappedConn struct {
	net.Conn
	cap *replica.Cap
	on  atomic.Bool
}

// Write waits until the line is free.
func (c *cappedConn) Write(p []byte) (int, error) {
	if c.on.Load() {
		c.cap.Wait(len(p))
	}
	return c.Conn.Write(p)
}

// connQueue is a listener whose connections come from the peer door.
type connQueue struct {
	addr  net.Addr
	conns chan net.Conn

	mu    sync.Mutex
	woken chan struct{} // closed while the deadline has passed or the queue is closed
	shut  bool
}

func newConnQueue(addr net.Addr) *connQueue {
	return &connQueue{addr: addr, conns: make(chan net.Conn), woken: make(chan struct{})}
}

// put hands a connection over, or closes it when nobody takes it for a while.
func (q *connQueue) put(ctx context.Context, conn net.Conn, within time.Duration) error {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case q.conns <- conn:
		return nil
	case <-t.C:
		return conn.Close()
	case <-ctx.Done():
		return conn.Close()
	}
}

func (q *connQueue) wake() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.woken
}

// Accept waits for a connection, or for the deadline.
func (q *connQueue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.wake():
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.shut {
			return nil, net.ErrClosed
		}
		return nil, os.ErrDeadlineExceeded
	}
}

// SetDeadline wakes Accept when the time has passed; the zero time is none. Times to
// come are not kept: nobody sets one.
func (q *connQueue) SetDeadline(at time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	passed := !at.IsZero() && !at.After(time.Now())
	q.set(passed || q.shut)
	return nil
}

// set opens or closes the channel that wakes. The caller holds mu.
func (q *connQueue) set(woken bool) {
	select {
	case <-q.woken:
		if !woken {
			q.woken = make(chan struct{})
		}
	default:
		if woken {
			close(q.woken)
		}
	}
}

// open lets a queue that was closed be listened to again.
func (q *connQueue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.shut = false
	q.set(false)
}

// Close ends Accept.
func (q *connQueue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.shut = true
	q.set(true)
	return nil
}

// Addr is the address of the door.
func (q *connQueue) Addr() net.Addr { return q.addr }
