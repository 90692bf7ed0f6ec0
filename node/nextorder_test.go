package node

import (
	"testing"

	"sancun/calendar"
	"sancun/custody"
	"sancun/gateway/exchange"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// An order for the next day stays in the house until it is released on that day,
// and leaves once then; a cancelled one and a refused one never leave. A restart
// behind the release hands it over again, as it does every order still new.
func TestNextDayOrderLeavesOnceReleased(t *testing.T) {
	config := small(t)
	n, err := Open(config, quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	d := record.SecuritiesData{Fund: testFund, Market: uint8(market.Shanghai)}
	copy(d.Account[:], "A900000001")
	copy(d.PBU[:], "50001")
	load := func(date uint32) record.Command {
		return &record.LoadInstruments{Date: date, Rows: []record.InstrumentData{{
			ID: shanghaiID, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000,
		}}}
	}
	must(t, n.Core, &record.OpenSecurities{Rows: []record.SecuritiesData{d}}, load(20230825))
	took := &deaf{open: make(chan struct{}), placed: make(chan exchange.Order, 10)}
	close(took.open)
	gateways := map[market.Market]OrderGateway{market.Shanghai: took}
	out, err := NewOutbound(t.Context(), n.Core, gateways)
	if err != nil {
		t.Fatal(err)
	}
	pump := func(when string, want ...money.Price) {
		t.Helper()
		if err := out.Pump(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(took.placed) != len(want) {
			t.Errorf("%s: %d orders left, want %d", when, len(took.placed), len(want))
		}
		for i := range len(took.placed) {
			if o := <-took.placed; i < len(want) && o.Price != want[i] {
				t.Errorf("%s: order %d left at %s, want %s", when, i, o.Price, want[i])
			}
		}
	}
	place := func(price money.Price) uint64 {
		t.Helper()
		answers, err := n.Core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerClient, testClient), Cmd: &record.DatedOrder{Date: 20230828, NewOrder: record.NewOrder{
			Fund: testFund, Instrument: shanghaiID, Side: custody.Buy, Category: custody.CategoryAuction,
			Type: uint8(market.LimitOrder), Channel: record.ChannelMobile, Price: price, Quantity: 100,
		}}})
		if err != nil || answers[0].Code != 0 {
			t.Fatalf("placing at %s: %s, %v", price, record.Code(answers[0].Code), err)
		}
		return answers[0].Ref
	}
	must(t, n.Core, &record.StopDay{Date: 20230825})
	place(99_000)
	second := place(98_000)
	place(200_000)
	must(t, n.Core, &record.CancelOrder{Order: second, Fund: testFund})
	place(100_000)
	pump("in the evening")
	for step := range uint16(custody.StepsOfDay) {
		must(t, n.Core, &record.StepDone{Date: 20230825, Step: step + 1, OK: 1})
	}
	must(t, n.Core, &record.DayCleared{Date: 20230825})
	release := func() {
		t.Helper()
		if err := n.Core.Release(t.Context(), calendar.Date(20230828), market.Shanghai); err != nil {
			t.Fatal(err)
		}
	}
	release() // before the day has opened: nothing is asked
	must(t, n.Core, &record.OpenDay{Date: 20230828, Next: 20230829}, load(20230828))
	pump("opened")
	release()
	pump("released", 99_000, 100_000)
	release()
	pump("released again")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err = Open(config, quiet()); err != nil {
		t.Fatal(err)
	}
	if out, err = NewOutbound(t.Context(), n.Core, gateways); err != nil {
		t.Fatal(err)
	}
	pump("after a restart", 99_000, 100_000)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
