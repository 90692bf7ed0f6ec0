// Package journaltest is the suite every journal.Engine passes. It knows nothing
// of how an engine stores its blocks: it appends, reopens, strikes and compares
// with an auditor that remembers what was acknowledged.
//
// The law it holds every engine to: what was acknowledged is there, byte for
// byte; what was refused is not; the one operation that was under way at a
// failure is there whole or not at all, and once somebody has seen which, it
// stays that way. Damage is reported, never handed out.
//
// The package must never import an engine.
package journaltest

import (
	"testing"

	"sancun/internal/faultfs"
	"sancun/journal"
)

// Harness is one empty journal of the engine under test.
type Harness struct {
	// Cell is the cell of the journal.
	Cell uint32
	// Open opens the journal, which nobody else has open. Called again it opens
	// the same journal again.
	Open func() (journal.Engine, error)
	// Disk is what the engine keeps its files on, when that can be struck. With
	// nil the suite leaves faults out.
	Disk *faultfs.FS
	// Fork gives the same journal on a copy of Disk. Nil exactly when Disk is.
	Fork func() Harness
}

// Run holds an engine to its contract. open makes a new journal each time.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	tests := []struct {
		name   string
		strike bool // needs Harness.Disk
		test   func(*testing.T, Harness)
	}{
		{"an empty journal has no head", false, testEmpty},
		{"appended blocks are read back, also after reopening", false, testAppendRead},
		{"blocks of every size fit", false, testSizes},
		{"wrong blocks are refused without a trace", false, testRefusals},
		{"a fence holds, also after reopening", false, testFence},
		{"a closed journal refuses everything", false, testClosed},
		{"a second writer is refused", false, testSecondWriter},
		{"a reader's error comes back as it is", false, testReaderError},
		{"readers follow the writer", false, testReadersFollow},
		{"random operations match a list of blocks", false, testRandom},
		{"power cut at every operation", true, testPowerCuts},
		{"power cut at every operation of recovery", true, testPowerCutsInRecovery},
		{"every operation fails once", true, testFailures},
		{"a full store refuses cleanly", true, testFull},
		{"every read fails once", true, testReadFailures},
		{"bits flipped while reading", true, testReadFlips},
		{"bits flipped at rest", true, testFlips},
		{"pages lost and misplaced at rest", true, testPages},
		{"files missing", true, testMissingFiles},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := open(t)
			if test.strike && h.Disk == nil {
				t.Skip("the engine's store cannot be struck")
			}
			test.test(t, h)
		})
	}
}
