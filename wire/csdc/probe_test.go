package csdc

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"sancun/money"
)

const testDay Date = "20230825"

// probe lets a test work with every layout whatever its row type is.
type probe struct {
	layout Layout
	// draw makes random rows and returns the file, its control and the number of rows.
	roundTrip func(*rapid.T)
	// again reads raw and, if every row is good, writes it and reads it again.
	again func(*testing.T, []byte)
	// sample writes the golden rows.
	sample func(io.Writer) (Control, error)
	// read reads a file and counts its rows.
	read func(io.Reader) (int, error)
}

func probes() []probe {
	return []probe{
		newProbe(ghTable), newProbe(jsmxTable), newProbe(zqbdTable), newProbe(zjhzTable),
		newProbe(sjsmx1Table), newProbe(sjsjgTable), newProbe(sjsqsTable), newProbe(sjsdzTable),
		newProbe(zqyeTable),
	}
}

func newProbe[T comparable](t *table[T]) probe {
	return probe{
		layout:    t.layout,
		roundTrip: func(rt *rapid.T) { roundTrip(rt, t) },
		again:     func(tt *testing.T, raw []byte) { readAgain(tt, t, raw) },
		sample: func(w io.Writer) (Control, error) {
			return t.write(w, testDay, 2, seq([]T{sampleRow(t, 1), sampleRow(t, 2)}))
		},
		read: func(r io.Reader) (int, error) {
			rows, err := all(t, r)
			return len(rows), err
		},
	}
}

func seq[T any](rows []T) iter.Seq[T] { return slices.Values(rows) }

func all[T any](t *table[T], r io.Reader) ([]T, error) {
	var rows []T
	err := t.read(r, func(row T) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func roundTrip[T comparable](rt *rapid.T, t *table[T]) {
	rows := make([]T, rapid.IntRange(1, 5).Draw(rt, "rows"))
	for i := range rows {
		for j := range t.columns {
			drawColumn(rt, &t.columns[j], &rows[i])
		}
		*t.columns[t.days[0]].field(&rows[i]).(*Date) = testDay
	}
	var file bytes.Buffer
	control, err := t.write(&file, testDay, len(rows), seq(rows))
	if err != nil {
		rt.Fatal(err)
	}
	back, err := all(t, bytes.NewReader(file.Bytes()))
	if err != nil {
		rt.Fatal(err)
	}
	if !slices.Equal(back, rows) {
		rt.Fatalf("read back\n%+v\nwant\n%+v", back, rows)
	}
	scanned, err := t.scan(bytes.NewReader(file.Bytes()), testDay, func(err error) error { return err })
	if err != nil || scanned != control {
		rt.Fatalf("scan says %+v, %v; writer said %+v", scanned, err, control)
	}
	if int(control.Bytes) != file.Len() || int(control.Rows) != len(rows) {
		rt.Fatalf("control counts %d bytes and %d rows of %d and %d", control.Bytes, control.Rows, file.Len(), len(rows))
	}
}

// hanRunes are letters that GB18030 writes in one, two and four bytes.
var hanRunes = []rune("0aZ .-存管清算交收㐀鿿𠮷€①")

func drawColumn[T any](rt *rapid.T, c *column[T], row *T) {
	switch p := c.field(row).(type) {
	case *string:
		text := strings.TrimRight(rapid.StringOfN(rapid.SampledFrom(hanRunes), 0, c.Width, c.Width*2).Draw(rt, c.Name), " ")
		for encodedBytes(text) > c.Width {
			_, size := lastRune(text)
			text = strings.TrimRight(text[:len(text)-size], " ")
		}
		*p = text
	case *Date:
		*p = rapid.SampledFrom([]Date{"", "20240229", "19991231", testDay}).Draw(rt, c.Name)
	default:
		width := c.Width - 1 - (c.Decimals - places[c.kind]) // sign, and zeros below the unit
		if c.Decimals > 0 {
			width--
		}
		limit := int64(1)
		for range min(width, 17) {
			limit *= 10
		}
		c.setFigure(row, rapid.Int64Range(-limit+1, limit-1).Draw(rt, c.Name))
	}
}

func lastRune(text string) (rune, int) {
	runes := []rune(text)
	last := runes[len(runes)-1]
	return last, len(string(last))
}

func encodedBytes(text string) int {
	raw, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return max(len(raw), len(text)) // the text file is UTF-8
}

// sampleRow fills every column with a figure or text that tells it apart.
func sampleRow[T any](t *table[T], n int) T {
	var row T
	for i := range t.columns {
		c := &t.columns[i]
		switch p := c.field(&row).(type) {
		case *string:
			text := strings.Repeat(string(rune('A'+i%26)), 1+(i+n)%c.Width)
			if c.Width >= 30 && n == 2 {
				text = "第三方存管𠮷"
			}
			*p = text
		case *Date:
			*p = testDay
		case *money.Amount:
			*p = money.Amount((1000*n + i) * (3 - 2*n))
		default:
			c.setFigure(&row, int64(100*(i+1)))
		}
	}
	return row
}

// readAgain is the property of the fuzz targets: what is accepted survives
// being written and read.
func readAgain[T comparable](tt *testing.T, t *table[T], raw []byte) {
	rows, err := all(t, bytes.NewReader(raw))
	if err != nil || len(rows) == 0 {
		return
	}
	for i := range rows {
		*t.columns[t.days[0]].field(&rows[i]).(*Date) = testDay
	}
	var file bytes.Buffer
	if _, err := t.write(&file, testDay, len(rows), seq(rows)); err != nil {
		return // wider columns than ours can hold more than we can write
	}
	back, err := all(t, &file)
	if err != nil || !slices.Equal(back, rows) {
		tt.Fatalf("read %+v, written and read again %+v, %v", rows, back, err)
	}
}
