package drill

import (
	"bytes"
	"crypto/ed25519"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sancun/dr"
	"sancun/evidence"
	"sancun/internal/soak"
	"sancun/node"
)

// program builds the centre to run.
func program(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sancun")
	if out, err := exec.Command("go", "build", "-o", name, "sancun/cmd/sancun").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return name
}

// A small drill of real processes: what it must find at any speed.
func TestSmallDrill(t *testing.T) {
	dir := t.TempDir() + "/drill"
	r, err := Run(t.Context(), Options{
		Dir: dir, Program: program(t), Clients: 50, Low: 20, High: 100, Hold: 500 * time.Millisecond, Switchovers: 2, Kills: 1, SiteKills: 2, Forks: 2, Loopback: true,
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
	checkEvidence(t, dir, r)
}

// checkEvidence proves the bundle with the file of people alone, and compares its
// figures with the report's.
func checkEvidence(t *testing.T, dir string, r *Report) {
	t.Helper()
	bundle, err := os.ReadFile(filepath.Join(dir, "evidence.zip"))
	if err != nil {
		t.Fatal(err)
	}
	people, err := node.ReadPeople(filepath.Join(dir, "people.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := evidence.Verify(bytes.NewReader(bundle), int64(len(bundle)), func(name string) (ed25519.PublicKey, bool) {
		at := slices.IndexFunc(people, func(p dr.Operator) bool { return p.Name == name })
		return people[max(0, at)].Key, at >= 0
	})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int64{}
	for _, f := range m.Figures {
		values[f.Name] = f.Value
	}
	for name, want := range map[string]float64{
		"delay at the high load max": r.Loads[1].Max, "RTO in mode fast p99": r.Failovers.RTO.P99, "write gap of planned switchovers p99": r.SwitchoverGap.P99,
	} {
		if got, there := values[name]; !there || math.Abs(float64(got)/1e6-want) > 0.001 {
			t.Errorf("%s: %d ns in the evidence, %f ms in the report", name, got, want)
		}
	}
	if values["losses of the writer in mode protect count"] != 0 || values["losses of the writer in mode protect"] != int64(r.SiteKills.Count) {
		t.Errorf("kills in mode protect: %v", values)
	}
}

// long is one part of a drill by itself, as often as a soak says; the small drill
// above is the ordinary share.
func long(t *testing.T, part func(o *Options, count int), done func(r *Report) int) *Report {
	t.Helper()
	run := soak.Begin(t, 1, 1)
	if !run.Long {
		t.Skip("make soak does this; TestSmallDrill is the ordinary share")
	}
	o := Options{
		Dir: t.TempDir() + "/drill", Program: program(t), Clients: 1_000, High: 500, RoundTrip: 30 * time.Millisecond, BitsPerSec: 20_000_000, Say: t.Logf,
	}
	part(&o, run.Count)
	r, err := Run(t.Context(), o)
	if r != nil {
		run.Done = done(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.PlannedLost != 0 || r.ProtectLost != 0 || r.Forks != 0 || r.SwitchbackDifference != 0 || !r.Verified {
		t.Errorf("lost in switchovers %d, in mode protect %d, forks %d, differences %d, verified %v", r.PlannedLost, r.ProtectLost, r.Forks, r.SwitchbackDifference, r.Verified)
	}
	return r
}

// Nothing that was answered in mode protect is missing after the loss of a centre,
// however often.
func TestSiteKills(t *testing.T) {
	r := long(t, func(o *Options, n int) { o.SiteKills = n }, func(r *Report) int { return r.SiteKills.Count })
	t.Logf("RTO %+v, machine %+v, back %+v", r.SiteKills.RTO, r.SiteKills.Machine, r.SiteKills.ComeBacks)
}

// A centre that was killed in mode fast comes back without difference, and
// everything only it had is listed.
func TestKillsAndSwitchBacks(t *testing.T) {
	r := long(t, func(o *Options, n int) { o.Kills = n }, func(r *Report) int { return r.Failovers.Count })
	if r.Failovers.Lost > r.Failovers.Orphans || r.Failovers.Doubled != 0 {
		t.Errorf("%d answers were lost and %d orphans listed; done twice %d", r.Failovers.Lost, r.Failovers.Orphans, r.Failovers.Doubled)
	}
	t.Logf("RTO %+v, machine %+v, back %+v", r.Failovers.RTO, r.Failovers.Machine, r.Failovers.ComeBacks)
}

// Planned switchovers under load lose nothing and do nothing twice.
func TestPlannedSwitchovers(t *testing.T) {
	r := long(t, func(o *Options, n int) { o.Switchovers = n }, func(r *Report) int { return r.Switchovers })
	t.Logf("write gap %+v", r.SwitchoverGap)
}

// After every drill on a fork the standby is what it was.
func TestForks(t *testing.T) {
	r := long(t, func(o *Options, n int) { o.Forks = n }, func(r *Report) int { return len(r.Drills) })
	for i, d := range r.Drills {
		if !d.Equal || d.LeftBytes != 0 {
			t.Errorf("drill %d: %+v", i+1, d)
		}
	}
}
