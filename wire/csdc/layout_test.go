package csdc

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files and the column tables of docs/formats/csdc.md")

// Every layout reads back what it wrote, and scan agrees with the writer.
func TestRoundTrip(t *testing.T) {
	for _, p := range probes() {
		t.Run(p.layout.String(), func(t *testing.T) { rapid.Check(t, p.roundTrip) })
	}
}

// The bytes on disk do not change by accident.
func TestGolden(t *testing.T) {
	for _, p := range probes() {
		var file bytes.Buffer
		if _, err := p.sample(&file); err != nil {
			t.Errorf("%s: %v", p.layout, err)
			continue
		}
		path := filepath.Join("testdata", p.layout.String()+".golden")
		if *update {
			if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file.Bytes(), want) {
			t.Errorf("%s: written bytes differ from %s", p.layout, path)
		}
		if n, err := p.read(bytes.NewReader(want)); n != 2 || err != nil {
			t.Errorf("%s: golden file reads as %d rows, %v", p.layout, n, err)
		}
	}
}

// A file cut anywhere is refused, whatever its layout, unless only the end mark
// of a table is gone or a text file ends at a line; the control total finds those.
func TestCutFilesAreRefused(t *testing.T) {
	for _, p := range probes() {
		var file bytes.Buffer
		control, err := p.sample(&file)
		if err != nil {
			t.Fatal(err)
		}
		raw := file.Bytes()
		for n := range len(raw) {
			rows, err := p.read(bytes.NewReader(raw[:n]))
			whole := n == len(raw)-1 && p.layout != LayoutGH || p.layout == LayoutGH && n > 0 && raw[n-1] == '\n'
			if whole != (err == nil) {
				t.Fatalf("%s cut to %d of %d bytes: %d rows, %v", p.layout, n, len(raw), rows, err)
			}
			if err != nil && !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s cut to %d of %d bytes: %v, want %v", p.layout, n, len(raw), err, ErrTruncated)
			}
		}
		if control.Rows != 2 {
			t.Errorf("%s: control counts %d rows", p.layout, control.Rows)
		}
	}
}

// A day without data is a table with zero records, and no trade file at all.
func TestNoData(t *testing.T) {
	var file bytes.Buffer
	control, err := WriteJsmx(&file, testDay, 0, func(func(Jsmx) bool) {})
	if err != nil || control.Rows != 0 || control.Sum != 0 {
		t.Fatalf("empty jsmx: %+v, %v", control, err)
	}
	if err := ReadJsmx(&file, func(Jsmx) error { return errors.New("a row") }); err != nil {
		t.Errorf("empty jsmx read as %v", err)
	}
	if _, err := WriteGH(&file, testDay, 0, func(func(GH) bool) {}); !errors.Is(err, ErrCount) {
		t.Errorf("empty gh: %v", err)
	}
	if err := ReadGH(&bytes.Buffer{}, func(GH) error { return nil }); !errors.Is(err, ErrTruncated) {
		t.Errorf("gh file of zero bytes: %v", err)
	}
}

// The published column counts hold.
func TestColumnCounts(t *testing.T) {
	for layout, want := range map[Layout]int{
		LayoutGH: 22, LayoutJsmx: 48, LayoutZqbd: 15, LayoutZjhz: 19, LayoutSJSMX1: 48, LayoutSJSJG: 50, LayoutSJSQS: 24, LayoutSJSDZ: 8,
		LayoutZqye: 13,
	} {
		if got := len(layout.Columns()); got != want {
			t.Errorf("%s has %d columns, want %d", layout, got, want)
		}
	}
}

