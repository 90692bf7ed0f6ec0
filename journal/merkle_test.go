package journal_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"sancun/journal"
)

// TestTreeVectors uses the published reference leaves and roots of Certificate
// Transparency (RFC 6962), which every implementation of the tree is tested with.
func TestTreeVectors(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var hashes []journal.Hash
	for n, want := range roots {
		if got := journal.TreeHash(journal.SHA256, hashes).String(); got != want {
			t.Errorf("%d leaves: root %s, want %s", n, got, want)
		}
		if n < len(leaves) {
			leaf, err := hex.DecodeString(leaves[n])
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, journal.LeafHash(journal.SHA256, leaf))
		}
	}
}

// TestSealedRootIsTheTree compares the writer's incremental tree with the
// recursive definition of RFC 6962.
func TestSealedRootIsTheTree(t *testing.T) {
	for n := range 70 {
		b := seal(t, journal.Header{Kind: journal.SHA256, Height: 1}, numbered(n))
		var leaves []journal.Hash
		for _, r := range b.Records() {
			leaves = append(leaves, journal.LeafHash(b.Kind, r))
		}
		if want := journal.TreeHash(b.Kind, leaves); b.RecordsRoot != want {
			t.Errorf("%d records: root %v, want %v", n, b.RecordsRoot, want)
		}
	}
}

func numbered(n int) []byte {
	var out []byte
	for i := range n {
		out = append(out, record(fmt.Sprint("record ", i))...)
	}
	return out
}

// TestProofs proves every record of trees of many shapes, and checks that a proof
// fits no other record, index, count or root.
func TestProofs(t *testing.T) {
	for _, kind := range []journal.HashKind{journal.SHA256, journal.SM3} {
		for n := 1; n <= 33; n++ {
			b := seal(t, journal.Header{Kind: kind, Height: 1}, numbered(n))
			for i, r := range b.Records() {
				proof, err := journal.Prove(&b, i)
				if err != nil {
					t.Fatal(err)
				}
				if err := proof.Verify(kind, b.RecordsRoot, r); err != nil {
					t.Fatalf("record %d of %d: %v", i, n, err)
				}
				refuseOthers(t, proof, &b, r)
			}
		}
	}
}

func refuseOthers(t *testing.T, proof journal.Proof, b *journal.Block, r []byte) {
	t.Helper()
	other := append([]byte(nil), r...)
	other[len(other)-1] ^= 1
	root := b.RecordsRoot
	root[31] ^= 1
	longer := proof
	longer.Path = append(append([]journal.Hash(nil), proof.Path...), journal.Hash{})
	outside := proof
	outside.Index = outside.Count
	moved := proof
	moved.Index = (proof.Index + 1) % proof.Count
	for name, err := range map[string]error{
		"other record":   proof.Verify(b.Kind, b.RecordsRoot, other),
		"other root":     proof.Verify(b.Kind, root, r),
		"longer path":    longer.Verify(b.Kind, b.RecordsRoot, r),
		"outside":        outside.Verify(b.Kind, b.RecordsRoot, r),
		"unknown kind":   proof.Verify(9, b.RecordsRoot, r),
		"no such record": second(journal.Prove(b, int(b.Count))),
	} {
		if !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("record %d of %d, %s: got %v, want ErrInvalid", proof.Index, proof.Count, name, err)
		}
	}
	if proof.Count > 1 && moved.Verify(b.Kind, b.RecordsRoot, r) == nil {
		t.Errorf("record %d of %d is proven at %d", proof.Index, proof.Count, moved.Index)
	}
}

func second[T any](_ T, err error) error { return err }

// FuzzProof holds that no proof, however made, shows a record that is not there.
func FuzzProof(f *testing.F) {
	f.Add(uint32(1), uint32(3), []byte("record 1"), make([]byte, 64))
	f.Add(uint32(0), uint32(1), []byte("x"), []byte{})
	b := seal(f, journal.Header{Kind: journal.SHA256, Height: 1}, numbered(5))
	f.Fuzz(func(t *testing.T, index, count uint32, payload, path []byte) {
		proof := journal.Proof{Index: index, Count: count}
		for ; len(path) >= 32 && len(proof.Path) < 20; path = path[32:] {
			proof.Path = append(proof.Path, journal.Hash(path[:32]))
		}
		if proof.Verify(b.Kind, b.RecordsRoot, payload) != nil {
			return
		}
		for _, r := range b.Records() {
			if string(r) == string(payload) {
				return
			}
		}
		t.Fatalf("proves %q, which is not in the block", payload)
	})
}
