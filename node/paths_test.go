package node

import (
	"errors"
	"net"
	"testing"
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
