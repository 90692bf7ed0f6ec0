package bank

import (
	"testing"
	"time"

	"sancun/custody"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

func TestTransfersOfTheBroker(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		if h := s.gw.Health(); !h.Up || s.ctl.SignedIn() != testDate {
			t.Fatalf("not signed in: %+v", h)
		}
		in := w.deposit(1001, 12_345)
		out := w.withdraw(1002, 54_321)
		if w.balance(1001) != openingCash || w.balance(1002) != openingCash-54_321 {
			t.Fatal("a deposit is credited on the bank's word, a withdrawal debited before it is said")
		}
		w.drain()
		for _, id := range []uint64{in, out} {
			if got := w.state(id); got != custody.TransferDone {
				t.Errorf("transfer %d is %d", id, got)
			}
		}
		if w.balance(1001) != openingCash+12_345 {
			t.Errorf("balance %v", w.balance(1001))
		}
		w.compare()
	})
}

func TestRefusedByTheBank(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		in := w.deposit(1001, onCard+1)
		w.drain()
		if got := w.transfer(in); got.State != custody.TransferRefused || got.BankError == 0 {
			t.Errorf("%+v", got)
		}
		w.compare()
	})
}

// outcome is what a fault must lead to, when time and enquiries have passed.
type outcome struct {
	fault sim.Fault
	state uint8 // of a deposit or withdrawal of ours
	find  sim.Finding
}

var outcomes = []outcome{
	{sim.FaultDelay, custody.TransferDone, sim.FindNothing},
	{sim.FaultLate, custody.TransferDone, sim.FindNothing},
	{sim.FaultSilent, custody.TransferRefused, sim.FindNothing},
	{sim.FaultNoAnswer, custody.TransferDone, sim.FindNothing},
	{sim.FaultTwice, custody.TransferDone, sim.FindNothing},
	{sim.FaultDropBefore, custody.TransferRefused, sim.FindNothing},
	{sim.FaultDropAfter, custody.TransferDone, sim.FindNothing},
	{sim.FaultRefuse, custody.TransferRefused, sim.FindNothing},
	{sim.FaultUnsure, custody.TransferDone, sim.FindNothing},
	{sim.FaultBankOnly, custody.TransferRefused, sim.FindBankHas},
	{sim.FaultBrokerOnly, custody.TransferDone, sim.FindBrokerHas},
}

func TestEveryFaultOfTransfers(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		for _, c := range outcomes {
			for _, deposit := range []bool{true, false} {
				t.Run(c.fault.String(), func(t *testing.T) {
					w := newWorld(t, 2, f)
					defer w.close()
					w.drain()
					s := w.banks[0]
					s.must(s.ctl.Inject(0, c.fault, 1))
					id := uint64(0)
					if deposit {
						id = w.deposit(1001, 700)
					} else {
						id = w.withdraw(1001, 700)
					}
					w.settle()
					if got := w.state(id); got != c.state {
						t.Errorf("state %d, want %d\n%s", got, c.state, s.story())
					}
					log := s.ctl.Log()
					if len(log) != 1 || log[0].Fault != c.fault || log[0].Finding != c.find {
						t.Errorf("log %+v", log)
					}
					if h := s.gw.Health(); h.Waiting+h.Flying+h.Unknown != 0 || !h.Up {
						t.Errorf("health %+v", h)
					}
					w.compare()
					next := w.withdraw(1002, 5) // life goes on
					w.drain()
					if w.state(next) != custody.TransferDone {
						t.Error("the next transfer is not done")
					}
				})
			}
		}
	})
}

// An unknown outcome is not a refusal: the withdrawal stays debited until the bank
// has spoken.
func TestSilenceIsUnknown(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.must(s.ctl.Inject(0, sim.FaultSilent, 1))
	s.must(s.ctl.Inject(wire.FunctionQueryTransfer, sim.FaultSilent, 3))
	id := w.withdraw(1001, 900)
	w.pass(65 * time.Second)
	if got := w.state(id); got != custody.TransferUnknown || w.balance(1001) != openingCash-900 {
		t.Fatalf("state %d, balance %v", got, w.balance(1001))
	}
	w.settle()
	if got := w.state(id); got != custody.TransferRefused || w.balance(1001) != openingCash {
		t.Fatalf("state %d, balance %v", got, w.balance(1001))
	}
	w.compare()
}

// "Never arrived" is not believed while the request may still be on its way.
func TestAbsentIsNotBelievedAtOnce(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed24())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.must(s.ctl.Inject(0, sim.FaultSilent, 1))
	id := w.deposit(1001, 900)
	w.pass(50 * time.Second) // timed out after 30 s, enquired twice
	if got := w.state(id); got != custody.TransferUnknown || s.gw.Health().Counts.Enquiries == 0 {
		t.Fatalf("state %d after %d enquiries", got, s.gw.Health().Counts.Enquiries)
	}
	w.pass(30 * time.Second)
	if got := w.state(id); got != custody.TransferRefused {
		t.Fatalf("state %d", got)
	}
}

