package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sancun/identity"
	"sancun/internal/durable"
	"sancun/internal/faultfs"
)

// seeded gives the same stream for the same seed.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func testRing(t testing.TB, versions ...uint32) *Keyring {
	t.Helper()
	random := seeded(200)
	index, err := newSecretBytes(random)
	if err != nil {
		t.Fatal(err)
	}
	ring := &Keyring{index: veil(index)}
	for _, v := range versions {
		secret, err := newSecretBytes(random)
		if err == nil {
			err = ring.add(v, secret)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return ring
}

func silent(Revelation) error { return nil }

func testVault(t testing.TB, store KeyStore, suite Suite, ring *Keyring) *Vault {
	t.Helper()
	v, err := New(Config{Keys: ring, Store: store, Rand: seeded(1), Suite: suite, Audit: silent})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func enrolOne(t testing.TB, v *Vault, client uint64) *ClientKey {
	t.Helper()
	keys, err := v.Enrol([]uint64{client})
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func TestSealOpens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		suite := rapid.SampledFrom([]Suite{AES256GCM, SM4GCM}).Draw(rt, "suite")
		text := rapid.StringN(0, 200, FieldBytesMax).Draw(rt, "text")
		field := Field(rapid.Uint16Min(1).Draw(rt, "field"))
		v := testVault(t, &MemoryStore{}, suite, testRing(t, 1))
		client := rapid.Uint64Min(1).Draw(rt, "client")
		sealed, err := enrolOne(t, v, client).Seal(field, NewSecret(text))
		if err != nil || len(sealed) != len(text)+SealOverhead {
			rt.Fatalf("sealed %d bytes of %d: %v", len(sealed), len(text), err)
		}
		key, err := v.Key(client) // from the store, not the one that sealed
		if err != nil {
			rt.Fatal(err)
		}
		got, err := key.Open(field, sealed)
		if err != nil || got.Plain() != text {
			rt.Fatalf("opened %q, %v, want %q", got.Plain(), err, text)
		}
	})
}

// TestTamper proves V1: no single changed bit, no other field, no other client
// and no cut or lengthened value opens.
func TestTamper(t *testing.T) {
	for _, suite := range []Suite{AES256GCM, SM4GCM} {
		v := testVault(t, &MemoryStore{}, suite, testRing(t, 1))
		key, other := enrolOne(t, v, 7), enrolOne(t, v, 8)
		sealed, err := key.Seal(FieldName, NewSecret("欧阳安"))
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(sealed) * 8 {
			bent := bytes.Clone(sealed)
			bent[bit/8] ^= 1 << (bit % 8)
			if got, err := key.Open(FieldName, bent); err == nil {
				t.Errorf("%v: bit %d changed and it opened as %q", suite, bit, got.Plain())
			}
		}
		for n := range len(sealed) {
			if _, err := key.Open(FieldName, sealed[:n]); err == nil {
				t.Errorf("%v: the first %d bytes opened", suite, n)
			}
		}
		if _, err := key.Open(FieldName, append(bytes.Clone(sealed), 0)); !errors.Is(err, ErrSealed) {
			t.Errorf("%v: a longer value gave %v", suite, err)
		}
		if _, err := key.Open(FieldCard, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%v: another field gave %v", suite, err)
		}
		if _, err := other.Open(FieldName, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%v: another client gave %v", suite, err)
		}
	}
}

