package csdc

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"sancun/internal/invariant"
	"sancun/money"
)

// table is a layout: its columns and the three rules that are the same for
// every file of it. It never changes after newTable.
type table[T any] struct {
	layout  Layout
	columns []column[T]
	sum     int   // the column that is added up for the control total
	days    []int // a row belongs to a day if one of these columns says so
	text    bool  // '|'-separated lines instead of a dBASE table
}

func newTable[T any](layout Layout, sum string, days []string, columns []column[T]) *table[T] {
	t := &table[T]{layout: layout, columns: columns, sum: -1}
	names, row := map[string]int{}, new(T)
	for i := range columns {
		c := &columns[i]
		_, twice := names[c.Name]
		invariant.Assert(!twice && c.Width > 0 && c.Source != 0 && c.Meaning != "", "%s column %s is not described", layout, c.Name)
		names[c.Name] = i
		c.kind = kindOf(c.field(row))
	}
	at, ok := names[sum]
	invariant.Assert(ok, "%s has no column %s", layout, sum)
	t.sum = at
	for _, day := range days {
		at, ok := names[day]
		invariant.Assert(ok && columns[at].kind == kindDate, "%s has no date column %s", layout, day)
		t.days = append(t.days, at)
	}
	return t
}

// Columns describes the columns in file order.
func (t *table[T]) Columns() []Column {
	out := make([]Column, len(t.columns))
	for i := range t.columns {
		out[i] = t.columns[i].Column
	}
	return out
}

func (t *table[T]) dbfFields() []DBFField {
	out := make([]DBFField, len(t.columns))
	for i, c := range t.columns {
		out[i] = DBFField{Name: c.Name, Type: c.Type, Width: c.Width}
		if c.Type == 'N' {
			out[i].Decimals = c.Decimals
		}
	}
	return out
}

// checkDay says whether row belongs to the file of date.
func (t *table[T]) checkDay(row *T, date Date) error {
	for _, at := range t.days {
		if t.columns[at].dateOf(row) == date {
			return nil
		}
	}
	first := &t.columns[t.days[0]]
	return fmt.Errorf("%s is %q, file is of %s: %w", first.Name, first.dateOf(row), date, ErrDay)
}

// tally adds up rows for the control total.
type tally[T any] struct {
	table *table[T]
	rows  int64
	sum   money.Amount // only for its checked addition; the unit is that of the sum column
}

func (y *tally[T]) add(row *T) error {
	sum, err := y.sum.Add(money.Amount(y.table.columns[y.table.sum].figureOf(row)))
	if err != nil {
		return fmt.Errorf("control total of %s: %w", y.table.columns[y.table.sum].Name, ErrRange)
	}
	y.rows, y.sum = y.rows+1, sum
	return nil
}

func (y *tally[T]) control(date Date, m *meter) Control {
	return Control{Layout: y.table.layout, Date: date, Rows: y.rows, Sum: int64(y.sum), Bytes: m.bytes, SHA256: m.sum()}
}

// write writes count rows of one day. Errors name the row, counted from 1, and
// the column.
func (t *table[T]) write(w io.Writer, date Date, count int, rows iter.Seq[T]) (Control, error) {
	if err := date.check(); err != nil {
		return Control{}, err
	}
	m, y := newMeter(), tally[T]{table: t}
	sink, err := t.newSink(io.MultiWriter(w, m), date, count)
	if err != nil {
		return Control{}, fmt.Errorf("%s: %w", t.layout, err)
	}
	scratch := new(T) // one row for all: a loop variable would be allocated anew each time
	for row := range rows {
		*scratch = row
		err := t.checkDay(scratch, date)
		if err == nil {
			err = sink.append(scratch)
		}
		if err == nil {
			err = y.add(scratch)
		}
		if err != nil {
			return Control{}, fmt.Errorf("%s row %d: %w", t.layout, y.rows+1, err)
		}
	}
	if err := sink.close(); err != nil {
		return Control{}, fmt.Errorf("%s: %w", t.layout, err)
	}
	return y.control(date, m), nil
}

// sink is a file being written, table or text.
type sink[T any] interface {
	append(row *T) error
	close() error
}

func (t *table[T]) newSink(w io.Writer, date Date, count int) (sink[T], error) {
	if t.text {
		return newLineSink(t, w, count)
	}
	out, err := NewDBFWriter(w, t.dbfFields(), date, int64(count))
	return &dbfSink[T]{table: t, out: out, converter: newGB18030()}, err
}

type dbfSink[T any] struct {
	table     *table[T]
	out       *DBFWriter
	converter gb18030
	body      []byte
}

func (s *dbfSink[T]) append(row *T) error {
	s.body = s.body[:0]
	var err error
	for i := range s.table.columns {
		c := &s.table.columns[i]
		if s.body, err = c.appendTo(s.body, row, &s.converter); err != nil {
			return fmt.Errorf("field %s: %w", c.Name, err)
		}
	}
	return s.out.Append(s.body)
}

