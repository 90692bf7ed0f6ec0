package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sancun/dr"
	"sancun/journal"
	"sancun/record"
)

// saturday is a day without trade.
var saturday = time.Date(2023, 8, 26, 10, 0, 0, 0, beijing)

// playedFork is a drill centre in this process.
type playedFork struct {
	*Node
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

// launch opens drill centres as sancun serve --fork does.
func (tc *twoCentres) launch(i int) Launch {
	return func(dir string) (Rehearsal, error) {
		ctx, cancel := context.WithCancel(context.Background())
		p := &playedFork{cancel: cancel, ended: make(chan struct{})}
		var err error
		if p.Node, err = OpenFork(ctx, tc.configs[i], dir, quiet()); err != nil {
			cancel()
			return nil, err
		}
		go func() {
			defer close(p.ended)
			p.err = p.Serve(ctx)
		}()
		tc.forks[i] <- p
		return p, nil
	}
}

func (p *playedFork) Stop() error            { p.cancel(); <-p.ended; return p.err }
func (p *playedFork) Left() (int64, bool)    { return 0, false }
func (p *playedFork) Closed() string         { return "the same process" }
func (p *playedFork) Process() int           { return 0 }
func (p *playedFork) Ended() <-chan struct{} { return p.ended }

// drilling brings both centres up on a day without trade and begins a drill.
func drilling(t *testing.T) (tc *twoCentres, begun OrderResult, fork *playedFork) {
	t.Helper()
	tc = newTwoCentresAt(t, saturday)
	tc.begin()
	tc.transfers(0, 20)
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Applied >= here.Stored })
	begun, err := tc.carriers[1].Order(t.Context(), tc.signed(1, dr.ActDrillBegin, 1, "drill-1", ""))
	if err != nil {
		t.Fatal(err)
	}
	return tc, begun, <-tc.forks[1]
}

func TestDrillOnAForkWhileTheCopyGoesOn(t *testing.T) {
	tc, begun, fork := drilling(t)
	if begun.Drill == nil || begun.Drill.Height == 0 || begun.Role != "drill" || !journal.OfDrill(begun.Drill.Epoch) {
		t.Fatalf("the drill began as %+v", begun)
	}
	for k := range 30 { // both write, each its own
		tc.transfers(0, 1)
		must(t, fork.Core, &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: int64(1000 + k)})
	}
	if err := fork.Core.Engine().Read(begun.Drill.Height+1, func(b *journal.Block) error {
		if !journal.OfDrill(b.Epoch) {
			t.Errorf("block %d of the drill says epoch %d", b.Height, b.Epoch)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Drill, func(s CentreState) bool {
		return s.Stored == here.Stored && s.Root == here.Root && s.Drill.Running && s.Line.Connected
	})
	for _, o := range []dr.Order{
		tc.signed(1, dr.ActDrillEnd, 1, "drill-2", ""), // another run
		tc.resigned(tc.signed(1, dr.ActDrillEnd, 1, "drill-1", ""), "trainer", "trainer"),
		tc.signed(1, dr.ActDrillBegin, 1, "drill-3", ""), // a second drill
		tc.signed(1, dr.ActDrillBegin, 1, "drill-1", ""), // and one of this name
	} {
		if _, err := tc.carriers[1].Order(t.Context(), o); !errors.Is(err, ErrControl) {
			t.Errorf("%s of %s by %s and %s: %v", o.Act, o.Run, o.Maker, o.Checker, err)
		}
	}
	ended, err := tc.carriers[1].Order(t.Context(), tc.signed(1, dr.ActDrillEnd, 1, "drill-1", ""))
	if err != nil {
		t.Fatal(err)
	}
	p := ended.Proof
	if p == nil || !p.Equal || p.RootAfter != begun.Drill.Root || p.Blocks != 31 || p.Verifier != 3 {
		t.Fatalf("the proof says %+v", p)
	}
	if _, err := os.Stat(begun.Drill.Folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the fork is still there: %v", err)
	}
	kept, err := filepath.Glob(filepath.Join(tc.configs[1].Centre.Dir, drillRecord, "*-drill-1.json"))
	var read DrillProof
	if err != nil || len(kept) != 1 || readJSON(kept[0], &read) != nil || read.RootAfter != p.RootAfter || read.Order == nil {
		t.Errorf("kept %v with %+v, %v", kept, read, err)
	}
	tc.transfers(0, 5)
	here = tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root && s.Drill == nil })
}

// resigned is an order with other people's names and signatures.
func (tc *twoCentres) resigned(o dr.Order, maker, checker string) dr.Order {
	o.Maker, o.Checker = maker, checker
	for _, name := range []string{maker, checker} {
		if err := o.Sign(name, tc.keys[name]); err != nil {
			tc.t.Fatal(err)
		}
	}
	return o
}

func TestPromotionDropsADrill(t *testing.T) {
	tc, begun, fork := drilling(t)
	tc.stop(0)
	tc.must(1, dr.ActPromote, 2, "")
	tc.until(1, dr.Primary, func(s CentreState) bool { return s.Drill == nil })
	select {
	case <-fork.ended:
	default:
		t.Error("the drill centre still runs")
	}
	if _, err := os.Stat(begun.Drill.Folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the fork is still there: %v", err)
	}
	tc.transfers(1, 3)
}

