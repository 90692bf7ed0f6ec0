package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sancun/journal"
)

// record frames a payload the way every record begins: with its own length.
func record(payload string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(4+len(payload))), payload...)
}

func body(payloads ...string) []byte {
	var out []byte
	for _, p := range payloads {
		out = append(out, record(p)...)
	}
	return out
}

func stateRoot() (root journal.Hash) {
	for i := range root {
		root[i] = byte(i)
	}
	return root
}

// golden are the blocks whose bytes in testdata were written by a second encoder
// in another language, from docs/formats/journal.md alone.
func golden(t testing.TB) map[string]journal.Block {
	t.Helper()
	h := journal.Header{Kind: journal.SHA256, Cell: 7, Epoch: 1, Height: 1, Time: 1_692_925_200_000_000_000}
	empty := seal(t, h, nil)
	h.Height, h.Time, h.Previous = 2, h.Time+1, empty.Hash()
	h.HasStateRoot, h.StateRoot = true, stateRoot()
	three := seal(t, h, body("one", "", "three"))
	h.Height, h.Previous, h.Epoch, h.Kind = 3, three.Hash(), 2, journal.SM3
	h.HasStateRoot, h.StateRoot = false, journal.Hash{}
	sm3 := seal(t, h, body("sm3"))
	h.Height, h.Previous, h.Kind = 4, sm3.Hash(), journal.SHA256
	h.HasStateRoot, h.EarlierRoot, h.StateRoot = true, true, stateRoot()
	return map[string]journal.Block{"empty": empty, "three-records": three, "sm3": sm3, "earlier-root": seal(t, h, body("earlier"))}
}

