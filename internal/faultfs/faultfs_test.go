package faultfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
)

const seeds = 400 // enough that every fate of a crash is drawn many times

func create(t testing.TB, fsys durable.FS, name string) durable.File {
	t.Helper()
	f, err := fsys.Open(name, durable.Create)
	must(t, err)
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, f durable.File, off int64, data []byte) {
	t.Helper()
	_, err := f.WriteAt(data, off)
	must(t, err)
}

// TestCrashKeepsWhatWasSynced also shows that the rest is sometimes kept,
// sometimes lost and sometimes torn: a crash that is too kind proves nothing.
func TestCrashKeepsWhatWasSynced(t *testing.T) {
	origin := faultfs.New()
	f := create(t, origin, "j")
	must(t, f.Allocate(32<<10))
	synced := bytes.Repeat([]byte{1}, 4096)
	write(t, f, 0, synced)
	must(t, f.Sync())
	must(t, origin.SyncDir("."))
	fresh := bytes.Repeat([]byte{2}, 16<<10)
	write(t, f, 4096, fresh)

	var kept, lost, tornPage, reordered int
	for seed := range uint64(seeds) {
		fork := origin.Fork()
		fork.Crash(seed)
		got, err := fork.Bytes("j")
		must(t, err)
		if len(got) != 32<<10 || !bytes.Equal(got[:4096], synced) {
			t.Fatalf("seed %d: synced bytes are gone", seed)
		}
		tail := got[4096 : 4096+len(fresh)]
		switch {
		case bytes.Equal(tail, fresh):
			kept++
		case bytes.Count(tail, []byte{2}) == 0:
			lost++
		case tail[0] == 0:
			reordered++
		default:
			if sum := bytes.Count(tail[:4096], []byte{2}); sum != 0 && sum != 4096 {
				tornPage++
			}
		}
		if bytes.Count(tail, []byte{2})%512 != 0 {
			t.Fatalf("seed %d: a sector is torn", seed)
		}
	}
	if kept == 0 || lost == 0 || tornPage == 0 || reordered == 0 {
		t.Errorf("kept %d, lost %d, torn %d, reordered %d: every fate must come up", kept, lost, tornPage, reordered)
	}
}

func TestCrashRepeatsBySeed(t *testing.T) {
	origin := faultfs.New()
	f := create(t, origin, "j")
	write(t, f, 0, bytes.Repeat([]byte{7}, 20_000))
	must(t, origin.SyncDir("."))
	for seed := range uint64(50) {
		one, two := origin.Fork(), origin.Fork()
		one.Crash(seed)
		two.Crash(seed)
		a, errA := one.Bytes("j")
		b, errB := two.Bytes("j")
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("seed %d gives two results", seed)
		}
	}
}

// TestNamesNeedSyncDir replaces a file without and with syncing the directory.
func TestNamesNeedSyncDir(t *testing.T) {
	origin := faultfs.New()
	must(t, durable.ReplaceFile(origin, "note", []byte("old")))
	f := create(t, origin, "note.tmp")
	write(t, f, 0, []byte("new"))
	must(t, f.Sync())
	must(t, origin.Rename("note.tmp", "note"))
	seen := map[string]int{}
	for seed := range uint64(seeds) {
		fork := origin.Fork()
		fork.Crash(seed)
		got, err := fork.Bytes("note")
		must(t, err)
		seen[string(got)]++
	}
	if seen["old"] == 0 || seen["new"] == 0 || len(seen) != 2 {
		t.Errorf("an unsynced rename gives %v, want old and new", seen)
	}
	must(t, origin.SyncDir("."))
	origin.Crash(1)
	if got, err := origin.Bytes("note"); err != nil || string(got) != "new" {
		t.Errorf("a synced rename gives %q, %v", got, err)
	}
}

func TestRemovedNameMayComeBack(t *testing.T) {
	origin := faultfs.New()
	must(t, durable.ReplaceFile(origin, "note", []byte("old")))
	must(t, origin.Remove("note"))
	var back int
	for seed := range uint64(seeds) {
		fork := origin.Fork()
		fork.Crash(seed)
		back += len(fork.Names())
	}
	if back == 0 || back == seeds {
		t.Errorf("the removed file is back in %d of %d crashes", back, seeds)
	}
}

