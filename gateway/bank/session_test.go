package bank

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

func (w *world) signedIn(bank uint16) uint32 {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	b, _ := w.m.BankBy(bank)
	return b.SignedIn
}

func TestDayOfASession(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		s := w.banks[0]
		if w.signedIn(1) != 0 {
			t.Error("signed in before anything was said")
		}
		w.drain()
		if w.signedIn(1) != testDate || s.gw.Bank() != 1 {
			t.Errorf("signed in for %d", w.signedIn(1))
		}
		s.gw.CloseDay()
		w.drain()
		if w.signedIn(1) != 0 || s.ctl.SignedIn() != 0 || s.gw.Health().Up {
			t.Errorf("signed out: records %d, bank %d, %+v", w.signedIn(1), s.ctl.SignedIn(), s.gw.Health())
		}
		w.pass(time.Minute)
		if s.gw.Health().Counts.SignIns != 1 {
			t.Error("signed in again without being asked")
		}
		s.gw.OpenDay(testDate)
		w.pass(10 * time.Second)
		if w.signedIn(1) != testDate {
			t.Error("not signed in again")
		}
	})
}

// A bank that refuses the sign-in is asked again in a while, not in a loop.
func TestSignInRefused(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed24())
	defer w.close()
	s := w.banks[0]
	s.must(s.ctl.Inject(wire.FunctionSignIn, sim.FaultRefuse, 3))
	s.ctl.Disconnect()
	s.restart()
	w.drain()
	if s.gw.Health().Up {
		t.Fatal("up although refused")
	}
	w.pass(30 * time.Second)
	if h := s.gw.Health(); !h.Up || h.Counts.SignIns != 1 {
		t.Errorf("%+v", h)
	}
}

// A store that has lost its memory makes generations above those the bank knows.
func TestKeysAfterLostMemory(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	s := w.banks[0]
	fresh := wire.NewSoftStore(seededReader(77))
	master := make([]byte, 16)
	master[0] = 1
	s.must(fresh.SetMaster(bankCode(1), master))
	s.options.Keys = fresh
	s.restart() // within the same second: the bank refuses the first generation
	w.drain()
	if h := s.gw.Health(); !h.Up || h.Counts.KeysRefused == 0 {
		t.Errorf("%+v", h)
	}
}

// Before the first tick a gateway does not know the time, and keys of no time would
// be older than those of the run before: it waits, and the bank takes its first keys.
func TestNoLineBeforeTheTime(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.gw.Close()
	gw, err := New(s.options)
	s.must(err)
	s.gw = gw
	gw.OpenDay(testDate)
	w.drain()
	if h := gw.Health(); h.Phase != "down" || h.Counts.LinesLost != 0 {
		t.Errorf("before its time %+v", h)
	}
	w.now = w.now.Add(time.Second)
	s.must(gw.Tick(t.Context(), w.now))
	w.drain()
	if h := gw.Health(); !h.Up || h.Counts.KeysRefused != 0 {
		t.Errorf("then %+v", h)
	}
}

// Keys that never fit end in patience, not in a storm.
func TestOtherMasterKey(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	s := w.banks[0]
	other := wire.NewSoftStore(seededReader(78))
	s.must(other.SetMaster(bankCode(1), slices.Repeat([]byte{9}, 16)))
	s.options.Keys = other
	s.restart()
	for range 60 {
		w.now = w.now.Add(time.Second)
		s.must(s.gw.Tick(t.Context(), w.now)) // the bank believes no frame of ours, so no fence is answered
	}
	if h := s.gw.Health(); h.Up || h.Counts.Sent > 6 {
		t.Errorf("%+v", h)
	}
}

func TestQuestionsEnd(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	w.drain()
	s := w.banks[0]
	var got []error
	done := func(_ Reply, err error) { got = append(got, err) }
	q := func() Question {
		return Question{
			Message: &wire.QueryBankBalance{FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY},
			Account: cardNumber(1001), Password: wire.NewSecret(cardPIN), HasPIN: true, Done: done,
		}
	}
	s.must(s.ctl.Inject(wire.FunctionQueryBankBalance, sim.FaultSilent, 1))
	s.must(s.gw.Ask(q()))
	w.pass(35 * time.Second)
	s.refuse = true
	s.must(s.ctl.Inject(wire.FunctionQueryBankBalance, sim.FaultSilent, 1))
	s.must(s.gw.Ask(q()))
	w.drain()
	s.ctl.Disconnect()
	w.drain()
	s.must(s.gw.Ask(q()))
	w.pass(35 * time.Second)
	bad := q()
	bad.Password = wire.NewSecret(strings.Repeat("长", 30))
	s.refuse = false
	w.pass(10 * time.Second)
	s.must(s.gw.Ask(bad))
	w.drain()
	if len(got) != 4 || !errors.Is(got[0], ErrTimeout) || !errors.Is(got[1], ErrTimeout) || !errors.Is(got[2], ErrDown) || !errors.Is(got[3], wire.ErrEncoding) {
		t.Errorf("%v", got)
	}
}