func TestRestartDropsADrill(t *testing.T) {
	tc, begun, fork := drilling(t)
	if err := fork.Stop(); err != nil {
		t.Fatal(err)
	}
	tc.until(1, dr.Drill, func(s CentreState) bool { return !s.Drill.Running })
	kept := t.TempDir() + "/fork"
	if err := os.CopyFS(kept, os.DirFS(begun.Drill.Folder)); err != nil {
		t.Fatal(err)
	}
	tc.stop(1)
	if err := os.CopyFS(begun.Drill.Folder, os.DirFS(kept)); err != nil { // as if it had died with its fork
		t.Fatal(err)
	}
	tc.start(1)
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root && s.Drill == nil })
	if _, err := os.Stat(begun.Drill.Folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the fork is still there: %v", err)
	}
}

// A fork opens as a drill and as nothing else, and a centre never as a fork.
func TestForkIsNoCentre(t *testing.T) {
	dir := t.TempDir()
	core := open(t, dir)
	fill(t, core, 5)
	at, root, err := core.Branch(t.Context(), dir+"/drill")
	if err != nil {
		t.Fatal(err)
	}
	fill2 := CoreConfig{Dir: dir + "/drill", Answers: 1000, SegmentBytes: 1 << 20}
	if c, err := OpenCore(fill2); !errors.Is(err, ErrZone) {
		t.Fatalf("a fork was opened as a centre: %v, %v", c, err)
	}
	fill2.Drill, fill2.Standby = true, true
	c, err := OpenCore(fill2)
	if err != nil {
		t.Fatal(err)
	}
	if head, _ := c.Stored(); head != at || c.Recovery.Root != root {
		t.Errorf("the fork begins at %v with %v, want %v with %v", head, c.Recovery.Root, at, root)
	}
	if err := errors.Join(c.Abandon(), core.Abandon()); err != nil {
		t.Fatal(err)
	}
	if c, err := OpenCore(CoreConfig{Dir: dir, Answers: 1000, SegmentBytes: 1 << 20, Drill: true}); !errors.Is(err, ErrZone) {
		t.Fatalf("a centre was opened as a fork: %v, %v", c, err)
	}
}

