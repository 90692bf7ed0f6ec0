package vault

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzOpen proves that nothing but a real seal opens, and that no bytes make
// Open panic.
func FuzzOpen(f *testing.F) {
	keys := map[Suite]*ClientKey{}
	made := map[string]bool{}
	for _, suite := range []Suite{AES256GCM, SM4GCM} {
		keys[suite] = enrolOne(f, testVault(f, &MemoryStore{}, suite, testRing(f, 1)), 7)
		sealed, err := keys[suite].Seal(FieldName, NewSecret("欧阳安"))
		if err != nil {
			f.Fatal(err)
		}
		made[string(sealed)] = true
		f.Add(sealed)
		f.Add(sealed[:SealOverhead])
	}
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, SealOverhead+FieldBytesMax+1))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		for _, key := range keys {
			got, err := key.Open(FieldName, sealed)
			if err == nil && !made[string(sealed)] {
				t.Errorf("%x opened as %q", sealed, got.Plain())
			}
			if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrSealed) {
				t.Errorf("%x: %v", sealed, err)
			}
		}
	})
}

// FuzzSlot proves that a slot has one meaning: what decodes encodes to the same bytes.
func FuzzSlot(f *testing.F) {
	w := wrapped(7, 1, 1)
	live, stone := encodeLive(&w), encodeTombstone(7)
	f.Add(live[:])
	f.Add(stone[:])
	f.Add(emptySlot[:])
	f.Add(live[:100])
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := decodeSlot(7, b)
		switch {
		case err == nil:
			if again := encodeLive(&w); !bytes.Equal(again[:], b) {
				t.Errorf("%x decodes and encodes as %x", b, again)
			}
		case w != WrappedKey{}:
			t.Errorf("%x gave a key and %v", b, err)
		case !errors.Is(err, ErrNoKey) && !errors.Is(err, ErrDestroyed) && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat):
			t.Errorf("%x: %v", b, err)
		}
	})
}

func FuzzIntent(f *testing.F) {
	w := wrapped(7, 1, 1)
	f.Add(encodeIntent([]placed{{7, encodeLive(&w)}, {8, encodeTombstone(8)}}))
	f.Add(encodeIntent(nil))
	f.Add([]byte(intentMagic + "\xff\xff\xff\xff----"))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		batch, err := decodeIntent(b)
		if err == nil && batch != nil && !bytes.HasPrefix(b, encodeIntent(batch)) {
			t.Errorf("%x decodes to another intent", b)
		}
	})
}

func FuzzKeyring(f *testing.F) {
	f.Add([]byte(keyFileHead + "\nindex " + hexA + "\nmaster 1 " + hexB + "\n"))
	f.Add([]byte(keyFileHead + "\n# note\nindex x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ring, err := ParseKeyring(text)
		if err != nil {
			return
		}
		if again, err := ParseKeyring(ring.text()); err != nil || !bytes.Equal(again.text(), ring.text()) {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}