// A probe that the clock made the gateway say is no fence for what was said after it.
func TestFenceBehindAnOldProbe(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed24())
	defer w.close()
	w.drain()
	s := w.banks[0]
	for range 200 {
		w.now = w.now.Add(40 * time.Second) // past ProbeEvery
		s.must(s.ctl.Advance(w.now))
		id := w.deposit(1001, 10)
		s.must(s.gw.Tick(t.Context(), w.now)) // says a probe, then the deposit
		w.drain()
		if got := w.state(id); got != custody.TransferDone {
			t.Fatalf("state %d after a drain", got)
		}
	}
	w.compare()
}

func TestOptionsThatCannotBe(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	good := w.banks[0].options
	for name, change := range map[string]func(*Options){
		"bank":   func(o *Options) { o.Bank = 0 },
		"code":   func(o *Options) { o.Code = "" },
		"keys":   func(o *Options) { o.Keys = nil },
		"dial":   func(o *Options) { o.Dial = nil },
		"reveal": func(o *Options) { o.Reveal = nil },
	} {
		o := good
		change(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := good
	o.Format.Layouts = nil
	if _, err := New(o); !errors.Is(err, wire.ErrFormat) {
		t.Errorf("format: %v", err)
	}
	g := w.banks[0].gw // without a folder
	if err := g.SendFiles(testDate, OutFile{"a", nil}); !errors.Is(err, ErrOptions) {
		t.Error(err)
	}
	if err := g.FetchFile(testDate, ".."); !errors.Is(err, ErrName) {
		t.Error(err)
	}
}

// The limits of the door.
func TestDoorIsBounded(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	s := w.banks[0]
	s.options.Limits.Queue = 2
	s.restart()
	q := Question{Message: &wire.IdentityCheck{}}
	for i := range 3 {
		key := record.KeyFor(0, strings.Repeat("x", i+1))
		full := i == 2
		for name, err := range map[string]error{
			"password": s.gw.KeepPassword(key, wire.NewSecret(cardPIN)), "question": s.gw.Ask(q),
			"intent": s.gw.Feed(Intent{Bank: 1, Transfer: uint64(i)}),
		} {
			if errors.Is(err, ErrFull) != full {
				t.Errorf("%s %d: %v", name, i, err)
			}
		}
	}
	w.now = w.now.Add(time.Minute) // kept passwords go
	s.must(s.gw.Tick(t.Context(), w.now))
	if err := s.gw.KeepPassword(record.KeyFor(0, "y"), wire.NewSecret(cardPIN)); err != nil {
		t.Error(err)
	}
}

// Business of the account class without a place in our books is refused in words.
func TestWhatTheBankCannotStart(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.options.Books = nil
	s.restart()
	w.drain()
	p := s.ctl.Party(cardNumber(1001), "1001")
	for _, c := range []struct {
		m    wire.Message
		want wire.Status
	}{
		{&wire.CancelContract{Party: p}, wire.Refused},
		{&wire.ChangeCustodyBank{Party: p, NewBank: "BANK0009"}, wire.Refused},
		{&wire.PreDesignate{Party: p}, wire.Refused},
		{&wire.IdentityCheck{Party: wire.Party{Name: "x", IDKind: 1, IDNumber: "1", FundAccount: "abc", BankAccount: "1", Currency: money.CNY}}, wire.Refused},
		{&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Bank, Date: testDate, BankSerial: "B1"}}, wire.NotProcessed},
		{&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Bank, Date: testDate}}, wire.Refused},
	} {
		serial, err := s.ctl.Ask(c.m)
		s.must(err)
		w.drain()
		answer := s.ctl.Answer(serial)
		if answer == nil || answer.Result().Status != c.want || answer.Result().ErrorText == "" {
			t.Errorf("%v: %v", c.m.Function(), answer)
		}
	}
	if serial, err := s.ctl.AskLedger(cardNumber(1001), fundPIN); err != nil {
		t.Error(err)
	} else if w.drain(); s.ctl.Answer(serial).Result().Status != wire.NotProcessed {
		t.Error("a balance without books")
	}
}
