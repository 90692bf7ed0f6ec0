package pair

import (
	"fmt"
	"time"

	"sancun/internal/planted"
)

// Killed says how a planted bug was found.
type Killed struct {
	Bug     planted.Bug
	Seed    uint64 // the first that found it; 0 when none did
	Seeds   uint64 // played
	Took    time.Duration
	Failure error
}

// Hunt plays seeds with a planted bug until one finds it. The build must have the
// tag planted.
func Hunt(bug planted.Bug, from, seeds uint64) Killed {
	k := Killed{Bug: bug}
	began := time.Now()
	for seed := from; seed < from+seeds && k.Failure == nil; seed++ {
		k.Seeds++
		k.Failure = planted1(bug, seed).Failure
		if k.Failure != nil {
			k.Seed = seed
		}
	}
	k.Took = time.Since(began)
	return k
}

// planted1 plays one seed with a bug. What the house's own checks stop in the middle
// (internal/invariant) is found as well.
func planted1(bug planted.Bug, seed uint64) (r Result) {
	planted.Plant(bug)
	defer planted.Plant(planted.None)
	defer func() {
		if p := recover(); p != nil {
			r.Seed, r.Failure = seed, fmt.Errorf("stopped by its own check: %v", p)
		}
	}()
	return Run(Options{Seed: seed})
}
