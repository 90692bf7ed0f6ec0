package quotes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/money"
)

// A small file of the real form: columns, a comment, loose names, commas at the end.
const dayFile = `
var SHSZ = { // real files begin like this
  "vol": [84534992.0, 0], 'symbol': ["000001.sz", "600001.sh",],
  update: "2023-08-25", high: [11.33, 0], close: [11.23, 0], "open": [11.1, 0], "yclose": [11.13, 7.68],
  "name": ["平安银行", "甲  "], "tradedate": 20230825, source: {"x": [null, true, -1.5e3]}, /* more */
  "amount": [9.467602506e8, 0], "low": [11.08, 0],
}
export { SHSZ }
`

func TestParseDay(t *testing.T) {
	day, err := ParseDay([]byte(dayFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Daily{Symbol: "000001.SZ", Name: "平安银行", PrevClose: 111_300, Open: 111_000, High: 113_300, Low: 110_800, Close: 112_300, Volume: 84_534_992, Amount: 94_676_025_060}
	if day.Date != 20230825 || len(day.Rows) != 2 || day.Rows[0] != want {
		t.Errorf("read %+v", day)
	}
	if r := day.Rows[1]; r.Traded() || r.Name != "甲" || r.PrevClose != 76_800 {
		t.Errorf("the suspended row is %+v", r)
	}
}

// What is damaged is refused, whatever the damage.
func TestParseDayRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"a missing figure":        {"9.467602506e8, 0]", "9.467602506e8]"},
		"a missing column":        {`"low"`, `"LOW"`},
		"a negative price":        {"[11.08", "[-11.08"},
		"no number":               {"[11.08", "[abc"},
		"a figure out of range":   {"84534992.0", "99999999999999999999"},
		"an absurd exponent":      {"9.467602506e8", "9e999999999"},
		"a symbol without market": {"000001.sz", "000001"},
		"a foreign market":        {"000001.sz", "000001.us"},
		"a bad date":              {"20230825,", "20231325,"},
		"high below close":        {"[11.33, 0]", "[11.20, 0]"},
		"an open string":          {`"平安银行"`, `"平安银行`},
		"an open file":            {"[11.08, 0],\n}", "[11.08"},
		"no object":               {"{", ""},
		"too deep":                {"[null, true", "[[[[[[[[[[null, true"},
	} {
		src := strings.Replace(dayFile, change[0], change[1], 1)
		if src == dayFile {
			t.Fatalf("%s: the change does not apply", name)
		}
		if _, err := ParseDay([]byte(src)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseDay(make([]byte, fileBytesMax+1)); !errors.Is(err, ErrSyntax) {
		t.Errorf("a file too long: %v", err)
	}
	if _, err := ParseDay([]byte(`{"vol":[` + strings.Repeat("1,", rowsMax+1) + `]}`)); !errors.Is(err, ErrSyntax) {
		t.Errorf("too many rows: %v", err)
	}
}

func TestParseMinutes(t *testing.T) {
	m, err := ParseMinutes([]byte(`{"data": [[20240614, 10.15, 10.15, 10.16, 10.05, 10.09, 16067400, 162306096.0, 931], [20240614, 10.09, 10.09, 10.12, 10.09, 10.12, 3327900, null, 1500, 77]], "symbol": "000001.sz", "ver": 2}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Minute{Date: 20240614, End: calendar.Clock(9, 31, 0), PrevClose: 101_500, Open: 101_500, High: 101_600, Low: 100_500, Close: 100_900, Volume: 16_067_400, Amount: 16_230_609_600}
	if m.Symbol != "000001.SZ" || len(m.Bars) != 2 || m.Bars[0] != want || m.Bars[1].End != calendar.Clock(15, 0, 0) {
		t.Errorf("read %+v", m)
	}
	const row = `[20240614, 1, 1, 1, 1, 1, 1, 1, 931]`
	for _, src := range []string{
		`{"data": [` + row + `]}`,
		`{"symbol": "000001.sz", "data": [` + row + `,` + row + `]}`,
		`{"symbol": "000001.sz", "data": [[20240614, 1, 1, 1, 1, 1, 1, 1]]}`,
		`{"symbol": "000001.sz", "data": [[20240614, 1, 1, 1, 1, 1, 1, 1, 1260]]}`,
		`{"symbol": "000001.sz", "data": [[20240614, 1, 1, 1, 1, 1, 1, 1, 2400]]}`,
		`{"symbol": "000001.sz", "data": [[20241314, 1, 1, 1, 1, 1, 1, 1, 931]]}`,
	} {
		if _, err := ParseMinutes([]byte(src)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// Figures are read as decimals, rounded half up, without a float between.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12": 120_000, "0.00005": 1, "0.00004999999999999999999999": 0, "10130.4711": 101_304_711, "1e3": 10_000_000,
		"1.5E-3": 15, "2e-30": 0, "null": 0, "922337203685477.5807": 9_223_372_036_854_775_807,
	} {
		s := &scanner{src: []byte(text)}
		if got, err := s.number(4); err != nil || got != want {
			t.Errorf("%s read as %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", ".", "nil", "1e", "922337203685477.5808", "1e15", "1e41"} {
		s := &scanner{src: []byte(text)}
		if got, err := s.number(4); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q read as %d, %v", text, got, err)
		}
	}
}

func wholeDay(date calendar.Date, volume func(i int) int64) []Minute {
	var bars []Minute
	for i := range MinutesPerDay {
		bars = append(bars, Minute{Date: date, End: Start(i) + calendar.Minute, Volume: money.Quantity(volume(i))})
	}
	return bars
}

func TestShape(t *testing.T) {
	flat := wholeDay(20240614, func(int) int64 { return 7 })
	first := wholeDay(20240617, func(i int) int64 { return max(0, int64(1-i)) * 1_000_000_000 })
	still := wholeDay(20240618, func(int) int64 { return 0 })
	shape, err := ShapeOf(Minutes{Symbol: "a", Bars: append(append(flat, first...), still...)})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, w := range shape {
		sum += w
	}
	if sum != ShapeTotal || shape[0] != 500_000+2_083 || shape[1] < 2_083 || shape[1] > 2_084 {
		t.Errorf("weights %d, %d … add up to %d", shape[0], shape[1], sum)
	}
	for name, bars := range map[string][]Minute{
		"nothing":       nil,
		"no volume":     still,
		"half a day":    flat[:120],
		"another order": append(append([]Minute(nil), flat[120:]...), flat[:120]...),
	} {
		if _, err := ShapeOf(Minutes{Bars: bars}); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSpreadGivesAllOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shape Shape
		for i := range shape {
			shape[i] = rapid.Int64Range(0, 40_000).Draw(t, "weight")
		}
		shape[0]++
		count := rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "count")
		var sum int64
		for i, n := range shape.Spread(count) {
			if n < 0 || (shape[i] == 0 && n != 0) {
				t.Fatalf("minute %d of weight %d gets %d", i, shape[i], n)
			}
			sum += n
		}
		if sum != count {
			t.Fatalf("%d of %d given out", sum, count)
		}
	})
}

func TestMissingFilesSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	_, dayErr := LoadDay(dir)
	_, shapeErr := LoadShape(dir)
	for _, err := range []error{dayErr, shapeErr} {
		if !errors.Is(err, ErrMissing) || !strings.Contains(fmt.Sprint(err), "scripts/fetch-market-data.sh") {
			t.Errorf("missing data: %v", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "M1KLine"), 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "M1KLine", "600000.sh.minute.kline.json")
	if err := os.WriteFile(name, []byte(`{"data": [], "symbol": "000001.sz"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMinutes(dir, "600000.SH"); !errors.Is(err, ErrSyntax) {
		t.Errorf("a file of another symbol: %v", err)
	}
}

func FuzzParseDay(f *testing.F) {
	f.Add([]byte(dayFile))
	f.Add([]byte(`{"vol":[1],"symbol":["000001.sz"],"name":[null],"high":[1],"low":[1],"open":[1],"close":[1],"yclose":[1],"amount":[1],"tradedate":20230825}`))
	f.Add([]byte(`/* {`))
	f.Fuzz(func(t *testing.T, src []byte) {
		day, err := ParseDay(src)
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range day.Rows {
			if r.PrevClose < 0 || r.Volume < 0 || r.Amount < 0 || len(r.Symbol) != 9 || !day.Date.Valid() {
				t.Fatalf("accepted %+v", r)
			}
		}
	})
}

func FuzzParseMinutes(f *testing.F) {
	f.Add([]byte(`{"data": [[20240614, 10.15, 10.15, 10.16, 10.05, 10.09, 16067400, 162306096.0, 931]], "symbol": "000001.sz"}`))
	f.Add([]byte(`{symbol:'000001.sz',data:[[20231204, 5545.0, 5545.0, 5558.6, 5545.0, 5554.2, 1434, null, 931, 145359]]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := ParseMinutes(src)
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Fatal(err)
			}
			return
		}
		for _, b := range m.Bars {
			if b.Volume < 0 || b.Close < 0 || !b.End.Valid() || !b.Date.Valid() {
				t.Fatalf("accepted %+v", b)
			}
		}
	})
}
