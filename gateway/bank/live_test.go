package bank

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// meter is a Submitter that tells when commands of a kind were decided.
type meter struct {
	w    *world
	mu   sync.Mutex
	seen map[string]int
	news chan struct{}
}

func newMeter(w *world) *meter {
	return &meter{w: w, seen: map[string]int{}, news: make(chan struct{}, 1)}
}

func (m *meter) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	answers, err := m.w.Submit(ctx, requests...)
	m.mu.Lock()
	for _, r := range requests {
		m.seen[fmt.Sprintf("%d %T", r.Caller.Number(), r.Cmd)]++
	}
	m.mu.Unlock()
	select {
	case m.news <- struct{}{}:
	default:
	}
	return answers, err
}

func (m *meter) count(bank int, cmd record.Command) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[fmt.Sprintf("%d %T", bank, cmd)]
}

// await waits until a bank's gateway has had n commands of a kind decided.
func (m *meter) await(t *testing.T, bank int, cmd record.Command, n int) {
	t.Helper()
	limit := time.After(20 * time.Second) // only a broken test waits for it
	for m.count(bank, cmd) < n {
		select {
		case <-m.news:
		case <-limit:
			t.Fatalf("bank %d: %d of %d %T", bank, m.count(bank, cmd), n, cmd)
		}
	}
}

// driver runs a gateway until stop.
type driver struct {
	ticks chan time.Time
	stop  context.CancelFunc
	done  chan error
}

func run(g *Gateway, now time.Time) *driver {
	ctx, stop := context.WithCancel(context.Background())
	d := &driver{ticks: make(chan time.Time), stop: stop, done: make(chan error, 1)}
	go func() { d.done <- g.Run(ctx, d.ticks) }()
	d.ticks <- now
	return d
}

func (d *driver) end(t *testing.T) {
	t.Helper()
	d.stop()
	if err := <-d.done; !errors.Is(err, context.Canceled) {
		t.Errorf("run ended with %v", err)
	}
}

// A bank that says nothing costs the others nothing: all business of one is done
// while the other has not answered once, and its queue ends at its bound.
func TestBulkhead(t *testing.T) {
	w := newWorld(t, 2, wire.Fixed24(), wire.Delim())
	defer w.close()
	m := newMeter(w)
	for _, s := range w.banks {
		s.options.Submit = m
		s.options.Limits.Queue = 300
		s.restart()
	}
	dead, live := w.banks[0], w.banks[1]
	var drivers []*driver
	for _, s := range w.banks {
		drivers = append(drivers, run(s.gw, w.now))
	}
	m.await(t, 1, &record.BankSession{}, 1)
	m.await(t, 2, &record.BankSession{}, 1)
	dead.ctl.Mute(true)
	const n = 200
	for i := range n {
		w.deposit(1001, 100)
		w.deposit(2001, 100)
		if i%50 == 0 {
			w.withdraw(2002, 7)
		}
	}
	m.await(t, 2, &record.BankAnswered{}, n+n/50)
	if got := m.count(1, &record.BankAnswered{}); got != 0 {
		t.Errorf("the dead bank answered %d times", got)
	}
	var err error
	for i := uint64(0); err == nil; i++ {
		if err = dead.gw.Feed(Intent{Transfer: 1<<50 + i, Bank: 1, Fund: 99_999, Amount: 1, Asked: w.now, Function: wire.FunctionDeposit, Date: testDate}); i > 2_000 {
			t.Fatal("the queue has no bound")
		}
	}
	if h := dead.gw.Health(); !errors.Is(err, ErrFull) || h.Flying > 256 {
		t.Errorf("%v, %+v", err, h)
	}
	for _, d := range drivers {
		d.end(t)
	}
	if w.balance(2001) != openingCash+n*100 || live.gw.Health().Counts.Replies < n {
		t.Errorf("balance %v", w.balance(2001))
	}
	// It comes back, and everything comes to its end.
	dead.ctl.Mute(false)
	w.settle()
	if h := dead.gw.Health(); !h.Up || h.Waiting+h.Flying+h.Unknown != 0 {
		t.Errorf("%+v", h)
	}
	w.compare()
}

