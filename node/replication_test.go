package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sancun/centre"
	"sancun/custody"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/ledger"
	"sancun/record"
	"sancun/replica"
	"sancun/verify"
)

// pair is two centres of one cell on loopback.
type pair struct {
	t     *testing.T
	dirs  [2]string
	cores [2]*Core
	lines [2]*Replication
	opts  [2]ReplicationOptions
	stops [2]context.CancelFunc
	ended [2]chan error
}

var centreNames = [2]string{"north", "south"}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t}
	pins := replica.Pins{}
	var listeners [2]net.Listener
	for i, name := range centreNames {
		cert, err := replica.NewCertificate(name, rand.Reader, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		pins[name] = replica.PinOf(cert.Leaf)
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listeners[i].Close() })
		p.dirs[i] = t.TempDir()
		p.opts[i] = ReplicationOptions{Centre: name, Peer: centreNames[1-i], Certificate: cert, Pins: pins, Now: time.Now, Listen: listeners[i], Again: 5 * time.Millisecond}
	}
	for i := range p.opts {
		address := listeners[1-i].Addr().String()
		p.opts[i].Dial = func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "tcp", address) }
		p.open(i, i == 1)
	}
	t.Cleanup(func() {
		for i := range p.cores {
			p.halt(i)
			if err := p.cores[i].Abandon(); err != nil && !errors.Is(err, replica.ErrDeposed) {
				t.Errorf("%s: %v", centreNames[i], err)
			}
		}
	})
	return p
}

// open opens the core of a centre; its line is not run yet.
func (p *pair) open(i int, standby bool) {
	p.t.Helper()
	core, err := OpenCore(CoreConfig{Dir: p.dirs[i], Answers: 1000, SegmentBytes: 1 << 20, Standby: standby, Shield: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.cores[i], p.lines[i] = core, NewReplication(core, p.opts[i])
}

// run runs the line of a centre in its present role.
func (p *pair) run(i int) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	line, writes := p.lines[i], p.cores[i].Writing()
	go func() {
		if writes {
			ended <- line.Serve(ctx, nil)
		} else {
			ended <- line.Follow(ctx)
		}
	}()
	p.stops[i], p.ended[i] = cancel, ended
}

// wait returns what the line of a centre ends with by itself.
func (p *pair) wait(i int) error {
	p.t.Helper()
	select {
	case err := <-p.ended[i]:
		p.stops[i]()
		p.stops[i] = nil
		return err
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the line of %s goes on: %+v", centreNames[i], p.lines[i].Status())
		return nil
	}
}

// halt ends the line of a centre and returns what it ended with.
func (p *pair) halt(i int) error {
	if p.stops[i] == nil {
		return nil
	}
	p.stops[i]()
	p.stops[i] = nil
	return <-p.ended[i]
}

func (p *pair) submit(i int, cmd record.Command) {
	p.t.Helper()
	answers, err := p.cores[i].Submit(p.t.Context(), record.Request{Cmd: cmd})
	if err != nil || answers[0].Code != 0 {
		p.t.Fatalf("%T at %s: %v, %v", cmd, centreNames[i], answers, err)
	}
}

func (p *pair) transfers(i, n int) {
	p.t.Helper()
	for k := range n {
		p.submit(i, &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: int64(k + 1)})
	}
}

func (p *pair) openAccounts(i int) {
	p.t.Helper()
	p.submit(i, &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 1})
	p.submit(i, &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: 1})
}

// level waits until a centre has applied what the other has.
func (p *pair) level(from, to int) {
	p.t.Helper()
	head, err := p.cores[from].Stored()
	if err != nil {
		p.t.Fatal(err)
	}
	for {
		at, news := p.cores[to].Head()
		if at.Height >= head.Height {
			return
		}
		select {
		case <-news:
		case <-time.After(20 * time.Second):
			p.t.Fatalf("%s is at %d of %d: %+v", centreNames[to], at.Height, head.Height, p.lines[to].Status())
		}
	}
}

