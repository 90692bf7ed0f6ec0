package state

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// planted are three tables, of one page, of some and of three levels.
func planted(random *rand.Rand) []*Table[wide, *wide] {
	var all []*Table[wide, *wide]
	for i, rows := range []int{3, 90, 6000} {
		t := NewTable[wide](uint16(10+i*3), wideBytes)
		for range rows {
			var r wide
			for k := range r {
				r[k] = byte(random.Uint32())
			}
			t.Append(r)
		}
		all = append(all, t)
	}
	return all
}

const wideBytes = 72

type wide [wideBytes]byte

func (r *wide) Encode(dst []byte) { copy(dst, r[:]) }
func (r *wide) Decode(src []byte) { copy(r[:], src) }

func kept(all []*Table[wide, *wide]) []Kept {
	var k []Kept
	for _, t := range all {
		k = append(k, t)
	}
	return k
}

func rooted(all []*Table[wide, *wide]) Rooted {
	Root(sha256.Sum256, kept(all))
	return kept(all)
}

// 500 single rows changed one after another are all found and named, and nothing
// else is.
func TestDifferencesNameTheRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	ours, theirs := planted(rand.New(rand.NewPCG(2, 2))), planted(rand.New(rand.NewPCG(2, 2)))
	for range 500 {
		table := ours[random.IntN(len(ours))]
		row := random.Uint32N(table.Len())
		old := *table.At(row)
		table.Touch(row)[random.IntN(wideBytes)] ^= 1 << random.IntN(8)
		found, err := Differences(rooted(ours), rooted(theirs), 10)
		if err != nil || len(found) != 1 || found[0].Table != table.Number() || found[0].Row != row {
			t.Fatalf("found %+v, %v; changed was row %d of table %d", found, err, row, table.Number())
		}
		*table.Touch(row) = old
	}
	if found, err := Differences(rooted(ours), rooted(theirs), 10); err != nil || len(found) != 0 {
		t.Fatalf("equal states differ in %+v, %v", found, err)
	}
}

// Rows that only one side has are differences of their own, and so is a table.
func TestDifferencesOfLength(t *testing.T) {
	ours, theirs := planted(rand.New(rand.NewPCG(2, 2))), planted(rand.New(rand.NewPCG(2, 2)))
	ours[1].Append(wide{1})
	theirs[2].Append(wide{2})
	theirs[2].Append(wide{3})
	theirs[0].Clear()
	found, err := Differences(rooted(ours), rooted(theirs), 100)
	if err != nil || len(found) != 3+1+2 {
		t.Fatalf("found %d: %+v, %v", len(found), found, err)
	}
	for _, d := range found {
		if (len(d.Ours) == 0) == (len(d.Theirs) == 0) {
			t.Errorf("%+v is on both sides", d)
		}
	}
	if found, err = Differences(rooted(ours), rooted(theirs), 2); err != nil || len(found) != 2 {
		t.Errorf("at most two: %d, %v", len(found), err)
	}
	narrow := NewTable[wide](10, wideBytes/2)
	if _, err := (Rooted{narrow}).Nodes(10, 0, 0, 1); err == nil {
		t.Error("hashes of a table without rows")
	}
	if _, err := rooted(ours).Nodes(10, 9, 0, 1); err == nil {
		t.Error("hashes of a level that is none")
	}
}

// A row that changes though nobody touched it is found by reading again, by nothing
// else; a row that was touched is no damage.
func TestScrubFindsWhatNobodyWrote(t *testing.T) {
	all := planted(rand.New(rand.NewPCG(2, 2)))
	random := rand.New(rand.NewPCG(5, 5))
	before := Root(sha256.Sum256, kept(all))
	scrub := func() (bad int) {
		for _, k := range kept(all) {
			for page := 0; ; {
				found, next := Scrub(sha256.Sum256, k, page, 7)
				bad += len(found)
				if page = next; next == 0 {
					break
				}
			}
		}
		return bad
	}
	if scrub() != 0 {
		t.Fatal("damage where there is none")
	}
	for range 200 {
		table := all[random.IntN(len(all))]
		row := random.Uint32N(table.Len())
		at := random.IntN(wideBytes)
		table.At(row)[at] ^= 4
		if root := Root(sha256.Sum256, kept(all)); root != before {
			t.Fatal("the root saw what nobody wrote")
		}
		if got := scrub(); got != 1 {
			t.Fatalf("%d pages are damaged, want 1", got)
		}
		Recheck(kept(all))
		if root := Root(sha256.Sum256, kept(all)); root == before {
			t.Fatal("the root of everything did not see it")
		}
		table.Touch(row)[at] ^= 4
		if scrub() != 0 {
			t.Fatal("a row that was written counts as damage")
		}
		if root := Root(sha256.Sum256, kept(all)); root != before {
			t.Fatal("the root is another")
		}
	}
}