// TestFailedSync shows both halves of an unknown outcome, and that syncing again
// says yes to data that are not there.
func TestFailedSync(t *testing.T) {
	for _, persist := range []bool{false, true} {
		fsys := faultfs.New()
		f := create(t, fsys, "j")
		must(t, fsys.SyncDir("."))
		write(t, f, 0, []byte("data"))
		fsys.Inject(faultfs.Fault{Op: faultfs.OpSync, Err: faultfs.EIO, Persist: persist})
		if err := f.Sync(); !errors.Is(err, faultfs.EIO) {
			t.Fatalf("got %v, want EIO", err)
		}
		must(t, f.Sync())
		if got, err := fsys.Bytes("j"); err != nil || string(got) != "data" {
			t.Errorf("the program sees %q, %v: the cache still has the data", got, err)
		}
		fsys.Crash(3)
		got, err := fsys.Bytes("j")
		must(t, err)
		if kept := string(got) == "data"; kept != persist {
			t.Errorf("persist %v: disk holds %q", persist, got)
		}
	}
}

func TestFailedSyncDir(t *testing.T) {
	for _, persist := range []bool{false, true} {
		fsys := faultfs.New()
		create(t, fsys, "j")
		fsys.Inject(faultfs.Fault{Op: faultfs.OpSyncDir, Err: faultfs.EIO, Persist: persist})
		if err := fsys.SyncDir("."); !errors.Is(err, faultfs.EIO) {
			t.Fatalf("got %v, want EIO", err)
		}
		must(t, fsys.SyncDir("."))
		fsys.Crash(3)
		if kept := len(fsys.Names()) == 1; kept != persist {
			t.Errorf("persist %v: disk holds %v", persist, fsys.Names())
		}
	}
}

func TestLyingSync(t *testing.T) {
	fsys := faultfs.New()
	f := create(t, fsys, "j")
	must(t, fsys.SyncDir("."))
	write(t, f, 0, []byte("data"))
	fsys.Inject(faultfs.Fault{Op: faultfs.OpSync, Lie: true})
	must(t, f.Sync())
	fsys.Crash(0)
	if got, err := fsys.Bytes("j"); err != nil || bytes.Contains(got, []byte("data")) {
		t.Errorf("the lying disk kept %q, %v", got, err)
	}
}

func TestFaultsStrike(t *testing.T) {
	fsys := faultfs.New()
	f := create(t, fsys, "j")
	g := create(t, fsys, "other")
	fsys.Inject(faultfs.Fault{Op: faultfs.OpWrite, Name: "j*", Nth: 2, Err: faultfs.ENOSPC, Keep: 2})
	write(t, g, 0, []byte("xx"))
	write(t, f, 0, []byte("aaaa"))
	if n, err := f.WriteAt([]byte("bbbb"), 0); n != 2 || !errors.Is(err, faultfs.ENOSPC) {
		t.Errorf("got %d, %v, want a short write of 2", n, err)
	}
	write(t, f, 3, []byte("c"))
	got, err := fsys.Bytes("j")
	must(t, err)
	if string(got) != "bbac" {
		t.Errorf("file holds %q, want bbac", got)
	}
	fsys.Inject(faultfs.Fault{Op: faultfs.OpRead, Flip: true, Bit: 9})
	p := make([]byte, 2)
	if _, err := f.ReadAt(p, 0); err != nil || string(p) != "b`" {
		t.Errorf("got %q, %v, want bit 9 turned", p, err)
	}
	fsys.Inject(faultfs.Fault{Op: faultfs.OpAny, Sticky: true, Err: faultfs.EIO})
	for range 3 {
		if err := f.Sync(); !errors.Is(err, faultfs.EIO) {
			t.Errorf("got %v, want EIO each time", err)
		}
	}
	fsys.Clear()
	must(t, f.Sync())
}

// TestHalt stops the machine in the middle of a write, which may or may not
// reach the disk.
func TestHalt(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(seeds) {
		fsys := faultfs.New()
		f := create(t, fsys, "j")
		must(t, f.Sync())
		must(t, fsys.SyncDir("."))
		fsys.Inject(faultfs.Fault{Op: faultfs.OpWrite, Halt: true})
		if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, faultfs.ErrCrashed) {
			t.Fatalf("got %v, want ErrCrashed", err)
		}
		if err := f.Sync(); !errors.Is(err, faultfs.ErrCrashed) {
			t.Fatalf("after the halt: got %v, want ErrCrashed", err)
		}
		if _, err := fsys.List("."); !errors.Is(err, faultfs.ErrCrashed) {
			t.Fatalf("after the halt: got %v, want ErrCrashed", err)
		}
		fsys.Crash(seed)
		got, err := fsys.Bytes("j")
		must(t, err)
		seen[string(got)] = true
		if err := f.Sync(); !errors.Is(err, faultfs.ErrCrashed) {
			t.Fatalf("an old handle: got %v, want ErrCrashed", err)
		}
	}
	if !seen["x"] || !seen[""] {
		t.Errorf("the halted write gives %v, want both outcomes", seen)
	}
}

