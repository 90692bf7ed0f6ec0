package backup

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// FuzzManifest: whatever is read was signed, is written the same way again, and
// nothing else panics or passes.
func FuzzManifest(f *testing.F) {
	text, err := os.ReadFile("testdata/manifest.golden")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte("{}\nsignature 00\n"))
	f.Add([]byte("\nsignature "))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, _, err := ReadManifest("fuzz", text, []Signer{goldenSigner()})
		if err != nil {
			if !refused(err) {
				t.Fatalf("an error that is none of ours: %v", err)
			}
			return
		}
		again, err := m.Sign(goldenKey())
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("it is written otherwise: %v", err)
		}
	})
}

// FuzzManifestSigned has every text signed, so that what stands behind the
// signature is reached.
func FuzzManifestSigned(f *testing.F) {
	text, err := os.ReadFile("testdata/manifest.golden")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[:bytes.LastIndex(text, []byte(signatureLine))])
	f.Add([]byte(`{"format":"sancun-backup-1","number":1}` + "\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h := &house{sign: goldenKey()}
		text := append(bytes.Clone(body), signatureLine...)
		text = appendHex(text, signForced(h, body))
		m, _, err := ReadManifest("fuzz", text, []Signer{goldenSigner()})
		if err == nil && m.check() != nil {
			t.Fatal("an impossible manifest was taken")
		}
	})
}

func appendHex(to, raw []byte) []byte {
	const digits = "0123456789abcdef"
	for _, b := range raw {
		to = append(to, digits[b>>4], digits[b&15])
	}
	return append(to, '\n')
}

// FuzzInventory: what is read is written the same way again.
func FuzzInventory(f *testing.F) {
	var text bytes.Buffer
	if err := writeInventory(&text, []Entry{{Name: "a/b", Size: 3, Modified: 4}, {Name: "银行", Size: 0, Modified: -1}}); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Add([]byte(inventoryHead))
	f.Add([]byte(inventoryHead + "00 1 2 \"x\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := readInventory(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, e := range all {
			if !goodName(e.Name) || e.Size < 0 {
				t.Fatalf("an impossible file was taken: %+v", e)
			}
		}
		var again bytes.Buffer
		if err := writeInventory(&again, all); err != nil {
			t.Fatal(err)
		}
		if back, err := readInventory(&again); err != nil || len(back) != len(all) {
			t.Fatalf("it is not read again: %v", err)
		}
	})
}

// FuzzFiles: no name leaves the folder, whatever the tar says.
func FuzzFiles(f *testing.F) {
	h := newHouse(f, 3)
	a := h.take(Full, 3)
	p, _ := a.Part(Files)
	u, err := h.folder.unpack(f.Context(), &p, h.reader)
	if err != nil {
		f.Fatal(err)
	}
	tar, err := io.ReadAll(u)
	if err != nil {
		f.Fatal(err)
	}
	if err := u.close(); err != nil {
		f.Fatal(err)
	}
	f.Add(tar)
	f.Add(tar[:600])
	f.Fuzz(func(t *testing.T, tar []byte) {
		_ = eachFile(bytes.NewReader(tar), func(name string, size int64, content io.Reader) error {
			if !goodName(name) || size < 0 {
				t.Fatalf("%q of %d bytes was handed out", name, size)
			}
			return nil
		})
	})
}

// FuzzBlocks: a stream of blocks gives blocks that are whole, or an error.
func FuzzBlocks(f *testing.F) {
	var raw []byte
	for _, b := range chainOf(f, 4, "fuzz") {
		raw = b.AppendTo(raw)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := bytes.NewReader(raw)
		var buffer []byte
		for {
			b, grown, err := nextBlock(in, buffer)
			buffer = grown
			if err != nil {
				return
			}
			if err := b.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A signer is 64 lower-case digits and nothing else.
func FuzzSigner(f *testing.F) {
	f.Add(strings.Repeat("0a", 32))
	f.Add(strings.Repeat("0A", 32))
	f.Add(strings.Repeat("0a", 31))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSigner(text)
		if err == nil && s.String() != text || err != nil && !errors.Is(err, ErrSigner) {
			t.Fatalf("%q is read as %v, %v", text, s, err)
		}
		var same Signer
		if again := same.UnmarshalText([]byte(text)); (again == nil) != (err == nil) || same != s {
			t.Fatalf("%q is read as %v and as %v (%v)", text, s, same, again)
		}
	})
}

// FuzzNotes: a proof or a record of pruning that is read has fields that agree,
// whatever was signed.
func FuzzNotes(f *testing.F) {
	for _, n := range []note{
		&Proof{Format: proofFormat, Number: 1, Failure: "x", By: goldenSigner()},
		&Pruned{Format: prunedFormat, Number: 1, Group: groupKeys, By: goldenSigner()},
	} {
		body, err := encode(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for word, into := range map[string]note{wordProof: &Proof{}, wordPruned: &Pruned{}} {
			mark := ed25519.Sign(goldenKey(), append([]byte(word), body...))
			text := appendHex(append(bytes.Clone(body), signatureLine...), mark)
			if _, err := unseal(word, "fuzz", text, []Signer{goldenSigner()}, into); err == nil && into.check() != nil {
				t.Fatalf("an impossible %T was taken", into)
			}
		}
	})
}
