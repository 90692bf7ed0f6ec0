package csdc

import (
	"bufio"
	"fmt"
	"io"
)

// DBFWriter writes a table in one pass. The record count stands in the header,
// so it must be known before; in return nothing is held and w need not seek.
type DBFWriter struct {
	out    *bufio.Writer
	header DBFHeader
	record []byte
	wrote  int64
}

// NewDBFWriter writes the header. updated is the day of the file, records the
// exact number of rows that will follow. It returns ErrDate, ErrNotDBF for
// fields dBASE III cannot hold, or the error of w.
func NewDBFWriter(w io.Writer, fields []DBFField, updated Date, records int64) (*DBFWriter, error) {
	h := DBFHeader{Updated: updated, Records: records, CodePage: dbfCodePage, Fields: fields}
	if err := updated.check(); err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	d := &DBFWriter{out: bufio.NewWriterSize(w, bufferBytes), header: h, record: make([]byte, h.RecordBytes())}
	_, err := d.out.Write(h.encode())
	return d, err
}

// Append writes one live record. body holds the columns at their widths,
// without the flag. It returns ErrRange for a body of another size, ErrCount for
// one row too many, or the error of the writer below.
func (d *DBFWriter) Append(body []byte) error {
	if len(body) != len(d.record)-1 {
		return fmt.Errorf("record of %d bytes, want %d: %w", len(body), len(d.record)-1, ErrRange)
	}
	if d.wrote == d.header.Records {
		return fmt.Errorf("more than %d rows: %w", d.header.Records, ErrCount)
	}
	d.wrote++
	d.record[0] = dbfLive
	copy(d.record[1:], body)
	_, err := d.out.Write(d.record)
	return err
}

// Close writes the end mark and flushes. It returns ErrCount if rows are
// missing: then the file is not valid and must be thrown away.
func (d *DBFWriter) Close() error {
	if d.wrote != d.header.Records {
		return fmt.Errorf("%d rows, %d announced: %w", d.wrote, d.header.Records, ErrCount)
	}
	if err := d.out.WriteByte(dbfFileEnd); err != nil {
		return err
	}
	return d.out.Flush()
}
