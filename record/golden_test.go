package record

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"sancun/state"
)

var update = flag.Bool("update", false, "write the golden files of this package again")

// filler gives every field it reaches another value, by the order of the fields,
// so that two fields that change places, or one that is not walked, are seen.
type filler struct{ next uint64 }

func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		f.next++
		v.SetUint(f.next<<(v.Type().Bits()/2)>>4 | f.next)
	case reflect.Int64:
		f.next++
		v.SetInt(-int64(f.next<<24 | f.next))
	case reflect.String:
		f.next++
		v.SetString(fmt.Sprintf("text %d", f.next))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic(fmt.Sprintf("a command has a field of kind %s, which no record can hold", v.Kind()))
	}
}

// sample returns the command of a kind with every field set.
func sample(t testing.TB, k Kind) Command {
	t.Helper()
	cmd, ok := New(k)
	if !ok {
		t.Fatalf("kind %d cannot be made", k)
	}
	(&filler{}).fill(reflect.ValueOf(cmd).Elem())
	return cmd
}

// golden compares text with a file, or writes the file with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]bool{}
	for line := range strings.Lines(string(want)) {
		old[line] = true
	}
	for line := range strings.Lines(got) {
		if !old[line] {
			t.Errorf("%s does not have this line; after a change that no journal depends on, run the test with -update:\n%s", file, line)
		}
		delete(old, line)
	}
	for line := range strings.Lines(string(want)) {
		if old[line] {
			t.Errorf("%s has a line that nothing writes any more:\n%s", file, line)
		}
	}
}

// The bytes of every kind of command lie in journals for twenty years, and every
// field of it is written and read.
func TestGoldenKinds(t *testing.T) {
	var got strings.Builder
	for _, k := range Kinds() {
		cmd := sample(t, k)
		b := Encode(nil, cmd)
		back, _ := New(k)
		if !Decode(b, back) || !reflect.DeepEqual(cmd, back) {
			t.Errorf("%T reads back as %+v, written from %+v", cmd, back, cmd)
		}
		fmt.Fprintf(&got, "%d %T %s\n", k, cmd, hex.EncodeToString(b))
	}
	golden(t, "testdata/kinds.golden", got.String())
}

// row is a row of ten bytes for effects on tables.
type row [10]byte

func (r *row) Encode(dst []byte) { copy(dst, r[:]) }
func (r *row) Decode(src []byte) { copy(r[:], src) }

// records writes one record for each effect, one with all of them, and one that
// was rejected.
func records(t testing.TB) (names []string, all [][]byte) {
	t.Helper()
	table := state.NewTable[row](0x0102, 10)
	table.Append(row{})
	table.Append(row{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	var b Builder
	effects := []struct {
		name string
		make func()
	}{
		{"open", func() { b.Open(0x11121314, state.KeyOf(0x2122232425262728, 0x3132333435363738)) }},
		{"post", func() { b.Post(0x4142, 0x51525354, 0x61626364, 0x7172737475767778) }},
		{"shift", func() { b.Shift(5, 0x11121314, -0x2122232425262728) }},
		{"put", func() { b.Put(table, 1) }},
		{"clear", func() { b.Clear(0x0304) }},
	}
	keep := func(name string, code Code, ref uint64, with func()) {
		b.Reset(nil)
		b.Begin(CallerOf(CallerBank, 0x010203), state.KeyOf(0x8182838485868788, 0x9192939495969798), &LedgerTransfer{Debit: 1, Credit: 2, Amount: 3})
		with()
		b.End(code, ref)
		names, all = append(names, name), append(all, b.Body())
	}
	for _, e := range effects {
		keep(e.name, Accepted, 0xa1a2a3a4a5a6a7a8, e.make)
	}
	keep("all", Accepted, 1, func() {
		for _, e := range effects {
			e.make()
		}
	})
	keep("rejected", Insufficient, 0, func() {})
	return names, all
}

// The bytes of a record's head and of every effect.
func TestGoldenEffects(t *testing.T) {
	var got strings.Builder
	names, all := records(t)
	kinds := map[EffectKind]bool{}
	for i, b := range all {
		v, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.EachEffect(func(e Effect) error { kinds[e.Kind] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s %s\n", names[i], hex.EncodeToString(b))
	}
	for k := EffectOpen; k <= EffectClear; k++ {
		if !kinds[k] {
			t.Errorf("no golden record has an effect of kind %d", k)
		}
	}
	golden(t, "testdata/effects.golden", got.String())
}