// After the last enquiry people must look, and may have it asked anew.
func TestEnquiriesEnd(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.must(s.ctl.Inject(0, sim.FaultNoAnswer, 1))
	s.must(s.ctl.Inject(wire.FunctionQueryTransfer, sim.FaultSilent, 20))
	id := w.deposit(1001, 900)
	w.pass(8 * time.Minute)
	if h := s.gw.Health(); h.GivenUp != 1 || h.Counts.Enquiries != 20 {
		t.Fatalf("given up %d after %d enquiries", h.GivenUp, h.Counts.Enquiries)
	}
	s.gw.EnquireAll()
	w.drain()
	if got := w.state(id); got != custody.TransferDone {
		t.Fatalf("state %d", got)
	}
	w.compare()
}

func TestReversalsOfTheBroker(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		for _, c := range outcomes {
			for _, deposit := range []bool{true, false} {
				t.Run(c.fault.String(), func(t *testing.T) {
					w := newWorld(t, 1, f)
					defer w.close()
					w.drain()
					s := w.banks[0]
					id := uint64(0)
					if deposit {
						id = w.deposit(1001, 700)
					} else {
						id = w.withdraw(1001, 700)
					}
					w.drain()
					s.must(s.ctl.Inject(0, c.fault, 1))
					r, code := w.ask("r", &record.AskReversal{Transfer: id, Amount: 700})
					if code != record.Accepted {
						t.Fatal(code)
					}
					w.settle()
					want := uint8(custody.TransferReversed)
					if c.state == custody.TransferRefused {
						want = custody.TransferDone
					}
					if got := w.state(id); got != want || w.state(r) != c.state {
						t.Errorf("original %d, want %d; reversal %d, want %d\n%s", got, want, w.state(r), c.state, s.story())
					}
					w.compare()
				})
			}
		}
	})
}

// A reversal of what never arrived poisons it at the bank.
func TestReversalOfTheUnknown(t *testing.T) {
	for _, c := range []struct {
		fault sim.Fault
		state uint8
	}{{sim.FaultSilent, custody.TransferReversed}, {sim.FaultNoAnswer, custody.TransferReversed}, {sim.FaultDelay, custody.TransferReversed}} {
		w := newWorld(t, 1, wire.Delim())
		w.drain()
		s := w.banks[0]
		s.must(s.ctl.SetFaults(sim.Faults{DelayBy: 3 * time.Minute}))
		s.must(s.ctl.Inject(0, c.fault, 1))
		s.must(s.ctl.Inject(wire.FunctionQueryTransfer, sim.FaultSilent, 100))
		id := w.withdraw(1001, 900)
		w.pass(35 * time.Second)
		r, code := w.ask("r", &record.AskReversal{Transfer: id, Amount: 900})
		if code != record.Accepted {
			t.Fatal(code)
		}
		w.settle()
		if w.state(id) != c.state || w.state(r) != custody.TransferDone || w.balance(1001) != openingCash {
			t.Errorf("%v: original %d, reversal %d, balance %v\n%s", c.fault, w.state(id), w.state(r), w.balance(1001), s.story())
		}
		w.compare()
		w.close()
	}
}

// A deposit that needs the card's password takes it along, once.
func TestCardPassword(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		s := w.banks[0]
		s.options.NeedPassword = true
		s.restart()
		w.drain()
		for _, c := range []struct {
			password string
			state    uint8
		}{{cardPIN, custody.TransferDone}, {"000000", custody.TransferRefused}, {"", custody.TransferRefused}} {
			key := "p" + c.password
			if c.password != "" {
				s.must(s.gw.KeepPassword(record.KeyFor(0, key), wire.NewSecret(c.password)))
			}
			id, _ := w.ask(key, &record.AskDeposit{Fund: 1001, Amount: 100, Channel: record.ChannelWeb})
			w.drain()
			got := w.transfer(id)
			if got.State != c.state {
				t.Errorf("password %q: state %d", c.password, got.State)
			}
			if c.password == "" && got.BankError != ErrorNoPassword {
				t.Errorf("error %d", got.BankError)
			}
		}
		w.compare()
	})
}

// What was certainly not sent is refused when it gets old, and what the bank's
// switch keeps back too.
func TestUnsentIsRefused(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.refuse = true
	s.ctl.Disconnect()
	w.drain()
	id := w.withdraw(1001, 900)
	w.pass(25 * time.Second)
	if w.state(id) != custody.TransferSent {
		t.Fatalf("state %d", w.state(id))
	}
	w.pass(10 * time.Second)
	if got := w.transfer(id); got.State != custody.TransferRefused || got.BankError != ErrorNotSent {
		t.Fatalf("%+v", got)
	}
	if _, code := w.ask("again", &record.AskDeposit{Fund: 1001, Amount: 5, Channel: 1}); code != record.BankSignedOut {
		t.Errorf("a bank without a line takes business: %v", code)
	}
	s.refuse = false
	w.pass(10 * time.Second)
	id = w.withdraw(1001, 900)
	w.drain()
	if w.state(id) != custody.TransferDone {
		t.Errorf("state %d", w.state(id))
	}
	s.gw.Switch(false)
	id = w.withdraw(1001, 900)
	w.pass(5 * time.Second)
	if got := w.transfer(id); got.State != custody.TransferRefused {
		t.Errorf("switched off: state %d", got.State)
	}
	s.gw.Switch(true)
	w.pass(10 * time.Second)
	if !s.gw.Health().Up {
		t.Error("not up again")
	}
	w.compare()
}
