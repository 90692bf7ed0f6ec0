package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

// sealed seals n blocks of random sizes that continue a chain.
func sealed(t *testing.T, rng *rand.Rand, head journal.Position, n int) []journal.Block {
	t.Helper()
	var all []journal.Block
	for range n {
		var sealer journal.Sealer
		body := make([]byte, []int{4, 100, 3000, 5000, 9000}[rng.IntN(5)])
		for i := range body {
			body[i] = byte(rng.IntN(3)) // sectors of zeros are rare, bytes of zero are not
		}
		body[0], body[1], body[2], body[3] = byte(len(body)), byte(len(body)>>8), 0, 0
		b, err := sealer.Seal(journal.Header{Kind: journal.SHA256, Cell: 7, Epoch: 3, Height: head.Height + 1, Time: head.Time + 1, Previous: head.Hash}, body)
		if err != nil {
			t.Fatal(err)
		}
		head = b.Position()
		all = append(all, *b.Clone())
	}
	return all
}

// batches is a day of a copying centre: batches and single blocks over several
// segments. It returns what was acknowledged, and everything that was ever sealed.
func batches(t *testing.T, fsys *faultfs.FS, seed uint64) (acked int, all []journal.Block, err error) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 3))
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 64 << 10})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	head := journal.Position{Cell: 7}
	for range 8 {
		next := sealed(t, rng, head, 1+rng.IntN(6))
		all = append(all, next...)
		if rng.IntN(3) == 0 {
			for i := range next {
				if err := e.Append(&next[i]); err != nil {
					return acked, all, err
				}
				acked++
			}
		} else {
			if err := e.AppendAll(next); err != nil {
				return acked, all, err
			}
			acked += len(next)
		}
		head = next[len(next)-1].Position()
	}
	return acked, all, nil
}

// The power is cut at every operation of several days, in several ways: every block
// that was acknowledged is there, what is there is what was sealed, and the
// journal goes on.
func TestPowerCutsInBatches(t *testing.T) {
	const days, ways = 3, 6
	for day := range uint64(days) {
		whole := faultfs.New()
		if _, _, err := batches(t, whole, day); err != nil {
			t.Fatal(err)
		}
		for nth := 1; nth < whole.Ops(); nth++ {
			for way := range uint64(ways) {
				fsys := faultfs.New()
				fsys.Inject(faultfs.Fault{Nth: nth, Halt: true})
				acked, all, err := batches(t, fsys, day)
				if !errors.Is(err, faultfs.ErrCrashed) {
					t.Fatalf("day %d operation %d: ended with %v", day, nth, err)
				}
				if way == 0 {
					fsys.Kill()
				} else {
					fsys.Crash(way)
				}
				recovered(t, fsys, acked, all, fmt.Sprintf("day %d operation %d way %d", day, nth, way))
				fsys.Crash(way) // what opening showed is durable
				recovered(t, fsys, acked, all, fmt.Sprintf("day %d operation %d way %d, again", day, nth, way))
			}
		}
	}
}

// recovered opens a journal after a crash and goes on with it.
func recovered(t *testing.T, fsys *faultfs.FS, acked int, all []journal.Block, when string) {
	t.Helper()
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 64 << 10})
	if err != nil {
		t.Fatalf("%s: open: %v", when, err)
	}
	defer e.Close()
	n := 0
	if err := e.Read(1, func(b *journal.Block) error {
		if n >= len(all) {
			return errors.New("a block that nobody sealed")
		}
		if !bytes.Equal(b.AppendTo(nil), all[n].AppendTo(nil)) {
			return fmt.Errorf("block %d differs", n+1)
		}
		n++
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if n < acked {
		t.Fatalf("%s: %d blocks, %d were acknowledged", when, n, acked)
	}
	if n < len(all) {
		if err := e.Append(&all[n]); err != nil {
			t.Fatalf("%s: go on: %v", when, err)
		}
	}
}

// A failed sync may have kept nothing while the cache shows everything: opening
// writes every block of the batch again.
func TestFailedSyncOfABatch(t *testing.T) {
	for _, persist := range []bool{false, true} {
		for seed := range uint64(40) {
			fsys := faultfs.New()
			rng := rand.New(rand.NewPCG(seed, 9))
			e, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			first := sealed(t, rng, journal.Position{Cell: 7}, 3)
			if err := e.AppendAll(first); err != nil {
				t.Fatal(err)
			}
			more := sealed(t, rng, first[2].Position(), 5)
			fsys.Inject(faultfs.Fault{Op: faultfs.OpSync, Nth: 2, Err: faultfs.EIO, Persist: persist})
			if err := e.AppendAll(more); !errors.Is(err, journal.ErrPoisoned) {
				t.Fatalf("the sync failed and the batch was answered with %v", err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			all := append(first, more...)
			e, _, err = disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			head, err := e.Head()
			if err != nil || head.Height < 3 {
				t.Fatalf("opened at %v, %v", head, err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			fsys.Crash(seed)
			recovered(t, fsys, int(head.Height), all, fmt.Sprintf("persist %v seed %d", persist, seed))
		}
	}
}

// Damage to a block that was acknowledged is found as ever once something stands
// behind its batch, and a batch that continues nothing is refused whole.
func TestBatchHidesNoDamage(t *testing.T) {
	fsys := faultfs.New()
	rng := rand.New(rand.NewPCG(1, 1))
	o := disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 1 << 20}
	e, _, err := disk.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	all := sealed(t, rng, journal.Position{Cell: 7}, 6)
	if err := e.AppendAll(all[:5]); err != nil {
		t.Fatal(err)
	}
	if err := e.AppendAll([]journal.Block{all[5], all[5]}); !errors.Is(err, journal.ErrHeight) {
		t.Fatalf("a batch with a block twice: %v", err)
	}
	if head, err := e.Head(); err != nil || head.Height != 5 {
		t.Fatalf("after the refusal the head is %v, %v", head, err)
	}
	if err := e.Append(&all[5]); err != nil {
		t.Fatal(err)
	}
	fsys.Kill() // the announcement of the batch stays
	if err := fsys.Overwrite("j/00000000000000000001.seg", 4096, make([]byte, 512)); err != nil {
		t.Fatal(err)
	}
	if e, _, err := disk.Open(o); !errors.Is(err, journal.ErrCorrupt) {
		t.Fatalf("a lost sector of an acknowledged block was opened: %v, %v", e, err)
	}
}

// FuzzBatch: whatever a file of announcements holds, the journal behind it opens
// with everything that stands whole.
func FuzzBatch(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 512))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 512 {
			return
		}
		fsys := faultfs.New()
		o := disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: 64 << 10}
		e, _, err := disk.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		all := sealed(t, rand.New(rand.NewPCG(1, 2)), journal.Position{Cell: 7}, 4)
		if err := e.AppendAll(all); err != nil {
			t.Fatal(err)
		}
		fsys.Kill()
		old, err := fsys.Bytes("j/batch")
		if err != nil {
			t.Fatal(err)
		}
		if err := fsys.Overwrite("j/batch", 0, append(raw, old[len(raw):]...)); err != nil {
			t.Fatal(err)
		}
		recovered(t, fsys, 4, all, "with another announcement")
	})
}
