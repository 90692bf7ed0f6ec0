package sse_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sancun/wire/sse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// seq is a message number with a different byte in each place.
const seq = 0x0102030405060708

// TestGolden pins the bytes of one frame of every message and reads them back.
func TestGolden(t *testing.T) {
	seen := map[sse.MsgType]bool{}
	for _, s := range samples {
		frame, err := sse.AppendFrame(nil, seq, s.message)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		dirty := bytes.Repeat([]byte{0xa5}, len(frame)) // old bytes must not shine through
		if again, err := sse.AppendFrame(dirty[:0], seq, s.message); err != nil || !bytes.Equal(again, frame) {
			t.Errorf("%s into a used buffer: % x, %v", s.name, again, err)
		}
		path := filepath.Join("testdata", s.name+".hex")
		if *update {
			if err := os.WriteFile(path, []byte(hex.Dump(frame)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.Dump(frame); got != string(want) {
			t.Errorf("%s:\n got\n%s\nwant\n%s", s.name, got, want)
		}
		got, err := sse.NewReader(bytes.NewReader(frame)).Next()
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		if got.Seq != seq {
			t.Errorf("%s: message number %x", s.name, got.Seq)
		}
		if m, err := got.Decode(); err != nil || !reflect.DeepEqual(m, s.message) {
			t.Errorf("%s: decoded %+v, %v; want %+v", s.name, m, err, s.message)
		}
		seen[s.message.Type()] = true
	}
	for n := range sse.MsgType(10_000) {
		if n.Known() && !seen[n] {
			t.Errorf("no sample of %v", n)
		}
	}
}

// field is one row of a message's layout: what the format document promises.
type field struct {
	at, bytes int
	name      string
}

// layout finds the fields of a message from outside: a body cut short is refused
// with the name and the place of the field that is not whole. Of a repeated
// field only the first is listed.
func layout(t *testing.T, m sse.Message) []field {
	t.Helper()
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []field
	for n := range body {
		_, err := sse.Decode(m.Type(), body[:n])
		var fault *sse.Error
		if !errors.As(err, &fault) || fault.Reason != sse.ErrLength {
			t.Fatalf("%v cut to %d bytes: %v, want a length error", m.Type(), n, err)
		}
		at := fault.Offset - sse.HeaderLen
		if len(all) == 0 || all[len(all)-1].at != at {
			all = append(all, field{at: at, name: fault.Field})
		}
	}
	var first []field
	listed := map[string]bool{}
	for i, f := range all {
		end := len(body)
		if i+1 < len(all) {
			end = all[i+1].at
		}
		if f.bytes = end - f.at; !listed[f.name] {
			first = append(first, f)
		}
		listed[f.name] = true
	}
	return first
}

var docRow = regexp.MustCompile(`^\| (\d+) \| (\d+) \| (\w+) \|`)

// TestFormatDocument compares the tables of docs/formats/sse.md with the code.
func TestFormatDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats/sse.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		number := strconv.FormatUint(uint64(s.message.Type()), 10)
		_, section, ok := strings.Cut(string(doc), "\n### "+number+" ")
		if !ok {
			t.Errorf("the document has no section on %v", s.message.Type())
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		var got []field
		for line := range strings.Lines(section) {
			if row := docRow.FindStringSubmatch(line); row != nil {
				at, _ := strconv.Atoi(row[1])
				width, _ := strconv.Atoi(row[2])
				got = append(got, field{at, width, row[3]})
			}
		}
		if want := layout(t, s.message); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v:\n  document %v\n      code %v", s.message.Type(), got, want)
		}
	}
}
