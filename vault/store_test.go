package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
)

// wrapped makes a key whose bytes are recognisable and not zero.
func wrapped(client uint64, id, wrapping byte) WrappedKey {
	w := WrappedKey{Client: client, Master: uint32(wrapping), Suite: AES256GCM}
	for i := range w.Sealed {
		w.Sealed[i] = wrapping ^ byte(client) ^ byte(i*7) | 1
	}
	for i := range w.Nonce {
		w.Nonce[i] = wrapping + byte(client) + byte(i*5) | 1
	}
	for i := range w.KeyID {
		w.KeyID[i] = id + byte(i*3) | 1
	}
	return w
}

// TestStores runs the one suite that every KeyStore passes.
func TestStores(t *testing.T) {
	t.Run("memory", func(t *testing.T) { testStore(t, func() KeyStore { return &MemoryStore{} }) })
	t.Run("file", func(t *testing.T) {
		testStore(t, func() KeyStore {
			s, err := OpenFileStore(faultfs.New(), "keys")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		})
	})
}

func testStore(t *testing.T, open func() KeyStore) {
	s := open()
	fetch := func(client uint64, want WrappedKey, wantErr error) {
		t.Helper()
		if got, err := s.Fetch(client); got != want || !errors.Is(err, wantErr) {
			t.Errorf("client %d is %+v, %v; want %+v, %v", client, got, err, want, wantErr)
		}
	}
	put := func(want error, keys ...WrappedKey) {
		t.Helper()
		if err := s.Put(keys); !errors.Is(err, want) {
			t.Errorf("put gave %v, want %v", err, want)
		}
	}
	last := ^uint64(0)
	fetch(1, WrappedKey{}, ErrNoKey)
	put(nil)
	put(nil, wrapped(4096, 1, 1), wrapped(1, 2, 1), wrapped(last, 3, 1), wrapped(4095, 4, 1))
	fetch(1, wrapped(1, 2, 1), nil)
	fetch(4095, wrapped(4095, 4, 1), nil)
	fetch(4096, wrapped(4096, 1, 1), nil)
	fetch(last, wrapped(last, 3, 1), nil)
	fetch(2, WrappedKey{}, ErrNoKey)
	put(nil, wrapped(1, 2, 9)) // another wrapping of the same key
	fetch(1, wrapped(1, 2, 9), nil)
	put(ErrOtherKey, wrapped(2, 1, 1), wrapped(1, 7, 1))
	fetch(1, wrapped(1, 2, 9), nil)
	fetch(2, WrappedKey{}, ErrNoKey) // all or none
	put(ErrOtherKey, wrapped(3, 1, 1), wrapped(3, 2, 1))
	put(ErrLimit, make([]WrappedKey, BatchMax+1)...)
	for _, client := range []uint64{4096, 4096, 77} { // again, and one that never was
		if err := s.Destroy(client); err != nil {
			t.Errorf("destroy %d: %v", client, err)
		}
		fetch(client, WrappedKey{}, ErrDestroyed)
		put(ErrDestroyed, wrapped(client, 1, 1))
	}
	var seen []uint64
	err := s.Each(func(w WrappedKey) error {
		seen = append(seen, w.Client)
		if w.Client == 1 { // visit may write
			return s.Destroy(1)
		}
		return nil
	})
	if want := []uint64{1, 4095, last}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("walked %d, %v, want %d", seen, err, want)
	}
	stop := errors.New("enough")
	if err := s.Each(func(WrappedKey) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a stopped walk gave %v", err)
	}
}

