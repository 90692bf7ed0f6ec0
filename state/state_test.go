package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
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

func rootOf(t *Table[pair, *pair]) Hash { return Root(sha256.Sum256, []Kept{t}) }

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
			if got, want := rootOf(table), rootOf(fresh); got != want {
				t.Fatalf("root %x after changes, %x when filled at once", got, want)
			}
		}
	})
}

// A root that was begun is of the rows as they were then, whatever happens to them
// and however much of the work is done when.
func TestRootIsOfWhenItWasBegun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := NewTable[pair](7, 16)
		all := []Kept{table}
		begun := rootOf(NewTable[pair](7, 16))
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch n := int(table.Len()); rapid.SampledFrom([]string{"append", "append", "touch", "touch", "work", "clear", "begin", "root"}).Draw(t, "step") {
			case "append":
				for i := range rapid.IntRange(1, 700).Draw(t, "rows") {
					table.Append(pair{uint64(i), uint64(n)})
				}
			case "touch":
				for range min(n, 5) {
					table.Touch(uint32(rapid.IntRange(0, n-1).Draw(t, "row"))).a++
				}
			case "work":
				WorkOnRoot(rapid.IntRange(1, 20).Draw(t, "nodes"), all)
			case "clear":
				if rapid.IntRange(0, 3).Draw(t, "really") == 0 {
					table.Clear()
				}
			case "begin":
				if got := EndRoot(sha256.Sum256, all); got != begun {
					t.Fatalf("root %x, want that of when it was begun, %x", got, begun)
				}
				BeginRoot(sha256.Sum256, all)
				begun = rootOf(copyOf(table))
			case "root":
				if got := EndRoot(sha256.Sum256, all); got != begun {
					t.Fatalf("root %x, want that of when it was begun, %x", got, begun)
				}
				begun = rootOf(table)
				if want := rootOf(copyOf(table)); begun != want {
					t.Fatalf("root %x, want %x", begun, want)
				}
			}
		}
	})
}

// More pages than are copied may change before they are hashed.
func TestMorePagesChangeThanAreCopied(t *testing.T) {
	table := NewTable[pair](7, 16)
	all := []Kept{table}
	const page = 32
	for row := range uint64((copiesMax + 100) * page) {
		table.Append(pair{row, row})
	}
	want := rootOf(table)
	table.Touch(3).a = 0
	for row := uint32(0); row < table.Len(); row += page {
		table.Touch(row).b++
	}
	changed := rootOf(copyOf(table))
	BeginRoot(sha256.Sum256, all)
	for row := uint32(0); row < table.Len(); row += page {
		table.Touch(row).b--
	}
	if n := len(table.Tree().copies); n != copiesMax {
		t.Errorf("%d pages were copied, want %d", n, copiesMax)
	}
	if got := EndRoot(sha256.Sum256, all); got != changed {
		t.Errorf("root %x, want that of when it was begun, %x", got, changed)
	}
	table.Touch(3).a = 3
	if got := rootOf(table); got != want {
		t.Errorf("root %x after everything was undone, want %x", got, want)
	}
}

// The root of a table of many pages is the one that docs/formats/state.md draws.
func TestRootOfManyPages(t *testing.T) {
	table := NewTable[pair](7, 16)
	var level []Hash
	const rows, page = 150_001, 32
	for row := uint64(0); row < rows; {
		bytes := []byte{leafMark}
		for range page {
			if row < rows {
				table.Append(pair{row, ^row})
				bytes = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(bytes, row), ^row)
				row++
			}
		}
		level = append(level, sha256.Sum256(bytes))
	}
	for len(level) > 1 {
		var up []Hash
		for group := range slices.Chunk(level, fanout) {
			bytes := []byte{nodeMark}
			for _, child := range group {
				bytes = append(bytes, child[:]...)
			}
			up = append(up, sha256.Sum256(bytes))
		}
		level = up
	}
	whole := binary.LittleEndian.AppendUint32([]byte{stateMark, 7, 0}, rows)
	if got, want := rootOf(table), Hash(sha256.Sum256(append(whole, level[0][:]...))); got != want {
		t.Errorf("root %x, want %x", got, want)
	}
}

