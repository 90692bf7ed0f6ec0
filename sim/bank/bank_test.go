package bank

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

func each(t *testing.T, run func(t *testing.T, f wire.Format)) {
	for _, f := range wire.Formats() {
		t.Run(f.Name, func(t *testing.T) { run(t, f) })
	}
}

func TestNothingBeforeTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		p.must(&wire.Probe{})
		p.must(&wire.SignOut{})
		p.refused(&wire.Deposit{Transfer: move(1, "8001", 100)}, wire.NotProcessed)
		p.refused(&wire.Probe{}, wire.NotProcessed)
		old := p.conn
		p.dial()
		p.refused(&wire.Deposit{Transfer: move(1, "8001", 100)}, wire.NotProcessed)
		p.signIn()
		p.must(&wire.Deposit{Transfer: move(1, "8001", 100)})
		if _, err := old.Write([]byte("0")); err == nil {
			t.Error("the old line is still open")
		}
	})
}

func TestKeysAreNotPlayedAgain(t *testing.T) {
	p := open(t, wire.Delim(), nil)
	keys, err := p.keys.NewWorkingKeys(ownCode, 9)
	if err != nil {
		t.Fatal(err)
	}
	again := p.frame(p.head(&wire.KeyExchange{Keys: keys}))
	p.write(again)
	if got := p.read().Result().Status; got != wire.Success {
		t.Fatal(got)
	}
	p.keySet = 9
	p.write(again)
	if got := p.read().Result().Status; got != wire.Refused {
		t.Errorf("an old exchange is taken: %v", got)
	}
	p.must(&wire.Probe{})
}

func TestForgedFramesAreNotAnswered(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		frame := p.frame(p.head(&wire.Deposit{Transfer: move(1, "8001", 7_654_3)}))
		p.write(bytes.Replace(frame, []byte("8001"), []byte("8002"), 1))
		p.must(&wire.Probe{}) // the next answer is the probe's
		if got := p.b.Control().Totals(); got.Refused != 1 {
			t.Errorf("%+v", got)
		}
		if len(p.b.Control().Entries()) != 0 {
			t.Error("a forged deposit has an entry")
		}
	})
}

// A frame with the right MAC that makes no sense is answered "not processed".
func TestUnreadableFramesAreAnswered(t *testing.T) {
	p := open(t, wire.Fixed24(), nil)
	p.refused(&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Broker, Date: firstDay}}, wire.Refused)
	m := p.head(&wire.Deposit{Transfer: move(1, "8001", 100)})
	m.Head().BrokerSerial = ""
	p.write(p.frame(m))
	if got := p.read().Result().Status; got != wire.NotProcessed {
		t.Errorf("a request without serial: %v", got)
	}
	m = p.head(&wire.Deposit{Transfer: move(1, "8001", 100)})
	m.Head().Date = firstDay + 3
	p.write(p.frame(m))
	if got := p.read().Result().Status; got != wire.NotProcessed {
		t.Errorf("another date: %v", got)
	}
	m = p.head(&wire.Deposit{Transfer: move(1, "8001", 100)})
	m.Head().Epoch = 1
	p.write(p.frame(m))
	if got := p.read().Result().Status; got != wire.NotProcessed {
		t.Errorf("an old epoch: %v", got)
	}
}

