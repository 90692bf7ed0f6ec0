package market

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/money"
)

func builtin(t testing.TB) *Rules {
	t.Helper()
	c, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	return Builtin(c)
}

func on(t testing.TB, d calendar.Date) *Day {
	t.Helper()
	day, err := builtin(t).On(d)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func instrument(t testing.TB, id, name string) *Instrument {
	t.Helper()
	v, err := ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	in, err := NewInstrument(v, name)
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

func price(t testing.TB, text string) money.Price {
	t.Helper()
	p, err := money.ParsePrice(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClassify(t *testing.T) {
	for id, want := range map[string]Board{
		"600000.SH": Main, "601398.sh": Main, "603275.SH": Main, "605001.SH": Main, "688591.SH": STAR, "689009.SH": STAR,
		"000001.SZ": Main, "001289.SZ": Main, "002594.SZ": Main, "003816.SZ": Main, "300750.SZ": ChiNext, "301269.SZ": ChiNext,
		"430047.BJ": BSE, "830799.BJ": BSE, "873169.BJ": BSE, "920002.BJ": BSE, "900901.SH": BShare, "200002.SZ": BShare,
		"510300.SH": Fund, "588000.SH": Fund, "159915.SZ": Fund, "113050.SH": Convertible, "123107.SZ": Convertible,
		"128136.SZ": Convertible, "019547.SH": Bond, "204001.SH": Repo, "131810.SZ": Repo, "000001.SH": Index, "399001.SZ": Index,
	} {
		v, err := ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Classify(v); !ok || got != want {
			t.Errorf("%s is %s, %v; want %s", id, got, ok, want)
		}
	}
	if _, err := NewInstrument(1_730_000, "subscription"); !errors.Is(err, ErrID) {
		t.Errorf("a subscription code has a board: %v", err)
	}
	for i, a := range codeRanges {
		for _, b := range codeRanges[i+1:] {
			if a.market == b.market && a.low <= b.high && b.low <= a.high {
				t.Errorf("ranges %v and %v overlap", a, b)
			}
		}
	}
}

func TestStandingOf(t *testing.T) {
	for name, want := range map[string]Standing{"*ST同达": RiskWarning, "ST国华": RiskWarning, "XD*ST甲": RiskWarning, "平安银行": Ordinary, "退市海医": Delisting, "泛海退": Delisting} {
		if got := StandingOf(name); got != want {
			t.Errorf("%s stands %d, want %d", name, got, want)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("600000.SH")
	f.Add("000001.sz")
	f.Add("600000.XX")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if err != nil {
			return
		}
		if back, err := ParseID(id.String()); err != nil || back != id || !id.Valid() {
			t.Fatalf("%q read as %s and back as %s, %v", text, id, back, err)
		}
		var same ID
		if err := same.UnmarshalText([]byte(text)); err != nil || same != id {
			t.Fatalf("%q read as %s and as %s, %v", text, id, same, err)
		}
	})
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		id, name   string
		date       calendar.Date
		prev       string
		up, down   string
		comment    string
		listed     calendar.Date
		delisting  calendar.Date
		rate       money.Rate
		noLimit    bool
		instrument Standing
	}{
		{id: "600000.SH", date: 20230825, prev: "7.05", up: "7.76", down: "6.35", comment: "7.755 and 6.345 round half up"},
		{id: "600000.SH", name: "*ST", date: 20230825, prev: "3.10", up: "3.26", down: "2.95", comment: "ST 5 %: 3.255, 2.945"},
		{id: "600000.SH", name: "*ST", date: 20260703, prev: "3.10", up: "3.26", down: "2.95", comment: "the last day of 5 %"},
		{id: "600000.SH", name: "*ST", date: 20260706, prev: "3.10", up: "3.41", down: "2.79", comment: "ST 10 % from 2026-07-06"},
		{id: "300750.SZ", name: "ST", date: 20230825, prev: "10.00", up: "12.00", down: "8.00", comment: "ST on ChiNext stays 20 %"},
		{id: "688981.SH", date: 20230825, prev: "51.36", up: "61.63", down: "41.09"},
		{id: "830799.BJ", date: 20230825, prev: "6.66", up: "8.66", down: "4.66", comment: "30 %: 8.658, 4.662"},
		{id: "603275.SH", date: 20230825, prev: "56.05", listed: 20230823, noLimit: true, comment: "third day"},
		{id: "603275.SH", date: 20230829, prev: "56.05", listed: 20230823, noLimit: true, comment: "fifth day"},
		{id: "603275.SH", date: 20230830, prev: "56.05", listed: 20230823, up: "61.66", down: "50.45", comment: "sixth day"},
		{id: "600001.SH", date: 20230407, prev: "10.00", listed: 20230407, up: "14.40", down: "6.40", comment: "before registration: 44 % and 36 %"},
		{id: "600001.SH", date: 20230410, prev: "10.00", listed: 20230407, noLimit: true, comment: "second day, registration begins"},
		{id: "830799.BJ", date: 20230825, prev: "6.66", listed: 20230825, noLimit: true},
		{id: "830799.BJ", date: 20230828, prev: "6.66", listed: 20230825, up: "8.66", down: "4.66"},
		{id: "600002.SH", name: "甲退", date: 20230825, prev: "1.00", delisting: 20230825, noLimit: true},
		{id: "600002.SH", name: "甲退", date: 20230828, prev: "1.00", delisting: 20230825, up: "1.10", down: "0.90", comment: "delisting is 10 %, not the 5 % of a warning"},
		{id: "510300.SH", date: 20230825, prev: "3.777", up: "4.155", down: "3.399", comment: "4.1547, 3.3993"},
		{id: "588000.SH", date: 20230825, prev: "0.937", rate: 20 * percent, up: "1.124", down: "0.750", comment: "a 20 % fund by its static data"},
		{id: "113050.SH", date: 20230825, prev: "121.234", up: "145.481", down: "96.987"},
		{id: "113050.SH", date: 20230825, listed: 20230825, prev: "100.000", up: "157.300", down: "56.700"},
		{id: "113050.SH", date: 20220729, prev: "121.234", noLimit: true},
		{id: "900901.SH", date: 20230825, prev: "0.345", up: "0.380", down: "0.311", comment: "0.3795, 0.3105"},
		{id: "600000.SH", date: 20230825, prev: "0.03", up: "0.04", down: "0.02", comment: "at least one tick"},
		{id: "600000.SH", date: 20230825, prev: "0.01", up: "0.02", down: "0.01", comment: "never below one tick"},
	} {
		in := instrument(t, c.id, c.name)
		in.Listed, in.DelistingFrom, in.LimitRate = c.listed, c.delisting, c.rate
		up, down, ok := on(t, c.date).Limits(in, price(t, c.prev))
		if ok == c.noLimit {
			t.Errorf("%s %s on %s (%s): limited is %v", c.id, c.name, c.date, c.comment, ok)
			continue
		}
		if ok && (up != price(t, c.up) || down != price(t, c.down)) {
			t.Errorf("%s %s on %s from %s: %s to %s, want %s to %s (%s)", c.id, c.name, c.date, c.prev, down, up, c.down, c.up, c.comment)
		}
	}
}

// Limits lie on the tick and around the previous close, for every class.
func TestLimitsAreOnTickAndAround(t *testing.T) {
	rules := builtin(t)
	ids := []string{"600000.SH", "000001.SZ", "300750.SZ", "688981.SH", "830799.BJ", "510300.SH", "113050.SH", "900901.SH", "200002.SZ"}
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.SampledFrom([]calendar.Date{20220801, 20230825, 20260703, 20260706}).Draw(t, "date")
		day, err := rules.On(date)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := ParseID(rapid.SampledFrom(ids).Draw(t, "id"))
		in, err := NewInstrument(id, rapid.SampledFrom([]string{"甲", "ST甲", "甲退"}).Draw(t, "name"))
		if err != nil {
			t.Fatal(err)
		}
		tick := day.Tick(&in)
		prev := tick * money.Price(rapid.Int64Range(2, 1_000_000).Draw(t, "ticks"))
		up, down, ok := day.Limits(&in, prev)
		if !ok || up%tick != 0 || down%tick != 0 || down >= prev || prev >= up || down <= 0 {
			t.Fatalf("%s from %s: %s to %s, %v", id, prev, down, up, ok)
		}
		if v := day.CheckPrice(&in, up, prev); v != OK {
			t.Fatalf("the limit itself: %s", v)
		}
		if v := day.CheckPrice(&in, up+tick, prev); v != PriceAboveLimit {
			t.Fatalf("above the limit: %s", v)
		}
		if down > tick && day.CheckPrice(&in, down-tick, prev) != PriceBelowLimit {
			t.Fatal("below the limit")
		}
		if v := day.CheckPrice(&in, up-1, prev); v != PriceOffTick {
			t.Fatalf("off the tick: %s", v)
		}
	})
}

func TestCages(t *testing.T) {
	day := on(t, 20230825)
	for _, c := range []struct {
		id    string
		side  Side
		ref   string
		bound string
	}{
		{"600000.SH", Buy, "10.00", "10.20"},
		{"600000.SH", Buy, "3.00", "3.10"}, // ten ticks are wider than 2 %
		{"600000.SH", Sell, "3.00", "2.90"},
		{"600000.SH", Sell, "20.01", "19.61"}, // 19.6098
		{"600000.SH", Sell, "0.05", "0.01"},   // never below one tick
		{"300750.SZ", Buy, "220.05", "224.45"},
		{"688981.SH", Buy, "3.00", "3.06"}, // STAR: 2 % alone
		{"688981.SH", Sell, "0.20", "0.19"},
		{"830799.BJ", Buy, "10.00", "10.50"},
		{"830799.BJ", Sell, "1.00", "0.90"},
	} {
		in := instrument(t, c.id, "")
		got, ok := day.Cage(in, c.side, price(t, c.ref))
		if !ok || got != price(t, c.bound) {
			t.Errorf("%s side %d around %s: %s, %v; want %s", c.id, c.side, c.ref, got, ok, c.bound)
		}
	}
	if _, ok := on(t, 20230407).Cage(instrument(t, "600000.SH", ""), Buy, 100_000); ok {
		t.Error("the main board had a cage before 2023-04-10")
	}
	q := Quote{PrevClose: 1, Last: 2, Bid: 3, Ask: 4}
	for i, want := range []money.Price{4, 3, 2, 1} {
		if got := q.Reference(Buy); got != want {
			t.Errorf("reference %d of a buy is %d", i, got)
		}
		*[]*money.Price{&q.Ask, &q.Bid, &q.Last, &q.PrevClose}[i] = 0
	}
	if got := (&Quote{PrevClose: 1, Ask: 4, Bid: 3}).Reference(Sell); got != 3 {
		t.Errorf("reference of a sell is %d", got)
	}
}

// A new listing is interrupted on the days its board says, counted in trading days,
// and from the date on which the rule came; nothing else is.
func TestHalts(t *testing.T) {
	for _, c := range []struct {
		id, name string
		listed   calendar.Date
		on       calendar.Date
		want     bool
	}{
		{"688591.SH", "泰凌微", 20230825, 20230825, true},
		{"688591.SH", "泰凌微", 20230821, 20230825, true},  // day 5
		{"688591.SH", "泰凌微", 20230818, 20230825, false}, // day 6
		{"688591.SH", "泰凌微", 0, 20230825, false},        // long ago
		{"688591.SH", "泰凌微", 20230828, 20230825, false}, // still to come
		{"301000.SZ", "示例", 20230825, 20230825, true},
		{"603275.SH", "众辰科技", 20230825, 20230825, true},
		{"603275.SH", "众辰科技", 20230407, 20230407, false}, // before registration came to the main board
		{"830001.BJ", "示例", 20230825, 20230825, true},
		{"830001.BJ", "示例", 20230824, 20230825, false}, // its first day alone
		{"510300.SH", "300ETF", 20230825, 20230825, false},
		{"688591.SH", "*ST泰凌", 20230825, 20230825, false},
	} {
		in := instrument(t, c.id, c.name)
		in.Listed = c.listed
		rule, ok := on(t, c.on).Halts(in)
		if ok != c.want {
			t.Errorf("%s listed %d on %d: %v, want %v", c.id, c.listed, c.on, ok, c.want)
		}
		if ok && (rule.First != 30*percent || rule.Second != 60*percent || rule.For != 10*calendar.Minute || rule.Until != calendar.Clock(14, 57, 0)) {
			t.Errorf("%s: %+v", c.id, rule)
		}
	}
}

func TestLots(t *testing.T) {
	day := on(t, 20230825)
	for _, c := range []struct {
		id                 string
		side               Side
		kind               OrderType
		quantity, sellable money.Quantity
		want               Verdict
	}{
		{"600000.SH", Buy, LimitOrder, 100, 0, OK},
		{"600000.SH", Buy, LimitOrder, 150, 0, QuantityNotInLots},
		{"600000.SH", Buy, LimitOrder, 50, 0, QuantityBelowMinimum},
		{"600000.SH", Buy, LimitOrder, 0, 0, QuantityNotPositive},
		{"600000.SH", Buy, LimitOrder, 1_000_000, 0, OK},
		{"600000.SH", Buy, LimitOrder, 1_000_100, 0, QuantityAboveMaximum},
		{"600000.SH", Sell, LimitOrder, 50, 350, OK},
		{"600000.SH", Sell, LimitOrder, 350, 350, OK},
		{"600000.SH", Sell, LimitOrder, 150, 350, OK},
		{"600000.SH", Sell, LimitOrder, 30, 350, OddLotNotWhole},
		{"600000.SH", Sell, LimitOrder, 37, 37, OK},
		{"600000.SH", Sell, LimitOrder, 400, 350, QuantityNotHeld},
		{"300750.SZ", Buy, LimitOrder, 300_000, 0, OK},
		{"300750.SZ", Buy, LimitOrder, 300_100, 0, QuantityAboveMaximum},
		{"300750.SZ", Buy, MarketOrder, 150_100, 0, QuantityAboveMaximum},
		{"300750.SZ", Buy, FixedOrder, 1_000_000, 0, OK},
		{"688981.SH", Buy, LimitOrder, 200, 0, OK},
		{"688981.SH", Buy, LimitOrder, 201, 0, OK},
		{"688981.SH", Buy, LimitOrder, 199, 0, QuantityBelowMinimum},
		{"688981.SH", Buy, LimitOrder, 100_001, 0, QuantityAboveMaximum},
		{"688981.SH", Buy, MarketOrder, 50_001, 0, QuantityAboveMaximum},
		{"688981.SH", Sell, LimitOrder, 150, 150, OK},
		{"688981.SH", Sell, LimitOrder, 150, 350, OddLotNotWhole},
		{"688981.SH", Sell, LimitOrder, 349, 350, OK},
		{"830799.BJ", Buy, LimitOrder, 101, 0, OK},
		{"830799.BJ", Buy, LimitOrder, 99, 0, QuantityBelowMinimum},
		{"113050.SH", Buy, LimitOrder, 10, 0, OK},
		{"113050.SH", Buy, LimitOrder, 15, 0, QuantityNotInLots},
		{"204001.SH", Buy, LimitOrder, 10, 0, NoRule},
	} {
		in := instrument(t, c.id, "")
		got := day.CheckLot(in, &Order{Side: c.side, Type: c.kind, Quantity: c.quantity, Sellable: c.sellable})
		if got != c.want {
			t.Errorf("%s side %d type %d %d of %d: %s, want %s", c.id, c.side, c.kind, c.quantity, c.sellable, got, c.want)
		}
	}
}

func TestPhasesByClass(t *testing.T) {
	before, after := on(t, 20260703), on(t, 20260706)
	for _, c := range []struct {
		day   *Day
		id    string
		at    calendar.TimeOfDay
		phase calendar.Phase
	}{
		{before, "600000.SH", calendar.Clock(14, 58, 0), calendar.ClosingAuction},
		{before, "600000.SH", calendar.Clock(15, 10, 0), calendar.Closed},
		{after, "600000.SH", calendar.Clock(15, 10, 0), calendar.AfterHours},
		{before, "688981.SH", calendar.Clock(15, 10, 0), calendar.AfterHours},
		{before, "300750.SZ", calendar.Clock(15, 10, 0), calendar.AfterHours},
		{before, "510300.SH", calendar.Clock(14, 58, 0), calendar.Afternoon},
		{after, "510300.SH", calendar.Clock(14, 58, 0), calendar.ClosingAuction},
		{before, "159915.SZ", calendar.Clock(14, 58, 0), calendar.ClosingAuction},
		{after, "159915.SZ", calendar.Clock(15, 10, 0), calendar.AfterHours},
		{on(t, 20240209), "600000.SH", calendar.Clock(10, 0, 0), calendar.Closed},
	} {
		if got := c.day.Phase(instrument(t, c.id, ""), c.at); got != c.phase {
			t.Errorf("%s on %s at %s: %s, want %s", c.id, c.day.Date(), c.at, got, c.phase)
		}
	}
}

func TestCheckPhaseAndCancel(t *testing.T) {
	day, in := on(t, 20230825), instrument(t, "600000.SH", "")
	for _, c := range []struct {
		at     calendar.TimeOfDay
		kind   OrderType
		order  Verdict
		cancel Verdict
	}{
		{calendar.Clock(9, 0, 0), LimitOrder, PhaseRefusesOrders, PhaseRefusesCancel},
		{calendar.Clock(9, 16, 0), LimitOrder, OK, OK},
		{calendar.Clock(9, 16, 0), MarketOrder, MarketOrderNotNow, OK},
		{calendar.Clock(9, 21, 0), LimitOrder, OK, PhaseRefusesCancel},
		{calendar.Clock(10, 0, 0), MarketOrder, OK, OK},
		{calendar.Clock(12, 0, 0), LimitOrder, PhaseRefusesOrders, PhaseRefusesCancel},
		{calendar.Clock(14, 58, 0), LimitOrder, OK, PhaseRefusesCancel},
		{calendar.Clock(15, 10, 0), LimitOrder, PhaseRefusesOrders, PhaseRefusesCancel},
		{calendar.Clock(15, 10, 0), FixedOrder, NoAfterHours, PhaseRefusesCancel},
	} {
		if got := day.CheckPhase(in, c.kind, c.at); got != c.order {
			t.Errorf("order type %d at %s: %s", c.kind, c.at, got)
		}
		if got := day.CheckCancel(in, c.at); got != c.cancel {
			t.Errorf("cancel at %s: %s", c.at, got)
		}
	}
	star := instrument(t, "688981.SH", "")
	if got := day.CheckPhase(star, FixedOrder, calendar.Clock(15, 10, 0)); got != OK {
		t.Errorf("STAR after hours: %s", got)
	}
	if got := on(t, 20240209).CheckPhase(in, LimitOrder, calendar.Clock(10, 0, 0)); got != NotTradingDay {
		t.Errorf("New Year's Eve 2024: %s", got)
	}
}

// An order placed before its session is judged as of the session's opening.
func TestOpening(t *testing.T) {
	day := on(t, 20230825)
	for _, c := range []struct {
		id       string
		kind     OrderType
		at, want calendar.TimeOfDay
		verdict  Verdict
	}{
		{"600000.SH", LimitOrder, calendar.Clock(8, 0, 0), calendar.Clock(9, 15, 0), OK},
		{"600000.SH", LimitOrder, calendar.Clock(10, 1, 0), calendar.Clock(10, 1, 0), OK},
		{"600000.SH", LimitOrder, calendar.Clock(12, 0, 0), calendar.Clock(13, 0, 0), OK},
		{"600000.SH", LimitOrder, calendar.Clock(15, 0, 0), calendar.Clock(15, 0, 0), PhaseRefusesOrders},
		{"600000.SH", FixedOrder, calendar.Clock(8, 0, 0), calendar.Clock(8, 0, 0), NoAfterHours},
		{"300750.SZ", FixedOrder, calendar.Clock(8, 0, 0), calendar.Clock(9, 30, 0), OK},
	} {
		if got, v := day.Opening(instrument(t, c.id, ""), c.kind, c.at); got != c.want || v != c.verdict {
			t.Errorf("%s type %d at %s: %s %s, want %s %s", c.id, c.kind, c.at, got, v, c.want, c.verdict)
		}
	}
	if _, v := on(t, 20240209).Opening(instrument(t, "600000.SH", ""), LimitOrder, 0); v != NotTradingDay {
		t.Errorf("New Year's Eve 2024: %s", v)
	}
}

// The tick is judged without a previous close, and judges the same with one.
func TestCheckTick(t *testing.T) {
	day, in := on(t, 20230825), instrument(t, "600000.SH", "")
	for _, c := range []struct {
		price money.Price
		want  Verdict
	}{{0, PriceNotPositive}, {-100, PriceNotPositive}, {10_0050, PriceOffTick}, {priceMax + 100, PriceTooLarge}, {10_0100, OK}, {99_0000, OK}} {
		if got := day.CheckTick(in, c.price); got != c.want {
			t.Errorf("%s: %s, want %s", c.price, got, c.want)
		}
		if got := day.CheckPrice(in, c.price, 10_0000); c.want != OK && got != c.want {
			t.Errorf("%s with a previous close: %s, want %s", c.price, got, c.want)
		}
	}
	if got := day.CheckTick(&Instrument{ID: in.ID, Board: Index}, 10_0100); got != NoRule {
		t.Errorf("an index: %s", got)
	}
}

func TestCheckOrder(t *testing.T) {
	day := on(t, 20230825)
	noon := calendar.Clock(10, 0, 0)
	q := Quote{PrevClose: price(t, "10.00"), Bid: price(t, "10.00"), Ask: price(t, "10.01")}
	good := Order{Side: Buy, Type: LimitOrder, Price: price(t, "10.00"), Quantity: 100}
	for _, c := range []struct {
		name   string
		change func(in *Instrument, o *Order)
		at     calendar.TimeOfDay
		want   Verdict
	}{
		{"good", func(*Instrument, *Order) {}, noon, OK},
		{"bad side", func(_ *Instrument, o *Order) { o.Side = 3 }, noon, BadSide},
		{"bad type", func(_ *Instrument, o *Order) { o.Type = 0 }, noon, BadOrderType},
		{"suspended", func(in *Instrument, _ *Order) { in.Status = Suspended }, noon, IsSuspended},
		{"halted", func(in *Instrument, _ *Order) { in.Status = Halted }, noon, IsHalted},
		{"delisted", func(in *Instrument, _ *Order) { in.Status = Delisted }, noon, IsDelisted},
		{"unlisted", func(in *Instrument, _ *Order) { in.Status = Unlisted }, noon, NotListed},
		{"listed tomorrow", func(in *Instrument, _ *Order) { in.Listed = 20230828 }, noon, NotListed},
		{"no status", func(in *Instrument, _ *Order) { in.Status = 0 }, noon, NotTradable},
		{"index", func(in *Instrument, _ *Order) { in.Board = Index }, noon, NotTradable},
		{"unknown board", func(in *Instrument, _ *Order) { in.Board = 99 }, noon, NoRule},
		{"odd quantity", func(_ *Instrument, o *Order) { o.Quantity = 101 }, noon, QuantityNotInLots},
		{"zero price", func(_ *Instrument, o *Order) { o.Price = 0 }, noon, PriceNotPositive},
		{"huge price", func(_ *Instrument, o *Order) { o.Price = 1 << 62 }, noon, PriceTooLarge},
		{"off tick", func(_ *Instrument, o *Order) { o.Price++ }, noon, PriceOffTick},
		{"above limit", func(_ *Instrument, o *Order) { o.Price = price(t, "11.01") }, noon, PriceAboveLimit},
		{"below limit", func(_ *Instrument, o *Order) { o.Price = price(t, "8.99") }, noon, PriceBelowLimit},
		{"above cage", func(_ *Instrument, o *Order) { o.Price = price(t, "10.22") }, noon, PriceAboveCage},
		{"at the cage", func(_ *Instrument, o *Order) { o.Price = price(t, "10.21") }, noon, OK},
		{"below cage", func(_ *Instrument, o *Order) { o.Side, o.Sellable, o.Price = Sell, 100, price(t, "9.79") }, noon, PriceBelowCage},
		{"low bid is free", func(_ *Instrument, o *Order) { o.Price = price(t, "9.00") }, noon, OK},
		{"no cage in an auction", func(_ *Instrument, o *Order) { o.Price = price(t, "11.00") }, calendar.Clock(9, 16, 0), OK},
		{"lunch", func(*Instrument, *Order) {}, calendar.Clock(12, 0, 0), PhaseRefusesOrders},
		{"market order", func(_ *Instrument, o *Order) { o.Type, o.Price = MarketOrder, 0 }, noon, OK},
	} {
		in, o := *instrument(t, "600000.SH", ""), good
		c.change(&in, &o)
		if got := day.CheckOrder(&in, &o, &q, c.at); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := day.CheckOrder(instrument(t, "600000.SH", ""), &good, &Quote{}, noon); got != NoReference {
		t.Errorf("no reference: %s", got)
	}
}

func TestSettlement(t *testing.T) {
	day := on(t, 20230825)
	for id, want := range map[string][3]int{"600000.SH": {1, 0, 1}, "113050.SH": {0, 0, 1}, "510300.SH": {1, 0, 1}, "900901.SH": {1, 0, 3}} {
		sell, use, withdraw, ok := day.Settlement(instrument(t, id, ""))
		if got := [3]int{sell, use, withdraw}; !ok || got != want {
			t.Errorf("%s settles %v, %v; want %v", id, got, ok, want)
		}
	}
	gold := instrument(t, "518880.SH", "")
	gold.SameDay = true
	if sell, _, _, ok := day.Settlement(gold); sell != 0 || !ok {
		t.Error("a same-day fund is sold the next day")
	}
}

func TestFeeBreakpoints(t *testing.T) {
	const turnover = money.Amount(1_000_000_00) // one million yuan
	tariff := Tariff{Rate: 250_000, Minimum: 500}
	for _, c := range []struct {
		date calendar.Date
		id   string
		side Side
		want Fees
	}{
		{20220428, "600000.SH", Buy, Fees{Commission: 250_00, Transfer: 20_00, Handling: 48_70, Regulatory: 20_00}},
		{20220429, "600000.SH", Buy, Fees{Commission: 250_00, Transfer: 10_00, Handling: 48_70, Regulatory: 20_00}},
		{20230825, "600000.SH", Sell, Fees{Commission: 250_00, Stamp: 1_000_00, Transfer: 10_00, Handling: 48_70, Regulatory: 20_00}},
		{20230828, "600000.SH", Sell, Fees{Commission: 250_00, Stamp: 500_00, Transfer: 10_00, Handling: 34_10, Regulatory: 20_00}},
		{20230828, "000001.SZ", Buy, Fees{Commission: 250_00, Transfer: 10_00, Handling: 34_10, Regulatory: 20_00}},
		{20230825, "830799.BJ", Sell, Fees{Commission: 250_00, Stamp: 1_000_00, Transfer: 10_00, Handling: 250_00, Regulatory: 20_00}},
		{20230828, "830799.BJ", Sell, Fees{Commission: 250_00, Stamp: 500_00, Transfer: 10_00, Handling: 125_00, Regulatory: 20_00}},
		{20230828, "510300.SH", Sell, Fees{Commission: 250_00, Handling: 40_00}},
	} {
		got, err := on(t, c.date).Fees(instrument(t, c.id, ""), c.side, turnover, tariff)
		c.want.Total = c.want.Commission + c.want.Stamp + c.want.Transfer + c.want.Handling + c.want.Regulatory
		if err != nil || got != c.want {
			t.Errorf("%s side %d on %s: %+v, %v; want %+v", c.id, c.side, c.date, got, err, c.want)
		}
	}
}

func TestFeesOfAnOrder(t *testing.T) {
	day, in := on(t, 20230828), instrument(t, "600000.SH", "")
	tariff, ok := day.DefaultTariff(in)
	if !ok {
		t.Fatal("no default tariff")
	}
	small, err := day.Fees(in, Sell, 1_000_00, tariff) // a thousand yuan
	if want := (Fees{Commission: 500, Stamp: 50, Transfer: 1, Handling: 3, Regulatory: 2, Total: 556}); err != nil || small != want {
		t.Errorf("a small order costs %+v, %v", small, err)
	}
	if none, err := day.Fees(in, Buy, 0, tariff); err != nil || none != (Fees{}) {
		t.Errorf("an order without fills costs %+v, %v", none, err)
	}
	if _, err := day.Fees(in, Buy, -1, tariff); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("negative turnover: %v", err)
	}
	for _, id := range []string{"204001.SH", "900901.SH"} {
		if _, err := day.Fees(instrument(t, id, ""), Buy, 100, tariff); !errors.Is(err, ErrNoFees) {
			t.Errorf("fees of %s: %v", id, err)
		}
	}
	if v := day.CheckTariff(in, Tariff{Rate: 3_000_000}); v != CommissionTooHigh {
		t.Errorf("3 per mille without its levies: %s", v)
	}
	if v := day.CheckTariff(in, Tariff{Rate: 3_000_000 - 54_100}); v != OK {
		t.Errorf("3 per mille with its levies: %s", v)
	}
	if v := day.CheckTariff(in, Tariff{Rate: -1}); v != CommissionInvalid {
		t.Errorf("negative rate: %s", v)
	}
}

// The total is the sum of the lines, and charging record by record differs from
// charging the order by at most half a fen a record and levy on either side.
func TestFeesAddUp(t *testing.T) {
	day, in := on(t, 20230828), instrument(t, "600000.SH", "")
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Int64Range(1, 1_000_000_00), 1, 20).Draw(t, "records")
		var whole money.Amount
		var parts Fees
		for _, r := range records {
			f, err := day.Levies(in, Sell, money.Amount(r))
			if err != nil {
				t.Fatal(err)
			}
			if parts, err = parts.Add(f); err != nil {
				t.Fatal(err)
			}
			whole += money.Amount(r)
		}
		order, err := day.Levies(in, Sell, whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []Fees{order, parts} {
			if f.Total != f.Commission+f.Stamp+f.Transfer+f.Handling+f.Regulatory {
				t.Fatalf("%+v does not add up", f)
			}
		}
		gap, most := parts.Total-order.Total, money.Amount(4*(len(records)+1)/2)
		if gap > most || gap < -most {
			t.Fatalf("%d records: %d by record, %d by order", len(records), parts.Total, order.Total)
		}
	})
}

