package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sequencer"
	sim "sancun/sim/exchange"
	"sancun/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testDate calendar.Date = 20230825

// cell stands for the machine: it keeps the cursors as custody does, and what it
// accepted in order.
type cell struct {
	mu         sync.Mutex
	next       map[uint32]uint64
	took       []record.Command
	orders     map[ClOrdID]bool // orders it knows; nil knows all
	impossible func(record.Command) bool
	shut       bool // the business date of the list is not open
	busy       int  // how many submits are still refused
	broken     bool // the store has failed
	submits    int
}

func newCell() *cell { return &cell{next: map[uint32]uint64{}} }

func (c *cell) Submit(_ context.Context, requests ...record.Request) ([]state.Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submits++
	if c.broken {
		return nil, sequencer.ErrUnknown
	}
	if c.busy > 0 {
		c.busy--
		return nil, sequencer.ErrBusy
	}
	var out []state.Answer
	for _, r := range requests {
		code, ref := c.decide(r)
		out = append(out, state.Answer{Code: uint16(code), Ref: ref})
	}
	return out, nil
}

func (c *cell) decide(r record.Request) (record.Code, uint64) {
	if r.Key != (state.Key{}) || r.Caller.Class() != record.CallerExchange {
		return record.Malformed, 0
	}
	at := reportOf(r.Cmd)
	if _, list := r.Cmd.(*record.LoadInstruments); list && c.shut {
		return record.WrongDate, 0
	}
	if at == nil {
		c.took = append(c.took, r.Cmd)
		return record.Accepted, 1
	}
	if at.Index != 0 {
		next := max(c.next[at.Partition], 1)
		switch {
		case at.Index < next:
			return record.ReportRepeated, 0
		case at.Index > next:
			return record.ReportGap, 0
		}
	}
	if c.impossible != nil && c.impossible(r.Cmd) {
		return record.ReportImpossible, 0
	}
	if at.Index != 0 {
		c.next[at.Partition] = at.Index + 1
	}
	c.took = append(c.took, r.Cmd)
	if c.orders != nil && !c.orders[at.ClOrdID] {
		return record.Accepted, 0
	}
	return record.Accepted, 1
}

func (c *cell) Cursors(context.Context, market.Market) ([]Cursor, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Cursor
	for p, n := range c.next {
		out = append(out, Cursor{Partition: p, Next: n})
	}
	return out, nil
}

// lines prints what was taken, one command a line.
func (c *cell) lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, cmd := range c.took {
		out = append(out, line(cmd))
	}
	return out
}

func line(cmd record.Command) string {
	at := reportOf(cmd)
	if at == nil {
		return fmt.Sprintf("%T", cmd)
	}
	head := fmt.Sprintf("%d/%d %s", at.Partition, at.Index, ClOrdID(at.ClOrdID))
	switch c := cmd.(type) {
	case *record.OrderReported:
		return head + " reported"
	case *record.OrderFilled:
		return fmt.Sprintf("%s filled %d at %s", head, c.Quantity, c.Price)
	case *record.OrderCancelled:
		return fmt.Sprintf("%s cancelled %d", head, c.Quantity)
	case *record.OrderRefused:
		return fmt.Sprintf("%s refused %d", head, c.Reason)
	case *record.CancelRefused:
		return fmt.Sprintf("%s cancel-refused %d", head, c.Reason)
	}
	return head
}

// world is an exchange of the simulator, a cell and a gateway between them in
// lock-step.
type world struct {
	t     testing.TB
	m     market.Market
	line  Format
	x     *sim.Exchange
	cell  *cell
	g     *Gateway
	clock calendar.TimeOfDay
	ids   int
	tcp   bool
}

const testPBU = "20001"

func simMarket(m market.Market) sim.Market {
	if m == market.Shenzhen {
		return sim.Shenzhen
	}
	return sim.Shanghai
}

func testSecurity(code string) sim.Security {
	return sim.Security{
		Code: sim.MakeCode(code), Name: "平安银行", Tick: 100, PreviousClose: 10 * money.PriceUnit,
		LimitUp: 11 * money.PriceUnit, LimitDown: 9 * money.PriceUnit,
		BuyMinimum: 100, Step: 100, OrderMaximum: 1_000_000, FixedMaximum: 1_000_000, AfterHours: true,
	}
}

func codesOf(m market.Market) []string {
	if m == market.Shenzhen {
		return []string{"000001", "000002", "000004", "300001"}
	}
	return []string{"600000", "600004", "600006", "688001"}
}

