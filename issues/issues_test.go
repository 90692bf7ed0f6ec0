package issues_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/issues"
	"sancun/market"
	"sancun/money"
)

func id(t testing.TB, text string) market.ID {
	t.Helper()
	i, err := market.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// sample is the calendar of the golden file. Names and codes are invented.
func sample(t testing.TB) issues.Calendar {
	return issues.Calendar{From: 20230821, Until: 20230901, Issues: []issues.Issue{
		{Date: 20230825, Code: id(t, "730999.SH"), Security: id(t, "603999.SH"), Name: "示例发行", Price: 12_3400, Unit: 500, Max: 18_000, Value: 10_000_00},
		{Date: 20230825, Code: id(t, "787999.SH"), Security: id(t, "688999.SH"), Name: "示例科创", Price: 45_6700, Unit: 500, Max: 7_000, Value: 5_000_00},
		{Date: 20230825, Code: id(t, "301999.SZ"), Security: id(t, "301999.SZ"), Name: "示例创业", Price: 8_0000, Unit: 500, Max: 9_500, Value: 5_000_00},
		{Date: 20230828, Code: id(t, "001399.SZ"), Security: id(t, "001399.SZ"), Name: "A&B <1>", Price: 1, Unit: 1, Max: 1},
	}}
}

// TestGolden pins the file and reads it back.
func TestGolden(t *testing.T) {
	c := sample(t)
	var out bytes.Buffer
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "issues.txt"))
	if err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s\n%v", out.Bytes(), want, err)
	}
	back, err := issues.Read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if back.From != c.From || back.Until != c.Until || len(back.Issues) != len(c.Issues) {
		t.Fatalf("read %+v", back)
	}
	for n := range c.Issues {
		if back.Issues[n] != c.Issues[n] {
			t.Errorf("read %+v, want %+v", back.Issues[n], c.Issues[n])
		}
	}
}

func TestOn(t *testing.T) {
	c := sample(t)
	for _, w := range []struct {
		date  calendar.Date
		count int
		known bool
	}{
		{20230820, 0, false}, {20230821, 0, true}, {20230824, 0, true}, {20230825, 3, true}, {20230828, 1, true}, {20230901, 0, true}, {20230902, 0, false},
	} {
		if of, known := c.On(w.date); len(of) != w.count || known != w.known {
			t.Errorf("%d: %d issues, %v; want %d, %v", w.date, len(of), known, w.count, w.known)
		}
	}
}

