package custody

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// costAhead is what a buy for the next day takes, by plain sums.
func (f *floor) costAhead(o *floorOrder) int64 {
	principal := int64(o.price) * o.quantity / 100
	return principal + chargeOn(f.live.today().Next, o.security, Buy, principal)
}

// kept is what the waiting orders of an account keep of its cash, and of its units
// of a security.
func (f *floor) kept(fund uint64, id market.ID) (cash, units int64) {
	for _, o := range f.ahead {
		switch {
		case o.fund != fund:
		case o.side == Buy:
			cash += f.costAhead(o)
		case o.security == id:
			units += o.quantity
		}
	}
	return cash, units
}

// placeAhead enters orders for the next day and cancels some of them: what is
// covered beside those before it is taken, whatever its price will be worth then.
func (f *floor) placeAhead() {
	for range rapid.IntRange(0, 4).Draw(f.rt, "ahead") {
		o := &floorOrder{
			fund: 1001 + rapid.Uint64Range(0, 1).Draw(f.rt, "client"), security: rapid.SampledFrom(floorStocks).Draw(f.rt, "security"),
			side: rapid.SampledFrom([]uint8{Buy, Sell}).Draw(f.rt, "side"), quantity: 100 * rapid.Int64Range(1, 6).Draw(f.rt, "lots"),
			price: 9_9000 + 100*money.Price(rapid.Int64Range(0, 20).Draw(f.rt, "price")),
		}
		if rapid.IntRange(0, 4).Draw(f.rt, "far") == 0 {
			o.price = 12_0000
		}
		cash, units := f.kept(o.fund, o.security)
		covered := f.cashFor(o.fund).Available()-cash >= f.costAhead(o)
		if p := f.positionFor(o.fund, o.security); o.side == Sell {
			covered = p.Sellable(true)-units >= o.quantity
		}
		a := f.do(record.CallerOf(record.CallerClient, o.fund%1000), &record.DatedOrder{Date: f.live.today().Next, NewOrder: record.NewOrder{
			Fund: o.fund, Instrument: uint32(o.security), Side: o.side, Category: CategoryAuction, Type: uint8(market.LimitOrder),
			Price: o.price, Quantity: money.Quantity(o.quantity), Channel: record.ChannelWeb,
		}})
		if covered != (a.Code == 0) {
			f.t.Fatalf("next-day order %+v, covered %v: %s", *o, covered, record.Code(a.Code))
		}
		if a.Code == 0 {
			o.id = a.Ref
			f.ahead = append(f.ahead, o)
		}
	}
	if len(f.ahead) > 0 && rapid.IntRange(0, 2).Draw(f.rt, "cancel") == 0 {
		at := rapid.IntRange(0, len(f.ahead)-1).Draw(f.rt, "which")
		f.must(0, &record.CancelOrder{Order: f.ahead[at].id, Fund: f.ahead[at].fund})
		f.ahead = slices.Delete(f.ahead, at, at+1)
	}
	f.check()
}

// release decides what waits, in pieces of any size and some of them twice. First
// come is first served, from what the accounts have settled.
func (f *floor) release() {
	waiting := f.ahead
	f.ahead = nil
	cash, units := map[uint64]int64{}, map[[2]uint64]int64{}
	for fund, have := range f.cash {
		cash[fund] = have
	}
	for at, have := range f.units {
		units[at] = have
	}
	for first, date := uint32(0), f.live.today().Date; ; {
		count := uint16(rapid.IntRange(1, 5).Draw(f.rt, "piece"))
		var a state.Answer
		for range rapid.IntRange(1, 2).Draw(f.rt, "times") {
			a = f.must(0, &record.ReleaseOrders{Date: date, Market: uint8(market.Shanghai), First: first, Count: count})
		}
		if first = uint32(a.Ref); first == 0 {
			break
		}
	}
	for _, o := range waiting {
		principal := int64(o.price) * o.quantity / 100
		cost := principal + f.chargeOf(o.security, Buy, principal)
		fits := o.price <= 11_0000
		if o.side == Buy {
			if fits = fits && cash[o.fund] >= cost; fits {
				cash[o.fund] -= cost
			}
		} else if fits = fits && units[f.at(o)] >= o.quantity; fits {
			units[f.at(o)] -= o.quantity
		}
		gone, _ := f.live.NextOrderBy(o.id)
		row, entered := f.live.OrderBy(o.id)
		if fits != entered || fits != (gone.State == OrderReleased) || !fits && gone.State != OrderRefused || fits && row.State != OrderNew {
			f.t.Fatalf("next-day order %+v fits %v: %+v, %+v", *o, fits, gone, row)
		}
		if fits {
			f.orders = append(f.orders, o)
		}
	}
}

