// Package soak says how long a long test goes and from which seed, and writes down
// what became of it, so that `make soak` can keep a record of all runs. It is for
// tests and must never be imported by anything else.
package soak

import (
	"os"
	"strconv"
	"testing"
)

// The variables by which scripts/soak.sh makes an ordinary test a long one.
const (
	CountVariable = "SANCUN_SOAK_COUNT" // how many trials
	SeedVariable  = "SANCUN_SOAK_SEED"  // of everything drawn by chance
)

// Run is one run of a test that may be long.
type Run struct {
	Count int    // trials to do
	Seed  uint64 // of everything the test draws
	Long  bool   // a soak asked for it
	Done  int    // trials that were done; the test counts them
}

// Begin returns how many trials the test does, from which seed: the ordinary ones
// unless the variables say otherwise. When the test ends, one line tells how it was.
func Begin(t testing.TB, count int, seed uint64) *Run {
	t.Helper()
	r := &Run{Count: count, Seed: seed}
	if text := os.Getenv(CountVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s is %q; write a number from 1", CountVariable, text)
		}
		r.Count, r.Long = n, true
	}
	if text := os.Getenv(SeedVariable); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s is %q; write a number", SeedVariable, text)
		}
		r.Seed = n
	}
	t.Cleanup(func() { t.Log(Line(r.Done, t.Failed(), r.Seed)) })
	return r
}

// Line is what scripts/soak.sh reads. A test ends with its first failure, so a run
// has none or one.
func Line(done int, failed bool, seed uint64) string {
	failures := 0
	if failed {
		failures = 1
	}
	return "soak: count=" + strconv.Itoa(done) + " failures=" + strconv.Itoa(failures) + " seed=" + strconv.FormatUint(seed, 10)
}