func (s *dbfSink[T]) close() error { return s.out.Close() }

// each calls row for every live row of r. A record that cannot be read, or that
// is not of the given day, goes to bad, which returns nil to go on with the next
// one. An empty day stands for any. The row is reused.
func (t *table[T]) each(r io.Reader, day Date, row func(*T) error, bad func(error) error) error {
	if t.text {
		return t.eachLine(r, day, row, bad)
	}
	in, err := NewDBFReader(r)
	if err != nil {
		return err
	}
	plan, err := t.plan(in.Header)
	if err != nil {
		return &RecordError{Err: err}
	}
	converter, scratch := newGB18030(), new(T)
	for {
		body, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrFlag):
			err = bad(err)
		case err != nil:
			return err
		default:
			if at, failed := t.decode(body, plan, day, scratch, &converter); failed != nil {
				err = bad(in.failure(t.columns[at].Name, 1+plan[at].from, failed))
			} else {
				err = row(scratch)
			}
		}
		if err != nil {
			return err
		}
	}
}

// span is where a column stands in the records of a file at hand.
type span struct{ from, to int }

// plan finds every column of the layout in the header by name. The order and
// the widths are the file's; a missing or an unknown column is refused, because
// a changed interface must be looked at by people first.
func (t *table[T]) plan(h DBFHeader) ([]span, error) {
	found, at := map[string]span{}, 0
	for _, f := range h.Fields {
		found[strings.ToUpper(f.Name)] = span{at, at + f.Width}
		at += f.Width
	}
	plan := make([]span, len(t.columns))
	for i := range t.columns {
		s, ok := found[t.columns[i].Name]
		if !ok {
			return nil, fmt.Errorf("%s has no column %s: %w", t.layout, t.columns[i].Name, ErrLayout)
		}
		plan[i] = s
		delete(found, t.columns[i].Name)
	}
	for _, f := range h.Fields {
		if _, unknown := found[strings.ToUpper(f.Name)]; unknown {
			return nil, fmt.Errorf("%s has an unknown column %s: %w", t.layout, f.Name, ErrLayout)
		}
	}
	return plan, nil
}

// decode fills row from the bytes of a record and checks its day. All plain text
// of a record shares one string, the only allocation of nearly every row. On
// error it says which column.
func (t *table[T]) decode(body []byte, plan []span, day Date, row *T, converter *gb18030) (int, error) {
	shared, simple := string(body), plain(body)
	for i := range t.columns {
		c, s := &t.columns[i], plan[i]
		raw := body[s.from:s.to]
		switch c.kind {
		case kindText:
			raw = trimRight(raw)
			text := shared[s.from : s.from+len(raw)]
			if !simple && !plain(raw) {
				var err error
				if text, err = decodeText(raw, converter); err != nil {
					return i, err
				}
			}
			*c.field(row).(*string) = text
		case kindDate:
			date, err := decodeDate(raw)
			if err != nil {
				return i, err
			}
			p := c.field(row).(*Date)
			if string(*p) != string(date) { // most rows repeat the day of the row before
				*p = Date(date)
			}
		default:
			v, err := parseFigure(raw, places[c.kind])
			if err != nil {
				return i, err
			}
			c.setFigure(row, v)
		}
	}
	if day == "" {
		return 0, nil
	}
	return t.days[0], t.checkDay(row, day)
}

// decodeText reads text that is not plain ASCII: GB18030 in a table, UTF-8 in
// the text file, which has no converter.
func decodeText(raw []byte, converter *gb18030) (string, error) {
	if converter != nil {
		return converter.decode(raw)
	}
	if text := string(raw); clean(text) {
		return text, nil
	}
	return "", fmt.Errorf("%q: %w", raw, ErrText)
}

// decodeDate returns the eight digits of a date, or nothing for a blank one;
// some writers fill unused dates with zeros.
func decodeDate(raw []byte) ([]byte, error) {
	raw = trimPadding(raw)
	if len(raw) == 0 || string(raw) == "00000000" || string(raw) == "0" {
		return nil, nil
	}
	if len(raw) != 8 || !validDate(raw) {
		return nil, fmt.Errorf("%q: %w", raw, ErrDate)
	}
	return raw, nil
}

// read calls fn for every row and stops at the first error.
func (t *table[T]) read(r io.Reader, fn func(T) error) error {
	var inner error
	err := t.each(r, "", func(row *T) error {
		inner = fn(*row)
		return inner
	}, func(err error) error { return err })
	if err == nil || inner != nil {
		return inner // the caller's own error is handed back as it is
	}
	return fmt.Errorf("%s: %w", t.layout, err)
}

// scan reads a whole file for its control total. Bad records and rows of
// another day go to bad; the total is that of the good ones.
func (t *table[T]) scan(r io.Reader, day Date, bad func(error) error) (Control, error) {
	m, y := newMeter(), tally[T]{table: t}
	err := t.each(io.TeeReader(r, m), day, y.add, bad)
	return y.control(day, m), err
}