// evening is what a day end does to accounts, in its order.
func evening(date uint32) []record.Command {
	all := []record.Command{
		&record.StopDay{Date: date}, &record.ExpireOrders{Orders: []uint64{2}}, &record.ClearOrders{Date: date, Orders: []uint64{1, 2, 3}},
		&record.Entitlement{Fund: 1001, Instrument: uint32(stockSH), Event: [12]byte{'a'}, Cash: 300},
		&record.Entitlement{Fund: 1002, Instrument: uint32(stockSH), Event: [12]byte{'b'}, Units: 7},
		&record.AccrueInterest{Date: date, Until: testNext - 1, Count: 100},
		&record.CorrectTransfer{Bank: 1, Date: date, BankRef: "late", Fund: 1001, Direction: Withdrawal, Amount: 500_000, Case: 1},
	}
	for step := range uint16(StepsOfDay) {
		all = append(all, &record.StepDone{Date: date, Step: step + 1, OK: 1})
	}
	return append(all, &record.DayCleared{Date: date})
}

// traded leaves a run with one order filled, one open, and one sale filled.
func traded(t reporter) *run {
	r := newRun(t)
	withClients(t, r, 2)
	withInstruments(t, r, 2)
	r.must(0, &record.SecuritiesIn{Fund: 1002, Instrument: uint32(stockSH), Quantity: 1000})
	place := func(fund uint64, side uint8) {
		r.must(0, &record.NewOrder{
			Fund: fund, Instrument: uint32(stockSH), Side: side, Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1, Price: 10_0000, Quantity: 300,
		})
	}
	place(1001, Buy)
	place(1001, Buy)
	place(1002, Sell)
	for i, id := range []uint64{1, 3} {
		r.must(0, &record.OrderFilled{Report: record.Report{Market: 1, Partition: 1, Index: uint64(i + 1), ClOrdID: clOrdID(id)}, Price: 10_0000, Quantity: 300})
	}
	return r
}

// accountEffects are the openings, postings and shifts of the last block.
func (r *run) accountEffects() (all []record.Effect) {
	v, err := record.Parse(r.live.Body())
	if err == nil {
		err = v.EachEffect(func(e record.Effect) error {
			if e.Kind <= record.EffectShift {
				all = append(all, e)
			}
			return nil
		})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// However many orders for the next day come in between the commands of a day end,
// and whatever becomes of them, each of its commands has the same answer and the
// same effect on every account, and leaves the day in the same state.
func TestNextOrdersDisturbNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		alone, beside := traded(rt), traded(rt)
		var entered []uint64
		for i, cmd := range evening(testDate) {
			for range rapid.IntRange(0, 3).Draw(rt, "orders") {
				if i == 0 {
					break
				}
				if len(entered) > 0 && rapid.IntRange(0, 3).Draw(rt, "cancel") == 0 {
					beside.do(0, &record.CancelOrder{Order: rapid.SampledFrom(entered).Draw(rt, "which"), Fund: 1001})
				}
				a := beside.do(0, &record.NewOrder{
					Fund: rapid.SampledFrom([]uint64{1001, 1001, 1002}).Draw(rt, "fund"), Instrument: uint32(stockSH), Side: rapid.Uint8Range(Buy, Sell).Draw(rt, "side"),
					Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1, Price: 10_0000, Quantity: 100 * money.Quantity(rapid.IntRange(1, 5).Draw(rt, "lots")),
				})
				if len(beside.accountEffects()) != 0 {
					rt.Fatalf("a next-day order touches an account: %+v", beside.accountEffects())
				}
				if a.Code == 0 {
					entered = append(entered, a.Ref)
				}
			}
			at := testDay + int64(i+1)*1_000_000_000_000
			alone.now, beside.now = at, at
			a, b := alone.do(0, cmd), beside.do(0, cmd)
			if a.Code != b.Code || a.Ref != b.Ref || a.Code != 0 {
				rt.Fatalf("%T: %s %d alone, %s %d beside", cmd, record.Code(a.Code), a.Ref, record.Code(b.Code), b.Ref)
			}
			if one, two := alone.accountEffects(), beside.accountEffects(); !slices.EqualFunc(one, two, sameEffect) {
				rt.Fatalf("%T: %+v alone, %+v beside", cmd, one, two)
			}
			if alone.live.DayRoot() != beside.live.DayRoot() || alone.live.DayRoot() != alone.live.Root() {
				rt.Fatalf("%T leaves the day in another state", cmd)
			}
			if len(entered) > 0 && beside.live.Root() == beside.live.DayRoot() {
				rt.Fatal("next-day orders are in no root")
			}
		}
	})
}

func sameEffect(a, b record.Effect) bool {
	return a.Kind == b.Kind && a.Bucket == b.Bucket && a.Code == b.Code && a.Row == b.Row && a.Debit == b.Debit && a.Credit == b.Credit && a.Amount == b.Amount && a.Key == b.Key
}
