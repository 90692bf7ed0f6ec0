package custody

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/risk"
)

// broker plays clients, an exchange and who sets ceilings.
type broker struct {
	*run
	rt     *rapid.T
	next   map[market.Market]uint64 // index of the last report
	buying bool                     // the step just made was an accepted buy
}

func (b *broker) place() {
	fund := 1000 + rapid.Uint64Range(1, 3).Draw(b.rt, "client")
	id := rapid.SampledFrom(deskStocks).Draw(b.rt, "security")
	side := rapid.SampledFrom([]uint8{Buy, Buy, Sell}).Draw(b.rt, "side")
	price := map[market.ID]money.Price{stockSH: 10_0000, stockSZ: 12_0000}[id] + money.Price(100*rapid.Int64Range(-3, 3).Draw(b.rt, "ticks"))
	a := b.do(record.CallerOf(record.CallerClient, fund-1000), &record.NewOrder{
		Fund: fund, Instrument: uint32(id), Side: side, Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: record.ChannelWeb,
		Price: price, Quantity: money.Quantity(100 * rapid.Int64Range(1, 4).Draw(b.rt, "lots")),
	})
	b.buying = a.Code == 0 && side == Buy
}

// report has the exchange fill, cancel or refuse an order.
func (b *broker) report() {
	if b.live.orders.Len() == 0 {
		return
	}
	o := *b.live.orders.At(rapid.Uint32Range(0, b.live.orders.Len()-1).Draw(b.rt, "order"))
	of := b.live.instruments.At(o.Instrument).ID.Market()
	r := record.Report{Market: uint8(of), Partition: 1, Index: b.next[of] + 1, ClOrdID: o.ClOrdID}
	better := money.Price(100 * rapid.Int64Range(0, 2).Draw(b.rt, "better"))
	if o.Side == Buy {
		better = -better
	}
	var c record.Command
	switch rapid.IntRange(0, 5).Draw(b.rt, "report") {
	case 0:
		c = &record.OrderCancelled{Report: r, Quantity: o.Remaining()}
	case 1:
		c = &record.OrderRefused{Report: r, Reason: 7}
	default:
		c = &record.OrderFilled{Report: r, Price: o.Price + better, Quantity: money.Quantity(rapid.Int64Range(1, 150).Draw(b.rt, "units"))}
	}
	if b.do(record.CallerOf(record.CallerExchange, uint64(of)), c).Code == 0 {
		b.next[of]++
	}
}

func (b *broker) set() {
	c := &record.SetCeiling{
		Market: uint8(rapid.IntRange(1, 2).Draw(b.rt, "market")), Of: uint8(rapid.IntRange(1, 2).Draw(b.rt, "kind")), From: b.live.today().Date, Source: "law",
		Amount: money.Amount(rapid.Int64Range(0, 12).Draw(b.rt, "amount")) * 100_000, Warn: [2]uint16{uint16(rapid.IntRange(0, 1000).Draw(b.rt, "warn"))},
	}
	copy(c.Unit[:], rapid.SampledFrom([]string{"", "23456", "X9"}).Draw(b.rt, "unit"))
	b.do(maker, c)
}

// netByHand adds the orders of a scope up.
func (b *broker) netByHand(n *risk.NetBuy) (net money.Amount) {
	for row := range b.live.orders.Len() {
		o := b.live.orders.At(row)
		of := b.live.instruments.At(o.Instrument).ID.Market()
		unit := b.live.securities.At(o.Account).PBU
		switch {
		case uint8(of) != n.Market || n.Unit != [6]byte{} && n.Unit != unit:
		case o.Side == Sell:
			net -= o.Value
		default:
			net += o.Value
			if o.Open() {
				net += must(o.Price.Times(o.Remaining()))
			}
		}
	}
	return net
}

