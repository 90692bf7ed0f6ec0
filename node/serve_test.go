package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sancun/custody"
	"sancun/gateway/exchange"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// small is the configuration of a centre without counterparties, on a morning of
// a trading day.
func small(t *testing.T) Config {
	t.Helper()
	dir := t.TempDir()
	c := Defaults()
	c.Centre.Dir, c.Centre.SegmentBytes = dir+"/centre", 1<<20
	c.Vault.KeyFile = dir + "/vault.key"
	c.Broker.Code = "60050000"
	c.Clock = ClockConfig{Real: Time(time.Now()), Drill: Time(time.Date(2023, 8, 25, 10, 0, 0, 0, beijing)), Speed: 1}
	if err := vault.CreateKeyFile(c.Vault.KeyFile, rand.Reader); err != nil {
		t.Fatal(err)
	}
	return c
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// must submits commands of the house, each of which must be accepted.
func must(t *testing.T, core *Core, cmds ...record.Command) {
	t.Helper()
	for _, cmd := range cmds {
		answers, err := core.Submit(t.Context(), record.Request{Cmd: cmd})
		if err != nil {
			t.Fatal(err)
		}
		if code := record.Code(answers[0].Code); code != record.Accepted {
			t.Fatalf("%T: %s", cmd, code)
		}
	}
}

const (
	testClient = 100_000_001
	testFund   = 880_000_000_001
	testCard   = "9999010000000000011"
	shanghaiID = 1_600_000
	shenzhenID = 2_000_001
)

// inhabit opens a day, a bank and one client with a fund account and securities
// accounts at both exchanges.
func inhabit(t *testing.T, n *Node) {
	t.Helper()
	keys, err := n.Vault.Enrol([]uint64{testClient})
	if err != nil {
		t.Fatal(err)
	}
	o := n.Owners
	index := func(k vault.Index) state.Key { return state.Key(k) }
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828},
		&record.SetBank{Number: 1, Service: custody.BankOpen, WindowFrom: 0, WindowTo: 86_400_000, SingleMin: 1, SingleMax: 1_000_000_00, DailyMax: 1_000_000_00, Code: "BANK01", Name: "one"},
		&record.OpenClients{Rows: []record.ClientData{{
			Number: testClient, Class: 1, Document: 1, Branch: 7, ID: o.DocumentIndex(wire.IDCard, "110000199001010018"), Name: o.NameIndex("孟例"),
			Mobile: index(n.Vault.MobileIndex(vault.NewSecret("16100000001"))), Risk: 5, RiskUntil: 20240825, Permissions: 1,
			Sealed: sealAll(t, keys[0], vault.FieldName, "孟例", vault.FieldDocument, "110000199001010018", vault.FieldMobile, "16100000001", vault.FieldCard, testCard),
		}}},
		&record.OpenFunds{Rows: []record.FundData{{Number: testFund, Client: testClient, Currency: money.CNY, Main: 1}}},
		&record.SignContracts{Rows: []record.ContractData{{Fund: testFund, Bank: 1, Card: o.CardIndex(testCard)}}},
		&record.TakeOver{Rows: []record.OpeningBalance{{Fund: testFund, Amount: 1_000_000_00}}})
}

func sealAll(t *testing.T, key *vault.ClientKey, fields ...any) (all []byte) {
	t.Helper()
	for i := 0; i < len(fields); i += 2 {
		one, err := key.Seal(fields[i].(vault.Field), vault.NewSecret(fields[i+1].(string)))
		if err != nil {
			t.Fatal(err)
		}
		all = Sealed(all, one)
	}
	return all
}

// Owners finds personal data in the books, behind the books, and without any; the
// newest counts; a card that is not the contract's is never given.
func TestOwners(t *testing.T) {
	for _, with := range []bool{true, false} {
		t.Run(fmt.Sprintf("books %t", with), func(t *testing.T) {
			c := small(t)
			c.Books.Enabled = with
			n, err := Open(c, quiet())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			}()
			inhabit(t, n)
			if with { // what follows lies behind the books
				if err := n.Core.Blocks(1, n.filler.Load().Add); err != nil {
					t.Fatal(err)
				}
				if err := n.filler.Load().Flush(); err != nil {
					t.Fatal(err)
				}
			}
			checkOwners(t, n)
		})
	}
}

