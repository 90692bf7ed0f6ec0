package exchange

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	sim "sancun/sim/exchange"
)

const yuan = money.PriceUnit

// The life of orders: acknowledged, filled, cancelled, refused, and a cancel refused.
func TestOrderLives(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		w := worldOf(t, d, nil)
		defer w.close()
		w.settle()
		w.advance(d.trading())
		code := codesOf(d.market)[0]
		sell := w.order(code, sideSell, 10*yuan, 500)
		buy := w.order(code, sideBuy, 10*yuan, 300)
		dear := w.order(code, sideBuy, 12*yuan, 100)
		w.place(sell)
		w.place(buy)
		w.place(dear)
		w.drain()
		w.withdraw(sell, 0)
		w.withdraw(buy, 0)
		w.settle()
		p := "1"
		if d.market == market.Shanghai {
			p = "200010001"
		}
		limit := "30011"
		late := "30019"
		switch {
		case d.format == EzSTEP:
			p, limit, late = "1000000000", "19102", "19080"
		case d.market == market.Shanghai:
			late = "413"
		}
		want := []string{
			p + "/1 0000000001 reported", p + "/2 0000000002 reported",
			p + "/3 0000000002 filled 300 at 10.0000", p + "/4 0000000001 filled 300 at 10.0000",
			p + "/5 0000000003 refused " + limit,
			p + "/6 0000000001 cancelled 200", p + "/7 0000000002 cancel-refused " + late,
		}
		got := w.cell.lines()
		// The two fills of a trade may be reported in either order.
		slices.Sort(got)
		want[2], want[3] = swapIfNeeded(got, want[2], want[3], p)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if s := w.g.Status(); s.Sent != 5 || s.Acked != 5 || s.Resent != 0 || s.Submitted != 7 || s.Detail != "" {
			t.Errorf("status %+v", s)
		}
	})
}

// swapIfNeeded gives the two fills the numbers they have in got.
func swapIfNeeded(got []string, a, b, p string) (string, string) {
	if slices.Contains(got, a) {
		return a, b
	}
	return strings.Replace(a, p+"/3", p+"/4", 1), strings.Replace(b, p+"/4", p+"/3", 1)
}

// Orders wait until their platform is open, and an order for a platform that
// never opens does not hold up the others.
func TestWaitsForPlatform(t *testing.T) {
	w := newWorld(t, market.Shenzhen, nil)
	defer w.close()
	w.settle()
	after := w.order("000001", sideBuy, 10*yuan, 100)
	after.Category, after.Type = categoryAfterHours, market.FixedOrder
	w.place(after)
	w.place(w.order("000001", sideBuy, 10*yuan, 100))
	w.drain()
	if got := w.cell.lines(); len(got) != 1 || !strings.Contains(got[0], "0000000002 reported") {
		t.Fatalf("before 9:30: %v", got)
	}
	if s := w.g.Status(); s.Waiting != 1 {
		t.Fatalf("waiting %d", s.Waiting)
	}
	w.at(9, 30, 0)
	w.settle()
	if got := w.cell.lines(); len(got) != 2 || !strings.Contains(got[1], "0000000001 reported") {
		t.Fatalf("after 9:30: %v", got)
	}
	w.at(12, 0, 0)
	w.place(w.order("000001", sideBuy, 10*yuan, 100))
	w.drain()
	if got := len(w.cell.lines()); got != 2 {
		t.Fatalf("sent at noon")
	}
	w.at(13, 0, 0)
	w.settle()
	if got := len(w.cell.lines()); got != 3 {
		t.Fatalf("not sent after noon")
	}
}

