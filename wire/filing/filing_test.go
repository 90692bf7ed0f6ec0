package filing

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of this package again")

// The people of these tests are invented.
var people = []Entry{
	{Number: 41, Kind: Opening, Date: 20230825, Client: 1001, Class: 1, Document: 1, ID: "110101190001010014", Name: "测试客户甲", Mobile: "13000000001", Branch: 12, Opened: 20230825},
	{Number: 42, Kind: Change, Date: 20230825, Client: 7, Class: 2, Document: 8, ID: "91350100M000100Y43", Name: "某某(上海)有限公司", Branch: 1, Opened: 20200102},
	{Number: 43, Kind: Closing, Date: 20230825, Client: 8, Class: 1, Document: 2, ID: "E00000000", Name: "SMITH, JO 𠮷", Mobile: "13000000002", Opened: 20200102, Closed: 20230825, Of: 3},
}

func sampleFile(t testing.TB) File {
	t.Helper()
	f := File{Broker: "60050000", Date: 20230825, Number: 9}
	for i := range people {
		line, err := people[i].Line()
		if err != nil {
			t.Fatal(err)
		}
		f.Lines = append(f.Lines, line)
	}
	return f
}

var sampleAnswer = Answer{Broker: "60050000", Date: 20230825, Number: 9, Verdicts: []Verdict{{Entry: 41}, {Entry: 43, Refused: true, Reason: 17, Text: "证件号码不符"}}}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

// The bytes of both files, and what is read of them.
func TestGolden(t *testing.T) {
	f := sampleFile(t)
	raw, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/file.golden", raw)
	back, entries, err := Decode(raw)
	if err != nil || !reflect.DeepEqual(back, f) || !reflect.DeepEqual(entries, people) {
		t.Errorf("read %+v %+v, %v", back, entries, err)
	}
	if got, want := f.Name(), "KHBA_60050000_20230825_000009.txt"; got != want {
		t.Errorf("name %s, want %s", got, want)
	}
	if raw, err = sampleAnswer.Encode(); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/answer.golden", raw)
	if answer, err := DecodeAnswer(raw); err != nil || !reflect.DeepEqual(answer, sampleAnswer) {
		t.Errorf("read %+v, %v", answer, err)
	}
	if got, want := sampleAnswer.Name(), "KHBAHZ_60050000_20230825_000009.txt"; got != want {
		t.Errorf("name %s, want %s", got, want)
	}
}

// Every byte that changes is noticed, and what is wrong never quotes a person.
func TestDamageIsSeen(t *testing.T) {
	f := sampleFile(t)
	raw, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		if _, _, err := Decode(bad); !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d changed: %v", i, err)
		} else if strings.Contains(err.Error(), "测试") || strings.Contains(err.Error(), "110101") {
			t.Fatalf("the error quotes a person: %v", err)
		}
		if _, _, err := Decode(raw[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, err := DecodeAnswer(raw); !errors.Is(err, ErrFormat) {
		t.Errorf("a file as an answer: %v", err)
	}
}

// What cannot stand in a file is refused before it is in one.
func TestRefused(t *testing.T) {
	for name, change := range map[string]func(*Entry){
		"no number": func(e *Entry) { e.Number = 0 }, "no kind": func(e *Entry) { e.Kind = 0 }, "kind": func(e *Entry) { e.Kind = 4 }, "client": func(e *Entry) { e.Client = 0 },
		"class": func(e *Entry) { e.Class = 3 }, "document": func(e *Entry) { e.Document = 9 }, "of itself": func(e *Entry) { e.Of = e.Number },
		"bar": func(e *Entry) { e.Name = "甲|乙" }, "line": func(e *Entry) { e.Name = "甲\n乙" }, "long": func(e *Entry) { e.Name = strings.Repeat("甲", 161) },
		"no UTF-8": func(e *Entry) { e.ID = "\xff" },
	} {
		e := people[0]
		change(&e)
		if line, err := e.Line(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %q, %v", name, line, err)
		}
	}
	for name, change := range map[string]func(*File){
		"broker": func(f *File) { f.Broker = "A|B" }, "no broker": func(f *File) { f.Broker = "" }, "date": func(f *File) { f.Date = 7 }, "number": func(f *File) { f.Number = 0 },
		"no lines": func(f *File) { f.Lines = nil }, "line": func(f *File) { f.Lines[1] = "D|1" }, "many": func(f *File) {
			for len(f.Lines) <= EntriesMax {
				f.Lines = append(f.Lines, f.Lines[0])
			}
		},
	} {
		f := sampleFile(t)
		change(&f)
		if _, err := f.Encode(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, v := range map[string]Verdict{"no entry": {}, "a reason without refusal": {Entry: 1, Reason: 2}, "bar": {Entry: 1, Text: "|"}} {
		a := Answer{Broker: "B", Date: 20230825, Number: 1, Verdicts: []Verdict{v}}
		if _, err := a.Encode(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is read as a file is written again as the same bytes.
func FuzzDecode(f *testing.F) {
	file := sampleFile(f)
	raw, err := file.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, entries, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := file.Encode()
		if err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q is written again as %q, %v", raw, again, err)
		}
		for i := range entries {
			if line, err := entries[i].Line(); err != nil || line != file.Lines[i] {
				t.Errorf("line %q is written again as %q, %v", file.Lines[i], line, err)
			}
		}
	})
}

// The same of answers.
func FuzzDecodeAnswer(f *testing.F) {
	raw, err := sampleAnswer.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := DecodeAnswer(raw)
		if err != nil {
			return
		}
		if again, err := a.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q is written again as %q, %v", raw, again, err)
		}
	})
}

// A line that is read as an entry is written again as it was.
func FuzzParseEntry(f *testing.F) {
	for i := range people {
		line, err := people[i].Line()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, err := ParseEntry(line)
		if err != nil {
			return
		}
		if again, err := e.Line(); err != nil || again != line {
			t.Errorf("%q is written again as %q, %v", line, again, err)
		}
	})
}
