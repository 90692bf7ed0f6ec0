package replica_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/journal"
	"sancun/replica"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bell is a channel that closes when rung, and is new again.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBell() *bell { return &bell{ch: make(chan struct{})} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}

func (b *bell) news() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

// line is a running conversation between two centres over TLS on loopback.
type line struct {
	cancel         context.CancelFunc
	written        *bell
	told           chan uint64 // heights the source heard of
	source, follow chan error
}

func runLine(t *testing.T, a, b *centre, epoch uint32, cut func(net.Conn) net.Conn) *line {
	t.Helper()
	certs, pins := twoCertificates(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", pins.TLS(certs[0], time.Now))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &line{cancel: cancel, written: newBell(), told: make(chan uint64, 10_000), source: make(chan error, 1), follow: make(chan error, 1)}
	s, f := a.source(epoch), b.follower(t)
	go func() {
		defer listener.Close()
		conn, err := listener.Accept()
		if err != nil {
			l.source <- err
			return
		}
		w, err := replica.NewWire(conn, nil)
		if err != nil {
			l.source <- err
			return
		}
		end := replica.Line{Wire: w, Now: time.Now, News: l.written.news, Beat: 5 * time.Millisecond}
		l.source <- end.Send(ctx, s, func() replica.Beat { return replica.Beat{Epoch: epoch} }, func() { l.told <- s.Stored().Height })
	}()
	go func() {
		raw, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			l.follow <- err
			return
		}
		if cut != nil {
			raw = cut(raw)
		}
		w, err := replica.NewWire(tls.Client(raw, pins.TLS(certs[1], time.Now)), nil)
		if err != nil {
			l.follow <- err
			return
		}
		end := replica.Line{Wire: w, Now: time.Now, News: newBell().news}
		l.follow <- end.Follow(ctx, f, func(replica.Beat) {})
	}()
	return l
}

func twoCertificates(t *testing.T) ([2]tls.Certificate, replica.Pins) {
	t.Helper()
	var certs [2]tls.Certificate
	pins := replica.Pins{}
	for i, name := range []string{"a", "b"} {
		var err error
		if certs[i], err = replica.NewCertificate(name, rand.Reader, time.Now()); err != nil {
			t.Fatal(err)
		}
		pins[name] = replica.PinOf(certs[i].Leaf)
	}
	return certs, pins
}

// until waits for the source to hear of a height.
func (l *line) until(t *testing.T, height uint64) {
	t.Helper()
	for {
		select {
		case got := <-l.told:
			if got >= height {
				return
			}
		case err := <-l.source:
			t.Fatalf("the source ended at %v before height %d", err, height)
		case err := <-l.follow:
			t.Fatalf("the follower ended at %v before height %d", err, height)
		}
	}
}

func TestLineShipsWhatIsWritten(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 30, 1, 'a')
	l := runLine(t, a, b, 1, nil)
	l.until(t, 30)
	for i := range 20 {
		a.write(t, 1, 1, 'a')
		l.written.ring()
		l.until(t, uint64(31+i))
	}
	l.cancel()
	if err := <-l.source; !errors.Is(err, context.Canceled) {
		t.Errorf("source ended with %v", err)
	}
	<-l.follow
	if got, want := b.head(t), a.head(t); got != want {
		t.Fatalf("follower at %v, source at %v", got, want)
	}
}

// cutConn breaks after some bytes were read.
type cutConn struct {
	net.Conn
	left atomic.Int64
}

func (c *cutConn) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left <= 0 {
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), left)])
	c.left.Add(-int64(n))
	return n, err
}

// A line that breaks anywhere leaves a prefix, and the next one goes on there.
func TestBrokenLineResumes(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 40, 1, 'a')
	for bytes := int64(900); b.head(t).Height < 40; bytes += 700 {
		l := runLine(t, a, b, 1, func(c net.Conn) net.Conn {
			cc := &cutConn{Conn: c}
			cc.left.Store(bytes)
			return cc
		})
		var err error
		for done := false; !done; {
			select {
			case height := <-l.told:
				if height == 40 {
					l.cancel()
				}
			case err = <-l.follow:
				done = true
			}
		}
		l.cancel()
		<-l.source
		head := b.head(t)
		if at, _, atErr := replica.At(a.engine, cell, head.Height); atErr != nil || at != head {
			t.Fatalf("after %v: stored %v, the source has %v there", err, head, at)
		}
		if bytes > 100_000 {
			t.Fatal("no progress")
		}
	}
}