// TestHaltStopsEveryKind halts at each operation of a small life in turn.
func TestHaltStopsEveryKind(t *testing.T) {
	life := func(fsys *faultfs.FS) error {
		if err := fsys.MakeDir("d"); err != nil {
			return err
		}
		held, err := fsys.Lock("d/LOCK")
		if err != nil {
			return err
		}
		f, err := fsys.Open("d/a", durable.Create)
		if err != nil {
			return err
		}
		for _, do := range []func() error{
			func() error { return f.Allocate(10) },
			func() error { _, err := f.WriteAt([]byte("abc"), 0); return err },
			func() error { _, err := f.ReadAt(make([]byte, 3), 0); return err },
			func() error { return f.Truncate(3) },
			f.Sync,
			func() error { return fsys.Rename("d/a", "d/b") },
			func() error { return fsys.SyncDir("d") },
			func() error { _, err := fsys.List("d"); return err },
			func() error { return fsys.Remove("d/b") },
			held.Close,
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}
	calm := faultfs.New()
	must(t, life(calm))
	for nth := 1; nth <= calm.Ops(); nth++ {
		fsys := faultfs.New()
		fsys.Inject(faultfs.Fault{Nth: nth, Halt: true})
		if err := life(fsys); !errors.Is(err, faultfs.ErrCrashed) || fsys.Ops() != nth {
			t.Errorf("halt at %d: got %v after %d operations", nth, err, fsys.Ops())
		}
	}
}

func TestKillKeepsTheCache(t *testing.T) {
	fsys := faultfs.New()
	f := create(t, fsys, "j")
	write(t, f, 0, []byte("data"))
	_, err := fsys.Lock("LOCK")
	must(t, err)
	fsys.Kill()
	if got, err := fsys.Bytes("j"); err != nil || string(got) != "data" {
		t.Errorf("got %q, %v, want the unsynced data", got, err)
	}
	if _, err := fsys.Lock("LOCK"); err != nil {
		t.Errorf("the lock died with its holder: %v", err)
	}
}

func TestLockIsExclusive(t *testing.T) {
	fsys := faultfs.New()
	held, err := fsys.Lock("LOCK")
	must(t, err)
	if _, err := fsys.Lock("LOCK"); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	must(t, held.Close())
	again, err := fsys.Lock("LOCK")
	must(t, err)
	must(t, held.Close()) // a late close must not take the new holder's lock
	if _, err := fsys.Lock("LOCK"); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	must(t, again.Close())
}

func TestRoom(t *testing.T) {
	fsys := faultfs.New()
	fsys.SetRoom(100)
	f := create(t, fsys, "j")
	must(t, f.Allocate(90))
	write(t, f, 80, make([]byte, 20))
	for name, err := range map[string]error{
		"allocate": f.Allocate(101),
		"truncate": f.Truncate(101),
		"write":    func() error { _, err := f.WriteAt([]byte{1}, 100); return err }(),
	} {
		if !durable.IsFull(err) {
			t.Errorf("%s: got %v, want ENOSPC", name, err)
		}
	}
	if size, err := f.Size(); err != nil || size != 100 {
		t.Errorf("size %d, %v: a refused growth must change nothing", size, err)
	}
}

func TestDamageAtRest(t *testing.T) {
	fsys := faultfs.New()
	must(t, durable.ReplaceFile(fsys, "note", []byte{0, 0, 0}))
	must(t, fsys.FlipBit("note", 17))
	must(t, fsys.Overwrite("note", 0, []byte{9}))
	fsys.Crash(0)
	if got, err := fsys.Bytes("note"); err != nil || !bytes.Equal(got, []byte{9, 0, 2}) {
		t.Errorf("got %v, %v, want [9 0 2]", got, err)
	}
	if err := fsys.FlipBit("note", 24); err == nil {
		t.Error("a bit behind the end was turned")
	}
}

// TestTwins gives the same random operations to the machine's file system and to
// this one: without faults nobody can tell them apart.
func TestTwins(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		fake := faultfs.New()
		must(t, fake.MakeDir("d"))
		sides := []side{{durable.OS{}, dir, map[string]durable.File{}}, {fake, "d", map[string]durable.File{}}}
		defer func() {
			for _, f := range sides[0].open {
				must(t, f.Close())
			}
		}()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			s := step{
				op:   rapid.SampledFrom([]string{"create", "open", "write", "read", "truncate", "allocate", "rename", "remove", "list", "sync"}).Draw(rt, "op"),
				name: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "name"),
				size: rapid.Int64Range(0, 2_000).Draw(rt, "size"),
				fill: rapid.Byte().Draw(rt, "fill"),
			}
			if real, fake := sides[0].do(s), sides[1].do(s); real != fake {
				rt.Fatalf("%+v: the machine says %q, the fake %q", s, real, fake)
			}
		}
	})
}

