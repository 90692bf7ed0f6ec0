package node

import (
	"testing"
	"time"

	"sancun/internal/pgcluster"
)

// The lag of a database's own replication is watched on both sides, and a standby
// that does not stream is late. Classes without an address are listed unwatched.
func TestReplicationLagIsWatched(t *testing.T) {
	primary, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer primary.Remove()
	standby, err := primary.Standby(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer standby.Remove()
	of := func(name string, c *pgcluster.Cluster) DataConfig {
		t.Setenv("SANCUN_TEST_"+name, c.DSN("postgres"))
		return DataConfig{Name: name, Class: "database", From: "2026-03-01", Approved: []string{"wang", "li"}, DSN: Secret("env:SANCUN_TEST_" + name), LagMax: Duration(time.Minute)}
	}
	w := newDataWatch([]DataConfig{of("MAIN", primary), of("COPY", standby), {Name: "archive", Class: "recompute"}}, time.Now)
	if len(w.states) != len(builtinData)+3 || w.states[0].Watched || w.states[0].Method == "" {
		t.Fatalf("classes %+v", w.states)
	}
	main, copied := &w.all[len(builtinData)], &w.all[len(builtinData)+1]
	streams := func(c *DataConfig) (s DataState) {
		for range 200 {
			if s = w.look(t.Context(), c); s.Standbys > 0 || pause(t.Context(), lineAgain/4) != nil {
				break
			}
		}
		return s
	}
	for _, c := range []*DataConfig{main, copied} {
		if s := streams(c); s.Late || s.Failure != "" || s.Standbys != 1 || s.LagMS > 60_000 {
			t.Errorf("%+v", s)
		}
	}
	if err := standby.Stop(); err != nil {
		t.Fatal(err)
	}
	if s := w.look(t.Context(), copied); !s.Late || s.Failure == "" {
		t.Errorf("a server that is away: %+v", s)
	}
	for range 200 {
		if s := w.look(t.Context(), main); s.Late && s.Standbys == 0 || pause(t.Context(), lineAgain/4) != nil {
			return
		}
	}
	t.Error("a standby that is away is not late")
}
