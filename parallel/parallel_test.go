package parallel

import (
	"strings"
	"testing"
	"time"

	"sancun/settle"
)

var beijing = time.FixedZone("CST", 8*60*60)

// cleared is a centre that made the same of everything, each step in a second.
func cleared() Cleared {
	c := Cleared{Before: "a", After: "b", Reported: time.Date(2023, 8, 25, 20, 59, 0, 0, beijing), Banked: time.Date(2023, 8, 25, 22, 59, 0, 0, beijing)}
	for _, name := range rowNames {
		c.Rows = append(c.Rows, Row{Name: name, Items: 3, Hash: "00"})
	}
	for _, name := range timeNames {
		c.Times = append(c.Times, Time{Name: name, MS: 1000})
	}
	return c
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name      string
		spoil     func(*Cleared)
		different int
		root      bool
		inTime    bool
		verdict   string // of the fourth time
	}{
		{"the same", func(*Cleared) {}, 0, true, true, "comparable"},
		{"another hash", func(c *Cleared) { c.Rows[4].Hash = "01" }, 1, true, true, "comparable"},
		{"fewer items", func(c *Cleared) { c.Rows[0].Items = 2 }, 1, true, true, "comparable"},
		{"another image", func(c *Cleared) { c.Before = "x" }, 0, false, true, "comparable"},
		{"another state", func(c *Cleared) { c.After = "x" }, 0, false, true, "comparable"},
		{"a tenth slower", func(c *Cleared) { c.Times[3].MS = 1100 }, 0, true, true, "comparable"},
		{"slower and in time", func(c *Cleared) { c.Times[3].MS = 1101 }, 0, true, true, "slower, in time"},
		{"slower and late for 21:00", func(c *Cleared) { c.Times[3].MS = 2000; c.Reported = c.Reported.Add(time.Minute + 1e6) }, 0, true, false, "too slow"},
		{"slower and late for 23:00", func(c *Cleared) { c.Times[3].MS = 2000; c.Banked = c.Banked.Add(time.Minute + 1e6) }, 0, true, false, "too slow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second := cleared()
			tt.spoil(&second)
			c, err := Compare(cleared(), second, settle.Options{Date: 20230825})
			if err != nil {
				t.Fatal(err)
			}
			if c.RowsDifferent != tt.different || c.RowsEqual != len(rowNames)-tt.different || c.RootEqual != tt.root || c.InTime != tt.inTime || c.Times[3].Verdict != tt.verdict || len(c.Differing()) != tt.different {
				t.Errorf("%d rows differ, root equal %v, in time %v, verdict %q: %v", c.RowsDifferent, c.RootEqual, c.InTime, c.Times[3].Verdict, c.Differing())
			}
		})
	}
	short := cleared()
	short.Rows = short.Rows[1:]
	if _, err := Compare(cleared(), short, settle.Options{Date: 20230825}); err == nil || !strings.Contains(err.Error(), "8") {
		t.Errorf("a centre with a row too few: %v", err)
	}
}
