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

// tally counts by hand what the machine watches of one fund account.
type tally struct {
	orders, cancels, warned, held uint32
	amount                        money.Amount
	second                        int64
	inSecond                      uint32
}

// desk plays clients, reviewers and those who set rules.
type desk struct {
	*run
	rt     *rapid.T
	tally  map[uint64]*tally
	limits map[[2]uint8]int64 // rule and outcome
}

var deskStocks = []market.ID{stockSH, stockSZ}

func (d *desk) fund() uint64 { return 1000 + rapid.Uint64Range(1, 2).Draw(d.rt, "client") }

// beatAt counts in the second of the command just decided.
func (t *tally) beatAt(now int64) {
	if s := now / 1_000_000_000; s != t.second {
		t.second, t.inSecond = s, 0
	}
	t.inSecond++
}

// inSecondAt is what was counted in a second before.
func (t *tally) inSecondAt(now int64) uint32 {
	if now/1_000_000_000 != t.second {
		return 0
	}
	return t.inSecond
}

// outcome is what plain counting says of an order by the rules counted here.
func (d *desk) outcome(t *tally, amount money.Amount, now int64) (gravest risk.Outcome) {
	for rule, figure := range map[risk.Rule]int64{
		risk.PerSecond: int64(t.inSecondAt(now)) + 1, risk.PerDay: int64(t.orders+t.cancels) + 1,
		risk.SingleAmount: int64(amount), risk.DailyAmount: int64(t.amount + amount),
	} {
		for o := risk.Warn; o <= risk.Refuse; o++ {
			if limit := d.limits[[2]uint8{uint8(rule), uint8(o)}]; limit != 0 && figure >= limit {
				gravest = max(gravest, o)
			}
		}
	}
	return gravest
}

func (d *desk) place() {
	fund := d.fund()
	id := rapid.SampledFrom(deskStocks).Draw(d.rt, "security")
	side := rapid.SampledFrom([]uint8{Buy, Sell}).Draw(d.rt, "side")
	units := money.Quantity(100 * rapid.Int64Range(1, 3).Draw(d.rt, "lots"))
	price := map[market.ID]money.Price{stockSH: 10_0000, stockSZ: 12_0000}[id]
	amount := must(price.Times(units))
	t := d.tally[fund]
	a := d.do(record.CallerOf(record.CallerClient, fund-1000), &record.NewOrder{
		Fund: fund, Instrument: uint32(id), Side: side, Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: record.ChannelWeb, Price: price, Quantity: units,
	})
	code, want := record.Code(a.Code), d.outcome(t, amount, d.now)
	refused := code >= record.RiskPerSecond && code < record.RiskReviewed
	if refused != (want == risk.Refuse) && (refused || code == record.Accepted) {
		d.rt.Fatalf("an order of %s got %s, plain counting says %d", amount, code, want)
	}
	if code != record.Accepted {
		return
	}
	o, _ := d.live.OrderBy(a.Ref)
	if (o.State == OrderHeld) != (want == risk.Hold) || (o.Risk != 0) != (want != risk.Pass) || (o.Review == ReviewWaiting) != (want == risk.Hold) {
		d.rt.Fatalf("order %+v, plain counting says %d", o, want)
	}
	t.beatAt(d.now)
	t.orders++
	t.amount += amount
	switch want {
	case risk.Warn:
		t.warned++
	case risk.Hold:
		t.held++
	case risk.Pass, risk.Refuse:
	}
}

// pick names one of the orders of the day.
func (d *desk) pick() (Order, bool) {
	n := d.live.orders.Len()
	if n == 0 {
		return Order{}, false
	}
	return *d.live.orders.At(rapid.Uint32Range(0, n-1).Draw(d.rt, "order")), true
}

func (d *desk) cancel() {
	o, ok := d.pick()
	if !ok {
		return
	}
	fund := d.live.funds.At(o.Fund).Number
	t := d.tally[fund]
	a := d.do(record.CallerOf(record.CallerClient, fund-1000), &record.CancelOrder{Order: o.ID, Fund: fund})
	limit := d.limits[[2]uint8{uint8(risk.PerSecond), uint8(risk.Refuse)}]
	over := limit != 0 && int64(t.inSecondAt(d.now))+1 >= limit
	switch {
	case o.State == OrderHeld:
		if a.Code != 0 {
			d.rt.Fatalf("a cancel of a held order got %s", record.Code(a.Code))
		}
	case a.Code == 0 && over, record.Code(a.Code) == record.RiskPerSecond && !over:
		d.rt.Fatalf("a cancel got %s, in the second %d", record.Code(a.Code), t.inSecondAt(d.now))
	case a.Code == 0:
		t.beatAt(d.now)
		t.cancels++
	}
}

