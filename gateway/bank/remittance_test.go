package bank

import (
	"testing"
	"time"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

// remit asks a bank to move money to the reserve of market 1, or back, and feeds
// what follows, as the node does.
func (w *world) remit(bank uint16, amount money.Amount) uint64 {
	w.t.Helper()
	id := w.must(&record.AskRemittance{Bank: bank, Market: 1, Currency: money.CNY, Amount: amount})
	r := w.remittance(id)
	w.banks[bank-1].must(w.banks[bank-1].gw.Feed(RemittanceIntent(&r)))
	return id
}

func (w *world) remittance(id uint64) custody.Remittance {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.m.RemittanceBy(id)
	if !ok {
		w.t.Fatalf("no remittance %d", id)
	}
	return r
}

// totals are what our books and the bank have of the first bank's clients' money.
func (w *world) totals() (ours custody.Totals, theirs wire.TotalDetail) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.m.Totals()[0], w.banks[0].ctl.Total(money.CNY)
}

// Money goes to the reserve and comes back, in every format, and our books and the
// bank's agree at every moment of rest.
func TestRemittances(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		agree := func(pooled, reserve money.Amount) {
			t.Helper()
			ours, theirs := w.totals()
			if ours.Pooled != pooled || theirs.Pooled != pooled || ours.Reserve != reserve || theirs.Reserve != reserve || !ours.Balanced() {
				t.Fatalf("ours %+v, the bank's pooled %s and reserve %s, want %s and %s", ours, theirs.Pooled, theirs.Reserve, pooled, reserve)
			}
		}
		const sum = 2 * openingCash
		out := w.remit(1, 3_000_000)
		w.drain()
		agree(sum-3_000_000, 3_000_000)
		if moved := s.ctl.Movements(0); len(moved) != 1 || moved[0].Kind != sim.MovedToReserve || moved[0].Amount != -3_000_000 || moved[0].Market != 1 {
			t.Fatalf("moved %+v", moved)
		}
		if r := w.remittance(out); r.State != custody.TransferDone || r.BankRef == [20]byte{} {
			t.Fatalf("%+v", r)
		}
		// Back: the bank answers when the money is there; until then the outcome is unknown.
		back := w.remit(1, -1_000_000)
		w.drain()
		w.pass(time.Minute)
		if r := w.remittance(back); r.State != custody.TransferUnknown {
			t.Fatalf("before the money came: %+v", r)
		}
		s.ctl.Arrive(1, money.CNY, 1_000_000)
		w.drain()
		agree(sum-2_000_000, 2_000_000)
		if r := w.remittance(back); r.State != custody.TransferDone {
			t.Fatalf("%+v", r)
		}
		// Money that is there already is confirmed at once.
		s.ctl.Arrive(1, money.CNY, 500_000)
		w.remit(1, -500_000)
		w.drain()
		agree(sum-1_500_000, 1_500_000)
		w.compare()
	})
}

// What befalls a transfer may befall a remittance, and ends as it does there: done at
// both sides, at neither, or in a difference that the bank's log names.
func TestEveryFaultOfRemittances(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		for _, c := range outcomes {
			t.Run(c.fault.String(), func(t *testing.T) {
				w := newWorld(t, 1, f)
				defer w.close()
				w.drain()
				s := w.banks[0]
				s.must(s.ctl.Inject(wire.FunctionRemit, c.fault, 1))
				id := w.remit(1, 70_000)
				w.settle()
				if got := w.remittance(id); got.State != c.state {
					t.Errorf("state %d, want %d\n%s", got.State, c.state, s.story())
				}
				ours, theirs := w.totals()
				off := ours.Pooled - theirs.Pooled
				want := map[sim.Finding]money.Amount{sim.FindNothing: 0, sim.FindBankHas: 70_000, sim.FindBrokerHas: -70_000}[c.find]
				if off != want || ours.Reserve-theirs.Reserve != -want {
					t.Errorf("ours %+v, theirs %+v", ours, theirs)
				}
				if log := s.ctl.Log(); len(log) != 1 || log[0].Fault != c.fault || log[0].Finding != c.find {
					t.Errorf("log %+v", log)
				}
			})
		}
	})
}

// A gateway that starts anew asks what became of a remittance instead of sending it
// again.
func TestRemittanceAfterARestart(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.must(s.ctl.Inject(wire.FunctionRemit, sim.FaultNoAnswer, 1))
	id := w.remit(1, 70_000)
	w.drain()
	s.restart()
	w.settle()
	if got := w.remittance(id); got.State != custody.TransferDone {
		t.Errorf("%+v", got)
	}
	if moved := s.ctl.Movements(0); len(moved) != 1 {
		t.Errorf("moved %+v", moved)
	}
}

// More than there is does not come back and is refused before it leaves the house; all
// of a pooled account may go.
func TestAllThereIs(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	a, err := w.Submit(t.Context(), record.Request{Cmd: &record.AskRemittance{Bank: 1, Market: 1, Currency: money.CNY, Amount: -1}})
	if err != nil || record.Code(a[0].Code) != record.ReserveShort {
		t.Errorf("%v, %v", a, err)
	}
	id := w.remit(1, openingCash)
	w.drain()
	if got := w.remittance(id); got.State != custody.TransferDone {
		t.Errorf("all of it: %+v", got)
	}
}
