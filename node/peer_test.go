package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/ledger"
	"sancun/record"
	"sancun/replica"
)

// twoCentres is a broker with two centres that run as whole nodes.
type twoCentres struct {
	t        *testing.T
	configs  [2]Config
	nodes    [2]chan *Node // the node that runs now
	now      [2]*Node
	cancel   [2]context.CancelFunc
	ended    [2]chan error
	carriers [2]*Carrier
	keys     map[string]ed25519.PrivateKey
	runs     int
	forks    [2]chan *playedFork // drill centres, as they are launched
}

// free is an address on loopback that was free a moment ago. Its host is this
// process's own, so that no other test takes the port meanwhile.
func free(t *testing.T) Address {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.77.%d.%d:0", os.Getpid()>>8&0xff, os.Getpid()&0xff|1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return Address(l.Addr().String())
}

func writePair(t *testing.T, dir, name string) (tls.Certificate, string, string) {
	t.Helper()
	cert, err := replica.NewCertificate(name, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, certFile, keyFile
}

func newTwoCentres(t *testing.T) *twoCentres {
	t.Helper()
	return newTwoCentresAt(t, time.Date(2023, 8, 25, 10, 0, 0, 0, beijing))
}

func newTwoCentresAt(t *testing.T, at time.Time) *twoCentres {
	t.Helper()
	tc := &twoCentres{t: t, keys: map[string]ed25519.PrivateKey{}}
	dir := t.TempDir()
	people := "people:\n"
	for i, name := range []string{"operator", "commander", "verifier", "trainer", "retired"} {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tc.keys[name] = private
		people += fmt.Sprintf("  - {name: %s, staff: %d, key: %q, duties: [%s], from: 2020-01-01T00:00:00Z, until: %s-01-01T00:00:00Z}\n",
			name, i+1, hex.EncodeToString(public), []string{"operate", "command", "verify", "rehearse, verify", "rehearse, command, verify"}[i], []string{"2030", "2030", "2030", "2030", "2023"}[i])
	}
	peopleFile := filepath.Join(dir, "people.yaml")
	if err := os.WriteFile(peopleFile, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	runner, _, _ := writePair(t, dir, "runner")
	var certs [2]tls.Certificate
	for i, name := range centreNames {
		c := small(t)
		c.Centre.Name, c.Books.Enabled, c.Clock.Drill = name, false, Time(at)
		if i == 1 {
			c.Vault.KeyFile = tc.configs[0].Vault.KeyFile // both centres hold it
		}
		certs[i], c.Peer.Certificate, c.Peer.KeyFile = writePair(t, dir, name)
		c.Peer.Name, c.Peer.Start = centreNames[1-i], []string{"primary", "standby"}[i]
		c.Peer.Listen, c.Peer.Control, c.Peer.People = free(t), free(t), peopleFile
		pin := replica.PinOf(runner.Leaf)
		c.Peer.Carriers = []CarrierConfig{{Name: "runner", Pin: hex.EncodeToString(pin[:])}}
		tc.configs[i] = c
	}
	for i := range tc.configs {
		other := replica.PinOf(certs[1-i].Leaf)
		tc.configs[i].Peer.Address, tc.configs[i].Peer.Pin = tc.configs[1-i].Peer.Listen, hex.EncodeToString(other[:])
		tc.carriers[i] = NewCarrier(string(tc.configs[i].Peer.Control), runner, replica.Pins{centreNames[i]: replica.PinOf(certs[i].Leaf)})
		if problems := check(&tc.configs[i], false); len(problems) > 0 {
			t.Fatal(problems)
		}
		tc.start(i)
	}
	t.Cleanup(func() {
		for i := range tc.configs {
			tc.stop(i)
			tc.carriers[i].Close()
		}
	})
	return tc
}

// start runs a centre as sancun serve does.
func (tc *twoCentres) start(i int) {
	tc.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tc.now[i] = nil
	tc.cancel[i], tc.ended[i], tc.nodes[i], tc.forks[i] = cancel, make(chan error, 1), make(chan *Node, 16), make(chan *playedFork, 16)
	go func() {
		for {
			n, err := Open(tc.configs[i], quiet())
			if err != nil {
				tc.ended[i] <- err
				return
			}
			n.Launch = tc.launch(i)
			tc.nodes[i] <- n
			again, err := n.Again(n.Serve(ctx))
			if !again {
				tc.ended[i] <- err
				return
			}
		}
	}()
	tc.node(i)
}

// node is the node that runs now.
func (tc *twoCentres) node(i int) *Node {
	tc.t.Helper()
	for {
		select {
		case tc.now[i] = <-tc.nodes[i]:
		case <-time.After(10 * time.Millisecond):
			if tc.now[i] != nil {
				return tc.now[i]
			}
		}
	}
}

func (tc *twoCentres) stop(i int) {
	if tc.cancel[i] == nil {
		return
	}
	tc.cancel[i]()
	tc.cancel[i] = nil
	if err := <-tc.ended[i]; err != nil {
		tc.t.Errorf("%s ended with %v", centreNames[i], err)
	}
}

// until waits until a centre is in a role and something holds of its state.
func (tc *twoCentres) until(i int, role dr.Role, holds func(CentreState) bool) CentreState {
	tc.t.Helper()
	var s CentreState
	var err error
	for range 2_000 {
		if s, err = tc.carriers[i].State(tc.t.Context(), true); err == nil && s.Role == role.String() && (holds == nil || holds(s)) {
			return s
		}
		time.Sleep(5 * time.Millisecond)
	}
	tc.t.Fatalf("%s is not %v: %+v, %v", centreNames[i], role, s, err)
	return s
}

// order has two people order something, and carries it.
func (tc *twoCentres) order(i int, act dr.Act, epoch uint32, detail string) (OrderResult, error) {
	tc.t.Helper()
	tc.runs++
	return tc.carriers[i].Order(tc.t.Context(), tc.signed(i, act, epoch, fmt.Sprintf("test-%d", tc.runs), detail))
}

// signed is an order with the signatures of those who may give it.
func (tc *twoCentres) signed(i int, act dr.Act, epoch uint32, run, detail string) dr.Order {
	tc.t.Helper()
	now := tc.now[i].clock.Now()
	o := dr.Order{
		Cell: 1, Centre: centreNames[i], Act: act, Epoch: epoch, Run: run, Detail: detail, Planned: true, Reason: "a test",
		Issued: now, Expires: now.Add(time.Hour), Maker: "operator", Checker: "commander",
	}
	switch act {
	case dr.ActRebase:
		o.Checker = "verifier"
	case dr.ActDrillBegin:
		o.Maker = "trainer"
	case dr.ActDrillEnd:
		o.Maker, o.Checker = "trainer", "verifier"
	}
	for _, name := range []string{o.Maker, o.Checker} {
		if err := o.Sign(name, tc.keys[name]); err != nil {
			tc.t.Fatal(err)
		}
	}
	return o
}

func (tc *twoCentres) must(i int, act dr.Act, epoch uint32, detail string) OrderResult {
	tc.t.Helper()
	r, err := tc.order(i, act, epoch, detail)
	if err != nil {
		tc.t.Fatalf("%s at %s: %v", act, centreNames[i], err)
	}
	return r
}

func (tc *twoCentres) transfers(i, n int) {
	tc.t.Helper()
	for k := range n {
		must(tc.t, tc.node(i).Core, &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: int64(k + 1)})
	}
}

func (tc *twoCentres) begin() {
	tc.t.Helper()
	tc.until(0, dr.Primary, nil)
	must(tc.t, tc.now[0].Core, &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 1}, &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: 1})
}

