package bench

import (
	"path/filepath"
	"testing"
)

// Every workload runs at a small size without a rejection. How fast is not said
// here: speed is measured, not asserted.
func TestWorkloadsRun(t *testing.T) {
	for _, w := range []struct {
		name string
		run  func(Conditions) (Result, error)
	}{
		{"ledger", func(c Conditions) (Result, error) { return Ledger(c, 100, 8_000, true) }},
		{"pairs", func(c Conditions) (Result, error) { return HoldSettle(c, 100, 4_000, false) }},
		{"deposits", func(c Conditions) (Result, error) { return Deposits(c, 700, 8_000, false) }},
		{"deposits, hot", func(c Conditions) (Result, error) { return Deposits(c, 700, 8_000, true) }},
		{"order lives", func(c Conditions) (Result, error) { return OrderLives(c, 700, 2_666) }},
		{"clearing", func(c Conditions) (Result, error) { return Clearing(c, 700, 8_000) }},
		{"restart", func(c Conditions) (Result, error) { return Restart(c, 100, 20_000) }},
		{"memory", func(c Conditions) (Result, error) { return Memory(c, 700) }},
	} {
		c := NewConditions(1, filepath.Join(t.TempDir(), "cell"))
		r, err := w.run(c)
		switch {
		case err != nil:
			t.Errorf("%s: %v", w.name, err)
		case r.Failures != 0 || r.Size == 0 || r.PerSec <= 0:
			t.Errorf("%s: %+v", w.name, r)
		}
	}
}