func TestRulesThatContradict(t *testing.T) {
	double := func(change func(*Rules)) *Rules {
		r := builtin(t)
		change(r)
		return r
	}
	for name, r := range map[string]*Rules{
		"two lots":     double(func(r *Rules) { r.Orders = append(r.Orders, r.Orders[0]) }),
		"two limits":   double(func(r *Rules) { r.Limits = append(r.Limits, r.Limits[0]) }),
		"two halts":    double(func(r *Rules) { r.Halts = append(r.Halts, r.Halts[0]) }),
		"bad halt":     double(func(r *Rules) { r.Halts[0].Second = r.Halts[0].First }),
		"two fees":     double(func(r *Rules) { r.Fees = append(r.Fees, r.Fees[0]) }),
		"no boards":    double(func(r *Rules) { r.Cages[0].Boards = nil }),
		"no kind":      double(func(r *Rules) { r.Fees[0].Kind = 0 }),
		"bad days":     double(func(r *Rules) { r.Limits[4].LastDay = newDaysMax + 1 }),
		"free and not": double(func(r *Rules) { r.Limits[0].Free = true }),
		"bad market":   double(func(r *Rules) { r.Settles[0].Market = 9 }),
		"bad board":    double(func(r *Rules) { r.Settles[0].Boards = []Board{77} }),
	} {
		if _, err := r.On(20230825); !errors.Is(err, ErrRules) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := builtin(t).On(20270104); !errors.Is(err, calendar.ErrCoverage) {
		t.Errorf("beyond the calendar: %v", err)
	}
	old, err := builtin(t).On(20200821)
	if err != nil {
		t.Fatal(err)
	}
	if v := old.CheckTradable(instrument(t, "600000.SH", "")); v != NoRule {
		t.Errorf("before the tables: %s", v)
	}
}

// The tables resolve on every day they speak of: no gap that loses a class, no overlap.
func TestTablesHoldEveryDay(t *testing.T) {
	rules := builtin(t)
	for d := FirstDay; d <= 20261231; {
		day, err := rules.On(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"600000.SH", "000001.SZ", "300750.SZ", "688981.SH", "510300.SH", "159915.SZ", "113050.SH", "123107.SZ", "019547.SH"} {
			in := instrument(t, id, "")
			_, err := day.Levies(in, Sell, 100)
			_, _, _, settles := day.Settlement(in)
			_, tariff := day.DefaultTariff(in)
			if day.CheckTradable(in) != OK || err != nil || !settles || !tariff || day.limit(in).rank == 0 {
				t.Fatalf("%s on %s lost a rule: %v", id, d, err)
			}
		}
		if d, err = rules.Calendar.AddTradingDays(d, 7); err != nil {
			break
		}
	}
}

func TestVerdictsAreWorded(t *testing.T) {
	seen := map[Verdict]bool{}
	for _, text := range verdictTexts {
		if seen[text.verdict] || text.zh == "" || text.en == "" || text.verdict.String() != text.en || text.verdict.Chinese() != text.zh {
			t.Errorf("verdict %d is worded twice or not at all", text.verdict)
		}
		seen[text.verdict] = true
	}
	if got := Verdict(999).String(); got != "verdict 999" {
		t.Errorf("unknown verdict prints %q", got)
	}
}

// A check or a fee allocates nothing: the machine makes hundreds of thousands a second.
func TestChecksDoNotAllocate(t *testing.T) {
	day, in := on(t, 20230825), instrument(t, "600000.SH", "")
	in.Listed = 19991110
	q := Quote{PrevClose: 100_000, Bid: 100_000, Ask: 100_100}
	o := Order{Side: Buy, Type: LimitOrder, Price: 100_000, Quantity: 100}
	if n := testing.AllocsPerRun(100, func() {
		if day.CheckOrder(in, &o, &q, calendar.Clock(10, 0, 0)) != OK {
			t.Fatal("refused")
		}
		if _, err := day.Fees(in, Sell, 123_456, Tariff{Rate: 250_000, Minimum: 500}); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a check", n)
	}
}

func BenchmarkCheckOrder(b *testing.B) {
	day, in := on(b, 20230825), instrument(b, "600000.SH", "")
	q := Quote{PrevClose: 100_000, Bid: 100_000, Ask: 100_100}
	o := Order{Side: Buy, Type: LimitOrder, Price: 100_000, Quantity: 100}
	for b.Loop() {
		if day.CheckOrder(in, &o, &q, calendar.Clock(10, 0, 0)) != OK {
			b.Fatal("refused")
		}
	}
}

func BenchmarkFees(b *testing.B) {
	day, in := on(b, 20230825), instrument(b, "600000.SH", "")
	for b.Loop() {
		if _, err := day.Fees(in, Sell, 123_456, Tariff{Rate: 250_000, Minimum: 500}); err != nil {
			b.Fatal(err)
		}
	}
}