func checkOwners(t *testing.T, n *Node) {
	t.Helper()
	ctx := t.Context()
	p, err := n.Owners.Party(ctx, testFund)
	if err != nil || p.Name != "孟例" || p.Mobile != "16100000001" || p.BankAccount != testCard || p.IDKind != wire.IDCard || p.Branch != "0007" {
		t.Errorf("party %+v, %v", p, err)
	}
	key, err := n.Vault.Key(testClient)
	if err != nil {
		t.Fatal(err)
	}
	must(t, n.Core, &record.ChangeContact{
		Client: testClient, Mobile: state.Key(n.Vault.MobileIndex(vault.NewSecret("16100000002"))), Sealed: sealAll(t, key, vault.FieldMobile, "16100000002"),
	})
	if p, err := n.Owners.Party(ctx, testFund); err != nil || p.Mobile != "16100000002" || p.Name != "孟例" {
		t.Errorf("after the change %+v, %v", p, err)
	}
	if who, err := n.Owners.Person(testFund); err != nil || who.Name != "孟例" || who.Card != testCard {
		t.Errorf("person %+v, %v", who, err)
	}
	hash, err := n.passwords.HashPassword(ctx, vault.NewSecret("135790"))
	if err != nil {
		t.Fatal(err)
	}
	must(t, n.Core, &record.SetPassword{Client: testClient, Which: record.PasswordFund, Hash: []byte(hash)})
	for try, c := range []struct {
		password string
		want     bool
	}{{"135790", true}, {"1", false}, {"2", false}, {"135790", true}, {"1", false}, {"2", false}, {"3", false}, {"4", false}, {"5", false}, {"135790", false}} {
		if got, err := n.Owners.FundPassword(ctx, testFund, wire.NewSecret(c.password)); err != nil || got != c.want {
			t.Errorf("try %d: %t, %v, want %t: five wrong ones in a row lock", try, got, err, c.want)
		}
	}
	if _, err := n.Owners.Card(ctx, 1); !errors.Is(err, ErrOwner) {
		t.Errorf("nobody's card: %v", err)
	}
	if err := n.Vault.Destroy(testClient); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Owners.Card(ctx, testFund); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("card after the key was destroyed: %v", err)
	}
}

// deaf is an exchange that takes nothing until it is told to.
type deaf struct {
	open   chan struct{}
	placed chan exchange.Order
}

func (d *deaf) Place(ctx context.Context, o exchange.Order) error {
	select {
	case <-d.open:
	case <-ctx.Done():
		return ctx.Err()
	}
	d.placed <- o
	return nil
}

func (d *deaf) Withdraw(context.Context, exchange.Cancel) error { return nil }

// A counterparty that takes nothing keeps nobody else waiting, and gets what is
// its own, in order, when it listens again.
func TestDeafExchangeHoldsNobodyUp(t *testing.T) {
	n, err := Open(small(t), quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	for i, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		id := []uint32{shanghaiID, shenzhenID}[i]
		d := record.SecuritiesData{Fund: testFund, Market: uint8(of)}
		copy(d.Account[:], []string{"A900000001", "0900000001"}[i])
		copy(d.PBU[:], "50001")
		must(t, n.Core, &record.OpenSecurities{Rows: []record.SecuritiesData{d}},
			&record.LoadInstruments{Date: 20230825, Rows: []record.InstrumentData{{ID: id, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}},
			&record.Quotes{Rows: []record.QuoteData{{ID: id, Status: uint8(market.Trading), Last: 100_000, Bid: 100_000, Ask: 100_000}}})
	}
	shut := &deaf{open: make(chan struct{}), placed: make(chan exchange.Order, 100)}
	listening := &deaf{open: make(chan struct{}), placed: make(chan exchange.Order, 100)}
	close(listening.open)
	out, err := NewOutbound(t.Context(), n.Core, map[market.Market]OrderGateway{market.Shanghai: shut, market.Shenzhen: listening})
	if err != nil {
		t.Fatal(err)
	}
	dispatch := newDispatch(out)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- dispatch.run(ctx) }()
	const each = 20
	for i := range 2 * each {
		cmd := &record.NewOrder{
			Fund: testFund, Instrument: []uint32{shanghaiID, shenzhenID}[i%2], Side: custody.Buy, Category: custody.CategoryAuction,
			Type: uint8(market.LimitOrder), Channel: record.ChannelMobile, Price: 100_000, Quantity: money.Quantity(100 + 100*i),
		}
		answers, err := n.Core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerClient, testClient), Cmd: cmd})
		if code := record.Code(answers[0].Code); err != nil || code != record.Accepted {
			t.Fatalf("order %d: %s, %v", i, code, err)
		}
	}
	for i := range each {
		if o := <-listening.placed; o.Quantity != money.Quantity(200+200*i) {
			t.Errorf("Shenzhen got %d, want %d", o.Quantity, 200+200*i)
		}
	}
	if len(shut.placed) != 0 {
		t.Errorf("the deaf one took %d", len(shut.placed))
	}
	close(shut.open)
	for i := range each {
		if o := <-shut.placed; o.Quantity != money.Quantity(100+200*i) {
			t.Errorf("Shanghai got %d, want %d", o.Quantity, 100+200*i)
		}
	}
	stop()
	if err := errors.Join(<-ended, n.Close()); err != nil {
		t.Error(err)
	}
}