// TestRefused: a file that is cut, damaged, or contradicts itself or the rules is
// refused as a whole, with its line.
func TestRefused(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("testdata", "issues.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"empty", string(good), ""},
		{"another file", "issues|1|", "issue|1|"},
		{"another version", "issues|1|", "issues|2|"},
		{"cut inside a line", "|10000.00\n", "|10000.00"},
		{"a line lost", "20230828|001399.SZ|001399.SZ|A&B <1>|0.0001|1|1|0.00\n", ""},
		{"a line twice", "issues|1|20230821|20230901|4\n", "issues|1|20230821|20230901|5\n20230825|730999.SH|603999.SH|示例发行|12.3400|500|18000|10000.00\n"},
		{"too many announced", "|4\n", "|5001\n"},
		{"announced with a plus", "|4\n", "|+4\n"},
		{"announced with a zero", "|4\n", "|04\n"},
		{"from after until", "20230821|20230901", "20230901|20230821"},
		{"a date that is none", "20230821|", "20230230|"},
		{"a date with dashes", "20230821|", "2023-08-21|"},
		{"an issue outside the calendar", "|20230901|4", "|20230827|4"},
		{"out of order", "20230825|730999", "20230829|730999"},
		{"a field more", "|10000.00\n", "|10000.00|\n"},
		{"a field fewer", "|18000|10000.00\n", "|18000\n"},
		{"windows line ends", "\n", "\r\n"},
		{"no price", "|12.3400|", "|0.0000|"},
		{"negative price", "|12.3400|", "|-12.3400|"},
		{"price without its decimals", "|12.3400|", "|12.34|"},
		{"price that overflows", "|12.3400|", "|999999999999999.0000|"},
		{"maximum that cannot be paid", "|12.3400|500|18000|", "|900000000000.0000|500|900000000000000500|"},
		{"unit of nothing", "|500|18000|", "|0|18000|"},
		{"maximum not in units", "|500|18000|", "|500|18001|"},
		{"maximum below the unit", "|500|18000|", "|500|0|"},
		{"unit with a zero", "|500|18000|", "|0500|18000|"},
		{"two markets", "|603999.SH|", "|001234.SZ|"},
		{"security of no board", "|603999.SH|", "|730999.SH|"},
		{"security that is a fund", "|603999.SH|", "|510050.SH|"},
		{"code of another security", "|730999.SH|", "|600000.SH|"},
		{"code of five digits", "|730999.SH|", "|73099.SH|"},
		{"no name", "|示例发行|", "||"},
		{"a name too long", "|示例发行|", "|" + strings.Repeat("长", 14) + "|"},
		{"a name not in UTF-8", "|示例发行|", "|\xff\xfe|"},
		{"a control character", "|示例发行|", "|示例\x07|"},
		{"negative market value", "|10000.00\n", "|-1.00\n"},
	} {
		bad := strings.Replace(string(good), c.old, c.new, 1)
		if bad == string(good) {
			t.Fatalf("%s: %q is not in the file", c.name, c.old)
		}
		if _, err := issues.Read(strings.NewReader(bad)); !errors.Is(err, issues.ErrFile) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := issues.Read(strings.NewReader(strings.Repeat("x", issues.BytesMax+1))); !errors.Is(err, issues.ErrFile) {
		t.Errorf("a file over its limit: %v", err)
	}
	for name, spoil := range map[string]func(c *issues.Calendar){
		"too many issues": func(c *issues.Calendar) { c.Issues = make([]issues.Issue, issues.IssuesMax+1) },
		"a bar in a name": func(c *issues.Calendar) { c.Issues[0].Name = "a|b" },
		"out of order":    func(c *issues.Calendar) { c.Issues[0], c.Issues[1] = c.Issues[1], c.Issues[0] },
	} {
		c := sample(t)
		spoil(&c)
		if err := c.Write(&bytes.Buffer{}); !errors.Is(err, issues.ErrFile) {
			t.Errorf("%s is written: %v", name, err)
		}
	}
}

// What is written is read back the same, whatever the issues.
func TestRoundTrip(t *testing.T) {
	codes := []string{"730001.SH", "730002.SH", "732003.SH", "787004.SH", "001205.SZ", "301206.SZ"}
	rapid.Check(t, func(t *rapid.T) {
		c := issues.Calendar{From: 20230801, Until: 20230831}
		for _, d := range []calendar.Date{20230801, 20230817, 20230831} {
			for n, code := range codes {
				if rapid.Bool().Draw(t, "skip") {
					continue
				}
				i, _ := market.ParseID(code)
				security := i
				if n < 4 {
					security, _ = market.ParseID([]string{"600001.SH", "600002.SH", "601003.SH", "688004.SH"}[n])
				}
				unit := money.Quantity(rapid.Int64Range(1, 1000).Draw(t, "unit"))
				c.Issues = append(c.Issues, issues.Issue{
					Date: d, Code: i, Security: security, Name: rapid.StringMatching(`[一-龥A-Za-z0-9]{1,10}`).Draw(t, "name"),
					Price: money.Price(rapid.Int64Range(1, 10_000_000).Draw(t, "price")), Unit: unit,
					Max: unit * money.Quantity(rapid.Int64Range(1, 1000).Draw(t, "units")), Value: money.Amount(rapid.Int64Range(0, 1e9).Draw(t, "value")),
				})
			}
		}
		var out bytes.Buffer
		if err := c.Write(&out); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		back, err := issues.Read(&out)
		if err != nil || len(back.Issues) != len(c.Issues) {
			t.Fatalf("%v\n%s", err, text)
		}
		for n := range c.Issues {
			if back.Issues[n] != c.Issues[n] {
				t.Fatalf("%+v came back as %+v", c.Issues[n], back.Issues[n])
			}
		}
	})
}

// FuzzRead: what is accepted is written again byte for byte.
func FuzzRead(f *testing.F) {
	c := sample(f)
	var out bytes.Buffer
	if err := c.Write(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte("issues|1|20230825|20230825|0\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := issues.Read(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, issues.ErrFile) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := c.Write(&again); err != nil || !bytes.Equal(again.Bytes(), file) {
			t.Fatalf("%v\n%q\n%q", err, file, again.Bytes())
		}
	})
}
