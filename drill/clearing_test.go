package drill

import (
	"os"
	"testing"

	"sancun/day"
	"sancun/parallel"
	"sancun/settle"
)

// Both centres clear a small day from the image before clearing, with differences
// in the files, to the same nine rows and the same state.
func TestParallelClearing(t *testing.T) {
	const data = "../.cache/market-data"
	if _, err := os.Stat(data); err != nil {
		t.Fatalf("the day needs the market data, run scripts/fetch-market-data.sh: %v", err)
	}
	dir := t.TempDir()
	c, err := ClearBoth(t.Context(), dir, day.Config{Dir: dir + "/day", Data: data, Clients: 100, Orders: 1_000, Seed: 5, Faults: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.RowsEqual != 9 || c.RowsDifferent != 0 || !c.RootEqual || !c.InTime || len(c.Times) != 6 {
		t.Errorf("%d rows equal, %v differ, root equal %v, in time %v", c.RowsEqual, c.Differing(), c.RootEqual, c.InTime)
	}
	for _, r := range c.Rows {
		if r.Items[0] == 0 {
			t.Errorf("%s compares nothing", r.Name)
		}
	}
	second := c.Second // what differs is found, and named
	second.Rows = append([]parallel.Row(nil), second.Rows...)
	second.Rows[4].Hash = second.Rows[3].Hash
	again, err := parallel.Compare(c.Main, second, parallelOptions)
	if err != nil || again.RowsDifferent != 1 || again.Differing()[0] != c.Rows[4].Name {
		t.Errorf("a row that differs: %+v, %v", again.Differing(), err)
	}
}

var parallelOptions = settle.Options{Date: 20230825}