func TestSameKey(t *testing.T) {
	for _, tell := range []bool{false, true} {
		each(t, func(t *testing.T, f wire.Format) {
			p := open(t, f, func(c *Config) { c.TellDuplicates = tell })
			m := p.head(&wire.Deposit{Transfer: move(1, "8001", 100)})
			p.write(p.frame(m))
			first := p.read()
			p.write(p.frame(m))
			again := p.read()
			if again.Result().Final() != wire.Success || again.Head().BankSerial != first.Head().BankSerial {
				t.Errorf("%v %v", again.Result(), again.Head().BankSerial)
			}
			if (again.Result().Status == wire.Duplicate) != tell {
				t.Errorf("status %v", again.Result().Status)
			}
			other := move(1, "8001", 101)
			m.(*wire.Deposit).Transfer = other
			p.write(p.frame(m))
			if got := p.read().Result().Status; got != wire.Refused {
				t.Errorf("another request under the key: %v", got)
			}
			if a, _ := p.b.Control().Account("8001"); a.Managed != 5_100 || a.OnCard != 99_900 {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, func(c *Config) { c.NeedPassword = true })
		for _, m := range []wire.Transfer{
			move(1, "8002", 100), move(3, "8003", 100), move(1, "8001", 100),
			{FundAccount: "8001", BankAccount: someone(1, "", 0).Card, Currency: money.USD, Amount: 100},
		} {
			p.refused(&wire.Deposit{Transfer: m}, wire.Refused)
		}
		right := move(1, "8001", 100)
		right.BankPassword = p.seal(right.BankAccount, pin)
		p.must(&wire.Deposit{Transfer: right})
		right.Amount, right.BankPassword = 200_000, p.seal(right.BankAccount, pin)
		p.refused(&wire.Deposit{Transfer: right}, wire.Refused)
		right.BankPassword = p.seal(someone(2, "", 0).Card, pin)
		p.refused(&wire.Deposit{Transfer: right}, wire.Refused)
		p.refused(&wire.Withdrawal{Transfer: move(1, "8001", 90_000)}, wire.Refused)
		p.refused(&wire.PostInterest{FundAccount: "8003", BankAccount: "1", Currency: money.CNY, Kind: wire.InterestQuarter, Interest: 5}, wire.Refused)
	})
}

func TestRelationsOfTheBroker(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		ctl := p.b.Control()
		state := func(fund string) wire.CustodyState {
			a, _ := ctl.Account(fund)
			return a.State
		}
		new3 := partyFor(3, "8003")
		wrong := new3
		wrong.Name = "别人"
		p.refused(&wire.SignOneStep{Party: wrong}, wire.Refused)
		p.refused(&wire.SignOneStep{Party: new3, BankPassword: p.seal(new3.BankAccount, "000000")}, wire.Refused)
		p.must(&wire.PreDesignate{Party: new3})
		p.refused(&wire.PreDesignate{Party: new3}, wire.Refused)
		p.refused(&wire.Confirm{Party: new3}, wire.Refused) // the bank confirms what the broker began
		p.refused(&wire.Deposit{Transfer: move(3, "8003", 5)}, wire.Refused)
		if state("8003") != wire.CustodyPreDesignated {
			t.Error(state("8003"))
		}
		p.must(&wire.SignOneStep{Party: new3, BankPassword: p.seal(new3.BankAccount, pin)})
		p.must(&wire.PostInterest{FundAccount: "8003", BankAccount: new3.BankAccount, Currency: money.CNY, Kind: wire.InterestClosing, Interest: 9, Tax: 2})
		p.refused(&wire.CancelContract{Party: new3}, wire.Refused)
		if total := ctl.Total(money.CNY); total.InSettlement != 7 || total.NetBuy {
			t.Errorf("%+v", total)
		}
		p.must(&wire.Withdrawal{Transfer: move(3, "8003", 7)})
		p.refused(&wire.ChangeBankAccount{Party: new3, NewBankAccount: someone(1, "", 0).Card}, wire.Refused)
		p.must(&wire.ChangeClientData{Party: new3, NewName: "测试改名", NewMobile: "13000000000"})
		p.refused(&wire.CancelContract{Party: new3}, wire.Refused) // by the old name
		new3.Name = "测试改名"
		p.must(&wire.ChangeCustodyBank{Party: new3, NewBank: "BANK0002"})
		if state("8003") != wire.CustodyCancelled {
			t.Error(state("8003"))
		}
		second := partyFor(2, "8002")
		p.must(&wire.CancelContract{Party: second})
		if m := p.must(&wire.IdentityCheck{Party: second}).(*wire.IdentityCheck); m.Match != wire.MatchSame {
			t.Errorf("match %v", m.Match)
		}
	})
}

func TestReversalPoisons(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		r := wire.Reversal{
			Original: wire.Original{Initiator: wire.Broker, Date: firstDay, BrokerSerial: "EARLY"}, FundAccount: "8001",
			BankAccount: someone(1, "", 0).Card, Currency: money.CNY, Amount: 100,
		}
		p.must(&wire.ReverseDeposit{Reversal: r})
		late := &wire.Deposit{Transfer: move(1, "8001", 100)}
		late.BrokerSerial = "EARLY"
		p.refused(late, wire.Refused)
		ok := &wire.Deposit{Transfer: move(1, "8001", 100)}
		ok.BrokerSerial = "OK"
		p.must(ok)
		r.BrokerSerial, r.Amount = "OK", 99
		p.refused(&wire.ReverseDeposit{Reversal: r}, wire.Refused)
		r.Amount = 100
		p.refused(&wire.ReverseWithdrawal{Reversal: r}, wire.Refused)
		p.must(&wire.ReverseDeposit{Reversal: r})
		p.refused(&wire.ReverseDeposit{Reversal: r}, wire.Refused)
		r.Date = firstDay - 1
		p.refused(&wire.ReverseDeposit{Reversal: r}, wire.Refused)
		if a, _ := p.b.Control().Account("8001"); a.Managed != 5_000 {
			t.Errorf("%+v", a)
		}
	})
}

