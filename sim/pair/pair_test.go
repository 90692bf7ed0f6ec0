package pair

import (
	"bytes"
	"testing"
)

// seedsOfTest is the share of the seeds that every run of the tests plays; `make
// soak` plays 20,000.
const seedsOfTest = 200

func TestSeeds(t *testing.T) {
	var all Counts
	for seed := uint64(1); seed <= seedsOfTest; seed++ {
		r := Run(Options{Seed: seed})
		if r.Failure != nil {
			t.Errorf("%v\nsancun sim pair --seed %d --trace", r.Failure, seed)
		}
		all.add(r.Counts)
	}
	t.Logf("%+v", all)
	// A simulation in which nothing happens proves nothing.
	if all.Promotions < 100 || all.Lost == 0 || all.Orphans < all.Lost || all.Restarts < 500 || all.Damages == 0 || all.Again == 0 || all.Refused == 0 {
		t.Errorf("too little happened: %+v", all)
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