func (d *desk) review() {
	o, ok := d.pick()
	if !ok {
		return
	}
	approve := rapid.Uint8Range(0, 1).Draw(d.rt, "approve")
	a := d.do(checker, &record.ReviewOrder{Order: o.ID, Approve: approve, Reason: "seen"})
	if (a.Code == 0) != (o.State == OrderHeld) {
		d.rt.Fatalf("review of %+v: %s", o, record.Code(a.Code))
	}
}

func (d *desk) set() {
	rule := rapid.SampledFrom([]risk.Rule{risk.PerSecond, risk.PerDay, risk.SingleAmount, risk.DailyAmount}).Draw(d.rt, "rule")
	outcome := rapid.SampledFrom([]risk.Outcome{risk.Warn, risk.Hold, risk.Refuse}).Draw(d.rt, "outcome")
	limit := rapid.SampledFrom(map[risk.Rule][]int64{
		risk.PerSecond: {0, 2, 3}, risk.PerDay: {0, 5, 20}, risk.SingleAmount: {0, 150_000, 250_000}, risk.DailyAmount: {0, 500_000, 1_000_000},
	}[rule]).Draw(d.rt, "limit")
	d.must(maker, &record.SetRiskRule{Rule: uint8(rule), Outcome: uint8(outcome), From: testDate, Limit: limit, Source: "law"})
	d.limits[[2]uint8{uint8(rule), uint8(outcome)}] = limit
}

func (d *desk) check() {
	d.checkIdentity()
	d.checkUnits()
	d.checkOrderHolds()
	for fund, t := range d.tally {
		row, _ := d.live.fund(fund)
		w := d.live.watch(row)
		if w.Orders != t.orders || w.Cancels != t.cancels || w.Warned != t.warned || w.Held != t.held || w.Amount != t.amount || w.InSecond != t.inSecondAt(d.live.now) {
			d.rt.Fatalf("fund account %d is watched as %+v, plain counting says %+v", fund, w, *t)
		}
	}
}

// Whatever is placed, cancelled, reviewed and set in any order: every decision is
// what plain counting says, counters and holds agree, a replay gives the same state
// after every record, and a machine loaded from a snapshot decides the same.
func TestRiskCountsPlainly(t *testing.T) {
	steps := []func(*desk){
		(*desk).place, (*desk).place, (*desk).place, (*desk).place, (*desk).cancel, (*desk).review, (*desk).set,
		func(d *desk) { d.now += 1_000_000_000 },
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := &desk{run: newRun(rt), rt: rt, tally: map[uint64]*tally{1001: {}, 1002: {}}, limits: map[[2]uint8]int64{}}
		withClients(rt, d.run, 2)
		withInstruments(rt, d.run, 2)
		for fund := uint64(1001); fund <= 1002; fund++ {
			d.must(maker, &record.SecuritiesIn{Fund: fund, Instrument: uint32(stockSH), Quantity: 2000})
		}
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 20, 120).Draw(rt, "steps") {
			d.now -= beat - 100_000_000
			steps[step](d)
			d.check()
		}
		var file bytes.Buffer
		if err := d.live.WriteSnapshot(&file); err != nil {
			rt.Fatal(err)
		}
		loaded := newMachine()
		if err := loaded.ReadSnapshot(&file, d.live.Root()); err != nil {
			rt.Fatal(err)
		}
		d.replay = newMachine() // what follows is decided by the loaded machine too
		c := &record.NewOrder{Fund: 1001, Instrument: uint32(stockSH), Side: Sell, Category: CategoryAuction, Type: uint8(market.LimitOrder), Channel: record.ChannelWeb, Price: 10_0000, Quantity: 300}
		request := Request{Caller: record.CallerOf(record.CallerClient, 1), Cmd: c}
		d.live.Begin(nil, 9999, d.now)
		loaded.Begin(nil, 9999, d.now)
		if a, b := d.live.Decide(request), loaded.Decide(request); a != b || d.live.Root() != loaded.Root() {
			rt.Fatalf("live %+v, loaded %+v", a, b)
		}
	})
}
