package quotes_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/quotes"
)

const repository = ".."

// fetch runs the script once; it does nothing when the data are whole. A test
// on real data that finds none fails: it must never pass by not looking.
var fetch = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("bash", filepath.Join(repository, "scripts", "fetch-market-data.sh")).CombinedOutput()
	return string(out), err
})

func dir(t *testing.T) string {
	t.Helper()
	if out, err := fetch(); err != nil {
		t.Fatalf("the real market data cannot be had: %v\n%s", err, out)
	}
	return filepath.Join(repository, quotes.Dir)
}

func day(t *testing.T, d calendar.Date) *market.Day {
	t.Helper()
	c, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	day, err := market.Builtin(c).On(d)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// census is what the rule engine says about a day's real prices.
type census struct {
	indices, suspended, testable int
	ten, five, twenty            int
	up, down                     int
	outliers                     []string
}

func count(t *testing.T, section quotes.CrossSection, rules *market.Day) census {
	t.Helper()
	var c census
	for _, row := range section.Rows {
		id, err := market.ParseID(row.Symbol)
		if err != nil {
			t.Fatal(err)
		}
		in, err := market.NewInstrument(id, row.Name)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case in.Board == market.Index:
			c.indices++
			continue
		case !row.Traded():
			c.suspended++
			continue
		}
		c.testable++
		up, down, ok := rules.Limits(&in, row.PrevClose)
		if !ok {
			t.Fatalf("%s has no limit", row.Symbol)
		}
		switch {
		case in.Board != market.Main:
			c.twenty++
		case in.Standing == market.RiskWarning:
			c.five++
		default:
			c.ten++
		}
		for _, price := range []money.Price{row.Open, row.High, row.Low, row.Close} {
			if rules.CheckPrice(&in, price, row.PrevClose) != market.OK {
				c.outliers = append(c.outliers, row.Symbol)
				break
			}
		}
		if row.Close == up {
			c.up++
		}
		if row.Close == down {
			c.down++
		}
	}
	return c
}

// Every real price of 2023-08-25 lies on the tick and within the limits, but
// for two shares in the free first days of their listing.
func TestRulesHoldOnRealPrices(t *testing.T) {
	section, err := quotes.LoadDay(dir(t))
	if err != nil {
		t.Fatal(err)
	}
	if section.Date != 20230825 || len(section.Rows) != 5_051 {
		t.Fatalf("%d rows of %s", len(section.Rows), section.Date)
	}
	rules := day(t, section.Date)
	got := count(t, section, rules)
	slices.Sort(got.outliers)
	if got.indices != 4 || got.suspended != 2 || got.testable != 5_045 {
		t.Errorf("%d indices, %d suspended, %d testable", got.indices, got.suspended, got.testable)
	}
	if got.ten != 3_079 || got.five != 100 || got.twenty != 1_866 {
		t.Errorf("%d at 10 %%, %d at 5 %%, %d at 20 %%", got.ten, got.five, got.twenty)
	}
	if got.up != 23 || got.down != 43 {
		t.Errorf("%d closed at the upper limit, %d at the lower", got.up, got.down)
	}
	if want := []string{"603275.SH", "688591.SH"}; !slices.Equal(got.outliers, want) {
		t.Errorf("outliers %v, want %v", got.outliers, want)
	}
	for _, row := range section.Rows {
		if row.Symbol != "603275.SH" && row.Symbol != "688591.SH" {
			continue
		}
		id, _ := market.ParseID(row.Symbol)
		in, err := market.NewInstrument(id, row.Name)
		if err != nil {
			t.Fatal(err)
		}
		in.Listed = section.Date // with a listing date in the last five days the outlier is lawful
		if v := rules.CheckPrice(&in, row.High, row.PrevClose); v != market.OK {
			t.Errorf("%s in its first days: %s", row.Symbol, v)
		}
	}
}