// Whatever is placed, reported and set in any order: what is counted is the sum of
// the orders, an accepted buy leaves no scope above its ceiling, and nothing but an
// accepted buy raises a sum. So no sum ever passes a ceiling that was not lowered
// under it. A machine loaded from a snapshot counts and resolves the same.
func TestNetBuyingStaysUnderItsCeiling(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := &broker{run: newRun(rt), rt: rt, next: map[market.Market]uint64{}}
		withClients(rt, b.run, 3)
		withInstruments(rt, b.run, 3)
		for fund := uint64(1001); fund <= 1003; fund++ {
			b.must(0, &record.SecuritiesIn{Fund: fund, Instrument: uint32(stockSH), Quantity: 1000})
		}
		steps := []func(*broker){(*broker).place, (*broker).place, (*broker).place, (*broker).report, (*broker).report, (*broker).set}
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 10, 100).Draw(rt, "steps") {
			before, _ := b.live.NetBuys()
			b.buying = false
			b.now += 1_000_000_000
			steps[step](b)
			after, ceilings := b.live.NetBuys()
			for i := range after {
				n := &after[i]
				if want := b.netByHand(n); n.Net() != want {
					rt.Fatalf("scope %+v is counted as %s, the orders come to %s", *n, n.Net(), want)
				}
				if i < len(before) && n.Net() > before[i].Net() && (!b.buying || ceilings[i].Binds() != 0 && n.Net() > ceilings[i].Binds()) {
					rt.Fatalf("scope %+v rose from %s over %s, buying %v", *n, before[i].Net(), ceilings[i].Binds(), b.buying)
				}
			}
		}
		var file bytes.Buffer
		if err := b.live.WriteSnapshot(&file); err != nil {
			rt.Fatal(err)
		}
		loaded := newMachine()
		if err := loaded.ReadSnapshot(&file, b.live.Root()); err != nil {
			rt.Fatal(err)
		}
		_, live := b.live.NetBuys()
		if _, again := loaded.NetBuys(); len(live) != len(again) {
			rt.Fatalf("%d scopes, %d after a load", len(live), len(again))
		} else {
			for i := range live {
				if live[i] != again[i] {
					rt.Fatalf("scope %d: %+v, after a load %+v", i, live[i], again[i])
				}
			}
		}
	})
}

// A ceiling that binds is the lower of both; thresholds are per mille of it, to the
// fen; what is dated later does not hold yet.
func TestCeilingOfADate(t *testing.T) {
	all := risk.NewCeilings()
	for _, c := range []risk.Ceiling{
		{Market: 1, Kind: risk.CeilingHighest, From: 20230825, Amount: 1_999, Warn: [2]uint16{500}},
		{Market: 1, Kind: risk.CeilingOwn, From: 20230828, Amount: 999, Warn: [2]uint16{800, 1000}},
		{Market: 1, Kind: risk.CeilingOwn, From: 20230829, Amount: 0},
		{Market: 1, Kind: risk.CeilingOwn, From: 20230830, Amount: 5_000},
		{Market: 1, Unit: [6]byte{'A'}, Kind: risk.CeilingHighest, From: 20230825, Amount: 7},
		{Market: 2, Kind: risk.CeilingHighest, From: 20230825, Amount: 8},
	} {
		all.Append(c)
	}
	for _, c := range []struct {
		date  uint32
		binds money.Amount
		net   money.Amount
		level uint8
	}{
		{20230824, 0, 1 << 40, 0}, {20230825, 1_999, 998, 0}, {20230825, 1_999, 999, 1}, {20230828, 999, 798, 0}, {20230828, 999, 799, 1},
		{20230828, 999, 998, 1}, {20230828, 999, 999, 2}, {20230829, 1_999, 999, 1}, {20230830, 1_999, 999, 1},
	} {
		f := risk.CeilingOn(c.date, all, 1, [6]byte{})
		if f.Binds() != c.binds || f.Level(c.net) != c.level {
			t.Errorf("on %d: %+v binds %d, level %d of %d", c.date, f, f.Binds(), f.Level(c.net), c.net)
		}
	}
	huge := risk.InForce{Highest: 1 << 62, Warn: [2]uint16{999}}
	if huge.Level(1<<62) != 1 || huge.Level(1<<61) != 0 {
		t.Error("a huge ceiling overflows")
	}
}

func TestCeilingRowsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		readBack(t, rapid.Make[risk.Ceiling]().Draw(t, "ceiling"), 72)
		readBack(t, rapid.Make[risk.NetBuy]().Draw(t, "net"), 48)
	})
}