// TestWrapTamper proves that a wrapped key cannot be given to another client,
// called another version, suite or name, or changed.
func TestWrapTamper(t *testing.T) {
	ring := testRing(t, 1, 2)
	v := testVault(t, &MemoryStore{}, AES256GCM, ring)
	enrolOne(t, v, 7)
	good, err := v.store.Fetch(7)
	if err != nil {
		t.Fatal(err)
	}
	bends := map[string]func(*WrappedKey){
		"client": func(w *WrappedKey) { w.Client = 8 }, "master": func(w *WrappedKey) { w.Master = 1 },
		"suite": func(w *WrappedKey) { w.Suite = SM4GCM }, "unknown suite": func(w *WrappedKey) { w.Suite = 9 },
		"unknown master": func(w *WrappedKey) { w.Master = 3 }, "key id": func(w *WrappedKey) { w.KeyID[0]++ },
		"nonce": func(w *WrappedKey) { w.Nonce[3]++ }, "sealed": func(w *WrappedKey) { w.Sealed[47]++ },
	}
	for name, bend := range bends {
		w := good
		bend(&w)
		if _, err := ring.unwrap(&w); err == nil {
			t.Errorf("%s changed and the key opened", name)
		}
	}
	if _, err := ring.unwrap(&good); err != nil {
		t.Errorf("the good key: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	key := enrolOne(t, testVault(t, &MemoryStore{}, AES256GCM, testRing(t, 1)), 7)
	cases := []struct {
		field Field
		text  string
		want  error
	}{
		{0, "x", ErrFormat}, {FieldName, "\xff", ErrFormat}, {FieldName, strings.Repeat("x", FieldBytesMax+1), ErrLimit},
	}
	for _, c := range cases {
		if _, err := key.Seal(c.field, NewSecret(c.text)); !errors.Is(err, c.want) {
			t.Errorf("field %d: %v, want %v", c.field, err, c.want)
		}
	}
	if _, err := key.Seal(FieldName, NewSecret(strings.Repeat("x", FieldBytesMax))); err != nil {
		t.Errorf("the longest field: %v", err)
	}
}

// TestSuiteChange proves that values of the old suite stay readable.
func TestSuiteChange(t *testing.T) {
	store, ring := &MemoryStore{}, testRing(t, 1)
	old, err := enrolOne(t, testVault(t, store, AES256GCM, ring), 7).Seal(FieldName, NewSecret("安"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := testVault(t, store, SM4GCM, ring).Key(7)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(FieldName, old); err != nil || got.Plain() != "安" {
		t.Errorf("opened %q, %v", got.Plain(), err)
	}
	fresh, err := key.Seal(FieldName, NewSecret("安"))
	if err != nil || Suite(fresh[1]) != SM4GCM {
		t.Errorf("a new seal has suite %d, %v", fresh[1], err)
	}
}

func TestEnrol(t *testing.T) {
	store := &MemoryStore{}
	v := testVault(t, store, AES256GCM, testRing(t, 1))
	first, err := v.Enrol([]uint64{5, 6, 5})
	if err != nil || first[0] != first[2] || first[0].Client() != 5 || first[1].Client() != 6 {
		t.Fatalf("keys %d, %v", len(first), err)
	}
	before, _ := store.Fetch(5)
	if _, err := v.Enrol([]uint64{5, 9}); err != nil {
		t.Fatal(err)
	}
	if after, _ := store.Fetch(5); after != before {
		t.Error("enrolling again changed the key")
	}
	if _, err := v.Enrol([]uint64{0}); !errors.Is(err, ErrFormat) {
		t.Errorf("client 0: %v", err)
	}
	if _, err := v.Enrol(make([]uint64, BatchMax+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("a batch over the limit: %v", err)
	}
	if err := v.Destroy(6); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Enrol([]uint64{10, 6}); !errors.Is(err, ErrDestroyed) {
		t.Errorf("a destroyed client: %v", err)
	}
	if _, err := v.Key(10); !errors.Is(err, ErrNoKey) {
		t.Errorf("a refused batch left a key: %v", err)
	}
	dry, err := New(Config{Keys: testRing(t, 1), Store: &MemoryStore{}, Rand: bytes.NewReader(make([]byte, 40)), Audit: silent})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dry.Enrol([]uint64{1}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("randomness ran out: %v", err)
	}
}

// TestSameSeedSameBytes proves that a simulation repeats.
func TestSameSeedSameBytes(t *testing.T) {
	run := func() []byte {
		sealed, err := enrolOne(t, testVault(t, &MemoryStore{}, AES256GCM, testRing(t, 1)), 7).Seal(FieldName, NewSecret("安"))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	if !bytes.Equal(run(), run()) {
		t.Error("the same seed gave other bytes")
	}
}

func TestReveal(t *testing.T) {
	var heard []Revelation
	var hookErr error
	v, err := New(Config{Keys: testRing(t, 1), Store: &MemoryStore{}, Rand: seeded(1), Audit: func(r Revelation) error {
		heard = append(heard, r)
		return hookErr
	}})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := enrolOne(t, v, 7).Seal(FieldMobile, NewSecret("16100000001"))
	if err != nil {
		t.Fatal(err)
	}
	good := Revelation{Client: 7, Field: FieldMobile, Actor: "clerk1", Reason: "case 2023-17"}
	for _, bad := range []Revelation{
		{7, FieldMobile, "", good.Reason}, {7, FieldMobile, " ", good.Reason}, {7, FieldMobile, "clerk1", ""},
		{7, FieldMobile, "clerk1", "    "}, {7, FieldMobile, "clerk1", "ok"}, {7, FieldMobile, "clerk1", strings.Repeat("因", 201)},
	} {
		if got, err := v.Reveal(bad, sealed); !errors.Is(err, ErrReason) || !got.Empty() {
			t.Errorf("%+v gave %q, %v", bad, got.Plain(), err)
		}
	}
	if len(heard) != 0 {
		t.Errorf("refused revelations were audited: %v", heard)
	}
	if got, err := v.Reveal(good, sealed); err != nil || got.Plain() != "16100000001" {
		t.Errorf("revealed %q, %v", got.Plain(), err)
	}
	hookErr = errors.New("the journal is full")
	if got, err := v.Reveal(good, sealed); !errors.Is(err, hookErr) || !got.Empty() {
		t.Errorf("with a failing audit: %q, %v", got.Plain(), err)
	}
	if len(heard) != 2 || heard[0] != good {
		t.Errorf("audited %+v", heard)
	}
	hookErr = nil
	if err := v.Destroy(7); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reveal(good, sealed); !errors.Is(err, ErrDestroyed) {
		t.Errorf("after destruction: %v", err)
	}
}

func TestIndexes(t *testing.T) {
	v := testVault(t, &MemoryStore{}, AES256GCM, testRing(t, 1))
	doc := func(kind identity.DocumentKind, s string) Index { return v.DocumentIndex(kind, NewSecret(s)) }
	card := func(s string) Index { return v.CardIndex(NewSecret(s)) }
	mobile := func(s string) Index { return v.MobileIndex(NewSecret(s)) }
	same := [][2]Index{
		{doc(1, "11000019900307001x"), doc(1, "110000 19900307 001X")},
		{card("9999 0100-0000"), card("999901000000")},
		{mobile("+86 161-0000-0001"), mobile("16100000001")},
	}
	for i, pair := range same {
		if pair[0] != pair[1] {
			t.Errorf("pair %d differs", i)
		}
	}
	seen := map[Index]bool{}
	for _, x := range []Index{doc(1, "16100000001"), doc(2, "16100000001"), card("16100000001"), mobile("16100000001"), mobile("16100000002")} {
		if seen[x] {
			t.Errorf("index %v came twice", x)
		}
		seen[x] = true
	}
	if rotated := testVault(t, &MemoryStore{}, SM4GCM, testRing(t, 1, 2, 3)); rotated.MobileIndex(NewSecret("16100000001")) != mobile("16100000001") {
		t.Error("the index depends on the master key or the suite")
	}
	foreign := testRing(t, 1)
	foreign.index.lift()[0]++
	if testVault(t, &MemoryStore{}, AES256GCM, foreign).MobileIndex(NewSecret("16100000001")) == mobile("16100000001") {
		t.Error("the index does not depend on the index secret")
	}
}

func TestRotate(t *testing.T) {
	fsys := faultfs.New()
	store, err := OpenFileStore(fsys, "keys")
	if err != nil {
		t.Fatal(err)
	}
	ring1, ring2 := testRing(t, 1), testRing(t, 1, 2)
	v1 := testVault(t, store, AES256GCM, ring1)
	clients := make([]uint64, 5000)
	for i := range clients {
		clients[i] = uint64(i + 1)
	}
	keys, err := v1.Enrol(clients)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := keys[4].Seal(FieldName, NewSecret("安"))
	if err != nil {
		t.Fatal(err)
	}
	v2 := testVault(t, store, SM4GCM, ring2)
	ctx, stop := context.WithCancel(t.Context())
	done, err := v2.Rotate(ctx, func(int) { stop() }) // stopped after the first step
	if !errors.Is(err, context.Canceled) || done != rotateBatch {
		t.Fatalf("the stopped rotation wrapped %d, %v", done, err)
	}
	if n, err := v2.Uses(1); err != nil || n != len(clients)-rotateBatch {
		t.Errorf("%d keys are under master 1, %v", n, err)
	}
	if err := store.Destroy(4999); err != nil {
		t.Fatal(err)
	}
	again, err := v2.Rotate(t.Context(), nil)
	if err != nil || again != len(clients)-rotateBatch-1 {
		t.Errorf("the second rotation wrapped %d, %v", again, err)
	}
	if third, err := v2.Rotate(t.Context(), nil); third != 0 || err != nil {
		t.Errorf("a third rotation wrapped %d, %v", third, err)
	}
	key, err := testVault(t, store, SM4GCM, ring2.without(1)).Key(5)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(FieldName, sealed); err != nil || got.Plain() != "安" {
		t.Errorf("after rotation: %q, %v", got.Plain(), err)
	}
	if _, err := v1.Key(5); !errors.Is(err, ErrMaster) {
		t.Errorf("the old ring opens the new wrapping: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// destroyer destroys a key between a rotation's reading and its writing.
type destroyer struct {
	MemoryStore
	victim uint64
}

func (d *destroyer) Put(keys []WrappedKey) error {
	if d.victim != 0 {
		victim := d.victim
		d.victim = 0
		if err := d.Destroy(victim); err != nil {
			return err
		}
	}
	return d.MemoryStore.Put(keys)
}

func TestRotateMeetsDestroy(t *testing.T) {
	store := &destroyer{}
	if _, err := testVault(t, store, AES256GCM, testRing(t, 1)).Enrol([]uint64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	store.victim = 2
	v := testVault(t, store, AES256GCM, testRing(t, 1, 2))
	if n, err := v.Rotate(t.Context(), nil); n != 2 || err != nil {
		t.Errorf("wrapped %d, %v", n, err)
	}
	if _, err := v.Key(2); !errors.Is(err, ErrDestroyed) {
		t.Errorf("the destroyed key is %v", err)
	}
}

func TestRetire(t *testing.T) {
	name := filepath.Join(t.TempDir(), "master.key")
	if err := CreateKeyFile(name, seeded(3)); err != nil {
		t.Fatal(err)
	}
	ring1, err := LoadKeyFile(name)
	if err != nil {
		t.Fatal(err)
	}
	store := &MemoryStore{}
	enrolOne(t, testVault(t, store, AES256GCM, ring1), 7)
	if version, err := AddMasterKey(name, seeded(4)); version != 2 || err != nil {
		t.Fatalf("added %d, %v", version, err)
	}
	if err := testVault(t, store, AES256GCM, ring1).Retire(name, 1); !errors.Is(err, ErrInUse) {
		t.Errorf("retiring the current key: %v", err)
	}
	ring2, err := LoadKeyFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v := testVault(t, store, AES256GCM, ring2)
	if err := v.Retire(name, 1); !errors.Is(err, ErrInUse) {
		t.Errorf("retiring a used key: %v", err)
	}
	if _, err := v.Rotate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[uint32]error{2: ErrInUse, 9: ErrMaster} {
		if err := v.Retire(name, version); !errors.Is(err, want) {
			t.Errorf("retiring %d: %v, want %v", version, err, want)
		}
	}
	if err := v.Retire(name, 1); err != nil {
		t.Fatal(err)
	}
	ring3, err := LoadKeyFile(name)
	if err != nil || len(ring3.Versions()) != 1 || ring3.Current() != 2 {
		t.Fatalf("the key file holds %v, %v", ring3.Versions(), err)
	}
	if _, err := v.Key(7); err != nil {
		t.Errorf("after retiring: %v", err)
	}
	if _, err := testVault(t, store, AES256GCM, ring3).Key(7); err != nil {
		t.Errorf("after reloading: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	ring := testRing(t, 1)
	for i, c := range []Config{
		{}, {Store: &MemoryStore{}, Rand: seeded(1), Audit: silent}, {Keys: ring, Rand: seeded(1), Audit: silent},
		{Keys: ring, Store: &MemoryStore{}, Audit: silent}, {Keys: ring, Store: &MemoryStore{}, Rand: seeded(1)},
		{Keys: ring, Store: &MemoryStore{}, Rand: seeded(1), Audit: silent, Suite: 3},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("config %d was accepted", i)
		}
	}
	for name, want := range map[string]Suite{"aes": AES256GCM, "sm4": SM4GCM, "": 0, "des": 0} {
		if got, err := ParseSuite(name); got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseSuite(%q) = %v, %v", name, got, err)
		}
	}
}

// BenchmarkEnrol opens 10,000 clients with six fields each, as a branch
// migration does.
func BenchmarkEnrol(b *testing.B) {
	for range b.N {
		b.StopTimer()
		store, err := OpenFileStore(durable.OS{}, filepath.Join(b.TempDir(), "keys"))
		if err != nil {
			b.Fatal(err)
		}
		v := testVault(b, store, AES256GCM, testRing(b, 1))
		clients := make([]uint64, 10_000)
		for i := range clients {
			clients[i] = uint64(i + 1)
		}
		text := NewSecret(fmt.Sprintf("%060d", 7))
		b.StartTimer()
		keys, err := v.Enrol(clients)
		if err != nil {
			b.Fatal(err)
		}
		for _, k := range keys {
			for f := FieldName; f <= FieldAddress; f++ {
				if _, err := k.Seal(f, text); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.StopTimer()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyAndOpen(b *testing.B) {
	store, err := OpenFileStore(durable.OS{}, filepath.Join(b.TempDir(), "keys"))
	if err != nil {
		b.Fatal(err)
	}
	v := testVault(b, store, AES256GCM, testRing(b, 1))
	sealed, err := enrolOne(b, v, 7).Seal(FieldName, NewSecret("欧阳安"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := v.Reveal(Revelation{7, FieldName, "clerk", "case 17"}, sealed); err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}
