package csdc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// DBFReader reads a table record by record without holding more than one.
type DBFReader struct {
	Header DBFHeader

	in        *bufio.Reader
	headBytes int64
	buffer    []byte
	read      int64 // records read so far, deleted ones included
}

// NewDBFReader reads and checks the header. It returns a RecordError that wraps
// ErrNotDBF or ErrTruncated, or the error of r.
func NewDBFReader(r io.Reader) (*DBFReader, error) {
	d := &DBFReader{in: bufio.NewReaderSize(r, bufferBytes)}
	if err := d.readHeader(); err != nil {
		return nil, &RecordError{Offset: d.headBytes, Err: err}
	}
	d.buffer = make([]byte, d.Header.RecordBytes())
	return d, nil
}

func (d *DBFReader) readHeader() error {
	var head [dbfHeaderBytes]byte
	if err := d.fill(head[:]); err != nil {
		return err
	}
	h, headBytes, recordBytes, err := decodeDBFHead(head[:])
	if err != nil {
		return err
	}
	d.headBytes = dbfHeaderBytes
	for {
		var field [dbfFieldBytes]byte
		if err := d.fill(field[:1]); err != nil {
			return err
		}
		if field[0] == dbfHeaderEnd {
			d.headBytes++
			break
		}
		if len(h.Fields) == dbfFieldsMax {
			return fmt.Errorf("more than %d fields: %w", dbfFieldsMax, ErrNotDBF)
		}
		if err := d.fill(field[1:]); err != nil {
			return err
		}
		h.Fields = append(h.Fields, decodeDBFField(field[:]))
		d.headBytes += dbfFieldBytes
	}
	if err := h.check(); err != nil {
		return err
	}
	// Some writers leave a gap after the fields; the header length bridges it.
	gap := int64(headBytes) - d.headBytes
	if gap < 0 || recordBytes != h.RecordBytes() {
		return fmt.Errorf("header of %d and records of %d bytes, fields need %d and %d: %w",
			headBytes, recordBytes, d.headBytes, h.RecordBytes(), ErrNotDBF)
	}
	if _, err := io.CopyN(io.Discard, d.in, gap); err != nil {
		return shortRead(err)
	}
	d.Header, d.headBytes = h, int64(headBytes)
	return nil
}

// Next returns the bytes of the next live record without its flag; they are
// valid until the next call. After the last record it checks that the file ends
// there and returns io.EOF. A RecordError with ErrFlag concerns one record and
// Next may be called again; any other error is final.
func (d *DBFReader) Next() ([]byte, error) {
	for d.read < d.Header.Records {
		if err := d.fill(d.buffer); err != nil {
			return nil, &RecordError{Record: d.read + 1, Offset: d.headBytes + d.read*int64(len(d.buffer)), Err: err}
		}
		d.read++
		switch d.buffer[0] {
		case dbfLive:
			return d.buffer[1:], nil
		case dbfDeleted:
		default:
			return nil, d.failure("", 0, fmt.Errorf("%#02x: %w", d.buffer[0], ErrFlag))
		}
	}
	end, err := d.in.Peek(2) // the end mark is optional, nothing else may follow
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(end) == 2 || len(end) == 1 && end[0] != dbfFileEnd {
		return nil, &RecordError{Record: d.read, Offset: d.headBytes + d.read*int64(len(d.buffer)), Err: ErrTrailing}
	}
	if _, err := d.in.Discard(len(end)); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// failure places err at a byte of the record that Next returned last.
func (d *DBFReader) failure(field string, at int, err error) *RecordError {
	return &RecordError{Record: d.read, Field: field, Offset: d.headBytes + (d.read-1)*int64(len(d.buffer)) + int64(at), Err: err}
}

func (d *DBFReader) fill(buffer []byte) error {
	_, err := io.ReadFull(d.in, buffer)
	return shortRead(err)
}

func shortRead(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
