package bench

import (
	"path/filepath"
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
