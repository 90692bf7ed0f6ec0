package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sancun/internal/soak"
	"sancun/journal"
)

func opening(height uint64, text string) func() (uint64, int64, io.ReadCloser, error) {
	return func() (uint64, int64, io.ReadCloser, error) {
		if text == "" {
			return 0, 0, nil, fs.ErrNotExist
		}
		return height, int64(len(text)), io.NopCloser(strings.NewReader(text)), nil
	}
}

// tampered is one way to change a folder: it changes the files and says what it did.
type tampering func(rng *rand.Rand, files map[string][]byte) string

// pick draws a file of an archive.
func pick(rng *rand.Rand, files map[string][]byte, suffix string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.Contains(name, suffix) && !strings.HasSuffix(name, lockName) {
			names = append(names, name)
		}
	}
	return names[rng.IntN(len(names))]
}

func flipBit(rng *rand.Rand, files map[string][]byte) string {
	name := pick(rng, files, ".")
	data := bytes.Clone(files[name])
	bit := rng.IntN(8 * len(data))
	data[bit/8] ^= 1 << (bit % 8)
	files[name] = data
	return fmt.Sprintf("bit %d of %s", bit, name)
}

func truncate(rng *rand.Rand, files map[string][]byte) string {
	name := pick(rng, files, ".")
	n := rng.IntN(len(files[name]))
	files[name] = files[name][:n]
	return fmt.Sprintf("%s cut to %d", name, n)
}

func lengthen(rng *rand.Rand, files map[string][]byte) string {
	name := pick(rng, files, ".")
	files[name] = append(bytes.Clone(files[name]), byte(rng.Uint32()))
	return name + " one byte longer"
}

func remove(rng *rand.Rand, files map[string][]byte) string {
	name := pick(rng, files, ".")
	delete(files, name)
	return name + " removed"
}

func swap(rng *rand.Rand, files map[string][]byte) string {
	for {
		a, b := pick(rng, files, "."), pick(rng, files, ".")
		if !bytes.Equal(files[a], files[b]) {
			files[a], files[b] = files[b], files[a]
			return a + " and " + b + " exchanged"
		}
	}
}

func reorder(rng *rand.Rand, files map[string][]byte) string {
	for {
		a, b := pick(rng, files, ".manifest"), pick(rng, files, ".manifest")
		if a != b {
			from, to := strings.TrimSuffix(a, "manifest"), strings.TrimSuffix(b, "manifest")
			for _, name := range slices.Collect(maps.Keys(files)) {
				if rest, ok := strings.CutPrefix(name, from); ok && files[to+rest] != nil {
					files[name], files[to+rest] = files[to+rest], files[name]
				}
			}
			return "archives " + a + " and " + b + " exchanged"
		}
	}
}

// replay puts the manifest and parts of an older archive into the place of a newer one.
func replay(rng *rand.Rand, files map[string][]byte) string {
	old, young := 1+rng.IntN(3), 4
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if rest, ok := strings.CutPrefix(name, fmt.Sprintf("far/%08d.", young)); ok {
			delete(files, name)
			if data, there := files[fmt.Sprintf("far/%08d.%s", old, rest)]; there {
				files[name] = data
			}
		}
	}
	return fmt.Sprintf("archive %d again in the place of %d", old, young)
}

// rollBack removes the newest archives whole.
func rollBack(rng *rand.Rand, files map[string][]byte) string {
	keep := rng.IntN(4)
	for name := range files {
		if number, _, ok := split(strings.TrimPrefix(name, "far/")); ok && number > uint64(keep) {
			delete(files, name)
		}
	}
	return fmt.Sprintf("back to archive %d", keep)
}

