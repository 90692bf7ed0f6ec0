package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// kinds of text that a field of 64 bits with a sign is.
var signed = map[string]string{"money.Amount": "amount", "money.Price": "price", "money.Quantity": "quantity", "money.Rate": "rate"}

// spell writes a value as its type says, field after field, with nothing of the
// codec, and says in words what it wrote. So the page below is proved by the bytes.
func spell(t *testing.T, dst []byte, v reflect.Value) (out []byte, words string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Uint8:
		return append(dst, uint8(v.Uint())), "u8"
	case reflect.Uint16:
		return binary.LittleEndian.AppendUint16(dst, uint16(v.Uint())), "u16"
	case reflect.Uint32:
		return binary.LittleEndian.AppendUint32(dst, uint32(v.Uint())), "u32"
	case reflect.Uint64:
		return binary.LittleEndian.AppendUint64(dst, v.Uint()), "u64"
	case reflect.Int64:
		words = "i64"
		if name := signed[v.Type().String()]; name != "" {
			words = name
		}
		return binary.LittleEndian.AppendUint64(dst, uint64(v.Int())), words
	case reflect.String:
		dst = binary.LittleEndian.AppendUint16(dst, uint16(v.Len()))
		return append(dst, v.String()...), "text"
	case reflect.Array:
		for i := range v.Len() {
			dst, words = spell(t, dst, v.Index(i))
		}
		if words == "u8" {
			return dst, fmt.Sprintf("%d bytes", v.Len())
		}
		return dst, fmt.Sprintf("%d × %s", v.Len(), words)
	case reflect.Slice:
		dst = binary.LittleEndian.AppendUint16(dst, uint16(v.Len()))
		for i := range v.Len() {
			dst, words = spell(t, dst, v.Index(i))
		}
		if words == "u8" {
			return dst, "bytes"
		}
		return dst, "list of " + words
	case reflect.Struct:
		var fields []string
		for i := range v.NumField() {
			dst, words = spell(t, dst, v.Field(i))
			switch f := v.Type().Field(i); {
			case f.Anonymous:
				fields = append(fields, strings.Trim(words, "()"))
			default:
				fields = append(fields, f.Name+" "+words)
			}
		}
		return dst, "(" + strings.Join(fields, ", ") + ")"
	}
	t.Fatalf("a field of kind %s", v.Kind())
	return nil, ""
}

// docs/formats/commands.md lists every kind with its fields in the order of their
// bytes, and nothing else.
func TestCommandsDocument(t *testing.T) {
	const name = "../docs/formats/commands.md"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "| kind | name | fields |\n"
	head, _, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s has no table", name)
	}
	want := head + mark + "|---|---|---|\n"
	for _, k := range Kinds() {
		cmd := sample(t, k)
		of := reflect.ValueOf(cmd).Elem()
		b, fields := spell(t, nil, of)
		if got := Encode(nil, cmd); !bytes.Equal(got, b) {
			t.Errorf("%s is written %x; its fields in the order of the type give %x", of.Type().Name(), got, b)
		}
		want += fmt.Sprintf("| %d | %s | %s |\n", k, of.Type().Name(), strings.TrimSuffix(strings.TrimPrefix(fields, "("), ")"))
	}
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("%s does not say what the commands are; read what changed and run: go test ./record -run TestCommandsDocument -update", name)
	}
}