func TestCentresSwitchOverByOrder(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.transfers(0, 20)
	writer := 0
	for epoch := uint32(2); epoch < 5; epoch++ {
		other := 1 - writer
		from := tc.must(writer, dr.ActHandOver, epoch, "")
		tc.until(writer, dr.Standby, nil)
		tc.until(other, dr.Standby, func(s CentreState) bool {
			return s.Stored == from.Height && s.Applied == from.Height && s.Root == from.Root
		})
		to := tc.must(other, dr.ActPromote, epoch, "")
		if to.Epoch != epoch || to.Height != from.Height+1 {
			t.Fatalf("took over at %+v what was handed over at %+v", to, from)
		}
		tc.until(other, dr.Primary, nil)
		tc.transfers(other, 10)
		writer = other
	}
	if _, err := tc.order(writer, dr.ActHandOver, 4, ""); !errors.Is(err, ErrControl) {
		t.Fatalf("an order for an old epoch: %v", err)
	}
	here := tc.until(writer, dr.Primary, nil)
	tc.until(1-writer, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root })
}

func TestOldPrimaryComesBackFencedAndIsRebased(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.transfers(0, 20)
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored })
	tc.stop(1)
	tc.transfers(0, 6) // nobody else has these
	tc.stop(0)
	tc.start(1)
	tc.until(1, dr.Standby, nil)
	tc.must(1, dr.ActPromote, 2, "")
	tc.transfers(1, 3)
	tc.start(0)
	tc.until(0, dr.Fenced, nil)
	if _, err := tc.order(0, dr.ActPromote, 2, ""); !errors.Is(err, ErrControl) {
		t.Fatalf("a fenced centre was promoted: %v", err)
	}
	tc.must(0, dr.ActRebase, 1, "")
	there := tc.until(1, dr.Primary, nil)
	tc.until(0, dr.Standby, func(s CentreState) bool { return s.Stored == there.Stored && s.Root == there.Root })
	lists, err := filepath.Glob(filepath.Join(tc.configs[0].Centre.Dir, "journal.parted-*", centre.OrphanList))
	if err != nil || len(lists) != 1 {
		t.Fatalf("lists of orphans %v, %v", lists, err)
	}
}

func TestProtectionIsOrderedAndARestartMeetsFirst(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.must(0, dr.ActProtection, 1, "protect")
	if s := tc.until(0, dr.Primary, nil); s.Mode != "protect" {
		t.Fatalf("mode %s", s.Mode)
	}
	tc.transfers(0, 5)
	tc.stop(0)
	tc.stop(1)
	tc.start(0)
	tc.until(0, dr.Recovering, nil) // the other centre is away: it may not write
	if _, err := tc.now[0].Core.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 1}}); !errors.Is(err, ErrNotWriting) {
		t.Fatalf("a recovering centre took a request: %v", err)
	}
	tc.start(1)
	tc.until(0, dr.Primary, nil)
	tc.transfers(0, 2)
	tc.stop(1)
	tc.stop(0)
	tc.start(0)
	tc.until(0, dr.Recovering, nil)
	tc.must(0, dr.ActWriteAlone, 1, "")
	tc.until(0, dr.Primary, nil)
}
