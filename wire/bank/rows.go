package bank

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"sancun/money"
)

// RowWriter writes a day-end file. A file of no rows has no bytes: "no data" is
// an empty file, which is not the same as a missing one.
type RowWriter struct {
	w       *bufio.Writer
	layout  FileLayout
	line    []byte
	sum     hash.Hash
	control Control
}

// NewRowWriter returns a writer of the layout. It returns ErrFormat for a
// layout that contradicts itself.
func NewRowWriter(w io.Writer, l FileLayout) (*RowWriter, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return &RowWriter{w: bufio.NewWriter(w), layout: l, sum: sha256.New()}, nil
}

// Write appends a row. A row the layout cannot say is refused with *FieldError
// and leaves the file as it was.
func (w *RowWriter) Write(row Row) error {
	line, err := w.layout.appendLine(w.line[:0], row)
	if err != nil {
		var fault *FieldError
		if errors.As(err, &fault) {
			fault.Line = int(w.control.Rows) + 1
		}
		return err
	}
	w.line = line
	next := w.control
	if err := next.add(&w.layout, row, len(line)); err != nil {
		return err
	}
	if _, err := w.w.Write(line); err != nil {
		return fmt.Errorf("write %s: %w", w.layout.Name, err)
	}
	w.sum.Write(line)
	w.control = next
	return nil
}

// Close writes what is buffered and returns the control totals of the file,
// with the given name. It does not close the underlying writer.
func (w *RowWriter) Close(name string) (Control, error) {
	if err := w.w.Flush(); err != nil {
		return Control{}, fmt.Errorf("write %s: %w", w.layout.Name, err)
	}
	c := w.control
	c.File = name
	c.SHA256 = [32]byte(w.sum.Sum(nil))
	return c, nil
}

// RowReader reads a day-end file line by line.
type RowReader struct {
	r       *bufio.Reader
	layout  FileLayout
	line    int
	refused int
	sum     hash.Hash
	control Control
	done    bool
}

// NewRowReader returns a reader of the layout. It returns ErrFormat for a
// layout that contradicts itself.
func NewRowReader(r io.Reader, l FileLayout) (*RowReader, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return &RowReader{r: bufio.NewReaderSize(r, lineBytesMax), layout: l, sum: sha256.New()}, nil
}

// Next fills row, which must be of the layout's type and empty. It returns
// io.EOF at the end. A *FieldError names the line at fault; the reader then
// stands at the next line and may go on, so that one bad record does not hide
// the others. Any other error ends the file.
func (r *RowReader) Next(row Row) error {
	if r.done {
		return io.EOF
	}
	line, err := r.r.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		r.done = true
		return io.EOF
	}
	r.line++
	r.sum.Write(line)
	r.control.Bytes += uint64(len(line))
	if err != nil {
		r.done = true
		r.refused++
		switch {
		case errors.Is(err, io.EOF):
			err = fmt.Errorf("the file ends inside a line: %w", ErrLength)
		case errors.Is(err, bufio.ErrBufferFull):
			err = fmt.Errorf("a line of more than %d bytes: %w", lineBytesMax, ErrLength)
		default:
			return fmt.Errorf("read %s line %d: %w", r.layout.Name, r.line, err)
		}
		return &FieldError{Format: r.layout.Name, Line: r.line, Err: err}
	}
	return r.take(line, row)
}

func (r *RowReader) take(line []byte, row Row) error {
	body, ok := bytes.CutSuffix(line, []byte(lineEnd))
	var err error
	if !ok {
		err = &FieldError{Format: r.layout.Name, Offset: len(line) - 1, Err: fmt.Errorf("line ends without CR: %w", ErrEncoding)}
	} else {
		err = r.layout.parseLine(body, row)
	}
	if err == nil {
		err = r.control.add(&r.layout, row, 0)
	}
	if err != nil {
		r.refused++
	}
	var fault *FieldError
	if errors.As(err, &fault) {
		fault.Line = r.line
	}
	return err
}

// Refused returns how many lines were refused so far.
func (r *RowReader) Refused() int { return r.refused }

// Control returns the totals of what was read so far, with the given file name.
// Refused lines count for bytes and hash, not for rows and amount.
func (r *RowReader) Control(name string) Control {
	c := r.control
	c.File = name
	c.SHA256 = [32]byte(r.sum.Sum(nil))
	return c
}

// add counts a row and its amount.
func (c *Control) add(l *FileLayout, row Row, bytes int) error {
	c.Rows++
	c.Bytes += uint64(bytes)
	if l.Amount == "" {
		return nil
	}
	s, _ := findSlot(row.slots(), l.Amount) // check has seen that it is there
	v, _ := s.whole()
	total, err := c.Amount.Add(money.Amount(v))
	if err != nil {
		return &FieldError{Format: l.Name, Line: int(c.Rows), Field: l.Amount, Err: fmt.Errorf("control amount: %w", ErrOverflow)}
	}
	c.Amount = total
	return nil
}

// rowOf is satisfied by a pointer to a row type.
type rowOf[R any] interface {
	*R
	Row
}

// ReadRows reads a whole file into memory. It stops at the first line it must
// refuse.
func ReadRows[R any, P rowOf[R]](r io.Reader, l FileLayout, name string) ([]R, Control, error) {
	reader, err := NewRowReader(r, l)
	if err != nil {
		return nil, Control{}, err
	}
	var rows []R
	for {
		var row R
		err := reader.Next(P(&row))
		if errors.Is(err, io.EOF) {
			return rows, reader.Control(name), nil
		}
		if err != nil {
			return nil, Control{}, err
		}
		rows = append(rows, row)
	}
}

// WriteRows writes a whole file and returns its control totals.
func WriteRows[R any, P rowOf[R]](w io.Writer, l FileLayout, name string, rows []R) (Control, error) {
	writer, err := NewRowWriter(w, l)
	if err != nil {
		return Control{}, err
	}
	for i := range rows {
		if err := writer.Write(P(&rows[i])); err != nil {
			return Control{}, err
		}
	}
	return writer.Close(name)
}
