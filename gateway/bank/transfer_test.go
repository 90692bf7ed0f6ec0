package bank

import (
	"testing"

	"sancun/custody"
	"sancun/record"
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

var _ = record.Accepted
