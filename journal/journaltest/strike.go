package journaltest

import (
	"errors"
	"fmt"
	"testing"

	"sancun/internal/faultfs"
	"sancun/journal"
)

// seedsEach is in how many ways the power is cut at one and the same operation.
const seedsEach = 12

// script is a day in the life of a journal: blocks of several sizes over several
// segments, fences, reopening. It ends at the first error, which leaves at most
// one operation in doubt.
func script(h Harness, a *auditor) error {
	for range 2 {
		e, err := h.Open()
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		for i, size := range []int{100, 5_000, 0, 3_900, 200, 900, 12_000, 40} {
			if err := a.append(e, size); err != nil {
				return err
			}
			if i%3 == 1 {
				if err := a.raise(e, a.fence+1); err != nil {
					return err
				}
			}
		}
		if err := e.Close(); err != nil {
			return fmt.Errorf("close: %w", err)
		}
	}
	return nil
}

// scriptOps counts the operations of a script that nothing disturbs.
func scriptOps(t tester, h Harness) int {
	t.Helper()
	fork := h.Fork()
	if err := script(fork, newAuditor(h.Cell, 20)); err != nil {
		t.Fatalf("undisturbed script: %v", err)
	}
	return fork.Disk.Ops()
}

// goOn shows that a recovered journal works: it settles the doubt, has the same
// after one more power cut, and appends. The first block is small, so that what
// an unfinished large one left behind it would be seen.
func goOn(t tester, h Harness, a *auditor, seed uint64) {
	t.Helper()
	e := mustOpen(t, h)
	if err := a.settle(e); err != nil {
		t.Fatalf("after reopening: %v", err)
	}
	for i, sizes := range [][]int{{}, {0}, {700, 5_000}} {
		for _, size := range sizes {
			mustAppend(t, a, e, size)
		}
		h.Disk.Crash(seed + uint64(i) + 1)
		e = mustOpen(t, h)
		a.compare(t, e)
	}
	mustClose(t, e)
}

func testPowerCuts(t *testing.T, h Harness) {
	for nth := range scriptOps(t, h) {
		for seed := range uint64(seedsEach) {
			fork, a := h.Fork(), newAuditor(h.Cell, 20)
			fork.Disk.Inject(faultfs.Fault{Nth: nth + 1, Halt: true})
			if err := script(fork, a); err == nil {
				t.Fatalf("operation %d: the script ended although the power was cut", nth+1)
			}
			fork.Disk.Crash(seed)
			goOn(at{t, nth, seed}, fork, a, seed)
		}
	}
}

// testPowerCutsInRecovery cuts the power during an append, again during the
// opening and the appends that follow, and then lets it open.
func testPowerCutsInRecovery(t *testing.T, h Harness) {
	for _, write := range []int{2, 5, 8, 9, 10} {
		for seed := range uint64(seedsEach) {
			fork, a := h.Fork(), newAuditor(h.Cell, 20)
			fork.Disk.Inject(faultfs.Fault{Op: faultfs.OpSync, Name: "*.seg*", Nth: write, Halt: true})
			if err := script(fork, a); err == nil {
				t.Fatalf("sync %d: the script ended although the power was cut", write)
			}
			fork.Disk.Crash(seed)
			for nth := 0; ; nth++ {
				twin, b := fork.Fork(), a.fork()
				twin.Disk.Inject(faultfs.Fault{Nth: nth + 1, Halt: true})
				if err := recoverAppend(twin, b); err == nil {
					break // it takes fewer than nth operations
				} else if !errors.Is(err, faultfs.ErrCrashed) {
					at{t, nth, seed}.Fatalf("recovery: %v", err)
				}
				twin.Disk.Crash(seed*31 + uint64(nth))
				goOn(at{t, nth, seed}, twin, b, seed)
			}
		}
	}
}

// recoverAppend opens a journal after a power cut, settles the doubt and appends.
func recoverAppend(h Harness, a *auditor) error {
	e, err := h.Open()
	if err != nil {
		return err
	}
	if err := a.settle(e); err != nil {
		return err
	}
	if err := errors.Join(a.append(e, 2_000), a.append(e, 9_000)); err != nil {
		return err
	}
	return e.Close()
}

// testFailures lets each operation of the script fail in each way. The engine must
// refuse everything afterwards. The process then starts again over the same kernel,
// which shows bytes that may not be on disk; what the journal shows then must
// survive a power cut.
func testFailures(t *testing.T, h Harness) {
	ways := []faultfs.Fault{
		{Err: faultfs.EIO},
		{Err: faultfs.EIO, Keep: 1_000, Persist: true},
		{Err: faultfs.ENOSPC, Keep: 4_096},
	}
	for nth := range scriptOps(t, h) {
		for i, way := range ways {
			fork, a := h.Fork(), newAuditor(h.Cell, 20)
			way.Nth = nth + 1
			fork.Disk.Inject(way)
			var last journal.Engine
			spy := fork
			spy.Open = func() (journal.Engine, error) {
				e, err := fork.Open()
				last = e
				return e, err
			}
			where := at{t, nth, uint64(i)}
			err := script(spy, a)
			if err == nil {
				where.Fatalf("the script ended although an operation failed")
			}
			if errors.Is(err, journal.ErrCorrupt) {
				where.Fatalf("a failing operation is not corruption: %v", err)
			}
			if errors.Is(err, journal.ErrFull) && !errors.Is(err, faultfs.ENOSPC) {
				where.Fatalf("only a full device is full: %v", err)
			}
			if errors.Is(err, journal.ErrPoisoned) {
				refuseAll(where, a, last, journal.ErrPoisoned)
			} else if a.inDoubt() {
				where.Fatalf("an unknown outcome must poison, got %v", err)
			}
			fork.Disk.Kill()
			goOn(where, fork, a, uint64(nth))
		}
	}
}

// testFull runs out of room before a block is written, makes room and goes on
// with the same engine.
func testFull(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 21)
	e := mustOpen(t, h)
	mustAppend(t, a, e, 100)
	h.Disk.SetRoom(1)
	var err error
	for range 1_000 {
		if err = a.append(e, 3_000); err != nil {
			break
		}
	}
	if !errors.Is(err, journal.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	a.compare(t, e)
	if err := a.append(e, 3_000); !errors.Is(err, journal.ErrFull) {
		t.Fatalf("still full: got %v, want ErrFull", err)
	}
	h.Disk.SetRoom(-1)
	mustAppend(t, a, e, 3_000)
	a.compare(t, e)
	h.Disk.Crash(21)
	e = mustOpen(t, h)
	a.compare(t, e)
	mustClose(t, e)
}

// at says at which operation and seed a test failed.
type at struct {
	*testing.T
	nth  int
	seed uint64
}

// Fatalf fails the test and says where.
func (a at) Fatalf(format string, args ...any) {
	a.Helper()
	a.T.Fatalf("operation %d, seed %d: %s", a.nth+1, a.seed, fmt.Sprintf(format, args...))
}
