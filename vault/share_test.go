package vault

import (
	"errors"
	"testing"

	"sancun/internal/faultfs"
)

// shared is a vault on a file store of its own.
func shared(t testing.TB, ring *Keyring) (*Vault, *FileStore) {
	t.Helper()
	s, err := OpenFileStore(faultfs.New(), "keys")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return testVault(t, s, AES256GCM, ring), s
}

// level copies every part whose digest differs, both ways, as two centres do.
func level(t *testing.T, from, to *Vault, a, b *FileStore) Adopted {
	t.Helper()
	var sum Adopted
	for range 2 {
		theirs, err := a.Digests()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range theirs {
			slots, err := a.Part(d.Part)
			if err != nil {
				t.Fatal(err)
			}
			got, err := to.Adopt(slots)
			if err != nil {
				t.Fatal(err)
			}
			sum.Keys, sum.Destroyed, sum.Refused = sum.Keys+got.Keys, sum.Destroyed+got.Destroyed, sum.Refused+got.Refused
		}
		from, to, a, b = to, from, b, a
	}
	return sum
}

func TestKeysAreAdoptedAndTombstonesWin(t *testing.T) {
	ring := testRing(t, 1)
	v, s := shared(t, ring)
	w, r := shared(t, ring)
	clients := []uint64{1, 2, 3, 5000, 9001}
	keys, err := v.Enrol(clients)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := keys[3].Seal(FieldName, NewSecret("张三"))
	if err != nil {
		t.Fatal(err)
	}
	if got := level(t, v, w, s, r); got.Keys != len(clients) {
		t.Fatalf("adopted %+v", got)
	}
	there, err := w.Key(5000)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := there.Open(FieldName, sealed); err != nil || text.Plain() != "张三" {
		t.Fatalf("the copy opens %q, %v", text.Plain(), err)
	}
	// Destroyed here, or there: after the next comparison it is destroyed in both.
	if err := errors.Join(v.Destroy(1), w.Destroy(2)); err != nil {
		t.Fatal(err)
	}
	if got := level(t, v, w, s, r); got.Destroyed != 2 || got.Refused != 1 {
		t.Fatalf("adopted %+v", got)
	}
	for _, one := range []*Vault{v, w} {
		for _, client := range []uint64{1, 2} {
			if _, err := one.Key(client); !errors.Is(err, ErrDestroyed) {
				t.Errorf("client %d: %v, want destroyed", client, err)
			}
		}
	}
	ours, _ := s.Digests()
	theirs, _ := r.Digests()
	if len(ours) != 3 || len(theirs) != 3 {
		t.Fatalf("%d and %d parts, want 3", len(ours), len(theirs))
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Errorf("part %d differs", ours[i].Part)
		}
	}
	picked, err := s.Slots([]uint64{1, 3, 77})
	if err != nil || len(picked) != 2*SlotBytes {
		t.Fatalf("%d bytes of slots, %v", len(picked), err)
	}
}

func TestKeysThatAreNotAdopted(t *testing.T) {
	v, s := shared(t, testRing(t, 1))
	if _, err := v.Enrol([]uint64{7}); err != nil {
		t.Fatal(err)
	}
	slots, err := s.Part(0)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), slots...)
	bad[40] ^= 1
	for name, tt := range map[string]struct {
		slots []byte
		own   bool // a vault that has another key of the client
		ring  *Keyring
		want  error
	}{
		"half a slot":              {slots: slots[:60], ring: testRing(t, 1), want: ErrFormat},
		"changed":                  {slots: bad, ring: testRing(t, 1), want: ErrCorrupt},
		"under another master":     {slots: slots, ring: testRing(t, 2), want: ErrMaster},
		"the client has another":   {slots: slots, own: true, ring: testRing(t, 1), want: ErrOtherKey},
		"an empty slot in between": {slots: make([]byte, SlotBytes), ring: testRing(t, 1), want: ErrNoKey},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := shared(t, tt.ring)
			if tt.own {
				w.rand = seeded(99)
				if _, err := w.Enrol([]uint64{7}); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := w.Adopt(tt.slots); !errors.Is(err, tt.want) || got.Keys != 0 {
				t.Errorf("got %+v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// FuzzAdopt takes any bytes for slots: nothing but whole, proved slots enters.
func FuzzAdopt(f *testing.F) {
	ring := testRing(f, 1)
	v, s := shared(f, ring)
	if _, err := v.Enrol([]uint64{1, 2, 5000}); err != nil {
		f.Fatal(err)
	}
	slots, err := s.Part(0)
	if err != nil {
		f.Fatal(err)
	}
	tomb := encodeTombstone(4)
	f.Add(slots)
	f.Add(append(append([]byte(nil), slots...), tomb[:]...))
	f.Add(slots[:5])
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := testVault(t, &MemoryStore{}, AES256GCM, ring)
		got, err := w.Adopt(raw)
		if err == nil && (got.Keys+got.Destroyed+got.Kept+got.Refused)*SlotBytes != len(raw) {
			t.Fatalf("%+v of %d bytes", got, len(raw))
		}
	})
}
