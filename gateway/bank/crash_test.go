package bank

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"sancun/custody"
	"sancun/record"
	"sancun/sequencer"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

func serialText(id uint64) string { return strconv.FormatUint(id, 10) }

var errKilled = errors.New("killed")

// A gateway that dies at any point between asking and recording leaves the same
// outcome behind, and the card is debited at most once.
func TestKilledBetweenAskingAndRecording(t *testing.T) {
	for _, c := range []struct {
		point string
		kill  func(w *world, s *side)
		state uint8
	}{
		{"before sending", func(*world, *side) {}, custody.TransferRefused},
		{"after sending, before the answer", func(w *world, s *side) {
			s.must(s.ctl.Inject(0, sim.FaultLate, 1))
			w.drain()
		}, custody.TransferDone},
		{"after sending, still in process", func(w *world, s *side) {
			s.must(s.ctl.Inject(0, sim.FaultDelay, 1))
			w.drain()
		}, custody.TransferDone},
		{"after the answer, before it is recorded", func(w *world, s *side) {
			w.fail = func(cmd record.Command) error {
				if cmd.Kind() == record.KindBankAnswered {
					return errKilled
				}
				return nil
			}
			if err := s.gw.Drain(context.Background()); !errors.Is(err, errKilled) {
				w.t.Fatalf("drain: %v", err)
			}
			if err := s.gw.Drain(context.Background()); !errors.Is(err, errKilled) {
				w.t.Fatalf("a gateway goes on after its store failed: %v", err)
			}
			w.fail = nil
		}, custody.TransferDone},
	} {
		each(t, func(t *testing.T, f wire.Format) {
			for _, deposit := range []bool{true, false} {
				t.Run(c.point, func(t *testing.T) {
					w := newWorld(t, 1, f)
					defer w.close()
					w.drain()
					s := w.banks[0]
					id := uint64(0)
					if deposit {
						id = w.deposit(1001, 321)
					} else {
						id = w.withdraw(1001, 321)
					}
					c.kill(w, s)
					s.restart()
					w.settle()
					if got := w.state(id); got != c.state {
						t.Errorf("state %d, want %d\n%s", got, c.state, s.story())
					}
					booked := 0
					for _, e := range s.ctl.Entries() {
						if e.Booked {
							booked++
						}
					}
					if booked > 1 || (booked == 1) != (c.state == custody.TransferDone) {
						t.Errorf("booked %d times\n%s", booked, s.story())
					}
					w.compare()
				})
			}
		})
	}
}

// A request of the bank that was recorded and not answered gets its answer when
// the bank sends the same serial again.
func TestKilledBetweenRecordingAndAnswering(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed24())
	defer w.close()
	w.drain()
	s := w.banks[0]
	in := s.bankDeposit(1001, 600)
	w.fail = func(cmd record.Command) error {
		if cmd.Kind() != record.KindBankDeposit {
			return nil
		}
		// The block became durable and nobody heard of it.
		d := *cmd.(*record.BankDeposit)
		k := KeyOf(1, wire.Key{Initiator: wire.Bank, Date: testDate, Serial: in})
		w.height++
		w.m.Begin(nil, w.height, w.now.UnixNano())
		w.m.Decide(record.Request{Caller: record.CallerOf(record.CallerBank, 1), Key: k, Cmd: &d})
		return errKilled
	}
	if err := s.gw.Drain(t.Context()); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.fail = nil
	s.restart()
	w.drain()
	if got := s.entry(in).State; got != wire.TransferProcessing {
		t.Fatalf("the bank was told %v", got)
	}
	s.must(s.ctl.Resend(in))
	w.drain()
	if got := s.entry(in).State; got != wire.TransferDone || w.balance(1001) != openingCash+600 {
		t.Errorf("state %v, balance %v", got, w.balance(1001))
	}
	w.compare()
}

// A full queue is an answer: nothing was done, send again later.
func TestBusyIsNotProcessed(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed10())
	defer w.close()
	w.drain()
	s := w.banks[0]
	ours := w.withdraw(1001, 70)
	in := s.bankDeposit(1001, 600)
	w.fail = func(record.Command) error { return sequencer.ErrBusy }
	w.drain()
	if answer := s.ctl.Answer(in); answer == nil || answer.Result().Status != wire.NotProcessed {
		t.Errorf("answer %v", answer)
	}
	w.fail = nil
	w.settle()
	if w.state(ours) != custody.TransferDone || w.balance(1001) != openingCash-70 {
		t.Errorf("state %d, balance %v", w.state(ours), w.balance(1001))
	}
	w.compare()
}

// The centre that took over has a higher epoch; the bank hears no more of the old one.
func TestOldEpochIsRefused(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.options.Epoch = 8
	s.restart()
	w.drain()
	s.options.Epoch = 7
	s.restart()
	w.pass(30 * time.Second)
	if h := s.gw.Health(); h.Up {
		t.Error("the old centre is signed in")
	}
	if !slices.ContainsFunc(w.log, func(l string) bool { return l == "1 *record.BankSession 0" }) {
		t.Errorf("%v", w.log)
	}
}