// A thousand changed folders: every one is refused, and nothing of it was used.
func TestTamperedIsRefused(t *testing.T) {
	h := newHouse(t, 90)
	o := h.order(Full, 40)
	o.Snapshot = opening(30, strings.Repeat("image", 50))
	if _, err := h.folder.Take(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	h.take(Incremental, 55)
	h.file("day/20260303/jsmx.dbf", "rows")
	h.take(Incremental, 70)
	h.file("day/20260304/jsmx.dbf", "rows")
	known := h.take(Incremental, 90).Digest
	sound := image(t, h.disk)
	run := soak.Begin(t, 1000, 20260302)
	rng := rand.New(rand.NewPCG(run.Seed, 1))
	for _, c := range []struct {
		name  string
		do    tampering
		times int // of a thousand
	}{
		{"bit", flipBit, 450}, {"cut", truncate, 150}, {"longer", lengthen, 50}, {"gone", remove, 100}, {"exchanged", swap, 100}, {"order", reorder, 50},
		{"replay", replay, 50}, {"rolled back", rollBack, 50},
	} {
		for range max(1, c.times*run.Count/1000) {
			files := maps.Clone(sound)
			what := c.do(rng, files)
			h.folder.FS = diskOf(t, files)
			if err := refusesFolder(t, h, known); err != nil {
				t.Fatalf("%s: %s: %v", c.name, what, err)
			}
			run.Done++
		}
	}
	h.folder.FS = diskOf(t, sound)
	if err := refusesFolder(t, h, known); err == nil {
		t.Error("the sound folder was refused: the test proves nothing")
	}
}

// refusesFolder restores everything a folder holds and compares every byte; the
// error is what was not refused.
func refusesFolder(t *testing.T, h *house, known journal.Hash) error {
	_, into, err := h.restore(Restore{KeyIdentities: h.keeper, Known: known})
	if err != nil {
		switch {
		case !refused(err):
			return fmt.Errorf("an error that is none of ours: %w", err)
		case !into.untouched():
			return fmt.Errorf("%d blocks and %d files were used before: %w", len(into.blocks), len(into.files), err)
		}
		return nil
	}
	// What a restore does not read, such as older keys and inventories.
	chain := h.chain()
	for i := range chain {
		if err := h.folder.Check(t.Context(), &chain[i], nil); err != nil {
			if !refused(err) {
				return fmt.Errorf("an error that is none of ours: %w", err)
			}
			return nil
		}
	}
	return errors.New("it was taken for sound")
}

// Without a known manifest a folder that was rolled back is a whole older one;
// with it, it is refused. That is why the digest is told and kept.
func TestRolledBack(t *testing.T) {
	h := newHouse(t, 20)
	h.take(Full, 10)
	sound := image(t, h.disk)
	known := h.take(Incremental, 20).Digest
	h.folder.FS = diskOf(t, sound)
	if _, _, err := h.restore(Restore{}); err != nil {
		t.Errorf("an older folder: %v", err)
	}
	if _, _, err := h.restore(Restore{Known: known}); !errors.Is(err, ErrRolledBack) {
		t.Errorf("with the digest of a newer one: %v", err)
	}
}

// Other identities open nothing, and the readers' identity does not open keys.
func TestWrongRecipients(t *testing.T) {
	h := newHouse(t, 20)
	h.take(Full, 20)
	for range 50 {
		_, stranger := identity(t)
		if _, into, err := h.restore(Restore{Identities: stranger}); !errors.Is(err, ErrIdentity) || !into.untouched() {
			t.Fatalf("a stranger: %v", err)
		}
	}
	if _, into, err := h.restore(Restore{Identities: h.keeper}); !errors.Is(err, ErrIdentity) || !into.untouched() {
		t.Errorf("the keepers of keys read the rest: %v", err)
	}
	if _, _, err := h.restore(Restore{KeyIdentities: h.reader}); !errors.Is(err, ErrIdentity) {
		t.Errorf("the readers open keys: %v", err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s", h.reader, h.reader, h.reader, h.keeper); strings.Contains(got, "AGE-SECRET") || strings.Contains(got, "0x") {
		t.Errorf("identities print as %s", got)
	}
}

// A manifest that somebody else signed is refused, also when everything in it fits.
func TestForgedArchive(t *testing.T) {
	h := newHouse(t, 20)
	h.take(Full, 20)
	forger, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := h.disk.Bytes("far/" + manifestName(1))
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := ReadManifest("1", text, h.signers())
	if err != nil {
		t.Fatal(err)
	}
	m.By = SignerOf(forger)
	forged, err := m.Sign(forger)
	if err != nil {
		t.Fatal(err)
	}
	files := image(t, h.disk)
	files["far/"+manifestName(1)] = forged
	h.folder.FS = diskOf(t, files)
	if _, into, err := h.restore(Restore{}); !errors.Is(err, ErrSigner) || !into.untouched() {
		t.Errorf("signed by another: %v", err)
	}
	// The signer's name, and another's signature.
	m.By = SignerOf(h.sign)
	body, err := encode(&m)
	if err != nil {
		t.Fatal(err)
	}
	mark := forged[bytes.LastIndex(forged, []byte(signatureLine)):]
	files["far/"+manifestName(1)] = append(body, mark...)
	h.folder.FS = diskOf(t, files)
	if _, _, err := h.restore(Restore{}); !errors.Is(err, ErrTampered) {
		t.Errorf("another's signature: %v", err)
	}
	// A signature of something else.
	p := Proof{Format: proofFormat, Number: 1, By: SignerOf(h.sign), Failure: "x"}
	proof, err := seal(wordProof, &p, h.sign)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadManifest("proof", proof, h.signers()); !errors.Is(err, ErrTampered) {
		t.Errorf("a proof for a manifest: %v", err)
	}
}

// A part that changes between its check and its use is noticed while it is used.
func TestChangedWhileRestored(t *testing.T) {
	h := newHouse(t, 200)
	h.take(Full, 200)
	other := newHouse(t, 200)
	other.readers, other.sign = h.readers, h.sign
	other.blocks = chainOf(t, 200, "other")
	other.take(Full, 200)
	var into changing
	chain := h.chain()
	into.strike = func() {
		for i := range chain[0].Parts {
			p := &chain[0].Parts[i]
			forged, err := other.disk.Bytes("far/" + p.Name)
			if err != nil || p.Class != Blocks || i == 0 {
				continue
			}
			if n := min(int64(len(forged)), p.Bytes); n > 0 {
				if err := h.disk.Overwrite("far/"+p.Name, 0, forged[:n]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if _, err := h.folder.Restore(t.Context(), Restore{Identities: h.reader, Signers: h.signers()}, &into); !errors.Is(err, ErrTampered) {
		t.Errorf("parts exchanged behind their check: %v", err)
	}
}

type changing struct {
	kept
	strike func()
}

func (c *changing) Block(b *journal.Block) error {
	if b.Height == 1 {
		c.strike()
	}
	return c.kept.Block(b)
}

// Every field of a manifest is checked: one that is impossible is refused even if
// its signer signed it.
func TestImpossibleManifests(t *testing.T) {
	h := newHouse(t, 20)
	h.take(Full, 10)
	good := h.take(Incremental, 20).Manifest
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Manifest){
		"format":        func(m *Manifest) { m.Format = "sancun-backup-2" },
		"number":        func(m *Manifest) { m.Number = 0 },
		"cell":          func(m *Manifest) { m.Cell = 0 },
		"kind":          func(m *Manifest) { m.Kind = "weekly" },
		"previous":      func(m *Manifest) { m.Previous = journal.Hash{} },
		"base":          func(m *Manifest) { m.Base = 2 },
		"parted":        func(m *Manifest) { m.Parted = true },
		"from":          func(m *Manifest) { m.From = 12 },
		"before":        func(m *Manifest) { m.Before = journal.Hash{} },
		"head":          func(m *Manifest) { m.Head.Height = 21 },
		"time":          func(m *Manifest) { m.Made = m.Made.Add(1) },
		"part name":     func(m *Manifest) { m.Parts[0].Name = "../x" },
		"part class":    func(m *Manifest) { m.Parts[0].Class = "wings" },
		"part twice":    func(m *Manifest) { m.Parts = append(m.Parts, m.Parts[len(m.Parts)-1]) },
		"part bytes":    func(m *Manifest) { m.Parts[0].Bytes = -1 },
		"blocks":        func(m *Manifest) { m.Parts[0].To = 15 },
		"recipients":    func(m *Manifest) { m.Parts[0].Recipients = nil },
		"shared":        func(m *Manifest) { m.Parts[len(m.Parts)-1].Recipients = m.Parts[0].Recipients },
		"many parts":    func(m *Manifest) { m.Parts = make([]Part, partsMax+1) },
		"many readers":  func(m *Manifest) { m.Parts[0].Recipients = make([]string, recipientsMax+1) },
		"the wrong key": func(m *Manifest) { m.By[0]++ },
	} {
		var m Manifest
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Sign(h.sign); err != nil {
			t.Fatalf("the unchanged one: %v", err)
		}
		change(&m)
		if _, err := m.Sign(h.sign); err == nil {
			t.Errorf("%s: it was signed", name)
		}
		body, err := encode(&m)
		if err != nil {
			t.Fatal(err)
		}
		forced := fmt.Appendf(body, "%s%x\n", signatureLine, signForced(h, body))
		if _, _, err := ReadManifest(name, forced, h.signers()); !refused(err) {
			t.Errorf("%s: it was read: %v", name, err)
		}
	}
	if _, _, err := ReadManifest("long", make([]byte, manifestBytesMax+1), h.signers()); !errors.Is(err, ErrTampered) {
		t.Errorf("a long one: %v", err)
	}
}

// Manifests read as they were written for ever: these bytes are version 1.
func TestGoldenManifest(t *testing.T) {
	m := Manifest{
		Format: manifestFormat, Number: 1, Kind: Full, Centre: "north", Cell: 1, Made: newHouse(t, 1).now, Base: 1, From: 1,
		Head: Place{Height: 2, Hash: sha256.Sum256([]byte("h")), Epoch: 3, Time: 4}, Fence: 3, Root: sha256.Sum256([]byte("r")), Files: 1, By: goldenSigner(),
		Parts: []Part{{Name: "00000001.blocks.0001", Class: Blocks, From: 1, To: 2, Bytes: 5, Plain: 6, SHA256: sha256.Sum256([]byte("b")), Recipients: []string{"age1x"}}},
	}
	text, err := m.Sign(goldenKey())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/manifest.golden", text)
}
