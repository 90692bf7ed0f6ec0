package csdc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// The bytes of a dBASE III table. All integers are little-endian.
const (
	dbfVersion     = 0x03 // dBASE III without memo file
	dbfHeaderBytes = 32
	dbfFieldBytes  = 32
	dbfHeaderEnd   = 0x0d
	dbfFileEnd     = 0x1a
	dbfLive        = ' '
	dbfDeleted     = '*'
	// dbfCodePage is the language driver 0x4D, "Chinese GBK (PRC)", code page 936.
	// dBASE has no number for GB18030; GBK is its two-byte part, so tools that look
	// at this byte read all but the rare four-byte characters right.
	dbfCodePage = 0x4d
)

// DBFField describes one column of a table as its header does.
type DBFField struct {
	Name     string // up to 10 upper-case ASCII characters
	Type     byte   // 'C' text, 'N' figure, 'D' date, 'L' logical
	Width    int    // bytes
	Decimals int    // of an 'N' column
}

func (f DBFField) check() error {
	switch {
	case f.Name == "" || len(f.Name) > 10 || strings.ContainsFunc(f.Name, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("field name %q: %w", f.Name, ErrNotDBF)
	case f.Type == 'C' && f.Width >= 1 && f.Width <= dbfTextMax && f.Decimals == 0,
		f.Type == 'N' && f.Width >= 1 && f.Width <= dbfNumericMax && (f.Decimals == 0 || f.Decimals <= f.Width-2),
		f.Type == 'D' && f.Width == 8 && f.Decimals == 0,
		f.Type == 'L' && f.Width == 1 && f.Decimals == 0:
		return nil
	}
	return fmt.Errorf("field %s of type %q, width %d, decimals %d: %w", f.Name, f.Type, f.Width, f.Decimals, ErrNotDBF)
}

// DBFHeader is the head of a table.
type DBFHeader struct {
	Updated  Date  // day of the last update
	Records  int64 // live and deleted
	CodePage byte  // language driver; told, not obeyed: text is GB18030 by agreement
	Fields   []DBFField
}

// RecordBytes is the size of a record including its flag.
func (h DBFHeader) RecordBytes() int {
	n := 1
	for _, f := range h.Fields {
		n += f.Width
	}
	return n
}

func (h DBFHeader) headBytes() int { return dbfHeaderBytes + dbfFieldBytes*len(h.Fields) + 1 }

func (h DBFHeader) check() error {
	if len(h.Fields) == 0 || len(h.Fields) > dbfFieldsMax {
		return fmt.Errorf("%d fields, 1 to %d allowed: %w", len(h.Fields), dbfFieldsMax, ErrNotDBF)
	}
	seen := map[string]bool{}
	for _, f := range h.Fields {
		if err := f.check(); err != nil {
			return err
		}
		if seen[f.Name] {
			return fmt.Errorf("field %s appears twice: %w", f.Name, ErrNotDBF)
		}
		seen[f.Name] = true
	}
	if n := h.RecordBytes(); n > dbfRecordMax {
		return fmt.Errorf("record of %d bytes, at most %d: %w", n, dbfRecordMax, ErrNotDBF)
	}
	if h.Records < 0 || h.Records > dbfRecordsMax {
		return fmt.Errorf("%d records, at most %d: %w", h.Records, dbfRecordsMax, ErrNotDBF)
	}
	return nil
}

// encode returns the bytes of a checked header.
func (h DBFHeader) encode() []byte {
	head := make([]byte, h.headBytes())
	head[0] = dbfVersion
	head[1] = byte(digits(h.Updated[:4]) - 1900)
	head[2] = byte(digits(h.Updated[4:6]))
	head[3] = byte(digits(h.Updated[6:8]))
	binary.LittleEndian.PutUint32(head[4:], uint32(h.Records))
	binary.LittleEndian.PutUint16(head[8:], uint16(len(head)))
	binary.LittleEndian.PutUint16(head[10:], uint16(h.RecordBytes()))
	head[29] = h.CodePage
	for i, f := range h.Fields {
		d := head[dbfHeaderBytes+dbfFieldBytes*i:]
		copy(d[:10], f.Name)
		d[11] = f.Type
		d[16], d[17] = byte(f.Width), byte(f.Decimals)
	}
	head[len(head)-1] = dbfHeaderEnd
	return head
}

// decodeDBFHead reads the fixed part. It returns the header without fields, the
// bytes of the whole header and of a record.
func decodeDBFHead(head []byte) (h DBFHeader, headBytes, recordBytes int, err error) {
	if head[0] != dbfVersion {
		return h, 0, 0, fmt.Errorf("version byte %#02x, want %#02x: %w", head[0], dbfVersion, ErrNotDBF)
	}
	h.Updated = Date(fmt.Sprintf("%04d%02d%02d", 1900+int(head[1]), head[2], head[3]))
	if err := h.Updated.check(); err != nil {
		return h, 0, 0, fmt.Errorf("last update: %w", err)
	}
	h.Records = int64(binary.LittleEndian.Uint32(head[4:]))
	h.CodePage = head[29]
	return h, int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:])), nil
}

func decodeDBFField(d []byte) DBFField {
	name, _, _ := bytes.Cut(d[:11], []byte{0})
	return DBFField{Name: string(name), Type: d[11], Width: int(d[16]), Decimals: int(d[17])}
}
