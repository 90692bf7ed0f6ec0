package custody

import (
	"bytes"
	"testing"

	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// aheadBuy is a small buy for the next day.
func aheadBuy(fund uint64, price money.Price) *record.NewOrder {
	return &record.NewOrder{
		Fund: fund, Instrument: uint32(stockSH), Side: Buy, Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: record.ChannelWeb, Price: price, Quantity: 100,
	}
}

// nextMorning ends the day of a run that has stopped and opens the next one, with
// the list of the securities.
func (r *run) nextMorning() {
	r.t.Helper()
	d := r.live.today()
	for step := range uint16(StepsOfDay) {
		r.must(0, &record.StepDone{Date: d.Date, Step: step + 1, OK: 1})
	}
	r.must(0, &record.DayCleared{Date: d.Date})
	r.must(0, &record.OpenDay{Date: d.Next, Next: 20230829})
	r.must(0, &record.LoadInstruments{Date: d.Next, Rows: instrumentRows()})
}

// A release of as many orders as one command decides fits a record with room to
// spare.
func TestReleaseFitsARecord(t *testing.T) {
	r := newRun(t)
	const clients = record.ReleaseMax / nextOrdersPerClient
	withClients(t, r, clients)
	withInstruments(t, r, clients)
	r.must(0, &record.StopDay{Date: testDate})
	for i := range uint64(record.ReleaseMax) {
		r.must(0, aheadBuy(1001+i%clients, 1000)) // so cheap that 200 are covered
	}
	r.nextMorning()
	r.change(func(m *Machine) { // a price limit that lets them through
		row, _ := m.instrument(stockSH)
		in := *m.instruments.At(row)
		in.PrevClose = 1000
		put(m, m.instruments, row, in)
	})
	if a := r.must(0, &record.ReleaseOrders{Date: testNext, Market: uint8(market.Shanghai), Count: record.ReleaseMax}); a.Ref != 0 {
		t.Errorf("there is more behind row %d", a.Ref)
	}
	if got := r.live.orders.Len(); got != record.ReleaseMax {
		t.Errorf("%d orders were released, want %d", got, record.ReleaseMax)
	}
	if got := len(r.live.Body()); got > record.MaxBytes/2 {
		t.Errorf("the record has %d bytes of at most %d", got, record.MaxBytes)
	}
}

// A machine loaded from a snapshot of the evening knows what waits, what is kept and
// how many there may be, and goes on as the one that wrote it.
func TestSnapshotKeepsNextOrders(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 2)
	withInstruments(t, r, 2)
	r.must(0, &record.StopDay{Date: testDate})
	for range nextOrdersPerClient - 1 {
		r.must(0, aheadBuy(1001, 1000))
	}
	r.must(0, &record.CancelOrder{Order: 3, Fund: 1001})
	var file bytes.Buffer
	if err := r.live.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	loaded := newMachine()
	if err := loaded.ReadSnapshot(&file, r.live.Root()); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		cmd  record.Command
		want record.Code
	}{
		{&record.CancelOrder{Order: 3, Fund: 1001}, record.OrderNotOpen},
		{&record.CancelOrder{Order: 4, Fund: 1001}, record.Accepted},
		{aheadBuy(1001, 90_0000), record.Insufficient},
		{aheadBuy(1001, 1000), record.Accepted},
		{aheadBuy(1001, 1000), record.NextOrdersMost},
		{aheadBuy(1002, 1000), record.Accepted},
	} {
		live := r.do(0, c.cmd)
		loaded.Begin(nil, r.height, r.now)
		again := loaded.Decide(Request{Cmd: c.cmd})
		if live != again || record.Code(live.Code) != c.want || r.live.Root() != loaded.Root() {
			t.Errorf("step %d: live %s %d, loaded %s %d, want %s", i, record.Code(live.Code), live.Ref, record.Code(again.Code), again.Ref, c.want)
		}
	}
	if loaded.index.next.open != r.live.index.next.open || loaded.Reserved(0) != r.live.Reserved(0) || r.live.index.next.open != nextOrdersPerClient-1 {
		t.Errorf("%d wait and keep %d, loaded %d and %d", r.live.index.next.open, r.live.Reserved(0), loaded.index.next.open, loaded.Reserved(0))
	}
}