// leftovers reads every byte of a store and looks for pieces of a key.
func leftovers(t *rapid.T, fsys *faultfs.FS, w WrappedKey) {
	for _, name := range fsys.Names() {
		content, err := fsys.Bytes(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, piece := range map[string][]byte{"nonce": w.Nonce[:8], "key": w.Sealed[:8], "tag": w.Sealed[40:], "id": w.KeyID[:8]} {
			if bytes.Contains(content, piece) {
				t.Errorf("%s still holds the %s of client %d", name, what, w.Client)
			}
		}
	}
}

// TestDestroyLeavesNothing proves V2: after Destroy nothing opens and no file
// holds a byte of the wrapped keys, neither the first wrapping nor a later one,
// even when the machine loses power right then.
func TestDestroyLeavesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fsys := faultfs.New()
		store, err := OpenFileStore(fsys, "keys")
		if err != nil {
			rt.Fatal(err)
		}
		clients := rapid.SliceOfNDistinct(rapid.Uint64Range(1, 9000), 1, 12, rapid.ID[uint64]).Draw(rt, "clients")
		v1 := testVault(t, store, AES256GCM, testRing(t, 1))
		keys, err := v1.Enrol(clients)
		if err != nil {
			rt.Fatal(err)
		}
		victim := rapid.IntRange(0, len(clients)-1).Draw(rt, "victim")
		sealed, err := keys[victim].Seal(FieldName, NewSecret("安"))
		if err != nil {
			rt.Fatal(err)
		}
		wrappings := []WrappedKey{}
		note := func() {
			w, err := store.Fetch(clients[victim])
			if err != nil {
				rt.Fatal(err)
			}
			wrappings = append(wrappings, w)
		}
		note()
		v2 := testVault(t, store, AES256GCM, testRing(t, 1, 2))
		v2.rand = seeded(2) // not the stream of v1, whose pieces the test looks for
		if rapid.Bool().Draw(rt, "rotate") {
			if _, err := v2.Rotate(t.Context(), nil); err != nil {
				rt.Fatal(err)
			}
			note()
		}
		if err := v2.Destroy(clients[victim]); err != nil {
			rt.Fatal(err)
		}
		fsys.Crash(rapid.Uint64().Draw(rt, "crash"))
		for _, w := range wrappings {
			leftovers(rt, fsys, w)
		}
		store, err = OpenFileStore(fsys, "keys")
		if err != nil {
			rt.Fatal(err)
		}
		v3 := testVault(t, store, AES256GCM, testRing(t, 1, 2))
		for i, client := range clients {
			key, err := v3.Key(client)
			if i == victim {
				if !errors.Is(err, ErrDestroyed) {
					rt.Fatalf("the destroyed key is %v", err)
				}
				continue
			}
			if err != nil {
				rt.Fatalf("client %d lost its key: %v", client, err)
			}
			if _, err := key.Open(FieldName, sealed); err == nil {
				rt.Fatal("another client's key opens the erased field")
			}
		}
	})
}

