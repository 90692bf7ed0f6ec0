package day

import (
	"os"
	"testing"
)

// small plays a small day into a temporary folder.
func small(t *testing.T, seed uint64) *Report {
	t.Helper()
	const data = "../.cache/market-data"
	if _, err := os.Stat(data); err != nil {
		t.Fatalf("the day needs the market data, run scripts/fetch-market-data.sh: %v", err)
	}
	c := Config{Dir: t.TempDir() + "/day", Data: data, Clients: 300, Orders: 6_000, Seed: seed, Faults: true}
	r, err := Play(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	nothingPersonal(t, c)
	return r
}

// The same seed gives the same state to the last byte, though everything goes
// through sockets; another seed gives another day. Both balance, are proved, end
// with every difference worked off, open the next day, and keep nobody's data in
// clear.
func TestSameSeedSameDay(t *testing.T) {
	first, again, other := small(t, 7), small(t, 7), small(t, 8)
	if first.StateRoot != again.StateRoot {
		t.Errorf("seed 7 led to %s and to %s", first.StateRoot, again.StateRoot)
	}
	if first.StateRoot == other.StateRoot {
		t.Error("seeds 7 and 8 led to the same state")
	}
	for _, r := range []*Report{first, other} {
		if !r.Balanced || r.VerifyRoot != r.StateRoot || r.Orders < 6_000 || r.Fills == 0 || r.Cancels == 0 || r.Rejects == 0 {
			t.Errorf("the day is not whole: %+v", r)
		}
		if n := &r.NextDay; !n.whole() || n.Entered < 150 || n.Cancelled == 0 || n.Released == 0 || n.Scrapped == 0 || n.Fills == 0 || n.Date != "20230828" {
			t.Errorf("orders for the next day: %+v", *n)
		}
		if r.DifferencesFound == 0 || r.DifferencesOpen != 0 || !r.NextDayOpen || len(r.ClearingSteps) != 13 {
			t.Errorf("the day end is not whole: %+v", r)
		}
	}
}