func (p *pair) sameRoots() {
	p.t.Helper()
	a, ah, err := p.cores[0].Root(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	b, bh, err := p.cores[1].Root(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if a != b || ah != bh {
		p.t.Fatalf("roots differ: %s has %v at %d, %s has %v at %d", centreNames[0], a, ah, centreNames[1], b, bh)
	}
}

func promotion(i int, epoch uint32, planned uint8) record.Promote {
	return record.Promote{
		Centre: centreNames[i], Epoch: epoch, Planned: planned, Maker: record.CallerOf(record.CallerStaff, 1), Checker: record.CallerOf(record.CallerStaff, 2),
		Plan: "test", Reason: "test",
	}
}

// protect puts a mode in force by two people.
func (p *pair) protect(i int, c *record.SetProtection) {
	p.t.Helper()
	c.Reason = "test"
	payload := record.Encode(nil, c)
	ctx := p.t.Context()
	answers, err := p.cores[i].Submit(ctx, record.Request{
		Caller: record.CallerOf(record.CallerStaff, 1), Cmd: &record.Propose{Act: c.Kind(), Payload: payload, Reason: "test"},
	})
	if err == nil && answers[0].Code == 0 {
		answers, err = p.cores[i].Submit(ctx, record.Request{
			Caller: record.CallerOf(record.CallerStaff, 2), Cmd: &record.Approve{Proposal: answers[0].Ref, Payload: payload},
		})
	}
	if err != nil || answers[0].Code != 0 {
		p.t.Fatalf("protection: %v, %v", answers, err)
	}
}

func TestPlannedSwitchoverAndBack(t *testing.T) {
	p := newPair(t)
	p.run(0)
	p.run(1)
	p.openAccounts(0)
	epoch := uint32(1)
	writer := 0
	for range 4 {
		other := 1 - writer
		p.transfers(writer, 100)
		p.level(writer, other)
		p.sameRoots()
		epoch++
		head, root, err := p.cores[writer].HandOver(t.Context(), epoch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.cores[writer].Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 1}}); !errors.Is(err, ErrNotWriting) {
			t.Fatalf("a centre that handed over took a request: %v", err)
		}
		p.level(writer, other)
		if err := p.halt(other); err != nil {
			t.Fatal(err)
		}
		if got, height, err := p.cores[other].Root(t.Context()); err != nil || got != root || height != head.Height {
			t.Fatalf("root %v at %d, handed over was %v at %d, %v", got, height, root, head.Height, err)
		}
		if err := p.cores[other].Promote(t.Context(), promotion(other, epoch, 1)); err != nil {
			t.Fatal(err)
		}
		if err := p.halt(writer); err != nil {
			t.Fatal(err)
		}
		writer = other
		p.run(0)
		p.run(1)
	}
	p.transfers(writer, 10)
	p.level(writer, 1-writer)
	p.sameRoots()
	for i := range p.cores {
		if verdict, err := verify.Journal(p.cores[i], nil); err != nil || !verdict.OK() {
			t.Errorf("%s: %v, %v", centreNames[i], verdict, err)
		}
	}
}

func TestProtectWaitsForTheOtherCentre(t *testing.T) {
	p := newPair(t)
	p.openAccounts(0)
	p.run(0)
	p.run(1)
	p.protect(0, &record.SetProtection{Mode: record.ProtectionProtect})
	p.transfers(0, 20)
	acked, err := p.cores[1].Stored() // every answer is on the other disk
	if err != nil {
		t.Fatal(err)
	}
	if here, _ := p.cores[0].Head(); acked.Height < here.Height {
		t.Fatalf("answered up to %d, the other centre has %d", here.Height, acked.Height)
	}
	if err := p.halt(1); err != nil {
		t.Fatal(err)
	}
	before, _ := p.cores[0].Head()
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := p.cores[0].Submit(ctx, record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 7}})
		answered <- err
	}()
	for { // durable at home, yet neither answered nor shown
		if here, err := p.cores[0].Stored(); err != nil || here.Height > before.Height {
			break
		}
	}
	if shown, _ := p.cores[0].Head(); shown.Height != before.Height {
		t.Fatalf("shown up to %d while the other centre has %d", shown.Height, before.Height)
	}
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Fatalf("answered %v without the other centre", err)
	}
	p.run(1)
	p.level(0, 1)
	p.transfers(0, 3)
}

func TestAvailableStandsAloneAndReturns(t *testing.T) {
	p := newPair(t)
	p.openAccounts(0)
	p.run(0)
	p.run(1)
	p.protect(0, &record.SetProtection{Mode: record.ProtectionAvailable, LimitMS: 100})
	p.transfers(0, 5)
	if err := p.halt(1); err != nil {
		t.Fatal(err)
	}
	p.transfers(0, 3) // the first waits out the limit, then the house says so and goes on
	if !alone(t, p.cores[0]) {
		t.Fatal("answered alone, and the journal does not say so")
	}
	p.run(1)
	for alone(t, p.cores[0]) {
		p.transfers(0, 1)
	}
	p.transfers(0, 5)
	p.level(0, 1)
	p.sameRoots()
}

func alone(t *testing.T, c *Core) (is bool) {
	t.Helper()
	if err := c.Look(t.Context(), func(m *custody.Machine) { is = m.Centre().Alone == 1 }); err != nil {
		t.Fatal(err)
	}
	return is
}

