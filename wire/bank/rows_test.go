package bank

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sancun/money"
)

// TestRowsRoundTrip: what is written is read as the same rows with the same
// totals, for every layout.
func TestRowsRoundTrip(t *testing.T) {
	for _, l := range FileLayouts() {
		t.Run(l.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var file bytes.Buffer
				w, err := NewRowWriter(&file, l)
				if err != nil {
					t.Fatal(err)
				}
				rows := make([]Row, rapid.IntRange(0, 4).Draw(t, "rows"))
				for i := range rows {
					rows[i] = l.NewRow()
					drawRow(t, &l, rows[i])
					if err := w.Write(rows[i]); err != nil {
						t.Fatal(err)
					}
				}
				name := l.FileName(20230825)
				written, err := w.Close(name)
				if err != nil {
					t.Fatal(err)
				}
				r, err := NewRowReader(bytes.NewReader(file.Bytes()), l)
				if err != nil {
					t.Fatal(err)
				}
				for i := range rows {
					got := l.NewRow()
					if err := r.Next(got); err != nil {
						t.Fatalf("line %d: %v\n%q", i+1, err, file.String())
					}
					if diff := diffSlots(rows[i].slots(), got.slots()); diff != "" {
						t.Fatalf("line %d came back changed (-sent +got):\n%s", i+1, diff)
					}
				}
				if err := r.Next(l.NewRow()); err != io.EOF {
					t.Fatalf("at the end: %v", err)
				}
				read := r.Control(name)
				if err := read.Check(written); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func drawRow(t *rapid.T, l *FileLayout, row Row) {
	fill(t, l.Fields, row.slots(), l.Charset)
	if s, ok := findSlot(row.slots(), "days"); ok {
		s.put(int64(rapid.IntRange(0, 3).Draw(t, "days")))
	}
	if s, ok := findSlot(row.slots(), l.Amount); ok {
		// Sums of the widest amounts overflow; that has its own test.
		s.put(rapid.Int64Range(0, 1e14).Draw(t, "control amount"))
	}
}

// sampleRows returns two rows per layout, fixed for ever, drawn from nothing
// but the layout itself.
func sampleRows(l *FileLayout) []Row {
	rows := []Row{l.NewRow(), l.NewRow()}
	for n, row := range rows {
		slots := row.slots()
		for i := range l.Fields {
			f := &l.Fields[i]
			s, _ := findSlot(slots, f.Name)
			if n == 1 && f.Optional {
				continue
			}
			switch {
			case f.Name == "name" || f.Name == "remark":
				*s.text = []string{"测试客户甲", "𠮷某"}[n]
			case s.kind == slotText:
				*s.text = strings.Repeat(string(rune('1'+n)), min(f.Width, 8))
			case f.Kind == KindCode:
				s.put(f.Codes[n%len(f.Codes)].Value)
			case f.Kind == KindDate:
				s.put(20230825)
			case f.Kind == KindTime:
				s.put(153000)
			case f.Signed:
				s.put(int64(1 - 2*n*(i+123)))
			default:
				s.put(int64(i * 7 * n))
			}
		}
	}
	return rows
}

// TestGoldenRows: the bytes of every layout stay what they are.
func TestGoldenRows(t *testing.T) {
	var b strings.Builder
	for _, l := range FileLayouts() {
		var file bytes.Buffer
		w, err := NewRowWriter(&file, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range sampleRows(&l) {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		name := l.FileName(20230825)
		c, err := w.Close(name)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(name + " " + l.Chinese + "\n" + strings.ReplaceAll(quote(file.Bytes()), `\x0a`, "\\x0a\n"))
		b.WriteString(ControlName(name) + "\n" + quote([]byte(c.Line())) + "\n\n")
		if got, ok := LayoutOfFile(name, 20230825); !ok || got.Name != l.Name {
			t.Errorf("%s is not found by its name", name)
		}
	}
	golden(t, "rows.golden", b.String())
	if _, ok := LayoutOfFile("sbusi0826.dat", 20230825); ok {
		t.Error("yesterday's file is taken for today's")
	}
}

// TestNoData: a day without rows is an empty file with totals of zero.
func TestNoData(t *testing.T) {
	var file bytes.Buffer
	c, err := WriteRows[ClientNet](&file, ClientNetLayout(), "sbusi0825.dat", nil)
	if err != nil || file.Len() != 0 || c.Rows != 0 || c.Bytes != 0 || c.Amount != 0 {
		t.Errorf("%d bytes, %+v, %v", file.Len(), c, err)
	}
	rows, read, err := ReadRows[ClientNet](&file, ClientNetLayout(), "sbusi0825.dat")
	if err != nil || len(rows) != 0 || read.Check(c) != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

const goodDetail = "0|01|6200000000000000001|8800000123|100.00|0|B1|S1|20230825|093000|01|60050000|1|\r\n"

// TestBadLines: a bad record is refused with its line and field, and the lines
// around it are still read.
func TestBadLines(t *testing.T) {
	for _, c := range []struct {
		name, line, field string
		want              error
	}{
		{"negative amount", strings.Replace(goodDetail, "100.00", "-100.00", 1), "amount", ErrNegative},
		{"amount too large", strings.Replace(goodDetail, "100.00", "99999999999999999.00", 1), "amount", ErrOverflow},
		{"amount too wide", strings.Replace(goodDetail, "100.00", "999999999999999999999.00", 1), "amount", ErrWidth},
		{"amount without decimals", strings.Replace(goodDetail, "100.00", "100", 1), "amount", ErrEncoding},
		{"unknown trade code", strings.Replace(goodDetail, "|01|6", "|09|6", 1), "trade_code", ErrCode},
		{"unknown initiator", strings.Replace(goodDetail, "0|01", "5|01", 1), "initiator", ErrCode},
		{"unknown currency", strings.Replace(goodDetail, "|0|B1", "|9|B1", 1), "currency", ErrCode},
		{"impossible date", strings.Replace(goodDetail, "20230825", "20230832", 1), "date", ErrDate},
		{"impossible time", strings.Replace(goodDetail, "093000", "250000", 1), "time", ErrDate},
		{"account missing", strings.Replace(goodDetail, "8800000123", "", 1), "fund_account", ErrMissing},
		{"not GB18030", strings.Replace(goodDetail, "B1", "\xff\xff", 1), "bank_serial", ErrEncoding},
		{"field too few", strings.Replace(goodDetail, "|60050000", "", 1), "", ErrLength},
		{"field too many", strings.Replace(goodDetail, "|60050000", "|60050000|x", 1), "", ErrLength},
		{"no trailing separator", strings.Replace(goodDetail, "|\r", "\r", 1), "", ErrLength},
		{"something after the trailing separator", strings.Replace(goodDetail, "|\r", "|x\r", 1), "", ErrLength},
		{"line feed alone", strings.Replace(goodDetail, "\r", "", 1), "", ErrEncoding},
		{"empty line", "\r\n", "", ErrLength},
	} {
		r, err := NewRowReader(strings.NewReader(goodDetail+c.line+goodDetail), TransferDetailLayout())
		if err != nil {
			t.Fatal(err)
		}
		var first, bad, last TransferDetail
		if err := r.Next(&first); err != nil {
			t.Fatalf("%s: line 1: %v", c.name, err)
		}
		err = r.Next(&bad)
		var fault *FieldError
		if !errors.As(err, &fault) || !errors.Is(err, c.want) || fault.Line != 2 || fault.Field != c.field {
			t.Errorf("%s: got %v, want line 2 field %q: %v", c.name, err, c.field, c.want)
		}
		if err := r.Next(&last); err != nil || last.Amount != 10_000 {
			t.Errorf("%s: line 3 is lost: %v", c.name, err)
		}
		if got := r.Control("x"); got.Rows != 2 || r.Refused() != 1 || got.Amount != 20_000 {
			t.Errorf("%s: %d rows, %d refused, %v", c.name, got.Rows, r.Refused(), got.Amount)
		}
	}
}

// TestTruncatedFile: a file that ends inside a line, at whatever byte, is
// noticed by the reader or by the control totals.
func TestTruncatedFile(t *testing.T) {
	file := goodDetail + goodDetail
	_, whole, err := ReadRows[TransferDetail](strings.NewReader(file), TransferDetailLayout(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(file) {
		_, c, err := ReadRows[TransferDetail](strings.NewReader(file[:cut]), TransferDetailLayout(), "x")
		if err == nil {
			err = c.Check(whole)
		}
		if !errors.Is(err, ErrLength) && !errors.Is(err, ErrControl) && !errors.Is(err, ErrEncoding) {
			t.Errorf("cut after %d bytes: got %v", cut, err)
		}
	}
	long := strings.Repeat("x", 2*lineBytesMax)
	if _, _, err := ReadRows[TransferDetail](strings.NewReader(long), TransferDetailLayout(), "x"); !errors.Is(err, ErrLength) {
		t.Errorf("endless line: got %v", err)
	}
}

// TestFixedColumns: set 2 has columns; a line that is longer or shorter is no
// line of it.
func TestFixedColumns(t *testing.T) {
	l := TotalDetailLayout()
	line, err := l.appendLine(nil, &TotalDetail{"0040", "60050000", 20230825, money.CNY, 900, 1_000, 0, true, 100})
	if err != nil {
		t.Fatal(err)
	}
	var row TotalDetail
	for _, bad := range []string{string(line[:10]) + lineEnd, string(line[:len(line)-2]) + " " + lineEnd} {
		if _, _, err := ReadRows[TotalDetail](strings.NewReader(bad), l, "x"); !errors.Is(err, ErrLength) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	if err := l.parseLine(line[:len(line)-2], &row); err != nil {
		t.Fatal(err)
	}
	if d, err := row.Difference(); d != 0 || err != nil {
		t.Errorf("900 of clients = 1000 pooled − 100 bought: difference %v, %v", d, err)
	}
	row.LedgerTotal++
	if d, _ := row.Difference(); d != 1 {
		t.Errorf("a fen too much: difference %v", d)
	}
}

// TestControl: totals travel in one line, and each figure that differs is told.
func TestControl(t *testing.T) {
	c := Control{"sbusi0825.dat", 3, -12_345, 300, [32]byte{1}}
	got, err := ParseControl([]byte(c.Line()))
	if err != nil || got != c {
		t.Fatalf("got %+v, %v", got, err)
	}
	if err := c.Check(got); err != nil {
		t.Error(err)
	}
	for word, spoil := range map[string]func(*Control){
		"announced \"": func(c *Control) { c.File = "y" },
		"rows":         func(c *Control) { c.Rows++ },
		"sums to":      func(c *Control) { c.Amount++ },
		"bytes":        func(c *Control) { c.Bytes++ },
		"SHA-256":      func(c *Control) { c.SHA256[9] = 1 },
	} {
		other := c
		spoil(&other)
		if err := c.Check(other); !errors.Is(err, ErrControl) || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %v", word, err)
		}
	}
	for _, bad := range []string{"", "a|1|2|3|", "a|01|2|3|" + strings.Repeat("0", 64) + "|\r\n", strings.Repeat("x", 300), c.Line() + " "} {
		if _, err := ParseControl([]byte(bad)); err == nil {
			t.Errorf("%q is taken for control totals", bad)
		}
	}
	w, err := NewRowWriter(io.Discard, PooledSettlementLayout())
	if err != nil {
		t.Fatal(err)
	}
	row := sampleRows(&FileLayout{Fields: PooledSettlementLayout().Fields, NewRow: PooledSettlementLayout().NewRow})[0].(*PooledSettlement)
	row.Amount = 1 << 62
	row.Remark = ""
	if err := w.Write(row); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(row); !errors.Is(err, ErrOverflow) {
		t.Errorf("control amount beyond 64 bits: got %v", err)
	}
	if c, err := w.Close("x"); err != nil || c.Rows != 1 {
		t.Errorf("a refused row changed the file: %d rows, %v", c.Rows, err)
	}
}

// TestChunks: chunks put together are the file.
func TestChunks(t *testing.T) {
	file := []byte(strings.Repeat("0123456789", 7))
	var back []byte
	n := ChunkCount(len(file), 32)
	for i := uint32(1); i <= n; i++ {
		part, err := Chunk(file, 32, i)
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, part...)
	}
	if n != 3 || !bytes.Equal(back, file) || ChunkCount(0, 32) != 0 {
		t.Errorf("%d chunks make %d bytes of %d", n, len(back), len(file))
	}
	for _, bad := range []uint32{0, 4} {
		if _, err := Chunk(file, 32, bad); !errors.Is(err, ErrLength) {
			t.Errorf("chunk %d: got %v", bad, err)
		}
	}
}
