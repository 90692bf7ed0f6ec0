package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

type pair struct{ a, b uint64 }

func (p *pair) Encode(dst []byte) {
	binary.LittleEndian.PutUint64(dst, p.a)
	binary.LittleEndian.PutUint64(dst[8:], p.b)
}

func (p *pair) Decode(src []byte) {
	p.a, p.b = binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
}

// A root kept over many changes equals the root of a table filled at once.
func TestRootIsIncremental(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := NewTable[pair](7, 16)
		var model []pair
		for range rapid.IntRange(1, 40).Draw(t, "rounds") {
			for range rapid.IntRange(0, 300).Draw(t, "appends") {
				p := pair{rapid.Uint64().Draw(t, "a"), uint64(len(model))}
				table.Append(p)
				model = append(model, p)
			}
			for range rapid.IntRange(0, 5).Draw(t, "updates") {
				if len(model) == 0 {
					break
				}
				row := rapid.IntRange(0, len(model)-1).Draw(t, "row")
				model[row].b += 3
				table.Touch(uint32(row)).b += 3
			}
			fresh := NewTable[pair](7, 16)
			for _, p := range model {
				fresh.Append(p)
			}
			if got, want := table.Root(sha256.Sum256), fresh.Root(sha256.Sum256); got != want {
				t.Fatalf("root %x after changes, %x when filled at once", got, want)
			}
		}
	})
}

// Any changed row changes the root.
func TestRootSeesEveryRow(t *testing.T) {
	table := NewTable[pair](1, 16)
	for i := range uint64(5000) {
		table.Append(pair{i, i})
	}
	seen := map[Hash]bool{table.Root(sha256.Sum256): true}
	for row := range uint32(5000) {
		table.Touch(row).a ^= 1 << 40
		root := table.Root(sha256.Sum256)
		if seen[root] {
			t.Fatalf("changing row %d led to a root seen before", row)
		}
		seen[root] = true
	}
}

func TestSnapshotRoundTrip(t *testing.T) {
	table := NewTable[pair](3, 16)
	for i := range uint64(70_000) {
		table.Append(pair{i, i * i})
	}
	var file bytes.Buffer
	if err := WriteTables(&file, []Kept{table}); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	back := NewTable[pair](3, 16)
	if err := ReadTables(bytes.NewReader(whole), []Kept{back}); err != nil {
		t.Fatal(err)
	}
	if got, want := back.Root(sha256.Sum256), table.Root(sha256.Sum256); got != want {
		t.Fatalf("root %x after loading, %x before", got, want)
	}
	if err := ReadTables(bytes.NewReader(whole[:len(whole)-1]), []Kept{NewTable[pair](3, 16)}); err == nil {
		t.Fatal("a snapshot cut short was loaded")
	}
	if err := ReadTables(bytes.NewReader(whole), []Kept{NewTable[pair](4, 16)}); err == nil {
		t.Fatal("a snapshot of another table was loaded")
	}
}

// The index agrees with a map under any mix of puts and deletes.
func TestIndexAgreesWithMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var index Index
		model := map[Key]uint32{}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			key := KeyOf(uint64(rapid.IntRange(0, 80).Draw(t, "key")), 0)
			if rapid.Bool().Draw(t, "delete") {
				index.Delete(key)
				delete(model, key)
			} else {
				row := rapid.Uint32Range(0, 1000).Draw(t, "row")
				index.Put(key, row)
				model[key] = row
			}
		}
		for k := range 81 {
			key := KeyOf(uint64(k), 0)
			got, ok := index.Find(key)
			want, known := model[key]
			if ok != known || got != want {
				t.Fatalf("key %d: got %d %v, want %d %v", k, got, ok, want, known)
			}
		}
	})
}

func TestAnswersForgetTheOldest(t *testing.T) {
	answers := NewAnswers(3)
	for i := range uint64(5) {
		answers.Put(Answer{Key: KeyOf(i, 1), Ref: i})
	}
	var file bytes.Buffer
	if _, err := answers.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	back := NewAnswers(3)
	if _, err := back.ReadFrom(&file); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Answers{answers, back} {
		for i := range uint64(5) {
			a, ok := s.Find(KeyOf(i, 1))
			if ok != (i >= 2) || ok && a.Ref != i {
				t.Errorf("answer %d: found %v", i, ok)
			}
		}
	}
}