type step struct {
	op, name string
	size     int64
	fill     byte
}

type side struct {
	fsys durable.FS
	dir  string
	open map[string]durable.File
}

// do runs one step and describes everything a program could see of it.
func (s side) do(step step) string {
	name := path.Join(s.dir, step.name)
	f := s.open[step.name]
	switch step.op {
	case "create", "open":
		mode := durable.Create
		if step.op == "open" {
			mode = durable.ReadWrite
		}
		opened, err := s.fsys.Open(name, mode)
		if err == nil {
			if f != nil {
				err = f.Close()
			}
			s.open[step.name] = opened
		}
		return kind(err)
	case "rename":
		return kind(s.fsys.Rename(name, path.Join(s.dir, "b")))
	case "remove":
		return kind(s.fsys.Remove(name))
	case "list":
		names, err := s.fsys.List(s.dir)
		return fmt.Sprint(names, kind(err))
	}
	if f == nil {
		return "not open"
	}
	var err error
	switch step.op {
	case "write":
		_, err = f.WriteAt(bytes.Repeat([]byte{step.fill}, int(step.size)/3), step.size)
	case "truncate":
		err = f.Truncate(step.size)
	case "allocate":
		err = f.Allocate(step.size + 1)
	case "sync":
		err = f.Sync()
	}
	data := make([]byte, 4_000)
	n, readErr := f.ReadAt(data, 0)
	size, sizeErr := f.Size()
	return fmt.Sprintf("%s %x %v %d %v", kind(err), data[:n], readErr == io.EOF, size, sizeErr)
}

func kind(err error) string {
	for _, known := range []error{fs.ErrNotExist, fs.ErrExist, durable.ErrLocked} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return "other error"
	}
	return "ok"
}

func TestTrace(t *testing.T) {
	fsys := faultfs.New()
	fsys.Trace()
	must(t, durable.ReplaceFile(fsys, "d", []byte("x")))
	want := []string{"remove d.tmp", "open d.tmp", "write d.tmp 0+1", "sync d.tmp", "rename d.tmp to d", "syncdir ."}
	if got := fsys.Trace(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fsys.Ops(); got != len(want) {
		t.Errorf("%d operations counted, want %d", got, len(want))
	}
}

// TestReplaceFileAtEveryStep cuts the power at every operation of ReplaceFile: the
// file has the old contents or the new, never anything else.
func TestReplaceFileAtEveryStep(t *testing.T) {
	for nth := 1; nth <= 7; nth++ {
		for seed := range uint64(60) {
			fsys := faultfs.New()
			must(t, durable.ReplaceFile(fsys, "note", bytes.Repeat([]byte("old"), 1_000)))
			fsys.Inject(faultfs.Fault{Nth: nth, Halt: true})
			replaced := durable.ReplaceFile(fsys, "note", bytes.Repeat([]byte("new!"), 1_000))
			fsys.Crash(seed)
			got, err := durable.ReadFile(fsys, "note", 1<<20)
			must(t, err)
			isOld, isNew := bytes.Equal(got, bytes.Repeat([]byte("old"), 1_000)), bytes.Equal(got, bytes.Repeat([]byte("new!"), 1_000))
			if !isOld && !isNew || replaced == nil && !isNew {
				t.Fatalf("halted at operation %d, seed %d: %d bytes that are neither, after %v", nth, seed, len(got), replaced)
			}
		}
	}
}
