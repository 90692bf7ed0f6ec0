package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sancun/journal"
	"sancun/record"
)

// proven is a journal with blocks of one to forty records, under both hash
// functions.
func proven(t testing.TB) chain {
	t.Helper()
	var all chain
	var head journal.Position
	for n := range 40 {
		var body []byte
		for i := range n + 1 {
			var out record.Builder
			out.Begin(0, record.KeyFor(0, fmt.Sprint(n, i)), &record.OpenDay{Date: uint32(20230801 + i%28), Next: 20230901})
			out.End(record.NotPermitted, uint64(i))
			body = append(body, out.Body()...)
		}
		h := journal.Header{Kind: journal.HashKind(1 + n/3%2), Cell: 7, Epoch: 1, Height: head.Height + 1, Time: int64(n), Previous: head.Hash}
		b, err := journal.Seal(h, body)
		if err != nil {
			t.Fatal(err)
		}
		all, head = append(all, &b), b.Position()
	}
	return all
}

func proofOf(t testing.TB, c chain, height uint64, index int, to uint64) *journal.Inclusion {
	t.Helper()
	in, err := journal.Include(c[height-1:].Read, height, index, to)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func checkedProof(t testing.TB, in *journal.Inclusion) (*ProofVerdict, error) {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return Proof(bytes.NewReader(text))
}

// The proof of every record of blocks of every size is believed, and what it leads
// to is the head of the journal.
func TestProofsHold(t *testing.T) {
	c := proven(t)
	last := c[len(c)-1]
	for _, b := range c {
		for index := range int(b.Count) {
			v, err := checkedProof(t, proofOf(t, c, b.Height, index, 0))
			if err != nil || !v.OK() || v.Ref != uint64(index) || v.Command != "OpenDay" || v.Hash != last.Header.Hash().String() {
				t.Fatalf("record %d of %d: %+v, %v", index, b.Count, v, err)
			}
		}
	}
	v, err := checkedProof(t, proofOf(t, c, 5, 2, 9))
	if err != nil || v.Head != 9 || len(v.Laws) != 6 {
		t.Fatalf("up to height 9: %+v, %v", v, err)
	}
	if err := v.Against(c); err != nil || !v.OK() {
		t.Errorf("against its own journal: %+v, %v", v, err)
	}
	v.Known(c[8].Header.Hash().String())
	if !v.OK() {
		t.Errorf("its head is known: %+v", v)
	}
	var page strings.Builder
	if err := v.Print(&page); err != nil || !strings.Contains(page.String(), "证明成立") {
		t.Errorf("%v\n%s", err, page.String())
	}
	if v.Known(v.Block); v.OK() {
		t.Error("another hash is taken for the head")
	}
	other := append(chain(nil), c[:4]...)
	v, err = checkedProof(t, proofOf(t, c, 5, 2, 9))
	if err = errors.Join(err, v.Against(other)); err != nil || v.OK() {
		t.Errorf("a journal without the block: %+v, %v", v, err)
	}
}

// Whatever is changed in a proof, it is not believed, or it is no proof at all.
func TestEveryForgedProofIsSeen(t *testing.T) {
	c := proven(t)
	good := proofOf(t, c, 23, 11, 0) // SM3
	flip := func(s string, at int) string {
		digit := byte('0')
		if s[at] == '0' {
			digit = '1'
		}
		return s[:at] + string(digit) + s[at+1:]
	}
	for name, forge := range map[string]func(*journal.Inclusion){
		"the record":               func(in *journal.Inclusion) { in.Record = flip(in.Record, len(in.Record)-1) },
		"another record":           func(in *journal.Inclusion) { in.Record = proofOf(t, c, 23, 12, 0).Record },
		"the leaf":                 func(in *journal.Inclusion) { in.Leaf[3] ^= 1 },
		"the place":                func(in *journal.Inclusion) { in.Index++ },
		"a place behind the last":  func(in *journal.Inclusion) { in.Index = 23 },
		"the count":                func(in *journal.Inclusion) { in.Count++ },
		"the height":               func(in *journal.Inclusion) { in.Height++ },
		"the time":                 func(in *journal.Inclusion) { in.Time++ },
		"the cell":                 func(in *journal.Inclusion) { in.Cell++ },
		"the hash function":        func(in *journal.Inclusion) { in.HashKind = "sm4" },
		"a sibling":                func(in *journal.Inclusion) { in.Path[1][0] ^= 1 },
		"a sibling less":           func(in *journal.Inclusion) { in.Path = in.Path[1:] },
		"a sibling more":           func(in *journal.Inclusion) { in.Path = append(in.Path, in.Path[0]) },
		"the records root":         func(in *journal.Inclusion) { in.RecordsRoot[9] ^= 1 },
		"the header":               func(in *journal.Inclusion) { in.Header = flip(in.Header, 200) },
		"the header of another":    func(in *journal.Inclusion) { in.Header = in.Chain[0] },
		"the block's hash":         func(in *journal.Inclusion) { in.BlockHash[0] ^= 1 },
		"a header of the chain":    func(in *journal.Inclusion) { in.Chain[4] = flip(in.Chain[4], 60) },
		"a header left out":        func(in *journal.Inclusion) { in.Chain = append(in.Chain[:3:3], in.Chain[4:]...) },
		"the last header left out": func(in *journal.Inclusion) { in.Chain = in.Chain[:len(in.Chain)-1] },
		"the head's hash":          func(in *journal.Inclusion) { in.Head.Hash[31] ^= 1 },
		"the head's height":        func(in *journal.Inclusion) { in.Head.Height-- },
	} {
		in := *good
		in.Path, in.Chain = append([]journal.Hash(nil), good.Path...), append([]string(nil), good.Chain...)
		forge(&in)
		if v, err := checkedProof(t, &in); err == nil && v.OK() {
			t.Errorf("%s was changed and the proof is believed", name)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "another format": `{"format":"x"}`, "a field too many": `{"format":"sancun-inclusion-1","more":1}`,
		"two proofs": `{"format":"sancun-inclusion-1"} {}`, "no record": `{"format":"sancun-inclusion-1"}`,
	} {
		if _, err := Proof(strings.NewReader(text)); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A proof is made of what is there only.
func TestNoProofOfNothing(t *testing.T) {
	c := proven(t)
	for _, x := range []struct {
		height uint64
		index  int
		to     uint64
	}{{0, 0, 0}, {5, 5, 0}, {5, -1, 0}, {5, 1, 4}, {5, 1, 99}} {
		if _, err := journal.Include(c[4:].Read, x.height, x.index, x.to); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("record %d of block %d up to %d: %v", x.index, x.height, x.to, err)
		}
	}
	if _, err := journal.Include(chain(nil).Read, 5, 0, 0); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("of an empty journal: %v", err)
	}
}

// FuzzProof: whatever the file has, it is refused or judged, and what is believed
// has the record that the proof began with.
func FuzzProof(f *testing.F) {
	c := proven(f)
	for _, height := range []uint64{1, 4, 13} {
		text, err := json.Marshal(proofOf(f, c, height, int(height)-1, height+3))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"format":"sancun-inclusion-1","record":"00","header":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Proof(bytes.NewReader(text))
		if err != nil && !errors.Is(err, ErrProof) {
			t.Fatal(err)
		}
		if err == nil && v.OK() && (v.Head < v.Height || v.Leaf == "") {
			t.Fatalf("believed %+v", v)
		}
	})
}
