package exchange

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/money"
)

// plain is a security without limits or cage.
func plain(code string) Security {
	return Security{
		Code: MakeCode(code), Tick: 100, PreviousClose: 10 * money.PriceUnit,
		BuyMinimum: 100, Step: 100, OrderMaximum: 1_000_000, FixedMaximum: 1_000_000, AfterHours: true,
	}
}

func venueOf(t testing.TB, m Market, securities ...Security) *Venue {
	t.Helper()
	v, err := NewVenue(VenueConfig{Market: m, Securities: securities, PBUs: []string{"A", "B"}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// number is a ClOrdID from a counter.
func number(n int) ClOrdID {
	var id ClOrdID
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = byte('0' + n%10)
		n /= 10
	}
	return id
}

// naiveOrder and naive are a book as slow and as plain as can be.
type naiveOrder struct {
	id     int
	side   Side
	price  money.Price
	leaves money.Quantity
}

type naive []naiveOrder

// best returns the place of the order that trades next on a side, or -1: the
// best price, and of those the first come.
func (n naive) best(s Side) int {
	at := -1
	for i, o := range n {
		if o.side != s || o.leaves == 0 {
			continue
		}
		if at < 0 || s == Buy && o.price > n[at].price || s == Sell && o.price < n[at].price {
			at = i
		}
	}
	return at
}

type naiveFill struct {
	buy, sell int
	price     money.Price
	quantity  money.Quantity
}

func (n *naive) submit(o naiveOrder) []naiveFill {
	var fills []naiveFill
	for o.leaves > 0 {
		i := n.best(o.side.opposite())
		if i < 0 {
			break
		}
		m := &(*n)[i]
		if o.side == Buy && m.price > o.price || o.side == Sell && m.price < o.price {
			break
		}
		q := min(o.leaves, m.leaves)
		o.leaves -= q
		m.leaves -= q
		f := naiveFill{o.id, m.id, m.price, q}
		if o.side == Sell {
			f.buy, f.sell = m.id, o.id
		}
		fills = append(fills, f)
	}
	*n = append(*n, o)
	return fills
}

// The fills of random continuous orders and cancels equal those of the naive
// book (E3), the book is never crossed (E1), and no quantity is lost (E2).
func TestContinuousAgreesWithNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, err := NewVenue(VenueConfig{Market: Shenzhen, Securities: []Security{plain("000001")}, PBUs: []string{"A"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = v.Advance(calendar.Clock(9, 30, 0))
		var model naive
		trades := 0
		for i := range rapid.IntRange(1, 120).Draw(t, "orders") {
			if rapid.IntRange(0, 4).Draw(t, "act") == 0 && len(model) > 0 {
				o := &model[rapid.IntRange(0, len(model)-1).Draw(t, "which")]
				v.Cancel(&CancelRequest{PBU: 1, Original: number(o.id), Ticket: Ticket{ClOrdID: number(1000 + i)}})
				ev := v.Events()
				if cancelled := ev[0].Kind == EventCancelled; cancelled != (o.leaves > 0) || cancelled && ev[0].Quantity != o.leaves {
					t.Fatalf("cancel of order with %d left gave %+v", o.leaves, ev[0])
				}
				o.leaves = 0
				continue
			}
			o := naiveOrder{
				id: i, side: Side(rapid.IntRange(1, 2).Draw(t, "side")),
				price:  money.Price(rapid.IntRange(990, 1010).Draw(t, "price")) * 100,
				leaves: money.Quantity(rapid.IntRange(1, 9).Draw(t, "lots")) * 100,
			}
			v.Submit(&Order{PBU: 1, Business: BusinessAuction, Code: MakeCode("000001"), Side: o.side, Type: TypeLimit,
				Price: o.price, Quantity: o.leaves, Ticket: Ticket{ClOrdID: number(i)}})
			v.Events()
			want := model.submit(o)
			var got []naiveFill
			for tr := range v.Trades(trades) {
				got = append(got, naiveFill{ordinal(tr.Buy.Ticket.ClOrdID), ordinal(tr.Sell.Ticket.ClOrdID), tr.Price, tr.Quantity})
			}
			trades += len(got)
			if len(got) != len(want) {
				t.Fatalf("order %d: fills %v, want %v", i, got, want)
			}
			for k := range got {
				if got[k] != want[k] {
					t.Fatalf("order %d: fills %v, want %v", i, got, want)
				}
			}
			checkBook(t, v, &v.books[0])
		}
	})
}

func ordinal(id ClOrdID) int {
	n := 0
	for _, c := range id {
		n = n*10 + int(c-'0')
	}
	return n
}

// checkBook fails when the book is crossed, a level disagrees with its queue, or
// an order's quantity does not add up.
func checkBook(t *rapid.T, v *Venue, b *book) {
	bid, ask := b.side(Buy).bestPrice(), b.side(Sell).bestPrice()
	if bid != 0 && ask != 0 && bid >= ask {
		t.Fatalf("crossed: bid %s ask %s", bid, ask)
	}
	for _, s := range []Side{Buy, Sell} {
		l := b.side(s)
		for i := range l.levels {
			lv := &l.levels[i]
			if i > 0 && l.levels[i-1].key >= lv.key {
				t.Fatalf("%s levels out of order", s)
			}
			sum, n := money.Quantity(0), int32(0)
			for no := lv.head; no != noOrder; no = v.entry(no).next {
				sum += v.entry(no).leaves
				n++
			}
			if sum != lv.quantity || n != lv.orders || n == 0 {
				t.Fatalf("%s level %s says %d in %d orders, its queue %d in %d", s, l.price(lv), lv.quantity, lv.orders, sum, n)
			}
		}
	}
	bought, sold := money.Quantity(0), money.Quantity(0)
	for no := OrderNo(0); no < v.orders; no++ {
		e := v.entry(no)
		if e.has(flagCancel) || e.status == StatusRejected || e.pbu == streetPBU {
			continue
		}
		if e.filled < 0 || e.leaves < 0 || e.status != StatusCancelled && e.filled+e.leaves != e.quantity || e.filled+e.leaves > e.quantity {
			t.Fatalf("order %d: quantity %d filled %d leaves %d", no, e.quantity, e.filled, e.leaves)
		}
		if e.side == Buy {
			bought += e.filled
		} else {
			sold += e.filled
		}
	}
	if v.street == nil && (bought != sold || bought != b.prints.volume) {
		t.Fatalf("bought %d, sold %d, printed %d", bought, sold, b.prints.volume)
	}
}

// The auction price trades as much as any price on the grid could, leaves over
// as little as any price that trades as much, fills every better-priced order,
// and the book is not crossed afterwards.
func TestAuctionMaximisesVolume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		market := Market(rapid.IntRange(1, 2).Draw(t, "market"))
		v, err := NewVenue(VenueConfig{Market: market, Securities: []Security{plain("000001")}, PBUs: []string{"A"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = v.Advance(calendar.Clock(9, 15, 0))
		var orders []naiveOrder
		for i := range rapid.IntRange(0, 40).Draw(t, "orders") {
			o := naiveOrder{
				id: i, side: Side(rapid.IntRange(1, 2).Draw(t, "side")),
				price:  money.Price(rapid.IntRange(980, 1020).Draw(t, "price")) * 100,
				leaves: money.Quantity(rapid.IntRange(1, 9).Draw(t, "lots")) * 100,
			}
			orders = append(orders, o)
			v.Submit(&Order{PBU: 1, Business: BusinessAuction, Code: MakeCode("000001"), Side: o.side, Type: TypeLimit,
				Price: o.price, Quantity: o.leaves, Ticket: Ticket{ClOrdID: number(i)}})
		}
		at := func(p money.Price) (traded, surplus money.Quantity) {
			var buys, sells money.Quantity
			for _, o := range orders {
				if o.side == Buy && o.price >= p {
					buys += o.leaves
				} else if o.side == Sell && o.price <= p {
					sells += o.leaves
				}
			}
			return min(buys, sells), magnitude(buys - sells)
		}
		var most money.Quantity
		for p := money.Price(97_000); p <= 103_000; p += 100 {
			traded, _ := at(p)
			most = max(most, traded)
		}
		b := &v.books[0]
		_ = v.Advance(calendar.Clock(9, 25, 0))
		if b.prints.volume != most {
			t.Fatalf("traded %d at %s, most is %d", b.prints.volume, b.prints.last, most)
		}
		checkBook(t, v, b)
		if most == 0 {
			return
		}
		for no, o := range orders {
			better := o.side == Buy && o.price > b.prints.last || o.side == Sell && o.price < b.prints.last
			if e := v.entry(OrderNo(no)); better && e.leaves != 0 {
				t.Fatalf("%s at %s has %d left after an auction at %s", o.side, o.price, e.leaves, b.prints.last)
			}
		}
	})
}

// With a Street the first print is the open, the last the close, both extremes
// are touched and none is passed (E4), whatever the members do.
func TestStreetKeepsTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := func(label string, lo, hi int) money.Price {
			return money.Price(rapid.IntRange(lo, hi).Draw(t, label)) * 100
		}
		low := price("low", 900, 1100)
		high := low + price("range", 0, 60)
		bar := Bar{
			Code: MakeCode("000001"), Low: low, High: high, Volume: 123_456,
			Open:  price("open", int(low/100), int(high/100)),
			Close: price("close", int(low/100), int(high/100)),
		}
		sec := plain("000001")
		sec.LimitUp, sec.LimitDown = 111_000, 89_000
		if high > sec.LimitUp {
			high = sec.LimitUp
		}
		bar.High, bar.Open, bar.Close = high, min(bar.Open, high), min(bar.Close, high)
		v, err := NewVenue(VenueConfig{Market: Shanghai, Securities: []Security{sec}, PBUs: []string{"A"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.AddStreet(StreetConfig{Seed: rapid.Uint64().Draw(t, "seed"), Bars: []Bar{bar}}); err != nil {
			t.Fatal(err)
		}
		clock := calendar.Clock(9, 15, 0)
		for i := range rapid.IntRange(0, 60).Draw(t, "orders") {
			clock += calendar.TimeOfDay(rapid.IntRange(0, 20*60_000).Draw(t, "wait"))
			if err := v.Advance(clock); err != nil {
				t.Fatal(err)
			}
			v.Submit(&Order{PBU: 1, Business: BusinessAuction, Code: bar.Code, Side: Side(rapid.IntRange(1, 2).Draw(t, "side")),
				Type: TypeLimit, Price: price("price", 890, 1110), Quantity: 100 * money.Quantity(rapid.IntRange(1, 5000).Draw(t, "lots")),
				Ticket: Ticket{ClOrdID: number(i)}})
			if v.window.Phase.Continuous() {
				checkBook(t, v, &v.books[0])
			}
		}
		_ = v.Advance(max(clock, calendar.Clock(15, 30, 0)))
		p := v.books[0].prints
		if p.open != bar.Open || p.high != bar.High || p.low != bar.Low || p.close != bar.Close || p.last != bar.Close {
			t.Fatalf("open %s high %s low %s last %s close %s, want %+v", p.open, p.high, p.low, p.last, p.close, bar)
		}
	})
}

func TestClockDoesNotGoBack(t *testing.T) {
	v := venueOf(t, Shenzhen, plain("000001"))
	if err := v.Advance(calendar.Clock(10, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := v.Advance(calendar.Clock(9, 59, 59)); !errors.Is(err, ErrClock) {
		t.Errorf("back one second: %v", err)
	}
}

func TestVenueRefusesBadData(t *testing.T) {
	bad := plain("000001")
	bad.Tick = 0
	_, err := NewVenue(VenueConfig{Market: Shenzhen, Securities: []Security{bad}})
	if !errors.Is(err, ErrSecurity) {
		t.Errorf("tick zero: %v", err)
	}
	_, err = NewVenue(VenueConfig{Market: Shenzhen, Securities: []Security{plain("1"), plain("1")}})
	if !errors.Is(err, ErrSecurity) {
		t.Errorf("listed twice: %v", err)
	}
	v := venueOf(t, Shenzhen, plain("000001"))
	bar := Bar{MakeCode("000001"), 100_000, 90_000, 80_000, 85_000, 1}
	if err := v.AddStreet(StreetConfig{Bars: []Bar{bar}}); !errors.Is(err, ErrBar) {
		t.Errorf("open above high: %v", err)
	}
}

// BenchmarkMixed is limit orders around the market and cancels over 5,000
// securities, two orders to a cancel.
func BenchmarkMixed(b *testing.B) {
	const securities = 5_000
	var list []Security
	for i := range securities {
		list = append(list, plain(number(i).String()[4:]))
	}
	v := venueOf(b, Shenzhen, list...)
	_ = v.Advance(calendar.Clock(9, 30, 0))
	chance := draw(1)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%3 == 2 {
			v.Cancel(&CancelRequest{PBU: 1, Original: number(i - 1 - int(chance.below(60))), Ticket: Ticket{ClOrdID: number(i)}})
		} else {
			v.Submit(&Order{
				PBU: 1, Business: BusinessAuction, Code: list[chance.below(securities)].Code, Side: Side(1 + chance.below(2)),
				Type: TypeLimit, Price: money.Price(950+chance.below(100)) * 100, Quantity: 100, Ticket: Ticket{ClOrdID: number(i)},
			})
		}
		v.Events()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkStreetDay is a whole day of 5,000 securities without members.
func BenchmarkStreetDay(b *testing.B) {
	var list []Security
	var bars []Bar
	for i := range 5_000 {
		s := plain(number(i).String()[4:])
		list = append(list, s)
		bars = append(bars, Bar{s.Code, 100_000, 104_000, 98_000, 103_000, 5_000_000})
	}
	for b.Loop() {
		v := venueOf(b, Shanghai, list...)
		if err := v.AddStreet(StreetConfig{Seed: 1, Bars: bars}); err != nil {
			b.Fatal(err)
		}
		_ = v.Advance(calendar.Clock(15, 30, 0))
	}
}
