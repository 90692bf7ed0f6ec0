package settle_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"sancun/market"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
)

// crashing is a centre whose caller is gone right after the n-th submission: what
// was submitted is durable, the answer is lost.
type crashing struct {
	*centre
	left int
	stop context.CancelFunc
}

func (c *crashing) Submit(ctx context.Context, r ...record.Request) ([]state.Answer, error) {
	answers, err := c.centre.Submit(ctx, r...)
	if c.left--; c.left == 0 {
		c.stop()
		return nil, context.Canceled
	}
	return answers, err
}

// Gone after any submission at all, on a day that posts interest, and begun anew,
// the day ends in the same state with the same bytes, and so does its settlement.
func TestCrashAfterAnySubmission(t *testing.T) {
	onDate(t, 20240920, 20240923)
	busy := func() *world {
		w := newWorld(t)
		w.open(3)
		w.order(1001, stockSH, market.Buy, 10_0300, 700, 100, 300, 300)
		w.order(1002, stockSH, market.Sell, 9_9900, 500, 200, 300)
		w.order(1003, stockSZ, market.Buy, 12_0000, 100)
		w.clock.Store(at(19, 30))
		return w
	}
	settled := func(w *world, report settle.Report) {
		w.do(&record.OpenDay{Date: testNext, Next: 20240924})
		w.clock.Store(at(16, 0) + 3*24*3600_000)
		if _, err := settle.SettleDue(context.Background(), w.core, report.Obligations, settle.Settlement{Now: w.now(), Refill: true}); err != nil {
			t.Fatal(err)
		}
	}
	rates := func(o *settle.Options) { o.Rates = []settle.InterestRate{demand} }
	w := busy()
	dir := w.evening().files(t)
	report, want := runDay(t, w, dir, rates)
	settled(w, report)
	root := w.root()
	for n := 1; ; n++ {
		w := busy()
		ctx, stop := context.WithCancel(context.Background())
		core := &crashing{w.core, n, stop}
		o, out := w.options(), settle.Memory{}
		rates(&o)
		_, err := settle.Run(ctx, core, w.inputs(dir), out, o)
		stop()
		if err == nil {
			if n < 15 {
				t.Errorf("the day end has only %d submissions", n-1)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("gone after submission %d: %v", n, err)
		}
		report, err := settle.Run(context.Background(), w.core, w.inputs(dir), out, o)
		if err != nil {
			t.Fatalf("begun anew after submission %d: %v", n, err)
		}
		settled(w, report)
		if w.root() != root {
			t.Errorf("gone after submission %d: the state is another", n)
		}
		for name := range want {
			if !bytes.Equal(want[name], out[name]) {
				t.Errorf("gone after submission %d: %s has other bytes", n, name)
			}
		}
		w.balanced()
	}
}
