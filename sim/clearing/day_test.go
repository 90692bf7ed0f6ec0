package clearing

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A small day's files do not change by accident, and a receiver finds nothing
// wrong with them.
func TestGoldenDay(t *testing.T) {
	out := newMemory()
	play(t, newHouse(t, testConfig(t, out)), friday, smallDay(t))
	if found := check(t, out, friday, 19, 0); len(found) != 0 {
		t.Errorf("the receiver finds %v", found)
	}
	if len(out.files) != len(csdc.Layouts())+1 {
		t.Errorf("files %v", sortedNames(out))
	}
	for name, file := range out.files {
		path := filepath.Join("testdata", filepath.Base(name)+".golden")
		if *update {
			if err := os.WriteFile(path, file.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file.Data, want) {
			t.Errorf("%s differs from %s", name, path)
		}
	}
}

// The figures of one purchase and one sale, worked out by hand.
func TestFiguresByHand(t *testing.T) {
	out := newMemory()
	play(t, newHouse(t, testConfig(t, out)), friday, smallDay(t))
	detail := rows(t, out.file(friday, csdc.LayoutJsmx), csdc.ReadJsmx)
	// 300 at 7.12: 2,136.00; handling 0.0000487 = 0.10, regulatory 0.00002 = 0.04, transfer 0.00001 = 0.02.
	buy := detail[0]
	if buy.ClearingAmount != -2136_00 || buy.StampDuty != 0 || buy.HandlingFee != -10 || buy.RegulatoryFee != -4 || buy.TransferFee != -2 || buy.NetAmount != -2136_16 {
		t.Errorf("purchase %+v", buy)
	}
	// 1,000 at 7.11: 7,110.00; stamp 0.001 = 7.11, handling 0.35, regulatory 0.14, transfer 0.07.
	sell := detail[2]
	if sell.ClearingAmount != 7110_00 || sell.StampDuty != -7_11 || sell.HandlingFee != -35 || sell.RegulatoryFee != -14 || sell.TransferFee != -7 || sell.NetAmount != 7102_33 {
		t.Errorf("sale %+v", sell)
	}
	if buy.SettlementDate != "20230828" || buy.Quantity != 300 || sell.Quantity != -1_000 || sell.CashAccount != shClient {
		t.Errorf("purchase %+v, sale %+v", buy, sell)
	}
	status := []string{}
	for _, r := range rows(t, out.file(friday, csdc.LayoutGH), csdc.ReadGH) {
		status = append(status, r.OrdStatus)
	}
	if want := []string{"1", "2", "2", "2", "2", "2"}; !slices.Equal(status, want) {
		t.Errorf("order statuses %v, want %v", status, want)
	}
}

// The totals of the files are the sums of their details and the nets of the
// report; changes lead from the opening to the closing holdings.
func TestFilesAgree(t *testing.T) {
	out := newMemory()
	h := newHouse(t, testConfig(t, out))
	report := play(t, h, friday, smallDay(t))
	net := map[market.Market]money.Amount{}
	for _, n := range report.Nets {
		if n.Member == "broker" {
			net[n.Market] = n.Amount
		}
	}
	var sh, sz money.Amount
	for _, r := range rows(t, out.file(friday, csdc.LayoutJsmx), csdc.ReadJsmx) {
		sh += r.NetAmount
		if sum := r.ClearingAmount + r.StampDuty + r.HandlingFee + r.TransferFee + r.RegulatoryFee; sum != r.NetAmount {
			t.Errorf("columns add up to %s, net is %s", sum, r.NetAmount)
		}
	}
	for _, r := range rows(t, out.file(friday, csdc.LayoutSJSMX1), csdc.ReadSJSMX1) {
		sz += r.NetAmount
	}
	hz := rows(t, out.file(friday, csdc.LayoutZjhz), csdc.ReadZjhz)
	qs := rows(t, out.file(friday, csdc.LayoutSJSQS), csdc.ReadSJSQS)
	if len(hz) != 1 || hz[0].NetAmount != sh || sh != net[market.Shanghai] || hz[0].Records != 6 {
		t.Errorf("zjhz %+v, details %s, net %s", hz, sh, net[market.Shanghai])
	}
	if len(qs) != 1 || qs[0].NetAmount != sz || sz != net[market.Shenzhen] {
		t.Errorf("SJSQS %+v, details %s, net %s", qs, sz, net[market.Shenzhen])
	}
	held := map[string]money.Quantity{"A100000001600000": 1_000, "A100000002600519": 300}
	for _, r := range rows(t, out.file(friday, csdc.LayoutZqbd), csdc.ReadZqbd) {
		held[r.Account+r.Security] += r.Change
	}
	for _, r := range rows(t, out.file(friday, csdc.LayoutZqye), csdc.ReadZqye) {
		if held[r.Account+r.Security] != r.Holding {
			t.Errorf("zqye %+v, want %d", r, held[r.Account+r.Security])
		}
		delete(held, r.Account+r.Security)
	}
	for at, left := range held {
		if left != 0 {
			t.Errorf("zqye lacks %s with %d", at, left)
		}
	}
	dz := rows(t, out.file(friday, csdc.LayoutSJSDZ), csdc.ReadSJSDZ)
	if len(dz) != 4 || dz[0].Holding != 3_000 || dz[3].Holding != 10_000 {
		t.Errorf("SJSDZ %+v", dz)
	}
}

// drawTrades makes random trades of members without accounts, so that no
// holdings stand in the way.
func drawTrades(rt *rapid.T, t *testing.T) []Trade {
	units := map[market.Market][]string{market.Shanghai: {"99999", "12345", "12346", "54321"}, market.Shenzhen: {"999999", "012345", "054321"}}
	securities := []market.ID{id(t, "600000.SH"), id(t, "510300.SH"), id(t, "688981.SH"), id(t, "000001.SZ"), id(t, "300750.SZ"), id(t, "128136.SZ")}
	trades := make([]Trade, rapid.IntRange(0, 40).Draw(rt, "trades"))
	for i := range trades {
		s := rapid.SampledFrom(securities).Draw(rt, "security")
		pbu := rapid.SampledFrom(units[s.Market()])
		trades[i] = Trade{
			Security: s, Exec: "1", Price: money.Price(rapid.Int64Range(1, 30_000_000).Draw(rt, "price")),
			Quantity: money.Quantity(rapid.Int64Range(1, 1_000_000).Draw(rt, "quantity")), At: calendar.Clock(10, 0, 0),
			Buy: Side{PBU: pbu.Draw(rt, "buyer")}, Sell: Side{PBU: pbu.Draw(rt, "seller")},
		}
	}
	return trades
}

// What all members together pay is the fees, record by record, and nothing else.
func TestNettingConserves(t *testing.T) {
	cal, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := market.Builtin(cal).On(friday)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		trades := drawTrades(rt, t)
		h := newHouse(t, testConfig(t, newMemory()))
		if err := errors.Join(h.Open(friday), h.Clear(slices.Values(trades)), h.Release(17*calendar.Hour)); err != nil {
			rt.Fatal(err)
		}
		fees, want := map[market.Market]money.Amount{}, map[market.Market]int64{}
		for _, trade := range trades {
			in, err := market.NewInstrument(trade.Security, "")
			if err != nil {
				rt.Fatal(err)
			}
			amount, err := trade.Price.Times(trade.Quantity)
			if err != nil {
				rt.Fatal(err)
			}
			for _, side := range []market.Side{market.Buy, market.Sell} {
				levies, err := rules.Levies(&in, side, amount)
				if err != nil {
					rt.Fatal(err)
				}
				fees[trade.Security.Market()] += levies.Total
			}
			want[trade.Security.Market()] += 2
		}
		sum, legs := map[market.Market]money.Amount{}, map[market.Market]int64{}
		for _, n := range h.Report().Nets {
			sum[n.Market] += n.Amount
			legs[n.Market] += n.Legs
			if n.Amount != n.Sold-n.Bought-n.Stamp-n.Transfer-n.Handling-n.Regulatory {
				rt.Fatalf("net %+v does not add up", n)
			}
		}
		for _, mk := range markets {
			if sum[mk] != -fees[mk] || legs[mk] != want[mk] {
				rt.Fatalf("%s: nets add up to %s, fees to %s; %d sides of %d", mk, sum[mk], fees[mk], legs[mk], want[mk])
			}
		}
	})
}

