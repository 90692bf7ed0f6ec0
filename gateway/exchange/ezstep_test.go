package exchange

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sancun/calendar"
	"sancun/market"
	sim "sancun/sim/exchange"
)

var afterHours = dialect{market.Shanghai, EzSTEP}

// EzSTEP does not say when it is open, so the house keeps the hours itself: what
// comes at other times waits.
func TestEzSTEPKeepsHours(t *testing.T) {
	w := worldOf(t, afterHours, nil)
	defer w.close()
	w.settleWaiting()
	for _, at := range []calendar.TimeOfDay{calendar.Clock(9, 16, 0), calendar.Clock(12, 0, 0), calendar.Clock(15, 30, 0)} {
		w.advance(at)
		w.place(w.order("688001", sideBuy, 10*yuan, 200))
		w.drain()
		if s := w.g.Status(); s.Waiting != 1 || s.OnWire != 0 {
			t.Errorf("at %s: %+v", at, s)
		}
		if at == calendar.Clock(15, 30, 0) {
			break
		}
		w.advance(at + 2*calendar.Hour)
		w.drain()
		if s := w.g.Status(); s.Waiting != 0 {
			t.Errorf("two hours after %s: %+v", at, s)
		}
	}
	want := []string{"1000000000/1 0000000001 reported", "1000000000/2 0000000002 reported"}
	if d := cmp.Diff(want, w.cell.lines()); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		h, m  int32
		state uint16
	}{{9, 29, platformPreOpen}, {9, 30, platformOpen}, {11, 29, platformOpen}, {11, 30, platformBreak}, {13, 0, platformOpen}, {15, 1, platformOpen}, {15, 29, platformOpen}, {15, 30, platformClosed}} {
		if got := stepState(time.UnixMilli(testDate.UnixMilli(calendar.Clock(c.h, c.m, 0)))); got != c.state {
			t.Errorf("%02d:%02d: state %d, want %d", c.h, c.m, got, c.state)
		}
	}
}

// settleWaiting is settle before the hours.
func (w *world) settleWaiting() {
	w.t.Helper()
	for range 3 {
		w.drain()
		w.advance(w.clock + 4*calendar.Second)
	}
}

// A last row that was lost is found, although no later row shows that it is gone
// and EzSTEP's tables have no end.
func TestEzSTEPLosesTheLastRow(t *testing.T) {
	inBubble(t, afterHours, nil, func(t *testing.T, w *running) {
		pass(5 * time.Second)
		if err := w.x.Control().Inject(sim.FaultLose, 1); err != nil {
			t.Fatal(err)
		}
		w.place(w.order("688001", sideBuy, 10*yuan, 200))
		pass(5 * time.Second)
		if got := w.cell.lines(); len(got) != 0 {
			t.Fatalf("not lost: %v", got)
		}
		pass(Heartbeat)
		if s := w.g.Status(); len(w.cell.lines()) != 1 || s.Gaps+s.Synchronisations < 2 || s.Connects != 1 || s.Resent != 0 {
			t.Fatalf("took %v, status %+v", w.cell.lines(), s)
		}
	})
}

// A Pair gives each line what it takes.
func TestPair(t *testing.T) {
	w := newWorld(t, market.Shanghai, nil)
	defer w.close()
	other := *w
	other.line = EzSTEP
	after := other.gateway(w.cell)
	defer after.Close()
	p := Pair{Trading: w.g, AfterHours: after}
	for _, category := range []uint8{categoryAuction, categoryAfterHours, categoryNonTrading} {
		o := w.order("688001", sideBuy, 10*yuan, 200)
		o.Category = category
		if err := p.Place(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		if err := p.Withdraw(context.Background(), Cancel{ClOrdID: CancelID(o.ClOrdID, 0), Original: o.ClOrdID, Category: category}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := w.g.Status().Queue, after.Status().Queue; a != 4 || b != 2 {
		t.Errorf("%d at the trading line, %d at the after-hours line", a, b)
	}
	o := w.g.o
	o.Market, o.Format = market.Shenzhen, EzSTEP
	if _, err := New(o); err == nil {
		t.Error("EzSTEP in Shenzhen")
	}
}