// What the format has no place for is refused by us, once, and never sent.
func TestUnsendable(t *testing.T) {
	w := newWorld(t, market.Shanghai, nil)
	defer w.close()
	w.settle()
	w.at(9, 31, 0)
	o := w.order("600000", sideBuy, 10*yuan, 100)
	o.Category, o.Type = categoryAfterHours, market.FixedOrder
	long := w.order("600000", sideBuy, 10*yuan, 100)
	long.Account = "A1000000010000"
	w.place(o)
	w.withdraw(o, 0)
	w.place(long)
	w.settle()
	want := []string{"0/0 0000000001 refused 65001", "0/0 0000000001 cancel-refused 65001", "0/0 0000000002 refused 65001"}
	if d := cmp.Diff(want, w.cell.lines()); d != "" {
		t.Fatal(d)
	}
	if s := w.g.Status(); s.Unsendable != 3 || s.Sent != 0 || !strings.Contains(s.Detail, "0000000002") {
		t.Errorf("status %+v", s)
	}
}

// A restart feeds the same orders again; what the exchange has is not sent twice.
func TestRestartFeedsAgain(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		w := worldOf(t, d, nil)
		defer w.close()
		w.settle()
		w.advance(d.trading())
		orders := []Order{w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100), w.order(codesOf(d.market)[1], sideBuy, 10*yuan, 100)}
		w.place(orders[0])
		w.settle()
		w.g.Close()
		w.cell = newCell() // the crash lost the acknowledgement
		w.g = w.gateway(w.cell)
		w.place(orders[0])
		w.place(orders[1])
		w.settle()
		if s := w.g.Status(); s.Sent != 1 || s.Duplicates != 0 {
			t.Errorf("status %+v", s)
		}
		if got := w.cell.lines(); len(got) != 2 {
			t.Errorf("took %v", got)
		}
		w.place(orders[0])
		w.drain()
		if s := w.g.Status(); s.Known != 1 || s.Sent != 1 {
			t.Errorf("status %+v", s)
		}
	})
}

// audit reads the whole day from the exchange with a fresh gateway.
func (w *world) audit() []string {
	w.t.Helper()
	w.g.Close()
	fresh := newCell()
	w.g = w.gateway(fresh)
	for range 10 {
		w.drain()
		if w.g.Status().State == Ready {
			break
		}
		w.advance(w.clock + 4*calendar.Second)
	}
	return numberedLines(fresh)
}

// numberedLines are the numbered reports a cell took, by stream and index.
func numberedLines(c *cell) []string {
	var out []string
	for _, l := range c.lines() {
		if !strings.HasPrefix(l, "0/0 ") {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return out
}

// Whatever goes wrong on the way, every report of the exchange reaches the cell
// once and in order, and every order reaches the exchange once.
func TestNoLossNoDuplicates(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		rapid.Check(t, func(r *rapid.T) { playFaults(t, r, d) })
	})
}

