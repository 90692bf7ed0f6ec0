package record

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sancun/state"
)

// draw sets every field of a command to whatever its type can hold and a record
// can carry.
func draw(t *rapid.T, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, name) >> (64 - v.Type().Bits()))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, name))
	case reflect.String:
		v.SetString(rapid.StringN(-1, 40, stringMax).Draw(t, name))
	case reflect.Array:
		for i := range v.Len() {
			draw(t, v.Index(i), name)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 5).Draw(t, name+" length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i), v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("%s is of kind %s, which no record can hold", name, v.Kind())
	}
}

// Whatever a command holds comes back from its bytes, and no shorter or longer
// text is taken for it.
func TestEveryKindReadsBack(t *testing.T) {
	kinds := Kinds()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		cmd, _ := New(k)
		draw(t, reflect.ValueOf(cmd).Elem(), "command")
		b := Encode(nil, cmd)
		back, _ := New(k)
		if !Decode(b, back) {
			t.Fatalf("%T does not read back from %x", cmd, b)
		}
		if again := Encode(nil, back); !bytes.Equal(again, b) {
			t.Fatalf("%T read from %x writes %x", cmd, b, again)
		}
		empty, _ := New(k)
		if Decode(append(b, 0), empty) {
			t.Fatalf("%T reads from one byte too many", cmd)
		}
		if empty, _ = New(k); Decode(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")], empty) {
			t.Fatalf("%T reads from bytes cut short", cmd)
		}
	})
}

// A field too long for its length prefix is not written in part and called whole.
func TestTooLongDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name string
		cmd  Command
		fits bool
	}{
		{"longest text", &Decline{Reason: strings.Repeat("x", stringMax)}, true},
		{"longer text", &Decline{Reason: strings.Repeat("x", stringMax+1)}, false},
		{"longer bytes", &ChangeContact{Sealed: make([]byte, stringMax+1)}, false},
		{"longest payload", &Approve{Payload: make([]byte, payloadMax)}, true},
		{"longer payload", &Approve{Payload: make([]byte, payloadMax+1)}, false},
		{"longest list", &ExpireOrders{Orders: make([]uint64, 65_535)}, true},
		{"longer list", &ExpireOrders{Orders: make([]uint64, 65_536)}, false},
		{"longer rows", &Quotes{Rows: make([]QuoteData, 65_536)}, false},
		{"a record of more than a megabyte", &Quotes{Rows: make([]QuoteData, 40_000)}, false},
	} {
		var b Builder
		if got := b.Begin(0, state.Key{}, c.cmd); got != c.fits {
			t.Errorf("%s: fits %v, want %v", c.name, got, c.fits)
		}
	}
}

// Whatever bytes a command is read from, it writes the same bytes again.
func FuzzDecode(f *testing.F) {
	for _, k := range Kinds() {
		f.Add(uint16(k), Encode(nil, sample(f, k)))
		empty, _ := New(k)
		f.Add(uint16(k), Encode(nil, empty))
	}
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		cmd, ok := New(Kind(kind))
		if !ok || !Decode(b, cmd) {
			return
		}
		if again := Encode(nil, cmd); !bytes.Equal(again, b) {
			t.Errorf("kind %d read from %x writes %x", kind, b, again)
		}
	})
}

// encoded is a table of one row that is already in its bytes.
type encoded struct {
	number uint16
	bytes  []byte
}

func (e encoded) Number() uint16                          { return e.number }
func (e encoded) Width() int                              { return len(e.bytes) }
func (e encoded) Len() uint32                             { return 1 }
func (e encoded) Tree() *state.Tree                       { return nil }
func (e encoded) EncodeRow(dst []byte, row uint32) []byte { return append(dst, e.bytes...) }
func (e encoded) Set(uint32, []byte) bool                 { return false }
func (e encoded) Clear()                                  {}

// rewrite writes what was read of a record again.
func rewrite(v View) ([]byte, error) {
	var b Builder
	b.Begin(v.Caller, v.Key, raw{v.Kind, v.Command})
	err := v.EachEffect(func(e Effect) error {
		switch e.Kind {
		case EffectOpen:
			b.Open(e.Row, e.Key)
		case EffectPost:
			b.Post(e.Code, e.Debit, e.Credit, e.Amount)
		case EffectShift:
			b.Shift(e.Bucket, e.Row, e.Amount)
		case EffectPut:
			b.Put(encoded{e.Code, e.Bytes}, e.Row)
		case EffectClear:
			b.Clear(e.Code)
		}
		return nil
	})
	b.End(v.Code, v.Ref)
	return b.Body(), err
}

// raw is a command that is already in its bytes.
type raw struct {
	kind  Kind
	bytes []byte
}

func (r raw) Kind() Kind    { return r.kind }
func (r raw) Walk(c *Codec) { c.Fixed(r.bytes) }

// A record that is read can be written again to the same bytes; nothing else is
// taken for a record.
func FuzzRecord(f *testing.F) {
	_, all := records(f)
	for _, b := range all {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Parse(b)
		if err != nil || v.Logic != LogicVersion {
			return
		}
		again, err := rewrite(v)
		if err == nil && !bytes.Equal(again, b) {
			t.Errorf("record %x is written again as %x", b, again)
		}
		_, _ = v.Cmd()
	})
}

// constants returns the names of the package's constants of a type, in files
// whose name begins with prefix, but for those that carry another's number.
func constants(t *testing.T, typ, prefix string) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typ && len(spec.Values) == 1 {
				names = append(names, spec.Names[0].Name+" "+spec.Values[0].(*ast.BasicLit).Value)
			}
			return true
		})
	}
	return names
}

// Every kind that has a number can be read from a record, and no two share one.
func TestEveryKindIsRegistered(t *testing.T) {
	kinds := map[string]bool{}
	for _, k := range Kinds() {
		kinds[numeral(uint16(k))] = true
	}
	if got, want := len(prototypes()), len(kinds); got != want {
		t.Errorf("%d commands share %d kinds", got, want)
	}
	for _, c := range constants(t, "Kind", "") {
		name, number, _ := strings.Cut(c, " ")
		if !kinds[number] {
			t.Errorf("%s = %s is in no list of commands", name, number)
		}
		delete(kinds, number)
	}
	for number := range kinds {
		t.Errorf("kind %s has no constant of its own", number)
	}
}
