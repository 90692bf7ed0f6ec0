package backup

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"time"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
)

// What was backed up in pieces comes back whole at every height, with the files
// there were and the newest keys.
func TestRestoreToAnyHeight(t *testing.T) {
	h := newHouse(t, 300)
	h.take(Full, 100)
	h.file("bank001/20260303/B01.txt", "the next day")
	h.take(Incremental, 180)
	h.take(Incremental, 180) // nothing happened
	h.keys["0000000000000.keys"] = "a key was destroyed"
	h.take(Incremental, 240)
	h.take(Full, 260)
	last := h.take(Incremental, 300)
	if last.Base != 5 || last.From != 261 || last.Head.Height != 300 {
		t.Fatalf("the last archive is %+v", last.Manifest)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		height := 1 + rng.Uint64N(300)
		number := uint64(0)
		if height <= 240 && rng.IntN(2) == 0 {
			number = 4 // by the first family
		}
		r, got, err := h.restore(Restore{Height: height, Number: number, KeyIdentities: h.keeper})
		if err == nil {
			err = same(got.blocks, h.blocks, height)
		}
		if err != nil {
			t.Fatalf("height %d: %v", height, err)
		}
		if r.Height != height || r.Keys != 6 || got.files["keys 0000000000000.keys"] != "a key was destroyed" {
			t.Fatalf("height %d: %+v, %v", height, r, got.files)
		}
	}
	r, got, err := h.restore(Restore{})
	if err != nil || r.Root != rootAt(300) || r.Number != 6 || r.Digest != last.Digest || r.Keys != 0 || got.files["files bank001/20260303/B01.txt"] != "the next day" || r.Fence != 1 {
		t.Errorf("newest: %+v, %v, %v", r, got.files, err)
	}
	if _, _, err := h.restore(Restore{Height: 301}); !errors.Is(err, ErrHeight) {
		t.Errorf("above the head: %v", err)
	}
	if _, _, err := h.restore(Restore{Number: 7}); !errors.Is(err, ErrMissing) {
		t.Errorf("an archive that is not there: %v", err)
	}
}