// 1,200 attempts to begin or end a drill without the right to (D17), each of them
// refused with nothing forked and nothing ended.
func TestForgedDrillsAreRefused(t *testing.T) {
	const attempts = 1_200
	random := rand.New(rand.NewPCG(7, 1))
	friday, free := newTwoCentres(t), newTwoCentresAt(t, saturday)
	for _, tc := range []*twoCentres{friday, free} {
		tc.begin()
		tc.transfers(0, 3)
		here := tc.until(0, dr.Primary, nil)
		tc.until(1, dr.Standby, func(s CentreState) bool { return s.Applied >= here.Stored })
	}
	must := func(o dr.Order) {
		t.Helper()
		if _, err := free.now[1].Obey(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	begun, ended := free.signed(1, dr.ActDrillBegin, 1, "drill-1", ""), free.signed(1, dr.ActDrillEnd, 1, "drill-1", "")
	must(begun)
	must(ended)
	running := free.signed(1, dr.ActDrillBegin, 1, "drill-2", "")
	must(running)
	other := free.signed(1, dr.ActProtection, 1, "drill-2", "fast")
	names := []string{"operator", "commander", "verifier", "trainer", "retired"}
	for i := range attempts {
		tc, o := free, free.signed(1, dr.ActDrillEnd, 1, "drill-2", "")
		switch random.IntN(16) {
		case 0: // a good order on a trading day
			tc, o = friday, friday.signed(1, dr.ActDrillBegin, 1, fmt.Sprint("drill-", i), "")
		case 1: // one that was carried out
			o = begun
		case 2:
			o = ended
		case 3: // one person
			name := names[random.IntN(len(names))]
			o = free.resigned(o, name, name)
		case 4: // the operator verifies
			o = free.resigned(o, "retired", "trainer")
		case 5: // a qualification that has ended
			o = free.resigned(o, "retired", "verifier")
		case 6:
			o = free.resigned(o, "trainer", "retired")
		case 7: // no such duty
			o = free.resigned(o, "operator", "verifier")
		case 8:
			o = free.resigned(o, "trainer", []string{"operator", "commander"}[random.IntN(2)])
		case 9: // one signature
			o.CheckerSign = nil
		case 10: // signatures of another order
			o.MakerSign, o.CheckerSign = other.MakerSign, other.CheckerSign
		case 11:
			o.MakerSign[random.IntN(64)] ^= byte(1 + random.IntN(255))
		case 12:
			o.Expires = o.Expires.Add(time.Duration(1+random.IntN(3600)) * time.Second)
		case 13: // another run, well signed
			o = free.signed(1, dr.ActDrillEnd, 1, fmt.Sprint("drill-", 3+random.IntN(100)), "")
		case 14: // a second drill beside the one that runs
			o = free.signed(1, dr.ActDrillBegin, 1, fmt.Sprint("drill-", 3+i), "")
		case 15: // expired
			o.Issued, o.Expires = o.Issued.Add(-3*time.Hour), o.Issued.Add(-2*time.Hour)
			o = free.resigned(o, o.Maker, o.Checker)
		}
		if r, err := tc.now[1].Obey(t.Context(), o); !errors.Is(err, dr.ErrOrder) && !errors.Is(err, ErrRole) {
			t.Fatalf("attempt %d was obeyed with %+v, %v: %+v", i, r, err, o)
		}
	}
	if s := free.until(1, dr.Drill, nil); s.Drill == nil || s.Drill.Run != "drill-2" || !s.Drill.Running {
		t.Errorf("after the attempts the drill is %+v", s.Drill)
	}
	if s := friday.until(1, dr.Standby, nil); s.Drill != nil {
		t.Errorf("on a trading day there is a drill: %+v", s.Drill)
	}
}

// A drill centre speaks to simulators of its order, and to nobody else.
func TestZoneReachesOnlyItsSimulators(t *testing.T) {
	c := Defaults()
	c.Exchanges = []ExchangeConfig{
		{Market: "SH", Address: "10.0.0.5:9000", Quotes: []QuoteConfig{{Address: "10.0.0.5:9001"}, {Address: "10.0.0.5:9002"}}, AfterHours: AfterHoursConfig{Address: "10.0.0.5:9003"}},
		{Market: "SZ", Address: "10.0.0.6:9000"},
	}
	c.Banks = []BankConfig{{Number: 1, Address: "10.0.1.1:7000"}, {Number: 2, Paths: []PathConfig{{Name: "rs1", Address: "10.0.1.9:7000"}, {Name: "rs2", Address: "10.0.1.2:7000"}}}}
	c.Backup.Local = "/backup"
	c.Identity.URL, c.Clearing.Inbox, c.Clearing.Requests = "https://register.example", "/in", "/out"
	c.Peer, c.HTTP.Users = PeerConfig{Name: "north", Address: "10.1.0.1:7511"}, "users.json"
	z := &zone{dir: "/fork"}
	var err error
	if z.Zone, err = dr.ParseZone("simulate 10.0.0.5:9000=127.0.0.1:1 simulate 10.0.0.5:9002=127.0.0.1:2 simulate 10.0.1.2:7000=127.0.0.1:3"); err != nil {
		t.Fatal(err)
	}
	got := c.inZone(z)
	if len(got.Exchanges) != 1 || got.Exchanges[0].Address != "127.0.0.1:1" || len(got.Exchanges[0].Quotes) != 1 || got.Exchanges[0].Quotes[0].Address != "127.0.0.1:2" || got.Exchanges[0].AfterHours.Address != "" {
		t.Errorf("exchanges %+v", got.Exchanges)
	}
	if len(got.Banks) != 1 || got.Banks[0].Number != 2 || got.Banks[0].Address != "127.0.0.1:3" || got.Banks[0].Paths != nil || got.Backup.Local != "" {
		t.Errorf("banks %+v", got.Banks)
	}
	if got.Identity.URL != "" || got.Clearing.Inbox != "/fork/inbox" || got.Clearing.Requests != "/fork/requests" || got.Peer.Name != "" || got.DayEnd.SettleByItself {
		t.Errorf("register %q, clearing %+v, peer %+v", got.Identity.URL, got.Clearing, got.Peer)
	}
	if len(c.Exchanges) != 2 || c.Exchanges[0].Address != "10.0.0.5:9000" || len(c.Exchanges[0].Quotes) != 2 {
		t.Errorf("the centre's own configuration changed: %+v", c.Exchanges)
	}
	n := &Node{zone: z}
	for _, outside := range []Address{"10.0.0.5:9000", "10.1.0.1:7511", "127.0.0.1:4", "register.example:443"} {
		if conn, err := n.dial(outside)(t.Context()); !errors.Is(err, ErrZone) {
			t.Errorf("%s was called: %v, %v", outside, conn, err)
		}
	}
}

// A standby that a drill has harmed after all is found out and does not serve.
func TestHarmedStandbyIsFoundByThePurge(t *testing.T) {
	tc, _, _ := drilling(t)
	tc.now[1].peer.mu.Lock()
	tc.now[1].peer.drill.fork.Root = "00" + tc.now[1].peer.drill.fork.Root[2:] // as if its state had been another
	tc.now[1].peer.mu.Unlock()
	_, err := tc.carriers[1].Order(t.Context(), tc.signed(1, dr.ActDrillEnd, 1, "drill-1", ""))
	if !errors.Is(err, ErrControl) {
		t.Fatalf("the purge was answered with %v", err)
	}
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Disagree && s.Drill == nil })
	if _, err := tc.order(1, dr.ActPromote, 2, ""); !errors.Is(err, ErrControl) {
		t.Fatalf("it was promoted: %v", err)
	}
}
