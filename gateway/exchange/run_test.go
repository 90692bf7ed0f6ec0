package exchange

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sancun/calendar"
	"sancun/market"
	"sancun/record"
	"sancun/sequencer"
	sim "sancun/sim/exchange"
)

// running is a world whose gateway runs freely inside a bubble of fake time.
type running struct {
	*world
	start time.Time
	stop  context.CancelFunc
	ended chan error
}

// ticks gives the simulator the bubble's clock for its heartbeats.
func ticks(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// inBubble runs f with a running gateway while orders trade and stops everything after it.
func inBubble(t *testing.T, d dialect, change func(*Options), f func(t *testing.T, w *running)) {
	synctest.Test(t, func(t *testing.T) {
		w := &running{start: time.Now(), ended: make(chan error, 1)}
		w.world = &world{t: t, m: d.market, line: d.format, cell: newCell(), x: simOf(t, d.market, func(c *sim.Config) { c.Ticks = ticks })}
		w.advance(d.trading())
		o := Options{
			Market: d.market, Format: d.format, Dial: w.dial, Logon: Logon{CompID: "GWA", Target: "EXCH", Password: "secret"},
			Now:    func() time.Time { return w.world.now().Add(time.Since(w.start)) },
			Submit: w.cell, Positions: w.cell, Duplicates: duplicateCodes(d.market),
		}
		if change != nil {
			change(&o)
		}
		g, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		w.g = g
		ctx, stop := context.WithCancel(t.Context())
		w.stop = stop
		go func() { w.ended <- g.Run(ctx) }()
		f(t, w)
		stop()
		if err := <-w.ended; err != nil {
			t.Error(err)
		}
		if s := g.Status(); s.State != Stopped {
			t.Errorf("state %s at the end", s.State)
		}
		if err := g.Place(t.Context(), Order{}); err != nil && !errors.Is(err, ErrStopped) {
			t.Errorf("place after the end: %v", err)
		}
		if err := w.x.Close(); err != nil {
			t.Error(err)
		}
	})
}

// pass lets fake time pass and everything come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestRunOrderLife(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			o := w.order(codesOf(d.market)[0], sideSell, 10*yuan, 300)
			w.place(o)
			pass(time.Second)
			if s := w.g.Status(); s.State != Synchronising || s.Sent != 0 || s.Waiting != 1 {
				t.Fatalf("sent before the resend wait: %+v", s)
			}
			pass(3 * time.Second)
			w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			w.withdraw(o, 0)
			pass(time.Millisecond)
			got := w.cell.lines()
			if len(got) != 5 || !strings.HasSuffix(got[4], "0000000001 cancelled 200") {
				t.Fatalf("took %v", got)
			}
			pass(10 * time.Minute) // heartbeats keep the session
			if s := w.g.Status(); s.State != Ready || s.Connects != 1 || s.Resent != 0 {
				t.Fatalf("status %+v", s)
			}
		})
	})
}

// An exchange that says nothing is given up after two missed heartbeats.
func TestSilentExchange(t *testing.T) {
	inBubble(t, dialect{market: market.Shanghai}, nil, func(t *testing.T, w *running) {
		pass(5 * time.Second)
		if err := w.x.Control().Mute("GWA", true); err != nil {
			t.Fatal(err)
		}
		pass(50 * time.Second)
		if s := w.g.Status(); s.Connects != 1 {
			t.Fatalf("given up early: %+v", s)
		}
		pass(40 * time.Second)
		s := w.g.Status()
		if s.Connects != 2 || s.State != Ready || !strings.Contains(s.Detail, "silent") {
			t.Fatalf("status %+v", s)
		}
	})
}

// An order whose message was swallowed is sent again after a synchronisation.
func TestSwallowedOrder(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			pass(5 * time.Second)
			if err := w.x.Control().Inject(sim.FaultSilent, 1); err != nil {
				t.Fatal(err)
			}
			before := w.g.Status().Synchronisations // one or two, as the platforms introduce themselves in one frame or several
			w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			pass(12 * time.Second)
			if s := w.g.Status(); s.Resent != 0 || s.OnWire != 1 || s.Synchronisations != before+1 {
				t.Fatalf("before the resend: %+v, %d synchronisations before", s, before)
			}
			pass(3 * time.Second)
			if s := w.g.Status(); s.Resent != 1 || s.OnWire != 0 || len(w.cell.lines()) != 1 {
				t.Fatalf("after the resend: %+v %v", s, w.cell.lines())
			}
		})
	})
}

// An order whose report is late is sent again, refused as a duplicate, and
// counts as there already; its report still arrives.
func TestLateReportAndDuplicate(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			pass(5 * time.Second)
			o := w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100)
			for range 2 { // the second is of the same ClOrdID, as from another life
				w.place(o)
				pass(time.Second)
			}
			if s := w.g.Status(); s.Known != 1 || s.Sent != 1 {
				t.Fatalf("status %+v", s)
			}
			again := w.g.s
			again.heard, again.byID = map[ClOrdID]struct{}{}, map[ClOrdID]*entry{} // as if it had never heard
			w.place(o)
			pass(time.Second)
			s := w.g.Status()
			if s.Duplicates != 1 || s.OnWire != 0 || len(w.cell.lines()) != 1 {
				t.Fatalf("status %+v, took %v", s, w.cell.lines())
			}
			// A cancel of an ID used before goes out under the next letter.
			w.withdraw(o, 0)
			pass(time.Second)
			again.heard, again.byID = map[ClOrdID]struct{}{}, map[ClOrdID]*entry{}
			w.withdraw(o, 0)
			pass(time.Second)
			got := w.cell.lines()
			if len(got) != 3 || !strings.Contains(got[1], "cancelled 100") || !strings.Contains(got[2], "cancel-refused") {
				t.Fatalf("took %v", got)
			}
		})
	})
}