// A full archive carries the newest snapshot not above its head.
func TestSnapshotComesAlong(t *testing.T) {
	h := newHouse(t, 50)
	o := h.order(Full, 40)
	o.Snapshot = opening(33, "image of 33")
	if _, err := h.folder.Take(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if r, got, err := h.restore(Restore{}); err != nil || r.Snapshot != 33 || got.files["snapshot 33"] != "image of 33" {
		t.Errorf("%+v, %v, %v", r, got.files, err)
	}
	if r, got, err := h.restore(Restore{Height: 32}); err != nil || r.Snapshot != 0 || len(got.files) != 2 {
		t.Errorf("below it: %+v, %v, %v", r, got.files, err)
	}
	o = h.order(Full, 20)
	o.Snapshot = opening(33, "image of 33")
	a, err := h.folder.Take(t.Context(), o)
	if _, there := a.Part(Snapshot); err != nil || there || !a.Parted {
		t.Errorf("above the head it was taken along: %+v, %v", a.Manifest, err)
	}
}

// An incremental archive holds what is new and nothing else.
func TestIncrementalHoldsWhatIsNew(t *testing.T) {
	h := newHouse(t, 60)
	if _, err := h.folder.Take(t.Context(), h.order(Incremental, 10)); !errors.Is(err, ErrNoFull) {
		t.Errorf("without a full one: %v", err)
	}
	h.take(Full, 50)
	a := h.take(Incremental, 50)
	if _, there := a.Part(Files); there || a.Files != 2 {
		t.Errorf("unchanged files were copied again: %+v", a.Parts)
	}
	if _, there := a.Part(Blocks); there || a.From != 51 {
		t.Errorf("blocks were copied again: %+v", a.Parts)
	}
	h.now = h.now.Add(time.Minute)
	h.file("day/20260302/jsmx.dbf", "rows of the clearing house, corrected")
	delete(h.files, "bank001/20260302/B01.txt")
	a = h.take(Incremental, 60)
	p, there := a.Part(Files)
	if !there || a.Files != 1 {
		t.Fatalf("%+v", a.Manifest)
	}
	_, got, err := h.restore(Restore{})
	if err != nil || got.files["files day/20260302/jsmx.dbf"] != "rows of the clearing house, corrected" || got.files["files bank001/20260302/B01.txt"] == "" {
		t.Errorf("%s: %v, %v", p.Name, got.files, err)
	}
}

// A journal that is not a continuation is not added to the archive before.
func TestPartedJournal(t *testing.T) {
	h := newHouse(t, 60)
	h.take(Full, 50)
	common := h.blocks
	h.blocks = chainOf(t, 80, "another")
	if _, err := h.folder.Take(t.Context(), h.order(Incremental, 60)); !errors.Is(err, ErrParted) {
		t.Errorf("another history: %v", err)
	}
	h.blocks = chainOf(t, 80, "another")
	if _, err := h.folder.Take(t.Context(), h.order(Incremental, 40)); !errors.Is(err, ErrParted) {
		t.Errorf("a shorter one: %v", err)
	}
	if a := h.take(Full, 55); !a.Parted {
		t.Error("a full archive does not say that the journal parted")
	}
	if _, _, err := h.restore(Restore{Height: 58}); !errors.Is(err, ErrHeight) {
		t.Errorf("a height of neither: %v", err)
	}
	_, got, err := h.restore(Restore{Height: 50, Number: 1})
	if err == nil {
		err = same(got.blocks, common, 50)
	}
	if err != nil {
		t.Errorf("the old history by its number: %v", err)
	}
	if _, got, err = h.restore(Restore{Height: 50}); err != nil || same(got.blocks, h.blocks, 50) != nil {
		t.Errorf("the newest history: %v", err)
	}
}

// Power cuts at every operation of a run leave the archives of before, or the new
// one whole, and the next run goes on.
func TestCrashEverywhere(t *testing.T) {
	whole := newHouse(t, 40)
	whole.take(Full, 20)
	before := whole.disk.Ops()
	whole.take(Incremental, 40)
	ops := whole.disk.Ops() - before
	if ops < 20 {
		t.Fatalf("a run of %d operations proves little", ops)
	}
	for nth := 1; nth <= ops; nth++ {
		h := newHouse(t, 40)
		h.take(Full, 20)
		h.disk.Inject(faultfs.Fault{Op: faultfs.OpAny, Nth: nth, Halt: true})
		_, err := h.folder.Take(t.Context(), h.order(Incremental, 40))
		h.disk.Crash(uint64(nth))
		chain := h.chain()
		if len(chain) != 1 && len(chain) != 2 || err == nil && len(chain) != 2 {
			t.Fatalf("operation %d: %d archives, %v", nth, len(chain), err)
		}
		for i := range chain {
			if err := h.folder.Check(t.Context(), &chain[i], nil); err != nil {
				t.Fatalf("operation %d: archive %d looks whole and is not: %v", nth, i+1, err)
			}
		}
		if len(chain) == 1 {
			h.take(Incremental, 40)
		}
		if _, got, err := h.restore(Restore{}); err != nil || same(got.blocks, h.blocks, 40) != nil {
			t.Fatalf("operation %d: after the next run: %v", nth, err)
		}
	}
}

// A disk that is full, or does not sync, gives an error and no archive.
func TestDiskTrouble(t *testing.T) {
	for name, trouble := range map[string]func(*house){
		"full":        func(h *house) { h.disk.SetRoom(int64(sizeOf(t, h.disk) + 3000)) },
		"at once":     func(h *house) { h.disk.SetRoom(0) },
		"sync":        func(h *house) { h.disk.Inject(faultfs.Fault{Op: faultfs.OpSync, Nth: 2, Err: faultfs.EIO}) },
		"sync folder": func(h *house) { h.disk.Inject(faultfs.Fault{Op: faultfs.OpSyncDir, Err: faultfs.EIO}) },
		"rename":      func(h *house) { h.disk.Inject(faultfs.Fault{Op: faultfs.OpRename, Err: faultfs.EIO}) },
		"short write": func(h *house) {
			h.disk.Inject(faultfs.Fault{Op: faultfs.OpWrite, Nth: 3, Err: faultfs.ENOSPC, Keep: 10})
		},
	} {
		h := newHouse(t, 200)
		h.take(Full, 20)
		trouble(h)
		_, err := h.folder.Take(t.Context(), h.order(Incremental, 200))
		if err == nil || (name == "full" || name == "short write") && !durable.IsFull(err) {
			t.Errorf("%s: %v", name, err)
		}
		h.disk.SetRoom(-1)
		h.disk.Clear()
		if got := len(h.chain()); got != 1 {
			t.Errorf("%s: %d archives", name, got)
		}
		h.take(Incremental, 200)
		if _, got, err := h.restore(Restore{}); err != nil || same(got.blocks, h.blocks, 200) != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
	}
}

func sizeOf(t *testing.T, disk *faultfs.FS) (sum int) {
	for _, data := range image(t, disk) {
		sum += len(data)
	}
	return sum
}

// Who is in the folder twice, or writes over a name, is refused.
func TestOneWriter(t *testing.T) {
	h := newHouse(t, 10)
	lock, err := h.folder.lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.folder.Take(t.Context(), h.order(Full, 10)); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second writer: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	a := h.take(Full, 10)
	if err := h.folder.put(manifestName(1), []byte("x")); !errors.Is(err, ErrTaken) {
		t.Errorf("written over: %v", err)
	}
	if _, err := h.folder.newPart(t.Context(), a.Parts[0], h.readers, nil); !errors.Is(err, ErrTaken) {
		t.Errorf("a part written over: %v", err)
	}
	other := newHouse(t, 10)
	other.folder, other.sign = h.folder, h.sign
	o := other.order(Full, 10)
	o.Cell = 2
	if _, err := other.folder.Take(t.Context(), o); !errors.Is(err, ErrParted) {
		t.Errorf("another cell: %v", err)
	}
}

// What lies behind the head is not copied, and a head that the journal does not
// have is an error.
func TestHeadIsTheJournals(t *testing.T) {
	h := newHouse(t, 30)
	o := h.order(Full, 30)
	o.Head.Hash = journal.Hash{1}
	if _, err := h.folder.Take(t.Context(), o); !errors.Is(err, ErrParted) {
		t.Errorf("another hash: %v", err)
	}
	o = h.order(Full, 30)
	o.Blocks = h.blocks[:25]
	if _, err := h.folder.Take(t.Context(), o); !errors.Is(err, ErrParted) {
		t.Errorf("a shorter journal: %v", err)
	}
	if a := h.take(Full, 0); a.Head.Height != 0 || a.From != 1 {
		t.Errorf("an empty journal: %+v", a.Manifest)
	}
	h.take(Incremental, 12)
	if _, got, err := h.restore(Restore{}); err != nil || same(got.blocks, h.blocks, 12) != nil {
		t.Errorf("%v", err)
	}
}

// A run that is asked to stop stops, and a pace holds it back.
func TestPaceAndStop(t *testing.T) {
	h := newHouse(t, 100)
	var slept time.Duration
	o := h.order(Full, 100)
	o.Pace = &Pace{BytesPerSecond: 10_000, Sleep: func(_ context.Context, d time.Duration) error { slept += d; return nil }}
	a, err := h.folder.Take(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Duration(a.Bytes()) * time.Second / 10_000
	if slept < want*9/10 || slept > want*11/10 {
		t.Errorf("held back %v for %d bytes at 10,000 a second, want about %v", slept, a.Bytes(), want)
	}
	ctx, stop := context.WithCancel(t.Context())
	o = h.order(Incremental, 100)
	o.Blocks = stopping{h.blocks, stop}
	if _, err := h.folder.Take(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("after being asked to stop: %v", err)
	}
	if len(h.chain()) != 1 {
		t.Error("a stopped run left an archive")
	}
}

type stopping struct {
	memory
	stop context.CancelFunc
}

func (s stopping) Read(from uint64, fn func(*journal.Block) error) error {
	s.stop()
	return s.memory.Read(from, fn)
}

// A second folder gets the same bytes, goes on after a crash, and takes nothing
// that differs.
func TestMirror(t *testing.T) {
	h := newHouse(t, 60)
	h.take(Full, 20)
	h.take(Incremental, 40)
	far := &Folder{FS: diskOf(t, nil), Dir: "far"}
	for nth := 1; ; nth++ {
		disk := diskOf(t, nil)
		far.FS = disk
		disk.Inject(faultfs.Fault{Op: faultfs.OpAny, Nth: nth, Halt: true})
		_, err := far.Mirror(t.Context(), h.folder, h.signers(), nil)
		disk.Crash(uint64(nth))
		chain, chainErr := far.Chain(h.signers())
		if chainErr != nil {
			t.Fatalf("operation %d: %v", nth, chainErr)
		}
		for i := range chain {
			if err := far.Check(t.Context(), &chain[i], nil); err != nil {
				t.Fatalf("operation %d: %v", nth, err)
			}
		}
		if _, again := far.Mirror(t.Context(), h.folder, h.signers(), nil); again != nil {
			t.Fatalf("operation %d: the next time: %v", nth, again)
		}
		for name, data := range image(t, h.disk) {
			if got, err := disk.Bytes(name); name != "far/"+lockName && (err != nil || string(got) != string(data)) {
				t.Fatalf("operation %d: %s differs, %v", nth, name, err)
			}
		}
		if err == nil {
			break
		}
	}
	h.take(Incremental, 60)
	if n, err := far.Mirror(t.Context(), h.folder, h.signers(), nil); n != 1 || err != nil {
		t.Errorf("one more: %d, %v", n, err)
	}
	if _, err := (&Folder{FS: h.disk, Dir: "far"}).Mirror(t.Context(), &Folder{FS: diskOf(t, nil), Dir: "far"}, h.signers(), nil); !errors.Is(err, ErrRolledBack) {
		t.Errorf("from a folder that lost everything: %v", err)
	}
	other := newHouse(t, 60)
	other.sign = h.sign
	other.take(Full, 20)
	other.take(Incremental, 40)
	other.take(Incremental, 60)
	if _, err := far.Mirror(t.Context(), other.folder, h.signers(), nil); !errors.Is(err, ErrTampered) {
		t.Errorf("from another house: %v", err)
	}
}

// The limits of names and files hold.
func TestFilesThatCannotBe(t *testing.T) {
	h := newHouse(t, 5)
	h.files = fstest.MapFS{`a\b`: &fstest.MapFile{Data: []byte("x")}}
	if _, err := h.folder.Take(t.Context(), h.order(Full, 5)); err == nil {
		t.Error("a name that no other system takes was taken")
	}
	h.files = fstest.MapFS{"f.tmp": &fstest.MapFile{Data: []byte("unfinished")}}
	if a := h.take(Full, 5); a.Files != 0 {
		t.Error("an unfinished file was taken")
	}
	for name, want := range map[string]bool{"a/b": true, "../a": false, "/a": false, ".": false, "": false, "a//b": false, "a b": true} {
		if goodName(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
}

// Recipients of both groups are apart, and a secret key is noticed.
func TestRecipients(t *testing.T) {
	h := newHouse(t, 5)
	o := h.order(Full, 5)
	o.KeyRecipients = h.readers
	if _, err := h.folder.Take(t.Context(), o); !errors.Is(err, ErrRecipients) {
		t.Errorf("the same recipients for both: %v", err)
	}
	many := make([]string, recipientsMax+1)
	for name, list := range map[string][]string{
		"none": nil, "nonsense": {"age1xyz"}, "a secret": {"AGE-SECRET-KEY-1QQQ"}, "twice": {h.readers.names[0], h.readers.names[0]}, "many": many,
	} {
		if _, err := ParseRecipients(list); !errors.Is(err, ErrRecipients) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One part after the other is compared, and none is left out.
func TestScrub(t *testing.T) {
	h := newHouse(t, 100)
	h.take(Full, 60)
	h.take(Incremental, 100)
	chain := h.chain()
	parts := len(chain[0].Parts) + len(chain[1].Parts)
	for i := range chain {
		for _, p := range chain[i].Parts {
			if err := h.disk.FlipBit("far/"+p.Name, 0); err != nil {
				t.Fatal(err)
			}
			found := 0
			for n := range uint64(parts) {
				if err := h.folder.Scrub(t.Context(), chain, n, nil); errors.Is(err, ErrTampered) {
					found++
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if found != 1 {
				t.Errorf("%s: found %d times", p.Name, found)
			}
			if err := h.disk.FlipBit("far/"+p.Name, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.folder.Scrub(t.Context(), nil, 3, nil); err != nil {
		t.Errorf("nothing to compare: %v", err)
	}
}

// A folder that is not there is not made.
func TestFolderIsNotMade(t *testing.T) {
	h := newHouse(t, 5)
	h.folder.Dir = "not/mounted"
	if _, err := h.folder.Take(t.Context(), h.order(Full, 5)); !errors.Is(err, ErrFolder) {
		t.Errorf("taken: %v", err)
	}
	if _, err := h.folder.Mirror(t.Context(), h.folder, h.signers(), nil); !errors.Is(err, ErrFolder) {
		t.Errorf("copied: %v", err)
	}
	if _, err := h.folder.Chain(h.signers()); !errors.Is(err, ErrFolder) {
		t.Errorf("read: %v", err)
	}
	if names := h.disk.Names(); len(names) != 0 {
		t.Errorf("made %v", names)
	}
}

// What is asked for by time ends with the last block that is not later.
func TestRestoreToAnyMoment(t *testing.T) {
	h := newHouse(t, 120) // block n has the time n
	h.take(Full, 40)
	h.take(Incremental, 80)
	h.take(Full, 100)
	h.take(Incremental, 120)
	for until := int64(1); until <= 125; until++ {
		want := min(uint64(until), 120)
		r, got, err := h.restore(Restore{Until: until})
		if err == nil {
			err = same(got.blocks, h.blocks, want)
		}
		if err != nil || r.Height != want || (r.Root != journal.Hash{}) != (want == 40 || want == 80 || want == 100 || want == 120) {
			t.Fatalf("moment %d: %+v, %v", until, r, err)
		}
	}
	if _, _, err := h.restore(Restore{Until: 50, Height: 50}); !errors.Is(err, ErrHeight) {
		t.Errorf("a height and a moment: %v", err)
	}
	h.blocks = chainOf(t, 60, "another")
	h.take(Full, 60)
	if _, got, err := h.restore(Restore{Until: 90}); err != nil || same(got.blocks, h.blocks, 60) != nil {
		t.Errorf("behind a parted history: %v", err)
	}
}
