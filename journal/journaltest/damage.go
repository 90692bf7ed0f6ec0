package journaltest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"sancun/internal/faultfs"
	"sancun/journal"
)

const (
	flipsMax  = 2_500 // bits turned at rest, spread over all files
	pagesMax  = 600   // pages lost or misplaced
	pageBytes = 4096
)

// written makes a closed journal of some segments.
func written(t tester, h Harness) (Harness, *auditor) {
	t.Helper()
	fork, a := h.Fork(), newAuditor(h.Cell, 30)
	if err := script(fork, a); err != nil {
		t.Fatalf("undisturbed script: %v", err)
	}
	fork.Disk.Crash(0)
	return fork, a
}

// inspect opens a damaged journal and reads all of it. The error is the engine's
// or what differs from what was acknowledged.
func inspect(h Harness, a *auditor) error {
	e, err := h.Open()
	if err != nil {
		return err
	}
	return errors.Join(a.difference(e), e.Close())
}

// testFlips turns bits at rest. Either the journal reads as it was acknowledged, or
// it says that it is corrupt; above all, the last block must not be taken for one
// that was never finished.
func testFlips(t *testing.T, h Harness) {
	whole, a := written(t, h)
	var total int64
	sizes := map[string]int64{}
	for _, name := range whole.Disk.Names() {
		sizes[name] = sizeOf(t, whole, name)
		total += sizes[name] * 8
	}
	stride := total/flipsMax | 1 // odd, so that every bit of a byte comes up
	var detected int
	var start int64
	for _, name := range whole.Disk.Names() {
		for bit := start; bit < sizes[name]*8; bit += stride {
			fork := whole.Fork()
			if err := fork.Disk.FlipBit(name, bit); err != nil {
				t.Fatal(err)
			}
			err := inspect(fork, a)
			if err != nil && !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("%s bit %d: %v", name, bit, err)
			}
			if err != nil {
				detected++
			}
		}
	}
	if detected == 0 {
		t.Error("no flip was detected: the test turned nothing that matters")
	}
}

func sizeOf(t tester, h Harness, name string) int64 {
	t.Helper()
	data, err := h.Disk.Bytes(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return int64(len(data))
}

// testPages loses and misplaces whole pages. The engine may take the loss of pages
// of the very last block for an unfinished append; nothing else may be missing,
// and nothing may read differently.
func testPages(t *testing.T, h Harness) {
	whole, a := written(t, h)
	shorter := a.fork()
	shorter.chain = shorter.chain[:len(shorter.chain)-1]
	rng := rand.New(rand.NewPCG(31, 1))
	names := whole.Disk.Names()
	var detected int
	for i := range pagesMax {
		fork := whole.Fork()
		to, data := randomPage(t, rng, fork, names)
		if i%3 == 0 {
			clear(data)
		} else {
			_, data = randomPage(t, rng, fork, names)
		}
		if err := fork.Disk.Overwrite(to.name, to.off, data[:min(int64(len(data)), to.size)]); err != nil {
			t.Fatal(err)
		}
		err := inspect(fork, a)
		if err == nil {
			continue
		}
		if errors.Is(err, journal.ErrCorrupt) {
			detected++
			continue
		}
		if err := inspect(fork, shorter); err != nil && !errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("damage %d at %+v: %v", i, to, err)
		}
	}
	if detected == 0 {
		t.Error("no damage was detected: the test damaged nothing that matters")
	}
}

// place is a page of a file.
type place struct {
	name      string
	off, size int64
}

func randomPage(t tester, rng *rand.Rand, h Harness, names []string) (place, []byte) {
	t.Helper()
	name := names[rng.IntN(len(names))]
	data, err := h.Disk.Bytes(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	off := rng.Int64N(int64(len(data))/pageBytes+1) * pageBytes
	off = min(off, max(0, int64(len(data))-pageBytes))
	size := min(pageBytes, int64(len(data))-off)
	return place{name, off, size}, data[off : off+size]
}

// testReadFlips turns a bit of each read in turn. Reading must fail or be right, and
// what opening writes must not make the wrong bit last.
func testReadFlips(t *testing.T, h Harness) {
	whole, a := written(t, h)
	for nth := 1; ; nth++ {
		var struck bool
		for _, bit := range []int64{0, 37, 8 * 1_000, 8*4_096 + 1, 8*4_096 + 8*16, 8*4_096 + 8*500} {
			fork := whole.Fork()
			fork.Disk.Inject(faultfs.Fault{Op: faultfs.OpRead, Nth: nth, Flip: true, Bit: bit})
			before := fork.Disk.Ops()
			if err := inspect(fork, a); err != nil && !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("read %d, bit %d: %v", nth, bit, err)
			}
			struck = struck || fork.Disk.Ops()-before >= nth
			fork.Disk.Crash(uint64(nth))
			if err := inspect(fork, a); err != nil {
				t.Fatalf("read %d, bit %d: the wrong bit was written: %v", nth, bit, err)
			}
		}
		if !struck {
			return
		}
	}
}

// testReadFailures lets each read fail. The error is the device's, not corruption,
// and the next try finds everything.
func testReadFailures(t *testing.T, h Harness) {
	whole, a := written(t, h)
	for nth := 1; ; nth++ {
		fork := whole.Fork()
		fork.Disk.Inject(faultfs.Fault{Op: faultfs.OpRead, Nth: nth, Err: faultfs.EIO})
		err := inspect(fork, a)
		if err == nil {
			if nth == 1 {
				t.Fatal("no read failed: the test struck nothing")
			}
			return
		}
		if !errors.Is(err, faultfs.EIO) || errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("read %d: got %v, want EIO", nth, err)
		}
		fork.Disk.Kill()
		if err := inspect(fork, a); err != nil {
			t.Fatalf("read %d failed once: afterwards %v", nth, err)
		}
	}
}

// testMissingFiles takes each file away. Only the last blocks can be missed without
// anyone knowing: that takes a second copy elsewhere.
func testMissingFiles(t *testing.T, h Harness) {
	whole, a := written(t, h)
	var detected int
	for _, name := range whole.Disk.Names() {
		fork := whole.Fork()
		if err := fork.Disk.Remove(name); err != nil {
			t.Fatal(err)
		}
		err := inspect(fork, a)
		if errors.Is(err, journal.ErrCorrupt) {
			detected++
			continue
		}
		for n := range a.chain { // a prefix of the chain, never another chain
			prefix := a.fork()
			prefix.chain = prefix.chain[:n]
			if err = errors.Join(err, nil); err == nil || inspect(fork, prefix) == nil {
				err = nil
				break
			}
		}
		if err != nil {
			t.Fatalf("without %s: %v", name, fmt.Errorf("neither corrupt nor a prefix: %w", err))
		}
	}
	if detected == 0 {
		t.Error("no missing file was detected")
	}
}
