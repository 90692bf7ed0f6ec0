package settle_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/custody"
	"sancun/journal"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
)

// besieged is a centre whose clients enter and cancel orders for the next day
// before every submission of the day end, once business has stopped.
type besieged struct {
	*centre
	rng     *rand.Rand
	entered []uint64
	funds   []uint64
}

func (b *besieged) Submit(ctx context.Context, r ...record.Request) ([]state.Answer, error) {
	stopped := false
	if err := b.Look(ctx, func(m *custody.Machine) { stopped = m.Today().Phase != custody.DayOpen }); err != nil {
		return nil, err
	}
	if stopped {
		for range b.rng.IntN(6) {
			if err := b.enter(ctx); err != nil {
				return nil, err
			}
		}
	}
	return b.centre.Submit(ctx, r...)
}

// enter enters one order, or cancels one.
func (b *besieged) enter(ctx context.Context) error {
	if at := len(b.entered); at > 0 && b.rng.IntN(4) == 0 {
		at = b.rng.IntN(at)
		_, err := b.centre.Submit(ctx, record.Request{Cmd: &record.CancelOrder{Order: b.entered[at], Fund: b.funds[at]}})
		return err
	}
	fund := 1001 + b.rng.Uint64N(3)
	cmd := &record.NewOrder{
		Fund: fund, Instrument: uint32(stockSH), Side: uint8(1 + b.rng.IntN(2)), Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
		Channel: 1, Price: 10_0000, Quantity: money.Quantity(100 * (1 + b.rng.IntN(8))),
	}
	if b.rng.IntN(2) == 0 {
		cmd.Instrument, cmd.Price = uint32(stockSZ), 12_0000
	}
	a, err := b.centre.Submit(ctx, record.Request{Caller: record.CallerOf(record.CallerClient, fund-1000), Cmd: cmd})
	if err == nil && a[0].Code == 0 {
		b.entered, b.funds = append(b.entered, a[0].Ref), append(b.funds, fund)
	}
	return err
}

// dayEnd lists what the records of a journal did to accounts, but for the records
// of orders and cancels, and the day's state at the end.
func dayEnd(t testing.TB, c *centre) (lines []string) {
	t.Helper()
	err := c.Blocks(1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			if v.Kind == record.KindNewOrder || v.Kind == record.KindCancelOrder {
				continue
			}
			line := fmt.Sprintf("%d %d %x", v.Kind, v.Code, v.Command)
			if err := v.EachEffect(func(e record.Effect) error {
				if e.Kind <= record.EffectShift {
					line += fmt.Sprintf(" %+v", e)
				}
				return nil
			}); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(lines, fmt.Sprintf("%x", c.machine.DayRoot()))
}

// Whatever orders for the next day come in while the day end works, on an evening
// with trades, dividends, bonus and posted interest: every file of the day has the
// same bytes, every command of the day end the same effect on every account, and a
// second run writes the same again.
func TestNextDayOrdersLeaveTheDayEndAlone(t *testing.T) {
	onDate(t, 20240920, 20240923)
	run := func(seed uint64) (out settle.Memory, lines []string, entered int) {
		w := smallDay(t)
		e := w.evening()
		e.dividends = []paidOut{{fund: 1001, id: stockSZ, cash: 88_80}}
		e.bonuses = []paidOut{{fund: 1002, id: stockSH, units: 30}}
		w.clock.Store(at(19, 30))
		dir := e.files(t)
		var core settle.Core = w.core
		siege := &besieged{centre: w.core, rng: rand.New(rand.NewPCG(seed, 0))}
		if seed > 0 {
			core = siege
		}
		out = settle.Memory{}
		o := w.options()
		o.Rates = []settle.InterestRate{demand}
		if _, err := settle.Run(t.Context(), core, w.inputs(dir), out, o); err != nil {
			t.Fatal(err)
		}
		lines = dayEnd(t, w.core)
		again := settle.Memory{}
		o.Steps = until(custody.StepStatements)
		if _, err := settle.Run(t.Context(), core, w.inputs(dir), again, o); err != nil {
			t.Fatal(err)
		}
		for name := range again {
			if !bytes.Equal(out[name], again[name]) {
				t.Errorf("seed %d: run again, %s has other bytes", seed, name)
			}
		}
		w.balanced()
		return out, lines, len(siege.entered)
	}
	want, lines, _ := run(0)
	for seed := uint64(1); seed <= 8; seed++ {
		got, beside, entered := run(seed)
		if entered < 10 {
			t.Errorf("seed %d: only %d orders came in", seed, entered)
		}
		if diff := cmp.Diff(lines, beside); diff != "" {
			t.Errorf("seed %d: the day end did something else:\n%s", seed, diff)
		}
		if diff := cmp.Diff(names(want), names(got)); diff != "" {
			t.Errorf("seed %d: files differ\n%s", seed, diff)
		}
		for name := range want {
			if !bytes.Equal(want[name], got[name]) {
				t.Errorf("seed %d: %s has other bytes", seed, name)
			}
		}
	}
}

// Orders that wait for the open day are released market by market, what is left
// when the day stops is decided by the day end, and nothing is asked of the machine
// when nothing waits.
func TestRelease(t *testing.T) {
	w := smallDay(t)
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	runDay(t, w, dir, nil)
	place := func(id market.ID, price money.Price) uint64 {
		return w.do(&record.NewOrder{
			Fund: 1002, Instrument: uint32(id), Side: uint8(market.Buy), Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1, Price: price, Quantity: 100,
		}).Ref
	}
	good, far, left := place(stockSH, 10_0000), place(stockSH, 50_0000), place(stockSZ, 12_0000)
	w.do(&record.OpenDay{Date: testNext, Next: 20230829})
	w.do(&record.LoadInstruments{Date: testNext, Rows: []record.InstrumentData{
		{ID: uint32(stockSH), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000},
	}})
	w.clock.Store(at(8, 30) + 3*24*3600_000)
	head := func() uint64 { h, _ := w.core.Head(); return h.Height }
	for round := range 2 {
		before := head()
		if err := settle.Release(t.Context(), w.core, testNext, market.Shanghai); err != nil {
			t.Fatal(err)
		}
		if moved := head() > before; moved != (round == 0) {
			t.Errorf("round %d: journal moved: %v", round, moved)
		}
	}
	states := func() (states [3]uint8, waiting int) {
		w.look(func(m *custody.Machine) {
			for i, id := range []uint64{good, far, left} {
				o, ok := m.OrderBy(id)
				if !ok {
					o, _ = m.NextOrderBy(id)
				}
				states[i] = o.State
			}
			for _, o := range m.NextOrders() {
				if o.State == custody.OrderNew {
					waiting++
				}
			}
		})
		return states, waiting
	}
	if got, waiting := states(); got != [3]uint8{custody.OrderNew, custody.OrderRefused, custody.OrderNew} || waiting != 1 {
		t.Errorf("released: %d, %d wait", got, waiting)
	}
	w.clock.Store(at(19, 30) + 3*24*3600_000)
	onDate(t, testNext, 20230829)
	o := w.options()
	o.Steps = []uint16{custody.StepStop}
	if _, err := settle.Run(t.Context(), w.core, w.inputs(dir), settle.Memory{}, o); err != nil {
		t.Fatal(err)
	}
	w.look(func(m *custody.Machine) {
		if m.Today().Phase != custody.DayStopped {
			t.Error("the day has not stopped")
		}
		for range m.NextOrders() {
			t.Error("an order of the day is still in the table of the next")
		}
	})
}
