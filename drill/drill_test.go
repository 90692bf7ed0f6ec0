package drill

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A small drill of real processes: what it must find at any speed.
func TestSmallDrill(t *testing.T) {
	program := filepath.Join(t.TempDir(), "sancun")
	if out, err := exec.Command("go", "build", "-o", program, "sancun/cmd/sancun").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	r, err := Run(t.Context(), Options{
		Dir: t.TempDir() + "/drill", Program: program, Clients: 50, Low: 20, High: 100, Hold: 500 * time.Millisecond, Switchovers: 2,
		RoundTrip: 10 * time.Millisecond, BitsPerSec: 20_000_000, Say: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.PlannedLost != 0 || r.ProtectLost != 0 || r.Forks != 0 || r.SwitchbackDifference != 0 || !r.Verified {
		t.Errorf("lost in switchovers %d, in mode protect %d, forks %d, differences %d, verified %v", r.PlannedLost, r.ProtectLost, r.Forks, r.SwitchbackDifference, r.Verified)
	}
	if r.Failover.Lost > r.Failover.OrphansListed || r.Failover.Doubled != 0 || r.Protected.Doubled != 0 {
		t.Errorf("in mode fast %d answers were lost and %d orphans listed; done twice %d and %d", r.Failover.Lost, r.Failover.OrphansListed, r.Failover.Doubled, r.Protected.Doubled)
	}
	if len(r.LagMS) != 2 || r.LagMS[0].Blocks == 0 || r.LagMS[1].Blocks == 0 || r.Switchovers != 2 {
		t.Errorf("measured %+v in %d switchovers", r.LagMS, r.Switchovers)
	}
}