// A report left out of the live stream is asked for when the next one shows it.
func TestLostReport(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			pass(5 * time.Second)
			if err := w.x.Control().Inject(sim.FaultLose, 1); err != nil {
				t.Fatal(err)
			}
			if err := w.x.Control().Inject(sim.FaultTwice, 1); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			}
			pass(time.Second)
			s := w.g.Status()
			if s.Gaps != 1 || s.Reports != 3 || len(w.cell.lines()) != 3 || s.State != Ready {
				t.Fatalf("status %+v, took %v", s, w.cell.lines())
			}
		})
	})
}

// A busy sequencer is waited for; nothing is lost or reordered.
func TestBusySequencer(t *testing.T) {
	inBubble(t, dialect{market: market.Shenzhen}, nil, func(t *testing.T, w *running) {
		pass(5 * time.Second)
		w.cell.mu.Lock()
		w.cell.busy = 9
		w.cell.mu.Unlock()
		for range 50 {
			w.place(w.order("000001", sideBuy, 10*yuan, 100))
		}
		pass(10 * time.Second)
		got := w.cell.lines()
		if len(got) != 50 || w.g.Status().Busy != 9 {
			t.Fatalf("took %d, busy %d times", len(got), w.g.Status().Busy)
		}
	})
}

// An impossible report does not stop its stream.
func TestImpossibleReport(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			w.cell.impossible = func(c record.Command) bool {
				r, ok := c.(*record.OrderReported)
				return ok && r.ClOrdID == clOrdID("0000000002")
			}
			pass(5 * time.Second)
			for range 4 {
				w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			}
			pass(time.Second)
			got := w.cell.lines()
			if len(got) != 4 || strings.Fields(got[1])[1] != "reported" {
				t.Fatalf("took %q", got)
			}
			if s := w.g.Status(); s.Impossible != 1 || !strings.Contains(s.Detail, "0000000002") || s.Connects != 1 {
				t.Fatalf("status %+v", s)
			}
		})
	})
}

// When the machine misses what we believe it has, everything is asked for again
// from where it stands.
func TestMachineGap(t *testing.T) {
	everyLine(t, func(t *testing.T, d dialect) {
		inBubble(t, d, nil, func(t *testing.T, w *running) {
			pass(5 * time.Second)
			for range 3 {
				w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			}
			pass(time.Second)
			want := w.cell.lines()
			w.cell.mu.Lock()
			w.cell.next, w.cell.took = map[uint32]uint64{}, nil
			w.cell.mu.Unlock()
			w.place(w.order(codesOf(d.market)[0], sideBuy, 10*yuan, 100))
			pass(10 * time.Second)
			got := w.cell.lines()
			if len(got) != 4 || !slices.Equal(got[:3], want) || w.g.Status().State != Ready {
				t.Fatalf("took %v, state %s", got, w.g.Status().State)
			}
		})
	})
}

// The pause between attempts doubles up to its bound.
func TestRedialPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		c := newCell()
		g, err := New(Options{
			Market: market.Shenzhen, Logon: Logon{CompID: "GWA"}, Now: time.Now, Submit: c, Positions: c,
			Dial: func(context.Context) (net.Conn, error) {
				at = append(at, time.Since(start))
				return nil, errors.New("no route")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		pass(100 * time.Second)
		s := g.Status()
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9, 61e9, 91e9}
		if d := cmp.Diff(want, at); d != "" {
			t.Error(d)
		}
		if s.State != Offline || !strings.Contains(s.Detail, "no route") {
			t.Errorf("status %+v", s)
		}
	})
}

// A store that failed ends the gateway: the outcome is unknown (law L6).
func TestBrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, m: market.Shenzhen, cell: newCell(), x: simOf(t, market.Shenzhen, nil)}
		w.advance(calendar.Clock(9, 31, 0))
		start := time.Now()
		g, err := New(Options{
			Market: w.m, Dial: w.dial, Logon: Logon{CompID: "GWA", Password: "secret"}, Submit: w.cell, Positions: w.cell,
			Now: func() time.Time { return w.now().Add(time.Since(start)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		w.g = g
		ended := make(chan error, 1)
		go func() { ended <- g.Run(t.Context()) }()
		pass(5 * time.Second)
		w.cell.mu.Lock()
		w.cell.broken = true
		w.cell.mu.Unlock()
		w.place(w.order("000001", sideBuy, 10*yuan, 100))
		if err := <-ended; !errors.Is(err, sequencer.ErrUnknown) {
			t.Errorf("got %v", err)
		}
		if err := w.x.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	c := newCell()
	good := Options{Market: market.Shanghai, Dial: func(context.Context) (net.Conn, error) { return nil, nil }, Now: time.Now, Submit: c, Positions: c, Logon: Logon{CompID: "A"}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"market":         func(o *Options) { o.Market = market.Beijing },
		"dial":           func(o *Options) { o.Dial = nil },
		"comp id":        func(o *Options) { o.Logon.CompID = "" },
		"heartbeat":      func(o *Options) { o.Logon.Heartbeat = 61 * time.Second },
		"half a second":  func(o *Options) { o.Logon.Heartbeat = 5500 * time.Millisecond },
		"short ack wait": func(o *Options) { o.AckTimeout = time.Second },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordIsNotShown(t *testing.T) {
	l := Logon{CompID: "GWA", Target: "EXCH", Password: "secret"}
	if l.String() != "GWA at EXCH" || l.GoString() != "GWA at EXCH" {
		t.Errorf("%s", l)
	}
}