// When the disk fails under a running centre it stops by itself, says that
// outcomes are unknown, and writes no snapshot.
func TestDiskFailureStopsTheCentre(t *testing.T) {
	fsys := faultfs.New()
	c := small(t)
	c.Books.Enabled = false
	n, err := openOn(t.Context(), c, quiet(), ground{fs: fsys, clock: c.Clock.Clock()}, false)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve(t.Context()) }()
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	fsys.Inject(faultfs.Fault{Op: faultfs.OpSync, Err: faultfs.EIO})
	_, err = n.Core.Submit(t.Context(), record.Request{Cmd: &record.StopDay{Date: 20230825}})
	if !errors.Is(err, sequencer.ErrUnknown) {
		t.Errorf("the request was answered %v", err)
	}
	if err := <-served; ExitCode(err) != ExitStore || !strings.Contains(Hint(err), "look at the disk") {
		t.Errorf("stopped with %v, exit %d, hint %q", err, ExitCode(err), Hint(err))
	}
}

// A unit that fails is begun again, and one that may not is left; neither ends the
// centre. A vital one does.
func TestUnits(t *testing.T) {
	c := small(t)
	c.Books.Enabled = false
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	runs := make(chan struct{}, 10)
	tries := 0
	again := &unit{name: "again", again: time.Millisecond, run: func(ctx context.Context) error {
		tries++
		runs <- struct{}{}
		if tries < 3 {
			return broken
		}
		<-ctx.Done()
		return nil
	}}
	once := &unit{name: "once", run: func(context.Context) error { return broken }}
	let := make(chan struct{})
	vital := &unit{name: "vital", vital: true, run: func(ctx context.Context) error {
		select {
		case <-let:
			return broken
		case <-ctx.Done():
			return nil
		}
	}}
	for _, u := range []*unit{again, once, vital} {
		n.addUnit(u)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Serve(t.Context()) }()
	for range 3 {
		<-runs
	}
	if s := again.status(); s.Failures != 2 || !s.Running || s.Failure != "broken" {
		t.Errorf("the one begun again: %+v", s)
	}
	close(let)
	if err := <-ended; !errors.Is(err, broken) || ExitCode(err) != ExitFailed {
		t.Errorf("ended with %v", err)
	}
	if s := once.status(); s.Failures != 1 || s.Running {
		t.Errorf("the one left: %+v", s)
	}
}

// Every reason to stop has its exit code and advice, and docs/operating.md has both.
func TestReasons(t *testing.T) {
	manual, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reasons {
		err := fmt.Errorf("while working: %w", r.is)
		if ExitCode(err) != r.exit || Hint(err) != r.hint {
			t.Errorf("%v: exit %d, hint %q", r.is, ExitCode(err), Hint(err))
		}
		if line := fmt.Sprintf("| %s | %d | %s |", r.is, r.exit, r.hint); !strings.Contains(string(manual), line) {
			t.Errorf("docs/operating.md has no line\n%s", line)
		}
	}
	for want, err := range map[int]error{0: nil, ExitUsage: &ConfigError{}, ExitFailed: errors.New("other"), ExitStore: &os.PathError{Err: syscall.ENOSPC}, ExitCorrupt: &journal.CorruptError{}} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: exit %d, want %d", err, got, want)
		}
	}
	if Hint(errors.New("other")) == "" {
		t.Error("no advice for what nobody thought of")
	}
}

// A restart from the snapshot of a clean stop replays nothing; the report says so.
func TestCleanStopLeavesNothingToReplay(t *testing.T) {
	c := small(t)
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	inhabit(t, n)
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	again, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if r := again.Core.Recovery; r.Replayed != 0 || r.Snapshot != r.Height || r.Height == 0 {
		t.Errorf("recovery %+v", r)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(c.Centre.Dir, "books.db")); err != nil {
		t.Error(err)
	}
}