func seal(t testing.TB, h journal.Header, body []byte) journal.Block {
	t.Helper()
	b, err := journal.Seal(h, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenBytes(t *testing.T) {
	for name, b := range golden(t) {
		want, err := os.ReadFile("testdata/" + name + ".block")
		if err != nil {
			t.Fatal(err)
		}
		if got := b.AppendTo(nil); !bytes.Equal(got, want) {
			t.Errorf("%s encodes to\n%x, want\n%x", name, got, want)
		}
		got, n, err := journal.Decode(append(want, "rest"...))
		if err != nil || n != len(want) {
			t.Fatalf("%s: Decode gives %d bytes, %v", name, n, err)
		}
		if diff := cmp.Diff(b.Header, got.Header); diff != "" || !bytes.Equal(b.Body, got.Body) {
			t.Errorf("%s decodes to another block: %s", name, diff)
		}
		if err := got.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestGoldenHashes(t *testing.T) {
	want := map[string]string{
		"empty":         "2c67f1b7e18e1e166a5639edac61c1e43260f15969288562bacf177fa84290ed",
		"three-records": "07523418f64ca2355741667326971b6f40e16ec308b26428ba97a1ef6f1af1bc",
		"earlier-root":  "4f2d63fc45de6e0053f8658ef3f84b19ba5261a7a8a547b407931b7518c14ba7",
		"sm3":           "04e7314f913335fe6a525ccdc37f8b083814afdb32ae242e2d1bc6ab7253cbdb",
	}
	for name, b := range golden(t) {
		if got := b.Hash().String(); got != want[name] {
			t.Errorf("%s hashes to %s, want %s", name, got, want[name])
		}
	}
}

// TestEveryBit flips each bit of a block in turn: Decode must refuse all of them.
func TestEveryBit(t *testing.T) {
	b := golden(t)["three-records"]
	whole := b.AppendTo(nil)
	for bit := range len(whole) * 8 {
		bad := bytes.Clone(whole)
		bad[bit/8] ^= 1 << (bit % 8)
		// A larger body length asks for bytes that are not there.
		if _, _, err := journal.Decode(bad); !errors.Is(err, journal.ErrCorrupt) && !errors.Is(err, journal.ErrShort) {
			t.Errorf("bit %d flipped: got %v", bit, err)
		}
	}
}

func TestEveryPrefixIsShort(t *testing.T) {
	b := golden(t)["three-records"]
	whole := b.AppendTo(nil)
	for n := range whole {
		if _, _, err := journal.Decode(whole[:n]); !errors.Is(err, journal.ErrShort) {
			t.Errorf("%d of %d bytes: got %v, want ErrShort", n, len(whole), err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	good := journal.Header{Kind: journal.SHA256, Height: 2}
	oversize := make([]byte, journal.RecordBytesMax+1)
	binary.LittleEndian.PutUint32(oversize, uint32(len(oversize)))
	tests := map[string]struct {
		change func(h *journal.Header)
		body   []byte
	}{
		"no hash function":     {change: func(h *journal.Header) { h.Kind = 0 }},
		"unknown function":     {change: func(h *journal.Header) { h.Kind = 3 }},
		"height zero":          {change: func(h *journal.Header) { h.Height = 0 }},
		"first with a past":    {change: func(h *journal.Header) { h.Height, h.Previous = 1, journal.Hash{1} }},
		"earlier, but no root": {change: func(h *journal.Header) { h.EarlierRoot = true }},
		"root without flag":    {change: func(h *journal.Header) { h.StateRoot = journal.Hash{1} }},
		"body too large":       {body: bytes.Repeat(record("0123456789ab"), journal.BodyBytesMax/16+1)},
		"too many records":     {body: bytes.Repeat(record(""), journal.RecordsMax+1)},
		"record too large":     {body: oversize},
		"record under minimum": {body: []byte{3, 0, 0, 0}},
		"record past the end":  {body: []byte{9, 0, 0, 0}},
		"half a length":        {body: []byte{4, 0}},
	}
	for name, test := range tests {
		h := good
		if test.change != nil {
			test.change(&h)
		}
		if _, err := journal.Seal(h, test.body); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestLimitsAreReached(t *testing.T) {
	h := journal.Header{Kind: journal.SHA256, Height: 1}
	largest := make([]byte, journal.RecordBytesMax)
	binary.LittleEndian.PutUint32(largest, journal.RecordBytesMax)
	for name, body := range map[string][]byte{
		"records": bytes.Repeat(record(""), journal.RecordsMax),
		"bytes":   bytes.Repeat(largest, journal.BodyBytesMax/journal.RecordBytesMax),
	} {
		b := seal(t, h, body)
		got, n, err := journal.Decode(b.AppendTo(nil))
		if err != nil || n != b.Size() || n > journal.BlockBytesMax {
			t.Fatalf("%s: Decode gives %d bytes, %v", name, n, err)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckFindsChangedRecord(t *testing.T) {
	b := seal(t, journal.Header{Kind: journal.SHA256, Height: 1}, body("pay 100", "pay 200"))
	b.Body[8] ^= 1
	if err := b.Check(); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
	if _, _, err := journal.Decode(b.AppendTo(nil)); err != nil {
		t.Errorf("a new CRC makes the block readable, Check alone finds the change: got %v", err)
	}
}

func TestFollows(t *testing.T) {
	first := seal(t, journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 3, Height: 1, Time: 50}, nil)
	second := journal.Header{Kind: journal.SM3, Cell: 1, Epoch: 3, Height: 2, Time: 50, Previous: first.Hash()}
	tests := map[string]struct {
		change func(h *journal.Header)
		want   error
	}{
		"same epoch and time": {func(h *journal.Header) {}, nil},
		"higher epoch":        {func(h *journal.Header) { h.Epoch = 9 }, nil},
		"later":               {func(h *journal.Header) { h.Time = 51 }, nil},
		"lower epoch":         {func(h *journal.Header) { h.Epoch = 2 }, journal.ErrEpoch},
		"earlier":             {func(h *journal.Header) { h.Time = 49 }, journal.ErrChain},
		"other cell":          {func(h *journal.Header) { h.Cell = 2 }, journal.ErrChain},
		"same height":         {func(h *journal.Header) { h.Height = 1 }, journal.ErrHeight},
		"gap":                 {func(h *journal.Header) { h.Height = 3 }, journal.ErrHeight},
		"other history":       {func(h *journal.Header) { h.Previous[0] ^= 1 }, journal.ErrChain},
	}
	for name, test := range tests {
		h := second
		test.change(&h)
		if got := h.Follows(first.Position()); !errors.Is(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	if err := first.Follows(journal.Position{Cell: 1}); err != nil {
		t.Errorf("the first block follows the empty journal: %v", err)
	}
}

// TestRoundTrip seals random records and reads them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payloads := rapid.SliceOfN(rapid.StringN(0, 40, 300), 0, 40).Draw(t, "records")
		h := journal.Header{
			Kind:   rapid.SampledFrom([]journal.HashKind{journal.SHA256, journal.SM3}).Draw(t, "kind"),
			Cell:   rapid.Uint32().Draw(t, "cell"),
			Epoch:  rapid.Uint32().Draw(t, "epoch"),
			Height: rapid.Uint64Range(2, 1<<63).Draw(t, "height"),
			Time:   rapid.Int64().Draw(t, "time"),
		}
		b, err := journal.Seal(h, body(payloads...))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := journal.Decode(b.AppendTo([]byte("before"))[len("before"):])
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Check(); err != nil || got.Hash() != b.Hash() {
			t.Fatalf("got %v with error %v, want %v", got.Hash(), err, b.Hash())
		}
		for i, r := range got.Records() {
			if string(r[4:]) != payloads[i] {
				t.Fatalf("record %d is %q, want %q", i, r[4:], payloads[i])
			}
		}
		if int(got.Count) != len(payloads) {
			t.Fatalf("%d records, want %d", got.Count, len(payloads))
		}
	})
}

func TestCorruptErrorSaysWhereAndWhat(t *testing.T) {
	err := &journal.CorruptError{Height: 17, File: "a.seg", Offset: 4096, What: "checksum", Hint: "Restore it."}
	want := "journal is corrupt at height 17 in a.seg at offset 4096: checksum (Restore it.)"
	if got := err.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	fault := &journal.Error{Op: "append block 3", Hint: "Stop.", Err: journal.ErrPoisoned}
	want = "journal: append block 3: journal is poisoned by an earlier failure (Stop.)"
	if got := fault.Error(); got != want || !errors.Is(fault, journal.ErrPoisoned) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHashText(t *testing.T) {
	want := stateRoot()
	text, err := want.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var got journal.Hash
	if err := got.UnmarshalText(text); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "00", string(text) + "0", string(text) + "00", "zz" + string(text[2:])} {
		if err := got.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
	for _, kind := range []journal.HashKind{journal.SHA256, journal.SM3} {
		if got, err := journal.ParseHashKind(kind.String()); err != nil || got != kind {
			t.Errorf("%v reads back as %v, %v", kind, got, err)
		}
	}
	if _, err := journal.ParseHashKind("md5"); err == nil {
		t.Error("md5 is taken for a hash function")
	}
}

// FuzzDecode holds that what Decode accepts is exactly what AppendTo writes, so a
// block has one encoding only.
func FuzzDecode(f *testing.F) {
	for _, b := range golden(f) {
		f.Add(b.AppendTo(nil))
	}
	f.Add([]byte("SCB1"))
	f.Fuzz(func(t *testing.T, src []byte) {
		b, n, err := journal.Decode(src)
		if err != nil {
			if !errors.Is(err, journal.ErrShort) && !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if got := b.AppendTo(nil); !bytes.Equal(got, src[:n]) {
			t.Fatalf("encodes back to %x, was %x", got, src[:n])
		}
		var records uint32
		for range b.Records() {
			records++
		}
		if records != b.Count {
			t.Fatalf("%d records, header says %d", records, b.Count)
		}
	})
}

// FuzzHeader holds that a header has one encoding only, and that a whole block's is
// read from its beginning.
func FuzzHeader(f *testing.F) {
	for _, b := range golden(f) {
		raw := b.AppendTo(nil)
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := journal.DecodeHeader(src)
		if err != nil {
			if !errors.Is(err, journal.ErrShort) && !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if b, _, err := journal.Decode(src); err == nil && b.Header != h {
			t.Fatalf("the block's header is %+v, read alone %+v", b.Header, h)
		}
	})
}

// FuzzHashText holds that a hash is 64 hexadecimal digits and nothing else.
func FuzzHashText(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("0a", 32))
	f.Add(strings.Repeat("0G", 32))
	f.Add(strings.Repeat("0a", 33))
	f.Fuzz(func(t *testing.T, text string) {
		var h journal.Hash
		if err := h.UnmarshalText([]byte(text)); err != nil {
			return
		}
		if back, err := h.MarshalText(); err != nil || string(back) != strings.ToLower(text) {
			t.Fatalf("%q is written %q, %v", text, back, err)
		}
	})
}
