package custody

import (
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// floorOrder is what the model knows of one order: what the exchange did with it.
type floorOrder struct {
	id       uint64
	fund     uint64
	security market.ID
	side     uint8
	price    money.Price
	quantity int64
	filled   int64
	value    int64 // fen
	over     bool
}

// floor plays the exchange against the machine and keeps plain sums of what every
// client must have in the end.
type floor struct {
	*run
	rt     *rapid.T
	orders []*floorOrder
	ahead  []*floorOrder    // entered for the next day, waiting
	index  uint64           // of the last report
	cash   map[uint64]int64 // settled, fen
	units  map[[2]uint64]int64
}

var floorStocks = []market.ID{stockSH, etfToday}

func (f *floor) at(o *floorOrder) [2]uint64 { return [2]uint64{o.fund, uint64(o.security)} }

// half divides and rounds half up, for figures that are not negative.
func half(a, b int64) int64 { return (2*a + b) / (2 * b) }

// chargeOf works the fees on a turnover out as docs/rules.md prints them: of a
// share on the main board, whose stamp duty and handling fee fall between the two
// days of the test, or of a listed fund.
func (f *floor) chargeOf(id market.ID, side uint8, turnover int64) int64 {
	return chargeOn(f.live.today().Date, id, side, turnover)
}

func chargeOn(date uint32, id market.ID, side uint8, turnover int64) int64 {
	handling, stamp := int64(487), int64(2)
	if date >= 20230828 {
		handling, stamp = 341, 1
	}
	if turnover == 0 {
		return 0
	}
	sum := max(500, half(turnover*25, 100_000))
	if id == etfToday {
		return sum + half(turnover*4, 100_000)
	}
	sum += half(turnover, 100_000) + half(turnover*handling, 10_000_000) + half(turnover*2, 100_000)
	if side == Sell {
		sum += half(turnover*stamp, 2_000)
	}
	return sum
}

// place places an order that may or may not be covered.
func (f *floor) place() {
	o := &floorOrder{
		fund: 1001 + rapid.Uint64Range(0, 1).Draw(f.rt, "client"), security: rapid.SampledFrom(floorStocks).Draw(f.rt, "security"),
		side: rapid.SampledFrom([]uint8{Buy, Sell}).Draw(f.rt, "side"), quantity: 100 * rapid.Int64Range(1, 6).Draw(f.rt, "lots"),
		price: 9_9000 + 100*money.Price(rapid.Int64Range(0, 20).Draw(f.rt, "price")),
	}
	a := f.do(record.CallerOf(record.CallerClient, o.fund%1000), &record.NewOrder{
		Fund: o.fund, Instrument: uint32(o.security), Side: o.side, Category: CategoryAuction, Type: uint8(market.LimitOrder),
		Price: o.price, Quantity: money.Quantity(o.quantity), Channel: record.ChannelWeb,
	})
	if code := record.Code(a.Code); code != record.Accepted {
		if code != record.Insufficient && code != record.OfVerdict(market.QuantityNotHeld) && code != record.OfVerdict(market.OddLotNotWhole) {
			f.t.Fatalf("order of %d at %s: %s", o.quantity, o.price, code)
		}
		return
	}
	o.id = a.Ref
	f.orders = append(f.orders, o)
}

// report sends what the exchange says of an order, as the next of its stream.
func (f *floor) report(o *floorOrder, make func(record.Report) record.Command) record.Code {
	r := record.Report{Market: uint8(o.security.Market()), Partition: 1, Index: f.index + 1, ClOrdID: clOrdID(o.id)}
	a := f.do(record.CallerOf(record.CallerExchange, uint64(r.Market)), make(r))
	if a.Code == 0 {
		f.index++
	}
	return record.Code(a.Code)
}

func (f *floor) pick(open bool) *floorOrder {
	var some []*floorOrder
	for _, o := range f.orders {
		if o.over != open {
			some = append(some, o)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return rapid.SampledFrom(some[max(0, len(some)-5):]).Draw(f.rt, "order")
}

// fill trades some of an order at its limit or better; or says what cannot be.
func (f *floor) fill(o *floorOrder) {
	quantity := 100 * rapid.Int64Range(1, (o.quantity-o.filled)/100+1).Draw(f.rt, "fill")
	better := money.Price(100 * rapid.Int64Range(-1, 5).Draw(f.rt, "better"))
	price := o.price - better
	if o.side == Sell {
		price = o.price + better
	}
	code := f.report(o, func(r record.Report) record.Command {
		return &record.OrderFilled{Report: r, Price: price, Quantity: money.Quantity(quantity)}
	})
	possible := better >= 0 && quantity <= o.quantity-o.filled
	if possible != (code == record.Accepted) {
		f.t.Fatalf("fill of %d at %s for %+v: %s", quantity, price, *o, code)
	}
	if possible {
		o.filled += quantity
		o.value += int64(price) * quantity / 100
		o.over = o.filled == o.quantity
	}
}

func (f *floor) end(o *floorOrder, refused bool) {
	code := f.report(o, func(r record.Report) record.Command {
		if refused {
			return &record.OrderRefused{Report: r, Reason: 7}
		}
		return &record.OrderCancelled{Report: r, Quantity: money.Quantity(o.quantity - o.filled)}
	})
	if possible := !refused || o.filled == 0; possible != (code == record.Accepted) {
		f.t.Fatalf("the end of %+v, refused %v: %s", *o, refused, code)
	}
	o.over = code == record.Accepted
}

// check holds after every block: each bank and each security in balance, holds
// exactly what open orders still need, nobody below zero, and the day's trades in
// payable and receivable to the fen.
func (f *floor) check() {
	f.checkIdentity()
	f.checkUnits()
	f.checkOrderHolds()
	for fund := uint64(1001); fund <= 1002; fund++ {
		a := f.cashFor(fund)
		if a.Available() < 0 || a.Balance < 0 || a.Withdrawable() > a.Balance {
			f.t.Fatalf("fund account %d: %+v", fund, *a)
		}
		for _, id := range floorStocks {
			if p := f.positionFor(fund, id); p.Balance < 0 || p.Sellable(id == etfToday) < 0 {
				f.t.Fatalf("fund account %d in %s: %+v", fund, id, p)
			}
		}
	}
	for _, o := range f.orders {
		row, _ := f.live.OrderBy(o.id)
		rest := o.quantity - o.filled
		want := rest
		if o.side == Buy {
			principal := int64(o.price) * rest / 100
			want = principal + f.chargeOf(o.security, Buy, principal+o.value) - f.chargeOf(o.security, Buy, o.value)
		}
		if o.over {
			want = 0
		}
		if row.Held != want {
			f.t.Fatalf("order %+v holds %d, want %d", *o, row.Held, want)
		}
	}
}

// atNight ends the day: what is left expires, every fill is booked, in any order
// and some of it twice, and every account has what plain sums say.
func (f *floor) atNight() {
	today := f.live.today()
	f.must(0, &record.StopDay{Date: today.Date})
	f.placeAhead()
	for _, o := range f.orders {
		if !o.over {
			f.must(0, &record.ExpireOrders{Orders: []uint64{o.id}})
			o.over = true
		}
	}
	f.check()
	for _, o := range rapid.Permutation(f.orders).Draw(f.rt, "clearing") {
		for range rapid.IntRange(1, 2).Draw(f.rt, "times") {
			f.must(0, &record.ClearOrders{Date: today.Date, Orders: []uint64{o.id}})
			f.checkIdentity()
			f.checkUnits()
		}
		fees := f.chargeOf(o.security, o.side, o.value)
		if o.side == Buy {
			f.cash[o.fund] -= o.value + fees
			f.units[f.at(o)] += o.filled
		} else {
			f.cash[o.fund] += o.value - fees
			f.units[f.at(o)] -= o.filled
		}
	}
	for fund := uint64(1001); fund <= 1002; fund++ {
		if a := f.cashFor(fund); *a != (ledger.Account{Key: a.Key, Balance: f.cash[fund]}) {
			f.t.Fatalf("fund account %d has %+v, want %d and nothing else", fund, *a, f.cash[fund])
		}
		for _, id := range floorStocks {
			if p := f.positionFor(fund, id); p != (ledger.Account{Key: p.Key, Balance: f.units[[2]uint64{fund, uint64(id)}]}) {
				f.t.Fatalf("fund account %d has %+v of %s, want %d and nothing else", fund, p, id, f.units[[2]uint64{fund, uint64(id)}])
			}
		}
	}
	f.placeAhead()
	for step := range uint16(StepsOfDay) {
		f.must(0, &record.StepDone{Date: today.Date, Step: step + 1, OK: 1})
	}
	f.must(0, &record.DayCleared{Date: today.Date})
	f.placeAhead()
	f.must(0, &record.OpenDay{Date: today.Next, Next: map[uint32]uint32{20230828: 20230829, 20230829: 20230830}[today.Next]})
	f.now = calendar.Date(today.Next).UnixMilli(10*3600_000) * 1_000_000
	f.orders, f.index = nil, 0
}

// Whatever becomes of orders, in any order of reports: holds release exactly the
// rest, available money and units never fall below zero, total and detail agree at
// every block, a replay gives the same state, and after clearing every account has
// to the fen what plain sums of its fills and fees say.
func TestOrdersSettle(t *testing.T) {
	with := func(f *floor, open bool, do func(*floorOrder)) {
		if o := f.pick(open); o != nil {
			do(o)
		}
	}
	steps := []func(*floor){
		(*floor).place, (*floor).place, (*floor).place,
		func(f *floor) { with(f, true, f.fill) },
		func(f *floor) { with(f, true, f.fill) },
		func(f *floor) { with(f, true, f.fill) },
		func(f *floor) {
			with(f, true, func(o *floorOrder) {
				f.report(o, func(r record.Report) record.Command { return &record.OrderReported{Report: r, OrderID: [16]byte{1}} })
			})
		},
		func(f *floor) {
			with(f, true, func(o *floorOrder) { f.do(0, &record.CancelOrder{Order: o.id, Fund: o.fund}) })
		},
		func(f *floor) { with(f, true, func(o *floorOrder) { f.end(o, false) }) },
		func(f *floor) { with(f, true, func(o *floorOrder) { f.end(o, true) }) },
		func(f *floor) {
			with(f, false, func(o *floorOrder) { // what comes after the end is impossible
				code := f.report(o, func(r record.Report) record.Command {
					return &record.OrderFilled{Report: r, Price: o.price, Quantity: 100}
				})
				if code != record.ReportImpossible {
					f.t.Fatalf("a fill of an ended order: %s", code)
				}
			})
		},
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := &floor{run: newRun(rt), rt: rt, cash: map[uint64]int64{}, units: map[[2]uint64]int64{}}
		withClients(rt, f.run, 2)
		withInstruments(rt, f.run, 2)
		for fund := uint64(1001); fund <= 1002; fund++ {
			f.cash[fund] = int64(openingCash)
			for _, id := range floorStocks {
				f.must(0, &record.SecuritiesIn{Fund: fund, Instrument: uint32(id), Quantity: 1000})
				f.units[[2]uint64{fund, uint64(id)}] = 1000
			}
		}
		for range 2 {
			rows := instrumentRows()
			for i := range rows {
				if rows[i].ID == uint32(etfToday) {
					rows[i].PrevClose = 10_0000
				}
			}
			f.must(0, &record.LoadInstruments{Date: f.live.today().Date, Rows: rows})
			f.release()
			f.check()
			for _, step := range rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 1, 60).Draw(rt, "steps") {
				steps[step](f)
				f.check()
			}
			f.atNight()
			f.checkIdentity()
		}
	})
}