// TestCrashEverywhere stops the machine at every single operation of a life with
// a batch, a rotation and a destruction, loses what may be lost, and proves that
// what was acknowledged is there, what was not is there whole or not at all, and a
// destroyed key never comes back.
func TestCrashEverywhere(t *testing.T) {
	for at := 1; ; at++ {
		for seed := range uint64(4) {
			fsys := faultfs.New()
			fsys.Inject(faultfs.Fault{Nth: at, Halt: true})
			acked := life(fsys)
			if acked == 4 {
				if at < 20 {
					t.Errorf("a life has only %d operations", at)
				}
				return
			}
			fsys.Crash(seed)
			s, err := OpenFileStore(fsys, "keys")
			if err != nil {
				t.Fatalf("stopped at operation %d, seed %d: %v", at, seed, err)
			}
			checkLife(t, s, acked, at, seed)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// life runs four steps and gives how many were acknowledged.
func life(fsys *faultfs.FS) int {
	s, err := OpenFileStore(fsys, "keys")
	if err != nil {
		return 0
	}
	steps := []func() error{
		func() error { return s.Put([]WrappedKey{wrapped(1, 1, 1), wrapped(3, 3, 1), wrapped(5000, 2, 1)}) },
		func() error { return s.Put([]WrappedKey{wrapped(1, 1, 2), wrapped(5000, 2, 2)}) },
		func() error { return s.Destroy(1) },
		s.Close,
	}
	for i, step := range steps {
		if step() != nil {
			return i
		}
	}
	return len(steps)
}

// checkLife compares a store after a crash with what the steps may have left.
func checkLife(t *testing.T, s *FileStore, acked, at int, seed uint64) {
	t.Helper()
	state := func(client uint64) string {
		w, err := s.Fetch(client)
		switch {
		case errors.Is(err, ErrNoKey):
			return "none"
		case errors.Is(err, ErrDestroyed):
			return "destroyed"
		case err != nil:
			t.Errorf("operation %d, seed %d: client %d: %v", at, seed, client, err)
			return "bad"
		}
		if w != wrapped(client, map[uint64]byte{1: 1, 3: 3, 5000: 2}[client], byte(w.Master)) {
			t.Errorf("operation %d, seed %d: client %d is mixed: %+v", at, seed, client, w)
		}
		return string('0' + rune(w.Master))
	}
	got := state(1) + " " + state(3) + " " + state(5000)
	after := []string{"none none none", "1 1 1", "2 1 2", "destroyed 1 2"}
	if want := after[min(acked, 3):min(acked+2, 4)]; !slices.Contains(want, got) {
		t.Errorf("stopped at operation %d after %d steps, seed %d: %q, want one of %q", at, acked, seed, got, want)
	}
}

// TestFailedWriteStops proves that after any failed write or sync the store
// answers nothing more, and that opening it again heals it.
func TestFailedWriteStops(t *testing.T) {
	for _, op := range []faultfs.Op{faultfs.OpWrite, faultfs.OpSync, faultfs.OpAllocate, faultfs.OpSyncDir} {
		fsys := faultfs.New()
		s, err := OpenFileStore(fsys, "keys")
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("broken device")
		fsys.Inject(faultfs.Fault{Op: op, Err: broken})
		if err := s.Put([]WrappedKey{wrapped(1, 1, 1)}); !errors.Is(err, ErrStopped) || !errors.Is(err, broken) {
			t.Errorf("%v: put gave %v", op, err)
		}
		if _, err := s.Fetch(1); !errors.Is(err, ErrStopped) {
			t.Errorf("%v: fetch gave %v", op, err)
		}
		if err := s.Put([]WrappedKey{wrapped(2, 1, 1)}); !errors.Is(err, ErrStopped) {
			t.Errorf("%v: the next put gave %v", op, err)
		}
		if err := s.Destroy(1); !errors.Is(err, ErrStopped) {
			t.Errorf("%v: destroy gave %v", op, err)
		}
		if err := s.Each(func(WrappedKey) error { return nil }); !errors.Is(err, ErrStopped) {
			t.Errorf("%v: each gave %v", op, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		fsys.Crash(1)
		if s, err = OpenFileStore(fsys, "keys"); err != nil {
			t.Fatalf("%v: %v", op, err)
		}
		if err := s.Put([]WrappedKey{wrapped(2, 1, 1)}); err != nil {
			t.Errorf("%v: after opening again: %v", op, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDamage proves that no flipped bit of a slot goes unseen, that a damaged key
// is not written over, and that it can be erased all the same.
func TestDamage(t *testing.T) {
	fsys := faultfs.New()
	s, err := OpenFileStore(fsys, "keys")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put([]WrappedKey{wrapped(5, 1, 1)}); err != nil {
		t.Fatal(err)
	}
	name := "keys/0000000000000.keys"
	for bit := range int64(slotBytes * 8) {
		if err := fsys.FlipBit(name, 5*slotBytes*8+bit); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Fetch(5); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
		if bit == 100 {
			if err := s.Put([]WrappedKey{wrapped(5, 1, 2)}); !errors.Is(err, ErrCorrupt) {
				t.Errorf("put over a damaged slot: %v", err)
			}
			if err := s.Each(func(WrappedKey) error { return nil }); !errors.Is(err, ErrCorrupt) {
				t.Errorf("walk over a damaged slot: %v", err)
			}
		}
		if err := fsys.FlipBit(name, 5*slotBytes*8+bit); err != nil {
			t.Fatal(err)
		}
	}
	good, err := fsys.Bytes(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := fsys.Overwrite(name, 6*slotBytes, good[5*slotBytes:6*slotBytes]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(6); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a slot copied to another client: %v", err)
	}
	if err := fsys.FlipBit(name, 5*slotBytes*8+300); err != nil {
		t.Fatal(err)
	}
	if err := s.Destroy(5); err != nil {
		t.Errorf("a damaged key cannot be erased: %v", err)
	}
	if _, err := s.Fetch(5); !errors.Is(err, ErrDestroyed) {
		t.Errorf("after erasing: %v", err)
	}
}

// TestFileStoreOnDisk runs the store on the machine's own file system.
func TestFileStoreOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "keys")
	s, err := OpenFileStore(durable.OS{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFileStore(durable.OS{}, dir); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second holder got %v", err)
	}
	victim := wrapped(4097, 1, 1)
	if err := s.Put([]WrappedKey{victim, wrapped(2, 2, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Destroy(4097); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Put([]WrappedKey{wrapped(9, 1, 1)}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("put after close: %v", err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, victim.Sealed[:8]) || bytes.Contains(content, victim.Nonce[:8]) {
			t.Errorf("%s still holds the destroyed key", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = OpenFileStore(durable.OS{}, dir); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Fetch(2); err != nil || got != wrapped(2, 2, 1) {
		t.Errorf("after opening again: %+v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