// What cannot be written exactly is refused with the row and the column.
func TestWriteRefuses(t *testing.T) {
	good := sampleRow(jsmxTable, 1)
	for name, c := range map[string]struct {
		change func(*Jsmx)
		want   error
	}{
		"too wide":        {func(r *Jsmx) { r.Market = "012" }, ErrRange},
		"half a letter":   {func(r *Jsmx) { r.Side = "买" }, ErrRange},
		"trailing space":  {func(r *Jsmx) { r.Note = "note " }, ErrText},
		"line end":        {func(r *Jsmx) { r.Note = "a\nb" }, ErrText},
		"bad UTF-8":       {func(r *Jsmx) { r.Note = "\xff" }, ErrText},
		"replacement":     {func(r *Jsmx) { r.Note = "\ufffd" }, ErrText},
		"date":            {func(r *Jsmx) { r.OtherDate = "20230229" }, ErrDate},
		"another day":     {func(r *Jsmx) { r.ClearingDate, r.SettlementDate = "20230824", "" }, ErrDay},
		"amount too wide": {func(r *Jsmx) { r.StampDuty = 1_000_000_000_000_000_00 }, ErrRange},
	} {
		row := good
		c.change(&row)
		if _, err := WriteJsmx(&bytes.Buffer{}, testDay, 1, seq([]Jsmx{row})); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, count := range []int{0, 2} {
		if _, err := WriteJsmx(&bytes.Buffer{}, testDay, count, seq([]Jsmx{good})); !errors.Is(err, ErrCount) {
			t.Errorf("one row announced as %d: %v", count, err)
		}
	}
	trade := sampleRow(ghTable, 1)
	trade.UserInfo = "a|b"
	if _, err := WriteGH(&bytes.Buffer{}, testDay, 1, seq([]GH{trade})); !errors.Is(err, ErrText) {
		t.Errorf("separator in a field: %v", err)
	}
}

// Order and widths of a table are those of its own header.
func TestReaderFollowsTheHeader(t *testing.T) {
	fields := sjsdzTable.dbfFields()
	fields[0], fields[5] = fields[5], fields[0]
	fields[0].Width, fields[0].Decimals = 12, 0
	var file bytes.Buffer
	w, err := NewDBFWriter(&file, fields, testDay, 1)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte("         700" + "000001  " + "0123456789          " + "00" + "0" + "A12345" + "20230825" + " ")
	if err := errors.Join(w.Append(body), w.Close()); err != nil {
		t.Fatal(err)
	}
	rows, err := all(sjsdzTable, &file)
	want := SJSDZ{CustodyUnit: "A12345", Security: "000001", Account: "0123456789", ShareNature: "00", Circulation: "0", Holding: 700, SendDate: testDay}
	if err != nil || len(rows) != 1 || rows[0] != want {
		t.Errorf("got %+v, %v; want %+v", rows, err, want)
	}
}

// A missing or an unknown column is an interface change: people must look at it.
func TestChangedInterfaceIsRefused(t *testing.T) {
	fields := sjsdzTable.dbfFields()
	for name, changed := range map[string][]DBFField{
		"missing": fields[1:],
		"unknown": append(fields[:len(fields):len(fields)], DBFField{Name: "DZNEU", Type: 'C', Width: 1}),
	} {
		var file bytes.Buffer
		w, err := NewDBFWriter(&file, changed, testDay, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := ReadSJSDZ(&file, func(SJSDZ) error { return nil }); !errors.Is(err, ErrLayout) {
			t.Errorf("%s column: %v", name, err)
		}
	}
}

// A bad field is named with its record, column and byte.
func TestBadFieldIsNamed(t *testing.T) {
	var file bytes.Buffer
	rows := []SJSDZ{sampleRow(sjsdzTable, 1), sampleRow(sjsdzTable, 2)}
	if _, err := WriteSJSDZ(&file, testDay, len(rows), seq(rows)); err != nil {
		t.Fatal(err)
	}
	raw := file.Bytes()
	head := DBFHeader{Fields: sjsdzTable.dbfFields()}
	at := head.headBytes() + head.RecordBytes() + 1 + 6 + 8 + 20 + 2 + 1
	raw[at+3] = 'x'
	err := ReadSJSDZ(bytes.NewReader(raw), func(SJSDZ) error { return nil })
	var where *RecordError
	if !errors.As(err, &where) || where.Record != 2 || where.Field != "DZZYGS" || where.Offset != int64(at) || !errors.Is(err, ErrFigure) {
		t.Errorf("got %v, want record 2 field DZZYGS at byte %d", err, at)
	}
}

// The caller's own error stops the reading and comes back as it is.
func TestCallersErrorComesBack(t *testing.T) {
	var file bytes.Buffer
	rows := []SJSDZ{sampleRow(sjsdzTable, 1), sampleRow(sjsdzTable, 2)}
	if _, err := WriteSJSDZ(&file, testDay, len(rows), seq(rows)); err != nil {
		t.Fatal(err)
	}
	mine, calls := errors.New("enough"), 0
	err := ReadSJSDZ(&file, func(SJSDZ) error {
		calls++
		return mine
	})
	if err != mine || calls != 1 {
		t.Errorf("%v after %d rows", err, calls)
	}
}