// The same seed gives the same bytes and the same log, another one does not.
func TestDeterminism(t *testing.T) {
	run := func(seed uint64) (*memory, []Injected) {
		out := newMemory()
		c := testConfig(t, out)
		c.Faults = Faults{Seed: seed, Rates: map[Fault]int{
			FaultLate: 100_000, FaultTruncated: 100_000, FaultMissing: 100_000, FaultGap: 300_000, FaultDrop: 100_000, FaultExtra: 100_000, FaultAmount: 200_000, FaultAccount: 200_000,
		}}
		h := newHouse(t, c)
		play(t, h, friday, smallDay(t))
		return out, h.Log()
	}
	first, log := run(7)
	second, again := run(7)
	if !slices.Equal(log, again) || len(log) == 0 {
		t.Errorf("logs %+v and %+v", log, again)
	}
	for name, file := range first.files {
		if other := second.files[name]; other == nil || !bytes.Equal(file.Data, other.Data) {
			t.Errorf("%s differs", name)
		}
	}
	if _, other := run(8); slices.Equal(log, other) {
		t.Error("another seed gives the same faults")
	}
}

// A day without trades has no trade file, and all others with zero records.
func TestNoTrades(t *testing.T) {
	out := newMemory()
	report := play(t, newHouse(t, testConfig(t, out)), friday, nil)
	if found := check(t, out, friday, 23, 0); len(found) != 0 || out.file(friday, csdc.LayoutGH) != nil {
		t.Errorf("found %v", found)
	}
	if len(report.Nets) != 0 || len(report.Deliveries) != len(csdc.Layouts()) {
		t.Errorf("report %+v", report)
	}
}

