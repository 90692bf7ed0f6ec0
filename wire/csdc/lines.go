package csdc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// separator stands between the fields of a text file; there is none at the end
// of a line. Lines end in LF; CR LF is read too.
const separator = '|'

type lineSink[T any] struct {
	table *table[T]
	out   *bufio.Writer
	line  []byte
	left  int
}

// newLineSink refuses to start a file without rows: no trades means no file.
func newLineSink[T any](t *table[T], w io.Writer, count int) (sink[T], error) {
	if count <= 0 {
		return nil, fmt.Errorf("%d rows: without trades there is no file: %w", count, ErrCount)
	}
	return &lineSink[T]{table: t, out: bufio.NewWriterSize(w, bufferBytes), left: count}, nil
}

func (s *lineSink[T]) append(row *T) error {
	if s.left == 0 {
		return fmt.Errorf("more rows than announced: %w", ErrCount)
	}
	s.left--
	s.line = s.line[:0]
	var err error
	for i := range s.table.columns {
		c := &s.table.columns[i]
		if i > 0 {
			s.line = append(s.line, separator)
		}
		start := len(s.line)
		if s.line, err = c.appendTo(s.line, row, nil); err != nil {
			return fmt.Errorf("field %s: %w", c.Name, err)
		}
		if bytes.IndexByte(s.line[start:], separator) >= 0 {
			return fmt.Errorf("field %s: %q holds the separator: %w", c.Name, s.line[start:], ErrText)
		}
	}
	_, err = s.out.Write(append(s.line, '\n'))
	return err
}

func (s *lineSink[T]) close() error {
	if s.left != 0 {
		return fmt.Errorf("%d rows are missing: %w", s.left, ErrCount)
	}
	return s.out.Flush()
}

// eachLine is each for text files.
func (t *table[T]) eachLine(r io.Reader, day Date, row func(*T) error, bad func(error) error) error {
	in := bufio.NewReaderSize(r, bufferBytes)
	plan, scratch := make([]span, len(t.columns)), new(T)
	offset := int64(0)
	for number := int64(1); ; number++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			if number == 1 { // an empty file is not how "no trades" is said
				return &RecordError{Err: fmt.Errorf("empty file: %w", ErrTruncated)}
			}
			return nil
		case errors.Is(err, io.EOF):
			return &RecordError{Record: number, Offset: offset, Err: ErrTruncated}
		case errors.Is(err, bufio.ErrBufferFull) || err == nil && len(line) > lineBytesMax:
			return &RecordError{Record: number, Offset: offset, Err: fmt.Errorf("line over %d bytes: %w", lineBytesMax, ErrLayout)}
		case err != nil:
			return err
		}
		size := int64(len(line))
		line = bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'})
		name, at := "", 0
		if err = splitLine(line, plan); err == nil {
			if column, failed := t.decode(line, plan, day, scratch, nil); failed != nil {
				name, at, err = t.columns[column].Name, plan[column].from, failed
			}
		}
		if err != nil {
			err = bad(&RecordError{Record: number, Field: name, Offset: offset + int64(at), Err: err})
		} else {
			err = row(scratch)
		}
		if err != nil {
			return err
		}
		offset += size
	}
}

// splitLine finds the fields of a line.
func splitLine(line []byte, plan []span) error {
	from, n := 0, 0
	for i := 0; i <= len(line); i++ {
		if i < len(line) && line[i] != separator {
			continue
		}
		if n < len(plan) {
			plan[n] = span{from, i}
		}
		from, n = i+1, n+1
	}
	if n != len(plan) {
		return fmt.Errorf("%d fields, want %d: %w", n, len(plan), ErrLayout)
	}
	return nil
}