func simOf(t testing.TB, m market.Market, change func(*sim.Config)) *sim.Exchange {
	t.Helper()
	c := sim.Config{
		Market: simMarket(m), Date: testDate,
		Members: []sim.Member{{CompID: "GWA", Password: "secret", PBUs: []string{testPBU, "20002"}}},
	}
	for _, code := range codesOf(m) {
		c.Securities = append(c.Securities, testSecurity(code))
	}
	if change != nil {
		change(&c)
	}
	x, err := sim.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// duplicateCode is how the simulator refuses a ClOrdID used before.
func duplicateCodes(m market.Market) []uint32 {
	if m == market.Shenzhen {
		return []uint32{30_001}
	}
	return nil
}

func newWorld(t testing.TB, m market.Market, change func(*sim.Config)) *world {
	t.Helper()
	return worldOf(t, dialect{market: m}, change)
}

func worldOf(t testing.TB, d dialect, change func(*sim.Config)) *world {
	t.Helper()
	w := &world{t: t, m: d.market, line: d.format, x: simOf(t, d.market, change), cell: newCell()}
	w.g = w.gateway(w.cell)
	w.at(9, 15, 0)
	return w
}

func (w *world) close() {
	w.g.Close()
	if err := w.x.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) gateway(c *cell) *Gateway {
	w.t.Helper()
	g, err := New(Options{
		Market: w.m, Format: w.line, Dial: w.dial, Logon: Logon{CompID: "GWA", Target: "EXCH", Password: "secret"}, Now: w.now,
		Submit: c, Positions: c, Duplicates: duplicateCodes(w.m), LockStep: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *world) dial(ctx context.Context) (net.Conn, error) {
	attach := w.x.Attach
	if w.line == EzSTEP {
		attach = w.x.AttachEzSTEP
	}
	if !w.tcp {
		ours, theirs := net.Pipe()
		return ours, attach(theirs)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	ours, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	theirs, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return ours, attach(theirs)
}

func (w *world) now() time.Time { return time.UnixMilli(testDate.UnixMilli(w.clock)) }

func (w *world) at(h, m, s int32) { w.t.Helper(); w.advance(calendar.Clock(h, m, s)) }

func (w *world) advance(t calendar.TimeOfDay) {
	w.t.Helper()
	if err := w.x.Control().Advance(context.Background(), t); err != nil {
		w.t.Fatal(err)
	}
	w.clock = t
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.g.Drain(context.Background()); err != nil && !errors.Is(err, ErrOffline) {
		w.t.Fatal(err)
	}
}

// settle drains and moves on past the resend wait until nothing waits.
func (w *world) settle() {
	w.t.Helper()
	for range 100 {
		w.drain()
		s := w.g.Status()
		if s.State == Ready && s.Queue+s.Waiting+s.OnWire+s.Pending == 0 {
			return
		}
		w.advance(w.clock + 4*calendar.Second)
	}
	w.t.Fatalf("no rest: %+v", w.g.Status())
}

func (w *world) id() ClOrdID {
	w.ids++
	return clOrdID(fmt.Sprintf("%010d", w.ids))
}

func (w *world) order(code string, side uint8, price money.Price, quantity money.Quantity) Order {
	w.t.Helper()
	id, err := market.ParseID(code + "." + w.m.String())
	if err != nil {
		w.t.Fatal(err)
	}
	account := "0100000001"
	if w.m == market.Shanghai {
		account = "A100000001"
	}
	o := Order{
		ClOrdID: w.id(), Account: account, PBU: testPBU, Branch: "8001", Security: id, Side: side, Category: categoryAuction,
		Type: market.LimitOrder, Price: price, Quantity: quantity, Time: w.now(),
	}
	if w.line == EzSTEP {
		o.Category, o.Type = categoryAfterHours, market.FixedOrder
	}
	return o
}

func (w *world) place(o Order) ClOrdID {
	w.t.Helper()
	if err := w.g.Place(context.Background(), o); err != nil {
		w.t.Fatal(err)
	}
	return o.ClOrdID
}

func (w *world) withdraw(o Order, attempt int) {
	w.t.Helper()
	err := w.g.Withdraw(context.Background(), Cancel{
		ClOrdID: CancelID(o.ClOrdID, attempt), Original: o.ClOrdID, Account: o.Account, PBU: o.PBU, Branch: o.Branch,
		Security: o.Security, Side: o.Side, Category: o.Category, Quantity: o.Quantity, Time: w.now(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// everyLine runs f for each kind of connection to an exchange.
func everyLine(t *testing.T, f func(t *testing.T, d dialect)) {
	bothMarkets(t, func(t *testing.T, m market.Market) { f(t, dialect{market: m}) })
	t.Run("EzSTEP", func(t *testing.T) { f(t, dialect{market.Shanghai, EzSTEP}) })
}

// trading is a time at which orders of a connection trade.
func (d dialect) trading() calendar.TimeOfDay {
	if d.format == EzSTEP {
		return calendar.Clock(15, 6, 0)
	}
	return calendar.Clock(9, 31, 0)
}

func bothMarkets(t *testing.T, f func(t *testing.T, m market.Market)) {
	for _, m := range []market.Market{market.Shenzhen, market.Shanghai} {
		t.Run(m.String(), func(t *testing.T) { f(t, m) })
	}
}