// The day after the last day of the 5 % rule would let the same ST shares move 10 %.
func TestWarningLimitBreakpointOnRealPrices(t *testing.T) {
	section, err := quotes.LoadDay(dir(t))
	if err != nil {
		t.Fatal(err)
	}
	before, after, seen := day(t, 20260703), day(t, 20260706), 0
	for _, row := range section.Rows {
		id, _ := market.ParseID(row.Symbol)
		in, err := market.NewInstrument(id, row.Name)
		if err != nil {
			t.Fatal(err)
		}
		if in.Board != market.Main || in.Standing != market.RiskWarning || !row.Traded() {
			continue
		}
		seen++
		ordinary := in
		ordinary.Standing = market.Ordinary
		was, _, _ := before.Limits(&in, row.PrevClose)
		is, low, ok := after.Limits(&in, row.PrevClose)
		wantUp, wantLow, _ := after.Limits(&ordinary, row.PrevClose)
		if !ok || is != wantUp || low != wantLow || (row.PrevClose > 2_000 && was >= is) {
			t.Errorf("%s from %s: %s before, %s after, ordinary %s", row.Symbol, row.PrevClose, was, is, wantUp)
		}
	}
	if seen != 100 {
		t.Errorf("%d shares under a warning", seen)
	}
}

// The stamp duty of a real day's turnover halves at the breakpoint.
func TestFeeBreakpointOnRealTurnover(t *testing.T) {
	section, err := quotes.LoadDay(dir(t))
	if err != nil {
		t.Fatal(err)
	}
	var totals [2]market.Fees
	for i, d := range []calendar.Date{20230825, 20230828} {
		rules := day(t, d)
		for _, row := range section.Rows {
			id, _ := market.ParseID(row.Symbol)
			in, err := market.NewInstrument(id, row.Name)
			if err != nil {
				t.Fatal(err)
			}
			if in.Board == market.Index {
				continue
			}
			f, err := rules.Levies(&in, market.Sell, row.Amount)
			if err != nil {
				t.Fatal(err)
			}
			if totals[i], err = totals[i].Add(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	was, is := totals[0], totals[1]
	if gap := was.Stamp - 2*is.Stamp; was.Stamp == 0 || gap > 5_047 || gap < -5_047 {
		t.Errorf("stamp duty of the day was %s and is %s", was.Stamp, is.Stamp)
	}
	if was.Transfer != is.Transfer || was.Regulatory != is.Regulatory || was.Handling*341 > is.Handling*487+487*5_047 || was.Handling*341 < is.Handling*487-487*5_047 {
		t.Errorf("levies were %+v and are %+v", was, is)
	}
}

// The minute bars are 67 whole trading days, and their average day is the known
// smile: a heavy open, a quiet noon, a heavy close.
func TestRealMinutes(t *testing.T) {
	c, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range []string{"000001.SZ", "600000.SH"} {
		m, err := quotes.LoadMinutes(dir(t), symbol)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Bars) != 67*quotes.MinutesPerDay {
			t.Fatalf("%s has %d bars", symbol, len(m.Bars))
		}
		for i := 0; i < len(m.Bars); i += quotes.MinutesPerDay {
			if i > 0 {
				if next, err := c.Next(m.Bars[i-1].Date); err != nil || next != m.Bars[i].Date {
					t.Errorf("after %s comes %s, not %s: %v", m.Bars[i-1].Date, m.Bars[i].Date, next, err)
				}
			}
		}
	}
	shape, err := quotes.LoadShape(dir(t))
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, w := range shape {
		sum += w
	}
	if sum != quotes.ShapeTotal || shape[0] < 20_000 || shape[0] < 5*shape[119] || shape[239] < 5_000 || shape[120] < shape[119] || shape[238] != 0 {
		t.Errorf("the shape adds up to %d, opens with %d, has %d and %d around noon, ends with %d %d", sum, shape[0], shape[119], shape[120], shape[238], shape[239])
	}
}
