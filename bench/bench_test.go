package bench

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every workload runs at a small size, uniform and hot, without a rejection. How
// fast is not said here: speed is measured, not asserted.
func TestWorkloadsRun(t *testing.T) {
	for name, run := range map[string]func(c Conditions, hot bool) ([]Result, error){
		"ledger":        one(func(c Conditions, hot bool) (Result, error) { return Ledger(c, 100, 8_000, hot) }),
		"pairs":         one(func(c Conditions, hot bool) (Result, error) { return HoldSettle(c, 100, 4_000, hot) }),
		"deposits":      one(func(c Conditions, hot bool) (Result, error) { return Deposits(c, 700, 8_000, hot) }),
		"orders":        one(func(c Conditions, hot bool) (Result, error) { return OrderLives(c, 700, 2_666, hot) }),
		"clearing":      one(func(c Conditions, hot bool) (Result, error) { return Clearing(c, 700, 8_000, hot) }),
		"http-64":       one(func(c Conditions, hot bool) (Result, error) { return HTTPDeposits(c, 70, 300, 64, hot) }),
		"http-batch":    one(func(c Conditions, hot bool) (Result, error) { return HTTPBatches(c, 70, 8, false, hot) }),
		"http-compact":  one(func(c Conditions, hot bool) (Result, error) { return HTTPBatches(c, 70, 8, true, hot) }),
		"http-overload": one(func(c Conditions, hot bool) (Result, error) { return HTTPOverload(c, 70, 100, 1_000, hot) }),
		"overload":      one(func(c Conditions, hot bool) (Result, error) { return Overload(c, 100, 400_000, hot) }),
		"restart":       one(func(c Conditions, hot bool) (Result, error) { return Restart(c, 100, 20_000, hot) }),
		"catch-up":      one(func(c Conditions, _ bool) (Result, error) { return CatchUp(c, 70, 40, 5) }),
		"memory":        one(func(c Conditions, _ bool) (Result, error) { return Memory(c, 700) }),
		"books":         func(c Conditions, hot bool) ([]Result, error) { return Books(c, 700, 8_000, 300*time.Millisecond, hot) },
	} {
		for _, hot := range []bool{false, true} {
			results, err := run(NewConditions(1, filepath.Join(t.TempDir(), "cell")), hot)
			if err != nil {
				t.Errorf("%s, hot %v: %v", name, hot, err)
				continue
			}
			for _, r := range results {
				if r.Failures != 0 || r.Size == 0 || r.PerSec <= 0 {
					t.Errorf("%s, hot %v: %+v", name, hot, r)
				}
			}
		}
	}
}

// A table has every result, what is required, and marks what falls short.
func TestTable(t *testing.T) {
	dir := t.TempDir()
	for _, r := range []Report{
		{Results: []Result{{Workload: "ledger", Load: "uniform", Scale: 1, Size: 4_000_000, Unit: "transfers", PerSec: 1_000_000, CPU: 4}}},
		{Results: []Result{
			{Workload: "ledger", Load: "hot", Scale: 1, Size: 4_000_000, Unit: "transfers", PerSec: 700_000},
			{Workload: "ledger", Load: "hot", Scale: 4, Size: 16_000_000, Unit: "transfers", PerSec: 1_400_000, Failures: 3, First: "insufficient"},
		}},
		{Results: []Result{{Workload: "http-64", Load: "uniform", Scale: 1, PerSec: 16_000, P99: 9 * time.Millisecond}}},
	} {
		if err := r.Write(filepath.Join(dir, r.Results[0].Full()+".json")); err != nil {
			t.Fatal(err)
		}
	}
	reports, err := ReadReports(dir)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := PrintTable(&text, reports); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| ledger | at least 800,000/s | uniform 1×: 1,000,000/s; hot 1×: 700,000/s ✗; hot 4×: 1,400,000/s ✗ | ✗ |",
		"| http-64 | at least 15,000/s, p99 under 15 ms | uniform 1×: 16,000/s 9.0 ms | ✓ |",
		"| restart | under 10 s, at 16× | not measured |  |",
		"| ledger | uniform | 1 | 4,000,000 transfers | 1,000,000 |  |  | 1.00 µs |",
		"| ledger | hot | 1 | 4,000,000 transfers | 700,000 | 70 % ✗ |  |",
		"| ledger | hot | 4 | 16,000,000 transfers | 1,400,000 |  | 200 % | 0.00 µs | – | – | – | **3 rejected: insufficient** |",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table has no line\n%s\nin\n%s", want, text.String())
		}
	}
	if _, err := ReadReports(t.TempDir()); err == nil {
		t.Error("an empty folder gave reports")
	}
}