// Over TCP, with both sides talking at once and the line cut in between.
func TestOverTCP(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		s := w.banks[0]
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.sim.Serve(l) }()
		m := newMeter(w)
		s.options.Submit = m
		s.options.Dial = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", l.Addr().String())
		}
		s.restart()
		d := run(s.gw, w.now)
		m.await(t, 1, &record.BankSession{}, 1)
		for range 50 {
			w.deposit(1001, 100)
			s.bankDeposit(1002, 10)
		}
		m.await(t, 1, &record.BankAnswered{}, 50)
		m.await(t, 1, &record.BankDeposit{}, 50)
		s.ctl.Disconnect()
		w.mu.Lock()
		w.now = w.now.Add(6 * time.Second)
		w.mu.Unlock()
		d.ticks <- w.now
		for i := 1; s.gw.Health().Counts.SignIns < 2; i++ {
			d.ticks <- w.now.Add(time.Duration(i) * time.Second)
		}
		w.deposit(1001, 100)
		m.await(t, 1, &record.BankAnswered{}, 51)
		d.end(t)
		if w.balance(1001) != openingCash+5_100 || w.balance(1002) != openingCash+500 {
			t.Errorf("balances %v %v", w.balance(1001), w.balance(1002))
		}
		s.gw.Close()
		if err := s.sim.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// A second driver is turned away.
func TestOneDriver(t *testing.T) {
	w := newWorld(t, 1, wire.Delim())
	defer w.close()
	g := w.banks[0].gw
	d := run(g, w.now)
	if err := g.Drain(t.Context()); !errors.Is(err, ErrDriven) {
		t.Errorf("%v", err)
	}
	if err := g.Tick(t.Context(), w.now); !errors.Is(err, ErrDriven) {
		t.Errorf("%v", err)
	}
	d.end(t)
}

// forged is a line on which the amount of one frame is changed on its way.
type forged struct {
	net.Conn
	mu    *sync.Mutex
	times *int // frames still to be changed
}

// forgedAmount is an amount as the formats write it, in fen or in yuan.
const forgedAmount, forgedYuan = "7654321", "76543.21"

func carriesForged(p []byte) bool {
	return bytes.Contains(p, []byte(forgedAmount)) || bytes.Contains(p, []byte(forgedYuan))
}

func (f forged) Write(p []byte) (int, error) {
	f.mu.Lock()
	q := p
	if *f.times > 0 && carriesForged(p) {
		q = bytes.Replace(p, []byte(forgedAmount), []byte("7654327"), 1)
		q = bytes.Replace(q, []byte(forgedYuan), []byte("76543.27"), 1)
		*f.times--
	}
	f.mu.Unlock()
	_, err := f.Conn.Write(q)
	return len(p), err
}

// A frame changed on its way is not believed by either side: the bank does
// nothing, and of a changed answer only the enquiry is believed.
func TestForgedFrames(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		t.Run("request", func(t *testing.T) { playForged(t, f, true, custody.TransferRefused) })
		t.Run("answer", func(t *testing.T) { playForged(t, f, false, custody.TransferDone) })
	})
}

// playForged changes our frame, or the bank's, in a deposit.
func playForged(t *testing.T, format wire.Format, ours bool, state uint8) {
	w := newWorld(t, 1, format)
	defer w.close()
	s := w.banks[0]
	times, mu := 1, &sync.Mutex{}
	s.options.Dial = func(context.Context) (net.Conn, error) {
		a, b := net.Pipe()
		var near, far net.Conn = a, b
		f := forged{mu: mu, times: &times}
		if ours {
			f.Conn = a
			near = f
		} else {
			f.Conn = b
			far = f
		}
		if err := s.sim.Attach(far); err != nil {
			return nil, err
		}
		return near, nil
	}
	s.restart()
	w.drain()
	id := w.deposit(1001, 7_654_321)
	w.settle()
	if times != 0 {
		t.Fatal("nothing was forged")
	}
	if got := w.state(id); got != state {
		t.Errorf("state %d\n%s", got, s.story())
	}
	if bad := s.ctl.Totals().Refused + s.gw.Health().Counts.Bad; bad != 1 {
		t.Errorf("%d frames refused", bad)
	}
	w.compare()
}