// Calls out of turn are refused.
func TestOrder(t *testing.T) {
	h := newHouse(t, testConfig(t, newMemory()))
	if err := h.Clear(slices.Values(smallDay(t))); !errors.Is(err, ErrOrder) {
		t.Errorf("trades before the day: %v", err)
	}
	if err := h.Open(friday); err != nil {
		t.Fatal(err)
	}
	if err := h.Release(calendar.DayEnd); !errors.Is(err, ErrOrder) {
		t.Errorf("files before trades: %v", err)
	}
	if err := h.Resend(csdc.LayoutJsmx.FileName(broker, "20230825")); !errors.Is(err, ErrOrder) {
		t.Errorf("file again before its time: %v", err)
	}
	if err := h.Resend("jsmx"); !errors.Is(err, ErrFile) {
		t.Errorf("unknown file again: %v", err)
	}
	if err := errors.Join(h.Clear(slices.Values(smallDay(t))), h.Release(17*calendar.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := h.Clear(slices.Values(smallDay(t))); !errors.Is(err, ErrOrder) {
		t.Errorf("trades after the first file: %v", err)
	}
	if err := h.Release(16 * calendar.Hour); !errors.Is(err, ErrOrder) {
		t.Errorf("time goes back: %v", err)
	}
	if err := h.Open(20230829); !errors.Is(err, ErrOrder) {
		t.Errorf("a trading day left out: %v", err)
	}
}

// What cannot be cleared is refused with its place.
func TestRefusedTrades(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Trade)
		want   error
	}{
		"price":     {func(t *Trade) { t.Price = 0 }, ErrTrade},
		"quantity":  {func(t *Trade) { t.Quantity = -1 }, ErrTrade},
		"too much":  {func(t *Trade) { t.Quantity = quantityMax + 1 }, ErrTrade},
		"too dear":  {func(t *Trade) { t.Quantity, t.Price = quantityMax, 1_000_000_000 }, ErrTrade},
		"unit":      {func(t *Trade) { t.Buy.PBU = "00000" }, ErrTrade},
		"account":   {func(t *Trade) { t.Buy.Account = "A1000000012" }, ErrTrade},
		"separator": {func(t *Trade) { t.Sell.ClOrdID = "a|b" }, ErrTrade},
		"exec":      {func(t *Trade) { t.Exec = "" }, ErrTrade},
		"time":      {func(t *Trade) { t.At = -1 }, ErrTrade},
		"market":    {func(t *Trade) { t.Security = 3_830_799 }, ErrTrade},
		"code":      {func(t *Trade) { t.Security = 1_999_999 }, ErrTrade},
		"index":     {func(t *Trade) { t.Security = 1_000_001 }, market.ErrNoFees},
	} {
		trade := smallDay(t)[0]
		c.change(&trade)
		h := newHouse(t, testConfig(t, newMemory()))
		if err := h.Open(friday); err != nil {
			t.Fatal(err)
		}
		if err := h.Clear(slices.Values([]Trade{trade})); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	short := smallDay(t)[2]
	short.Quantity = 1_001
	h := newHouse(t, testConfig(t, newMemory()))
	if err := errors.Join(h.Open(friday), h.Clear(slices.Values([]Trade{short}))); err != nil {
		t.Fatal(err)
	}
	if err := h.Release(17 * calendar.Hour); !errors.Is(err, ErrShort) {
		t.Errorf("sold more than held: %v", err)
	}
}

// Configurations that cannot be run are refused.
func TestRefusedConfigs(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"receiver":   func(c *Config) { c.Receiver = 3 },
		"no sink":    func(c *Config) { c.Sink = nil },
		"number":     func(c *Config) { c.Members[1].Participant.PBU = "1" },
		"account":    func(c *Config) { c.Members[1].Accounts[0].No = "1" },
		"no account": func(c *Config) { c.Members[1].Accounts = c.Members[1].Accounts[2:] },
		"twice":      func(c *Config) { c.Members[1].Accounts[1] = c.Members[1].Accounts[0] },
		"frozen":     func(c *Config) { c.Members[1].Accounts[0].Frozen = 100_000_01 },
		"unit twice": func(c *Config) { c.Members[2].ShanghaiUnits = c.Members[1].ShanghaiUnits },
		"holder":     func(c *Config) { c.Holdings[0].Unit = "00000" },
		"rate":       func(c *Config) { c.Faults.Rates = map[Fault]int{FaultLate: 1_000_001} },
		"fault":      func(c *Config) { c.Faults.Rates = map[Fault]int{99: 1} },
		"event":      func(c *Config) { c.Events = []Event{{No: "1", Security: c.Holdings[0].Security, Record: friday}} },
		"early file": func(c *Config) { c.Times = DefaultTimes(); c.Times.Files[csdc.LayoutGH] = 0 },
		"late file":  func(c *Config) { c.Times = DefaultTimes(); c.Times.Control = 18 * calendar.Hour },
		"ratio":      func(c *Config) { c.ReserveRatio = money.RateUnit + 1 },
		"record date": func(c *Config) {
			c.Events = []Event{{No: "1", Security: c.Holdings[0].Security, Record: 20230826, Cash: 1}}
		},
	} {
		c := testConfig(t, newMemory())
		change(&c)
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