func copyOf(t *Table[pair, *pair]) *Table[pair, *pair] {
	fresh := NewTable[pair](7, 16)
	for row := range t.Len() {
		fresh.Append(*t.At(row))
	}
	return fresh
}

// Any changed row changes the root.
func TestRootSeesEveryRow(t *testing.T) {
	table := NewTable[pair](1, 16)
	for i := range uint64(5000) {
		table.Append(pair{i, i})
	}
	seen := map[Hash]bool{rootOf(table): true}
	for row := range uint32(5000) {
		table.Touch(row).a ^= 1 << 40
		root := rootOf(table)
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
	if got, want := rootOf(back), rootOf(table); got != want {
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
			key := KeyOf(uint64(rapid.IntRange(0, 300).Draw(t, "key")), 0)
			if rapid.IntRange(0, 9).Draw(t, "delete") == 0 {
				index.Delete(key)
				delete(model, key)
			} else {
				row := rapid.Uint32Range(0, 1000).Draw(t, "row")
				index.Put(key, row)
				model[key] = row
			}
		}
		if index.used != len(model) {
			t.Fatalf("%d keys counted, want %d", index.used, len(model))
		}
		for k := range 301 {
			key := KeyOf(uint64(k), 0)
			got, ok := index.Find(key)
			want, known := model[key]
			if ok != known || got != want {
				t.Fatalf("key %d: got %d %v, want %d %v", k, got, ok, want, known)
			}
		}
	})
}

// While an index grows, every key is found, those put again have their newest row,
// and no single Put moves more than a few slots.
func TestIndexGrowsBitByBit(t *testing.T) {
	var index Index
	const keys = 20_000
	growing := 0
	for k := range uint64(keys) {
		index.Put(KeyOf(k, 1), uint32(k))
		index.Put(KeyOf(k/2, 1), uint32(k/2)+1_000_000) // an older key again
		if index.old != nil {
			growing++
		}
		for _, old := range []uint64{0, k / 4, k / 2, k} {
			want := uint32(old)
			if old <= k/2 {
				want += 1_000_000
			}
			if got, ok := index.Find(KeyOf(old, 1)); !ok || got != want {
				t.Fatalf("after %d keys, key %d: got %d %v, want %d", k+1, old, got, ok, want)
			}
		}
		if _, ok := index.Find(KeyOf(k+1, 1)); ok {
			t.Fatalf("after %d keys, key %d is found before it is put", k+1, k+1)
		}
	}
	if index.used != keys {
		t.Errorf("%d keys counted, want %d", index.used, keys)
	}
	if growing < keys/20 || growing > keys/4 {
		t.Errorf("it was growing during %d of %d puts", growing, keys)
	}
}

func TestAnswersForgetTheOldest(t *testing.T) {
	for _, limit := range []uint64{1, 3, chunkRows, chunkRows + 7} {
		answers := NewAnswers(int(limit))
		last := limit + limit/2 + 1
		for i := range last {
			answers.Put(Answer{Key: KeyOf(i, 1), Ref: i})
		}
		var file bytes.Buffer
		if _, err := answers.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		back := NewAnswers(int(limit))
		if _, err := back.ReadFrom(&file); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Answers{answers, back} {
			if s.Len() != int(limit) {
				t.Errorf("%d answers of %d", s.Len(), limit)
			}
			for i := range last {
				a, ok := s.Find(KeyOf(i, 1))
				if ok != (i >= last-limit) || ok && a.Ref != i {
					t.Fatalf("limit %d, answer %d: found %v", limit, i, ok)
				}
			}
		}
	}
}

// The cost of a key in an index of ten million: put once, found once, missed once.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{100_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				var index Index
				for k := range uint64(n) {
					key := KeyOf(k*0x9E3779B97F4A7C15, k)
					if _, ok := index.Find(key); ok {
						b.Fatal("found too early")
					}
					index.Put(key, uint32(k))
				}
				for k := range uint64(n) {
					if row, ok := index.Find(KeyOf(k*0x9E3779B97F4A7C15, k)); !ok || row != uint32(k) {
						b.Fatal("not found")
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
		})
	}
}
