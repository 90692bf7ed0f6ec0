package pair

import (
	"bytes"
	"testing"
	"time"

	"sancun/internal/soak"
)

// seedsOfTest is the share of the seeds that every run of the tests plays; `make
// soak` plays 20,000.
const seedsOfTest = 200

func TestSeeds(t *testing.T) {
	run := soak.Begin(t, seedsOfTest, 1)
	var all Counts
	var simulated time.Duration
	for range run.Count {
		seed := run.Seed + uint64(run.Done)
		r := Run(Options{Seed: seed})
		run.Done++
		if r.Failure != nil {
			t.Errorf("%v\nsancun sim pair --seed %d --trace", r.Failure, seed)
		}
		all.Add(r.Counts)
		simulated += r.Simulated
	}
	t.Logf("%.1f simulated hours: %+v", simulated.Hours(), all)
	// A simulation in which nothing happens proves nothing.
	if all.Promotions < run.Count/2 || all.Restarts < 2*run.Count || all.Again == 0 || all.Orphans < all.Lost {
		t.Errorf("too little happened: %+v", all)
	}
	if run.Count >= seedsOfTest && (all.Lost == 0 || all.Damages == 0 || all.Refused == 0) {
		t.Errorf("some kind of trouble never happened: %+v", all)
	}
}

// The same seed plays the same events, to the last letter of the trace.
func TestSameSeedSameTrace(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		var first, second bytes.Buffer
		a, b := Run(Options{Seed: seed, Trace: &first}), Run(Options{Seed: seed, Trace: &second})
		if a.Hash != b.Hash || a.Events != b.Events || first.String() != second.String() {
			t.Errorf("seed %d: %x after %d events, then %x after %d", seed, a.Hash, a.Events, b.Hash, b.Events)
		}
		if c := Run(Options{Seed: seed + 1000}); c.Hash == a.Hash {
			t.Errorf("seeds %d and %d play the same", seed, seed+1000)
		}
	}
}
