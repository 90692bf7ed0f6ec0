package exchange

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	sim "sancun/sim/exchange"
)

// Running freely, with faults, cuts at random moments and a sequencer that is
// busy now and then, every report reaches the cell once and in order, and every
// order the exchange once.
func TestRunNoLossNoDuplicates(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		rapid.Check(t, func(r *rapid.T) {
			seed := rapid.Uint64().Draw(r, "seed")
			var fault string
			inBubble(t, d, nil, func(t *testing.T, w *running) { fault = playFreely(t, w, seed) })
			if fault != "" {
				r.Fatal(fault)
			}
		})
	})
}

// playFreely returns what is wrong, or nothing.
func playFreely(t *testing.T, w *running, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	control := w.x.Control()
	if err := control.SetFaults(sim.Faults{Seed: seed, Delay: 30_000, Late: 20_000, Silent: 40_000, Twice: 40_000, Lose: 40_000, DropBefore: 30_000, DropAfter: 30_000}); err != nil {
		t.Fatal(err)
	}
	var placed []Order
	clock := w.clock
	advance := func(d time.Duration) {
		clock += calendar.TimeOfDay(d / time.Millisecond)
		if err := control.Advance(context.Background(), clock); err != nil {
			t.Fatal(err)
		}
		pass(d)
	}
	for range 2 + random.IntN(12) {
		for range random.IntN(12) {
			o := w.order(codesOf(w.m)[random.IntN(4)], uint8(1+random.IntN(2)), money.Price(995+random.IntN(10))*100, 100)
			placed = append(placed, o)
			w.place(o)
		}
		switch random.IntN(6) {
		case 0:
			if err := control.Disconnect("GWA"); err != nil {
				t.Fatal(err)
			}
		case 1:
			w.cell.mu.Lock()
			w.cell.busy = 3
			w.cell.mu.Unlock()
		case 2:
			if len(placed) > 0 {
				w.withdraw(placed[random.IntN(len(placed))], random.IntN(2))
			}
		}
		advance(time.Duration(random.IntN(5000)) * time.Millisecond)
	}
	for range 40 { // a swallowed order takes AckTimeout and ResendWait, again and again
		advance(10 * time.Second)
	}
	if err := control.Advance(context.Background(), calendar.Clock(15, 31, 0)); err != nil {
		t.Fatal(err)
	}
	pass(time.Minute)
	s := w.g.Status()
	if s.Queue+s.Waiting+s.OnWire+s.Unknown+s.Pending != 0 || s.State != Ready {
		return fmt.Sprintf("no rest: %+v", s)
	}
	return compare(w, placed)
}

// compare reads the whole day from the exchange with a fresh gateway.
func compare(w *running, placed []Order) string {
	fresh := newCell()
	auditor := w.gateway(fresh)
	defer auditor.Close()
	for range 2 {
		if err := auditor.Drain(context.Background()); err != nil {
			return err.Error()
		}
	}
	want := numberedLines(fresh)
	if d := cmp.Diff(want, numberedLines(w.cell)); d != "" {
		return d
	}
	seen := map[string]int{}
	for _, l := range want {
		if f := strings.Fields(l); f[2] == "reported" || f[2] == "refused" {
			seen[f[1]]++
		}
	}
	for _, o := range placed {
		if n := seen[o.ClOrdID.String()]; n != 1 {
			return fmt.Sprintf("order %s is %d times at the exchange", o.ClOrdID, n)
		}
	}
	return ""
}

// Quotes running freely: the list, prices, a silent source, a failed one.
func TestQuotesRun(t *testing.T) {
	bothMarkets(t, func(t *testing.T, m market.Market) {
		synctest.Test(t, func(t *testing.T) {
			w := newQuoteWorld(t, m, 2, func(c *sim.Config) { c.Ticks = ticks })
			start, base := time.Now(), w.now()
			w.q.o.LockStep = false
			w.q.o.Now = func() time.Time { return base.Add(time.Since(start)) }
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- w.q.Run(ctx) }()
			pass(time.Second)
			w.at(9, 30, 0)
			w.drain()
			w.at(9, 31, 0)
			w.settle()
			w.trade(10 * yuan)
			w.advance(w.clock + 3*calendar.Second)
			pass(5 * time.Second)
			s := w.q.Status()
			if s.Active < 0 || s.Securities != 4 || s.References != 1 || s.Refused != 0 || s.Sources[0].State != SourceComplete || s.Sources[1].State != SourceComplete {
				t.Errorf("status %+v", s)
			}
			if err := w.x.Control().Mute([]string{"GWA", "GWB"}[s.Active], true); err != nil {
				t.Fatal(err)
			}
			pass(90 * time.Second)
			after := w.q.Status()
			if after.Switches != 1 || after.Sources[s.Active].Connects != 2 || !strings.Contains(after.Sources[s.Active].Detail, "silent") {
				t.Errorf("after the silence: %+v", after)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			w.g.Close()
			if err := w.x.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestQuoteOptionsAreChecked(t *testing.T) {
	w := newQuoteWorld(t, market.Shanghai, 2, nil)
	defer w.close()
	good := w.q.o
	for name, spoil := range map[string]func(*QuoteOptions){
		"market":   func(o *QuoteOptions) { o.Market = market.Beijing },
		"sources":  func(o *QuoteOptions) { o.Sources = nil },
		"dial":     func(o *QuoteOptions) { o.Sources = []Source{{Logon: Logon{CompID: "A"}}} },
		"logon":    func(o *QuoteOptions) { o.Sources[0].Logon.CompID = "" },
		"rules":    func(o *QuoteOptions) { o.Rules = nil },
		"rows":     func(o *QuoteOptions) { o.RowsMax = quoteRowsMax + 1 },
		"interval": func(o *QuoteOptions) { o.Every = -1 },
	} {
		o := good
		o.Sources = append([]Source(nil), good.Sources...)
		spoil(&o)
		if _, err := NewQuotes(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
