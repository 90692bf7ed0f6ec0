package csdc

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// goldenTable is a table of all four types, drawn byte by byte.
var goldenTable = []byte("" +
	"\x03\x7b\x08\x19\x02\x00\x00\x00\xa1\x00\x12\x00" + // version, 2023-08-25, 2 records, header 161, record 18
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x4d\x00\x00" + // code page
	"NAME\x00\x00\x00\x00\x00\x00\x00C\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"AMT\x00\x00\x00\x00\x00\x00\x00\x00N\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"DAY\x00\x00\x00\x00\x00\x00\x00\x00D\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"OK\x00\x00\x00\x00\x00\x00\x00\x00\x00L\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x0d" +
	" \xb4\xe6\xb9\xdc 1.520230825T" +
	" a   -0.520230824F" +
	"\x1a")

func TestDBFGolden(t *testing.T) {
	fields := []DBFField{{"NAME", 'C', 4, 0}, {"AMT", 'N', 4, 1}, {"DAY", 'D', 8, 0}, {"OK", 'L', 1, 0}}
	var file bytes.Buffer
	w, err := NewDBFWriter(&file, fields, testDay, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"\xb4\xe6\xb9\xdc 1.520230825T", "a   -0.520230824F"} {
		if err := w.Append([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Append(make([]byte, 17)); !errors.Is(err, ErrCount) {
		t.Errorf("third row of two: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), goldenTable) {
		t.Errorf("got  %q\nwant %q", file.Bytes(), goldenTable)
	}
	r, err := NewDBFReader(bytes.NewReader(goldenTable))
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.Updated != testDay || r.Header.Records != 2 || r.Header.CodePage != dbfCodePage || len(r.Header.Fields) != 4 {
		t.Errorf("header %+v", r.Header)
	}
}

func readBodies(raw []byte) (bodies []string, err error) {
	r, err := NewDBFReader(bytes.NewReader(raw))
	for err == nil {
		var body []byte
		if body, err = r.Next(); err == nil {
			bodies = append(bodies, string(body))
		}
	}
	return bodies, err
}

// Deleted records are skipped, other flags refused, and the reader goes on after them.
func TestDBFFlags(t *testing.T) {
	raw := bytes.Clone(goldenTable)
	raw[161] = '*'
	if bodies, err := readBodies(raw); len(bodies) != 1 || bodies[0][0] != 'a' || !errors.Is(err, io.EOF) {
		t.Errorf("deleted: %q, %v", bodies, err)
	}
	raw[161] = 'x'
	r, err := NewDBFReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrFlag) {
		t.Errorf("flag x: %v", err)
	}
	if body, err := r.Next(); err != nil || body[0] != 'a' {
		t.Errorf("after flag x: %q, %v", body, err)
	}
}

func TestDBFRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"version":      {func(b []byte) []byte { b[0] = 0x30; return b }, ErrNotDBF},
		"month 13":     {func(b []byte) []byte { b[2] = 13; return b }, ErrDate},
		"more records": {func(b []byte) []byte { b[4] = 3; return b }, ErrTruncated},
		"less records": {func(b []byte) []byte { b[4] = 1; return b }, ErrTrailing},
		"huge count":   {func(b []byte) []byte { b[7] = 0xff; return b }, ErrNotDBF},
		"record size":  {func(b []byte) []byte { b[10]++; return b }, ErrNotDBF},
		"header size":  {func(b []byte) []byte { b[8]--; return b }, ErrNotDBF},
		"type":         {func(b []byte) []byte { b[32+11] = 'M'; return b }, ErrNotDBF},
		"width":        {func(b []byte) []byte { b[32+16] = 0; return b }, ErrNotDBF},
		"same name":    {func(b []byte) []byte { copy(b[64:], "NAME"); return b }, ErrNotDBF},
		"no name":      {func(b []byte) []byte { b[32] = 0; return b }, ErrNotDBF},
		"tail":         {func(b []byte) []byte { return append(b, 0) }, ErrTrailing},
		"no end mark":  {func(b []byte) []byte { return b[:len(b)-1] }, io.EOF},
		"whole":        {func(b []byte) []byte { return b }, io.EOF},
	} {
		if _, err := readBodies(c.change(bytes.Clone(goldenTable))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A gap between the fields and the records is bridged, as some writers leave one.
func TestDBFHeaderGap(t *testing.T) {
	raw := bytes.Clone(goldenTable)
	raw[8] += 3
	raw = append(raw[:161:161], append([]byte{0, 0, 0}, raw[161:]...)...)
	if bodies, err := readBodies(raw); len(bodies) != 2 || !errors.Is(err, io.EOF) {
		t.Errorf("%q, %v", bodies, err)
	}
}

func TestDBFWriterRefuses(t *testing.T) {
	for name, fields := range map[string][]DBFField{
		"none":          nil,
		"long name":     {{"ELEVENCHARS", 'C', 1, 0}},
		"space in name": {{"A B", 'C', 1, 0}},
		"wide":          {{"A", 'C', 255, 0}},
		"decimals":      {{"A", 'N', 3, 2}},
		"date width":    {{"A", 'D', 6, 0}},
		"memo":          {{"A", 'M', 10, 0}},
	} {
		if _, err := NewDBFWriter(io.Discard, fields, testDay, 0); !errors.Is(err, ErrNotDBF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewDBFWriter(io.Discard, []DBFField{{"A", 'C', 1, 0}}, "20230230", 0); !errors.Is(err, ErrDate) {
		t.Errorf("30 February: %v", err)
	}
}
