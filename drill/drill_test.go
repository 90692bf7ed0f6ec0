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
		Dir: t.TempDir() + "/drill", Program: program, Clients: 50, Low: 20, High: 100, Hold: 500 * time.Millisecond, Switchovers: 2, Kills: 1, SiteKills: 2, Forks: 2, Loopback: true,
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
	if len(r.Loads) != 2 || r.Loads[0].Blocks == 0 || r.Loads[1].Blocks == 0 || r.Switchovers != 2 || r.Failovers.Count != 1 || r.SiteKills.Count != 2 || r.ComeBacks != 3 {
		t.Errorf("measured %+v in %d switchovers, %d and %d kills, %d coming back", r.Loads, r.Switchovers, r.Failovers.Count, r.SiteKills.Count, r.ComeBacks)
	}
	if len(r.Drills) != 2 || r.DrillRootEqual == nil || !*r.DrillRootEqual || r.Drills[1].LeftBytes != 0 || r.Drills[1].Refused != 6 || r.Drills[1].Blocks == 0 {
		t.Errorf("drills on forks: %+v", r.Drills)
	}
}
