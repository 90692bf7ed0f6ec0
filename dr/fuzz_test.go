package dr

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// Whatever is no order is refused; whatever is one says the same when it is
// written again; and none is carried out but the one that two people signed.
func FuzzOrder(f *testing.F) {
	all, keys := people()
	good := draft()
	for _, name := range []string{good.Maker, good.Checker} {
		if err := good.Sign(name, keys[name]); err != nil {
			f.Fatal(err)
		}
	}
	want, err := good.bytes()
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.MarshalIndent(&good, "", "  ")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)-2])
	f.Add(append(bytes.Clone(text), text...))
	f.Add(bytes.Replace(text, []byte(`"epoch": 5`), []byte(`"epoch": 6`), 1))
	f.Add(bytes.Replace(text, []byte(`"cell"`), []byte(`"sell"`), 1))
	f.Add(bytes.Replace(text, []byte(`"cell": 1`), []byte(`"cell": -1`), 1))
	f.Add(bytes.Replace(text, []byte(`"cell": 1`), []byte(`"cell": 4294967297`), 1))
	f.Add(bytes.Replace(text, []byte(`"south"`), []byte("\"so\xffth\""), 1))
	f.Add([]byte(`{"issued":"2026-13-01T00:00:00Z"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := ReadOrder(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrOrder) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if _, _, err := o.Check(here, all); err != nil {
			if !errors.Is(err, ErrOrder) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if said, err := o.bytes(); err != nil || !bytes.Equal(said, want) {
			t.Fatalf("nobody signed this order: %s", said)
		}
	})
}

// An order is read whole or not at all.
func TestOrdersThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         "",
		"half":            `{"cell":1`,
		"two":             `{"cell":1}{"cell":1}`,
		"unknown field":   `{"cell":1,"force":true}`,
		"negative number": `{"cell":-1}`,
		"number too wide": `{"epoch":4294967296}`,
		"no time":         `{"issued":"yesterday"}`,
		"too long":        `{"cell":1}` + string(bytes.Repeat([]byte(" "), orderBytesMax)) + `{}`,
	} {
		if _, err := ReadOrder(bytes.NewReader([]byte(text))); !errors.Is(err, ErrOrder) && name != "too long" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
