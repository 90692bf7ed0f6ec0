package node

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sancun/dr"
	"sancun/record"
)

// A line with several paths dials the one that was ordered, also after a restart,
// and taking another ends what is open; a line with one way is left alone.
func TestPaths(t *testing.T) {
	var doors [2]net.Listener
	for i := range doors {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		doors[i] = l
	}
	at := func(i int) Address { return Address(doors[i].Addr().String()) }
	c := Defaults()
	c.Centre.Name, c.Centre.Dir = "south", t.TempDir()
	c.Banks = []BankConfig{{Number: 1, Paths: []PathConfig{{"rs2", "north", at(0)}, {"rs3", "south", at(1)}}}, {Number: 2, Address: at(0)}}
	p, err := openPaths(&c)
	if err != nil {
		t.Fatal(err)
	}
	if p.now("bank-1") != "rs3" || p.now("bank-2") != "" {
		t.Fatalf("before any order: %q and %q", p.now("bank-1"), p.now("bank-2"))
	}
	dial := func(p *paths, line string, door int) net.Conn {
		t.Helper()
		got, err := p.dialer(line, at(0), dialer)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		far, err := doors[door].Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = far.Close() })
		return got
	}
	first := dial(p, "bank-1", 1)
	other := dial(p, "bank-2", 0)
	defer other.Close()
	for _, detail := range []string{"bank-1 rs9", "bank-2 rs1", "bank-7 rs1", ""} {
		if err := p.take(detail); !errors.Is(err, ErrRole) {
			t.Errorf("%q: %v", detail, err)
		}
	}
	if err := p.take("bank-1 rs2"); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the old connection goes on: %v", err)
	}
	if p, err = openPaths(&c); err != nil || p.now("bank-1") != "rs2" {
		t.Fatalf("after a restart: %q, %v", p.now("bank-1"), err)
	}
	again := dial(p, "bank-1", 0)
	if err := p.take("bank-1 rs2"); err != nil { // the one in use: nothing happens
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Errorf("a connection of the path in use was ended: %v", err)
	}
}

// counted is a way to an address that counts who goes it.
type counted struct {
	net.Listener
	ways atomic.Int32
}

func newCounted(t *testing.T, to Address) *counted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{Listener: l}
	var running sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, open := range conns {
			_ = open.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	carry := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_, _ = to.Close(), from.Close()
	}
	running.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			c.ways.Add(1)
			far, err := net.Dial("tcp", string(to))
			if err != nil {
				_ = near.Close()
				continue
			}
			mu.Lock()
			conns = append(conns, near, far)
			mu.Unlock()
			running.Go(func() { carry(far, near) })
			running.Go(func() { carry(near, far) })
		}
	})
	return c
}

// Two people move a bank's line from the centre's own way to the other centre's:
// the bank is signed in anew by the other way, which is the one taken after a
// restart, and one person alone moves nothing.
func TestPathOfABankIsOrdered(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	must(t, tc.now[0].Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	b := simulate(t, 1, "fixed24", time.Time(tc.configs[0].Clock.Drill))
	own, others := newCounted(t, b.config.Address), newCounted(t, b.config.Address)
	b.config.RedialEvery = Duration(time.Second)
	b.config.Paths = []PathConfig{{"rs1", centreNames[0], Address(own.Addr().String())}, {"rs2", centreNames[1], Address(others.Addr().String())}}
	tc.stop(0)
	tc.configs[0].Banks, tc.configs[0].Clock.Speed = []BankConfig{b.config}, SpeedMax
	tc.start(0)
	tc.until(0, dr.Primary, nil)
	line := func(path string) {
		t.Helper()
		for range 4_000 {
			o, err := tc.carriers[0].Outlook(t.Context())
			if err == nil && len(o.Lines) == 1 && o.Lines[0].Up && o.Lines[0].Path == path {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		o, err := tc.carriers[0].Outlook(t.Context())
		t.Fatalf("the line is not up by %s: %+v, %v", path, o, err)
	}
	line("rs1")
	if own.ways.Load() == 0 || others.ways.Load() != 0 {
		t.Fatalf("it went %d and %d ways", own.ways.Load(), others.ways.Load())
	}
	forged := tc.signed(0, dr.ActPath, 1, "forged", "bank-1 rs2")
	forged.CheckerSign = forged.MakerSign
	if _, err := tc.carriers[0].Order(t.Context(), forged); !errors.Is(err, dr.ErrOrder) {
		t.Fatalf("one person moved the line: %v", err)
	}
	if _, err := tc.order(0, dr.ActPath, 1, "bank-1 rs7"); !errors.Is(err, ErrControl) {
		t.Fatalf("a path that is not there: %v", err)
	}
	tc.must(0, dr.ActPath, 1, "bank-1 rs2")
	line("rs2")
	if others.ways.Load() == 0 {
		t.Fatal("nobody went the other way")
	}
	before := own.ways.Load()
	tc.stop(0)
	tc.start(0)
	tc.until(0, dr.Primary, nil)
	line("rs2")
	if own.ways.Load() != before {
		t.Error("after the order somebody went the old way")
	}
}