// The other centre takes over while this one is cut off and still runs: it is
// deposed when they meet, keeps what nobody else has, and follows nobody.
func TestFailoverLeavesAnOrphanTail(t *testing.T) {
	p := newPair(t)
	p.openAccounts(0)
	p.run(0)
	p.run(1)
	p.transfers(0, 30)
	p.level(0, 1)
	if err := p.halt(1); err != nil { // the line is cut; mode fast goes on
		t.Fatal(err)
	}
	p.transfers(0, 7)
	if err := p.cores[1].Promote(t.Context(), promotion(1, 5, 0)); err != nil {
		t.Fatal(err)
	}
	p.run(1)
	p.transfers(1, 4)
	if err := p.halt(0); err != nil {
		t.Fatal(err)
	}
	if err := p.cores[0].Abandon(); err != nil {
		t.Fatal(err)
	}
	p.open(0, true) // the old primary starts as a copy and finds that the chains parted
	p.run(0)
	err := p.wait(0)
	var parting *replica.Parting
	if !errors.As(err, &parting) {
		t.Fatalf("followed with %v, want a parting", err)
	}
	if orphans := parting.Ours.Height - parting.Common.Height; orphans != 7 {
		t.Fatalf("%d orphans, want 7: %v", orphans, parting)
	}
	if err := p.cores[0].Abandon(); err != nil {
		t.Fatal(err)
	}
	rebased, err := centre.Rebase(centre.RebaseOptions{FS: durable.OS{}, Dir: p.dirs[0], Cell: 1}, parting.Common)
	if err != nil {
		t.Fatal(err)
	}
	p.open(0, true)
	p.run(0)
	p.transfers(1, 3)
	p.level(1, 0)
	p.sameRoots()
	if len(rebased.Orphans) != 7 || rebased.Orphans[0].Name != "LedgerTransfer" || rebased.Orphans[0].Height != parting.Common.Height+1 {
		t.Fatalf("orphans %+v", rebased.Orphans)
	}
	list, err := os.ReadFile(rebased.List)
	if err != nil || bytes.Count(list, []byte("\n")) != 7 {
		t.Fatalf("the list of orphans: %q, %v", list, err)
	}
	kept, _, err := disk.Open(disk.Options{Dir: rebased.Kept, Cell: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if head, err := kept.Head(); err != nil || head != parting.Ours {
		t.Fatalf("what was kept ends at %v, %v, want %v", head, err, parting.Ours)
	}
}

// A crash at any moment of a rebasing leaves a centre that opens: with the old
// journal, which can be rebased again, or with the new one.
func TestRebaseSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	core, err := OpenCore(CoreConfig{Dir: dir, Answers: 10, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, core, 5)
	if err := core.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "journal"), filepath.Join(dir, "journal.next")); err != nil { // between the two names
		t.Fatal(err)
	}
	core, err = OpenCore(CoreConfig{Dir: dir, Answers: 10, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	head, _ := core.Head()
	if err := core.Abandon(); err != nil || head.Height != 15 {
		t.Fatalf("opened at %d, %v, want the 15 blocks of the new journal", head.Height, err)
	}
	common := journal.Position{Cell: 1, Height: head.Height + 1}
	if _, err := centre.Rebase(centre.RebaseOptions{FS: durable.OS{}, Dir: dir, Cell: 1}, common); !errors.Is(err, journal.ErrChain) {
		t.Fatalf("rebased to a block it does not have: %v", err)
	}
}

func TestOldPrimaryIsDeposedWhenTheyMeet(t *testing.T) {
	p := newPair(t)
	p.openAccounts(0)
	p.run(0)
	p.run(1)
	p.protect(0, &record.SetProtection{Mode: record.ProtectionProtect})
	p.transfers(0, 5)
	if err := p.cores[1].Engine().Fence(9); err != nil { // somebody promotes it
		t.Fatal(err)
	}
	_, err := p.cores[0].Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 7}})
	if !errors.Is(err, replica.ErrDeposed) {
		t.Fatalf("answered %v after a newer epoch began", err)
	}
	if err := p.wait(0); !errors.Is(err, replica.ErrDeposed) {
		t.Fatalf("the line ended with %v", err)
	}
	if here, err := p.cores[1].Stored(); err != nil || here.Epoch != 1 {
		t.Fatal(here, err)
	}
}

func TestStandbyThatDisagreesStops(t *testing.T) {
	p := newPair(t)
	p.openAccounts(0)
	p.run(0)
	p.run(1)
	p.level(0, 1)
	p.cores[1].apply.Lock() // a fault of memory at the copy: an account nobody opened
	p.cores[1].state.Machine.Begin(nil, 1, 1)
	p.cores[1].state.Machine.Decide(record.Request{Cmd: &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: 99}})
	p.cores[1].apply.Unlock()
	p.transfers(0, 200) // beyond the next two state roots
	err := p.wait(1)
	if !errors.Is(err, ErrDiverged) {
		t.Fatalf("a copy whose state differs ended with %v", err)
	}
	if err := p.cores[1].Promote(t.Context(), promotion(1, 5, 0)); !errors.Is(err, ErrDiverged) {
		t.Fatalf("it was promoted: %v", err)
	}
}