func playFaults(t *testing.T, r *rapid.T, d dialect) {
	w := worldOf(t, d, func(c *sim.Config) {
		c.Faults = sim.Faults{
			Seed: rapid.Uint64().Draw(r, "seed"), Delay: 30_000, Late: 20_000, Silent: 50_000, Twice: 50_000, Lose: 50_000,
			DropBefore: 40_000, DropAfter: 40_000, Refuse: 20_000,
		}
	})
	defer w.close()
	w.settle()
	w.advance(d.trading())
	var placed []Order
	for range rapid.IntRange(1, 15).Draw(r, "steps") {
		for range rapid.IntRange(0, 12).Draw(r, "orders") {
			code := codesOf(d.market)[rapid.IntRange(0, 3).Draw(r, "code")]
			o := w.order(code, uint8(rapid.IntRange(1, 2).Draw(r, "side")), money.Price(rapid.IntRange(995, 1005).Draw(r, "price"))*100, 100)
			placed = append(placed, o)
			w.place(o)
		}
		if len(placed) > 0 && rapid.IntRange(0, 3).Draw(r, "cancel") == 0 {
			w.withdraw(rapid.SampledFrom(placed).Draw(r, "which"), rapid.IntRange(0, 2).Draw(r, "attempt"))
		}
		if rapid.IntRange(0, 5).Draw(r, "cut") == 0 {
			if err := w.x.Control().Disconnect("GWA"); err != nil {
				t.Fatal(err)
			}
		}
		w.drain()
		w.advance(w.clock + calendar.TimeOfDay(rapid.IntRange(0, 5000).Draw(r, "pause")))
	}
	w.settle()
	w.at(15, 31, 0) // what was held back has come, and the end of every stream shows what was lost
	w.drain()
	got := numberedLines(w.cell)
	refused := map[string]bool{}
	for _, l := range w.cell.lines() {
		if strings.HasPrefix(l, "0/0 ") {
			refused[strings.Fields(l)[1]] = true
		}
	}
	was := w.g.Status()
	want := w.audit()
	if d := cmp.Diff(want, got); d != "" {
		r.Fatalf("the cell and the exchange differ:\n%s", d)
	}
	for _, o := range placed {
		n := 0
		for _, l := range want {
			f := strings.Fields(l)
			if f[1] == o.ClOrdID.String() && (f[2] == "reported" || f[2] == "refused") {
				n++
			}
		}
		if n != 1 && !refused[o.ClOrdID.String()] {
			r.Fatalf("order %s is %d times at the exchange; gateway %+v, totals %+v, want %v", o.ClOrdID, n, was, w.x.Control().Totals(), want)
		}
	}
}

// The same steps over real connections give the same records in the same order,
// faults and broken connections included.
func TestSameStepsSameRecords(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		play := func() []string {
			w := worldOf(t, d, func(c *sim.Config) {
				c.Faults = sim.Faults{Seed: 7, Delay: 10_000, Late: 5_000, Silent: 10_000, Twice: 10_000, Lose: 10_000, DropBefore: 5_000, DropAfter: 5_000}
			})
			w.tcp = true
			defer w.close()
			w.settle()
			w.advance(d.trading())
			for step := range 60 {
				for i := range 40 {
					k := step*40 + i
					w.place(w.order(codesOf(d.market)[k%4], uint8(1+k/4%2), money.Price(998+k*7%5)*100, money.Quantity(100+k%3*100)))
				}
				w.drain()
				w.advance(w.clock + calendar.Second)
			}
			w.settle()
			return w.cell.lines()
		}
		first := play()
		if len(first) < 2_400 {
			t.Fatalf("only %d records", len(first))
		}
		for range 2 {
			if d := cmp.Diff(first, play()); d != "" {
				t.Fatal(d)
			}
		}
	})
}

// A refused logon ends the step and is tried again in the next.
func TestRefusedLogon(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		w := worldOf(t, d, nil)
		defer w.close()
		if err := w.x.Control().RefuseLogons("GWA", true); err != nil {
			t.Fatal(err)
		}
		if err := w.g.Drain(context.Background()); !errors.Is(err, ErrOffline) || !errors.Is(err, ErrLoggedOut) {
			t.Fatalf("got %v", err)
		}
		if s := w.g.Status(); s.State != Offline || !strings.Contains(s.Detail, "refused") {
			t.Errorf("status %+v", s)
		}
		if err := w.x.Control().RefuseLogons("GWA", false); err != nil {
			t.Fatal(err)
		}
		w.settle()
	})
}

// A full queue refuses at once in lock-step, and a Drain makes room.
func TestFullInLockStep(t *testing.T) {
	w := newWorld(t, market.Shenzhen, nil)
	defer w.close()
	w.settle()
	o := w.order("000001", sideBuy, 10*yuan, 100)
	for range QueueMax {
		w.place(o) // the same again and again, so that one Drain is short
	}
	if err := w.g.Place(context.Background(), o); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v", err)
	}
	w.drain()
	if s := w.g.Status(); s.Known != QueueMax-1 || s.Queue != 0 {
		t.Errorf("status %+v", s)
	}
}