func TestFaultNames(t *testing.T) {
	for f, name := range faultNames {
		got, err := ParseFault(name)
		if err != nil || got != f || f.String() != name {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if _, err := ParseFault("nonsense"); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
	if err := (&Faults{Delay: million, Late: 1}).check(); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}

// The chances drawn are those asked for, and depend on seed and key only.
func TestFaultsAreDrawnByKey(t *testing.T) {
	f := Faults{Seed: 5, Silent: 200_000, Refuse: 100_000}
	count := map[Fault]int{}
	for n := range uint32(10_000) {
		k := wire.Key{Initiator: wire.Broker, Date: firstDay, Serial: time.Duration(n).String()}
		fault := f.draw(k)
		if fault != f.draw(k) {
			t.Fatal("drawn twice, otherwise")
		}
		count[fault]++
	}
	if s, r := count[FaultSilent], count[FaultRefuse]; s < 1_800 || s > 2_200 || r < 850 || r > 1_150 {
		t.Errorf("%v", count)
	}
}

func TestCommandsThatCannotBe(t *testing.T) {
	p := open(t, wire.Delim(), nil)
	c := p.b.Control()
	card := someone(1, "", 0).Card
	for name, err := range map[string]error{
		"clock back":    c.Advance(start.Add(-1)),
		"day back":      c.OpenDay(firstDay),
		"fault":         c.Inject(0, FaultFileLate, 1),
		"file fault":    c.InjectFile("strans", FaultLate),
		"faults":        c.SetFaults(Faults{Late: -1}),
		"resend":        c.Resend("nothing"),
		"second card":   c.AddCustomer(someone(1, "", 0)),
		"too much":      second(c.Deposit(card, 1_000_000)),
		"no relation":   second(c.Deposit(someone(3, "", 0).Card, 1)),
		"no original":   second(c.Reverse("nothing")),
		"enquire":       second(c.Enquire("nothing")),
		"not asked so":  second(c.Ask(&wire.Deposit{})),
		"no such party": second(c.AskLedger("1", pin)),
	} {
		if !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.must(&wire.SignOut{})
	if _, err := c.Deposit(card, 1); !errors.Is(err, ErrNoLine) {
		t.Errorf("signed out: %v", err)
	}
}

func second(_ string, err error) error { return err }

func TestConfigThatCannotBe(t *testing.T) {
	_, theirs := stores(t)
	good := Config{Code: ownCode, Broker: brokerCode, Number: "0001", Format: wire.Delim(), Keys: theirs, Start: start}
	for name, change := range map[string]func(*Config){
		"code":     func(c *Config) { c.Code = "" },
		"number":   func(c *Config) { c.Number = "1" },
		"keys":     func(c *Config) { c.Keys = nil },
		"start":    func(c *Config) { c.Start = time.Time{} },
		"faults":   func(c *Config) { c.Faults.Late = -1 },
		"twice":    func(c *Config) { c.Customers = []Customer{someone(1, "", 0), someone(1, "", 0)} },
		"one fund": func(c *Config) { c.Customers = []Customer{someone(1, "8", 0), someone(2, "8", 0)} },
	} {
		c := good
		change(&c)
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := good
	c.Format.Header = nil
	if _, err := New(c); !errors.Is(err, wire.ErrFormat) {
		t.Errorf("format: %v", err)
	}
}

func TestClosedBank(t *testing.T) {
	p := open(t, wire.Delim(), nil)
	if err := p.b.Close(); err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := p.b.Attach(b); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := p.b.Serve(nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := p.b.Control().Deposit(someone(1, "", 0).Card, 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// What the bank started and nobody answered it enquires after by itself, three
// times at most.
func TestTheBankEnquiresByItself(t *testing.T) {
	p := open(t, wire.Fixed10(), func(c *Config) { c.ReplyWithin = 20 * time.Second })
	c := p.b.Control()
	serial, err := c.Deposit(someone(1, "", 0).Card, 300)
	if err != nil {
		t.Fatal(err)
	}
	if m := p.read(); m.Function() != wire.FunctionDeposit {
		t.Fatal(m.Function())
	}
	for i := range triesMax {
		if err := c.Advance(start.Add(time.Duration(i+1) * 20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		m, ok := p.read().(*wire.QueryTransfer)
		if !ok || m.Original.BankSerial != serial {
			t.Fatalf("%v", m)
		}
		if i == triesMax-1 {
			answer := p.codec.Reply(m, p.codec.Format().Outcome(wire.Success, "")).(*wire.QueryTransfer)
			answer.Original, answer.State = m.Original, wire.TransferAbsent
			p.write(p.frame(answer))
		}
	}
	p.must(&wire.Probe{})
	if e, _ := c.Entry(serial); e.State != wire.TransferRefused || e.Booked {
		t.Errorf("%+v", e)
	}
	if a, _ := c.Account("8001"); a.OnCard != 100_000 {
		t.Errorf("%+v", a)
	}
}
