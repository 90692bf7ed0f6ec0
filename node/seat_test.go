package node

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	"sancun/state"
	wire "sancun/wire/bank"
)

// simulated is a bank on loopback, and what a configuration says of it.
type simulated struct {
	*sim.Bank
	control *sim.Control
	config  BankConfig
}

// simulate starts bank 1 with customers and ends it with the test.
func simulate(t *testing.T, number uint16, format string, start time.Time, customers ...sim.Customer) *simulated {
	t.Helper()
	code := "BANK0" + string(rune('0'+number))
	file := t.TempDir() + "/bank.key"
	if err := os.WriteFile(file, []byte(code+" = "+strings.Repeat("5a", 16)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := wire.OpenKeyFile(file, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := wire.FormatOf(format)
	b, err := sim.New(sim.Config{Code: code, Broker: "60050000", Number: "000" + string(rune('0'+number)), Format: f, Keys: keys, Start: start, Customers: customers})
	if err != nil {
		t.Fatal(err)
	}
	line, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(line) }()
	t.Cleanup(func() {
		if err := errors.Join(b.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	c := bankDefaults()
	c.Number, c.Code, c.Name, c.Format, c.Address, c.KeyFile, c.Operator = number, code, "bank", format, Address(line.Addr().String()), file, "SANCUN"
	c.Terms.SingleMax, c.Terms.DailyMax = 1_000_000_00, 1_000_000_00
	return &simulated{Bank: b, control: b.Control(), config: c}
}

// await waits until the machine is as wanted, looking after every block.
func await(t *testing.T, n *Node, what string, there func(*custody.Machine) bool) {
	t.Helper()
	for {
		_, news := n.Core.Head()
		done := false
		if err := n.Core.Look(t.Context(), func(m *custody.Machine) { done = there(m) }); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if done {
			return
		}
		select {
		case <-news:
		case <-t.Context().Done():
			t.Fatalf("%s: it does not happen", what)
		}
	}
}

func signedIn(number uint16, date uint32) func(*custody.Machine) bool {
	return func(m *custody.Machine) bool {
		b, _ := m.BankBy(number)
		return b.SignedIn == date
	}
}

// A clean stop signs out at the bank, and both sides say so.
func TestSignOutAtStop(t *testing.T) {
	c := small(t)
	b := simulate(t, 1, "fixed24", time.Time(c.Clock.Drill))
	c.Banks = []BankConfig{b.config}
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	await(t, n, "sign-in", signedIn(1, 20230825))
	if got := b.control.SignedIn(); got != 20230825 {
		t.Errorf("the bank says we are signed in for %d", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if got := b.control.SignedIn(); got != 0 {
		t.Errorf("after the stop the bank says we are signed in for %d", got)
	}
	again, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	await(t, again, "sign-out in the journal", signedIn(1, 0))
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// full refuses every submission for good.
type full struct{ error }

func (f full) Submit(context.Context, ...record.Request) ([]state.Answer, error) { return nil, f.error }

// A gateway that failed is replaced; what it had been given and never said comes to
// an end with the new one.
func TestFailedGatewayIsReplaced(t *testing.T) {
	c := small(t)
	c.Clock.Speed = SpeedMax
	b := simulate(t, 1, "delim", time.Time(c.Clock.Drill), sim.Customer{
		Name: "孟例", Kind: wire.Person, IDKind: wire.IDCard, IDNumber: "110000199001010018", Card: testCard, Currency: money.CNY, Balance: 100_00, Password: "246810",
		Fund: "880000000001", Managed: 1_000_000_00,
	})
	c.Banks = []BankConfig{b.config}
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	must(t, n.Core, &record.BankSession{Bank: 1, Date: 20230825})
	broken := errors.New("broken")
	keys, err := wire.OpenKeyFile(b.config.KeyFile, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := bank.New(bank.Options{
		Bank: 1, Code: "BANK01", Broker: "60050000", Format: wire.Delim(), Keys: keys, Epoch: 1, Dial: dialer(b.config.Address), Submit: full{broken},
		Hasher: n.Owners, Reveal: n.Owners, Operator: "SANCUN",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := n.banks[1]
	s.gateway = bad
	bad.OpenDay(20230825)
	answers, err := n.Core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerClient, testClient), Cmd: &record.AskDeposit{Fund: testFund, Amount: 5_00, Channel: record.ChannelMobile}})
	if code := record.Code(answers[0].Code); err != nil || code != record.Accepted {
		t.Fatalf("deposit: %s, %v", code, err)
	}
	if err := n.runBank(t.Context(), s); !errors.Is(err, broken) {
		t.Fatalf("the bad gateway ended with %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.runBank(ctx, s) }()
	await(t, n, "the deposit's end", func(m *custody.Machine) bool {
		d, _ := m.TransferBy(answers[0].Ref)
		return d.State == custody.TransferRefused
	})
	if s.bank() == bad || n.Bank(1) != s.bank() || n.Bank(2) != nil {
		t.Error("the bad gateway still sits there")
	}
	stop()
	if err := errors.Join(<-ended, n.Close()); err != nil {
		t.Error(err)
	}
}

// The books that failed are opened again from what is committed, and catch up.
func TestFailedBooksAreOpenedAgain(t *testing.T) {
	n, err := Open(small(t), quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	bad := n.filler.Load()
	if err := bad.Close(); err != nil {
		t.Fatal(err)
	}
	if err := n.fillBooks(t.Context()); err == nil {
		t.Error("closed books were filled")
	}
	if n.filler.Load() == bad {
		t.Fatal("the closed books still sit there")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.fillBooks(ctx) }()
	head, _ := n.Core.Head()
	for n.filler.Load().Position().Height < head.Height {
		if t.Context().Err() != nil {
			t.Fatal("the books do not catch up")
		}
		runtime.Gosched()
	}
	stop()
	if err := errors.Join(<-ended, n.Close()); err != nil {
		t.Error(err)
	}
}