func TestUnpinnedCentreIsRefused(t *testing.T) {
	certs, pins := twoCertificates(t)
	other, _ := twoCertificates(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", pins.TLS(certs[0], time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			err = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
		served <- err
	}()
	conn, err := tls.Dial("tcp", listener.Addr().String(), pins.TLS(other[1], time.Now))
	if err == nil {
		_, err = conn.Read(make([]byte, 1)) // in TLS 1.3 the refusal comes behind the handshake
		conn.Close()
	}
	if err == nil {
		t.Fatal("a centre with an unknown key was let in")
	}
	if err := <-served; !errors.Is(err, replica.ErrStranger) {
		t.Fatalf("the listener said %v, want a stranger", err)
	}
}

func TestRefusalIsHeardBeforeTheLineEnds(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 3, 1, 'a')
	if err := b.engine.Fence(9); err != nil {
		t.Fatal(err)
	}
	l := runLine(t, a, b, 1, nil)
	if err := <-l.source; !errors.Is(err, replica.ErrDeposed) {
		t.Errorf("the source ended with %v, want deposed", err)
	}
	if err := <-l.follow; !errors.Is(err, replica.ErrDeposed) {
		t.Errorf("the follower heard %v, want why", err)
	}
	l.cancel()
}

func TestSilenceIsNoticed(t *testing.T) {
	b := newCentre(t, "b")
	near, far := net.Pipe()
	defer far.Close()
	go func() { // swallows everything and says nothing
		buf := make([]byte, 1024)
		for {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	}()
	w, err := replica.NewWire(near, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := replica.Line{Wire: w, Now: time.Now, News: newBell().news, Silent: 20 * time.Millisecond}
	if err := l.Follow(context.Background(), b.follower(t), func(replica.Beat) {}); !errors.Is(err, replica.ErrSilent) {
		t.Fatalf("got %v, want silence", err)
	}
}

func TestMeterCountsWhatIsAtRisk(t *testing.T) {
	var m replica.Meter
	b := &journal.Block{Body: make([]byte, 100)}
	for h := uint64(1); h <= 4; h++ {
		b.Height = h
		m.Durable(b, int64(h)*100, replica.Exposure{Records: 2, Cash: 50, Securities: 3})
	}
	m.Acked(1, 0, 450)
	got := m.Behind(500)
	want := replica.Behind{Blocks: 3, Records: 6, Bytes: 3 * int64(b.Size()), CashFen: 150, Securities: 9, StoredNS: 300, AppliedNS: 400, SilentNS: 50, Unapplied: 1}
	if got != want {
		t.Fatalf("behind %+v, want %+v", got, want)
	}
	m.Acked(4, 4, 600)
	if got := m.Behind(600); got != (replica.Behind{}) {
		t.Fatalf("caught up, yet behind %+v", got)
	}
	delays, _ := m.Delays()
	if len(delays) != 4 || delays[0] != 350 || delays[3] != 200 {
		t.Fatalf("delays %v", delays)
	}
}

func TestCapHoldsBackByTimeOfDay(t *testing.T) {
	now := time.Date(2023, 8, 25, 12, 0, 0, 0, time.UTC)
	var slept time.Duration
	c, err := replica.NewCap([]replica.CapWindow{{From: 11 * 60, Until: 13 * 60, BitsPerSec: 8_000}}, time.UTC,
		func() time.Time { return now }, func(d time.Duration) { slept += d; now = now.Add(d) })
	if err != nil {
		t.Fatal(err)
	}
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 60, 1, 'a')
	near, far := net.Pipe()
	ws, err := replica.NewWire(near, c)
	if err != nil {
		t.Fatal(err)
	}
	wf, err := replica.NewWire(far, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, f := a.source(1), b.follower(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() {
		l := replica.Line{Wire: ws, Now: time.Now, News: newBell().news}
		ended <- l.Send(ctx, s, func() replica.Beat { return replica.Beat{} }, func() {
			if s.Stored().Height == 60 {
				cancel()
			}
		})
	}()
	go func() {
		l := replica.Line{Wire: wf, Now: time.Now, News: newBell().news}
		ended <- l.Follow(ctx, f, func(replica.Beat) {})
	}()
	<-ended
	<-ended
	sent := ws.Traffic().SentLine
	if want := time.Duration(sent) * time.Millisecond; slept > want || slept < want/2 { // 8,000 bit/s is a byte each millisecond
		t.Errorf("%d bytes were held back %v, want about %v", sent, slept, want)
	}
	if c.Rate(now.Add(10*time.Hour)) != 0 {
		t.Error("a rate outside every window")
	}
	if _, err := replica.NewCap([]replica.CapWindow{{From: 0, Until: 60, BitsPerSec: 1000}, {From: 59, Until: 70, BitsPerSec: 1000}}, time.UTC, nil, nil); err == nil {
		t.Error("overlapping windows were taken")
	}
}
