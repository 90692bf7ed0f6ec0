package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrSnapshot reports a snapshot that does not have the form its height and
// root promise. It is corruption: the snapshot must not be used.
var ErrSnapshot = errors.New("snapshot is damaged")

// Kept is a table seen without its row type.
type Kept interface {
	Number() uint16
	Width() int
	Len() uint32
	Tree() *Tree
	EncodeRow(dst []byte, row uint32) []byte
	Set(row uint32, encoded []byte) bool
	Clear()
}

// WriteTables writes every row of every table, each table behind its number,
// width and row count.
func WriteTables(w io.Writer, tables []Kept) error {
	buffer := make([]byte, 0, 1<<16)
	for _, t := range tables {
		buffer = binary.LittleEndian.AppendUint16(buffer[:0], t.Number())
		buffer = binary.LittleEndian.AppendUint32(buffer, uint32(t.Width()))
		buffer = binary.LittleEndian.AppendUint32(buffer, t.Len())
		for row := range t.Len() {
			buffer = t.EncodeRow(buffer, row)
			if len(buffer) >= 1<<16-1024 {
				if _, err := w.Write(buffer); err != nil {
					return err
				}
				buffer = buffer[:0]
			}
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}

// ReadTables fills empty tables from what WriteTables wrote. It returns
// ErrSnapshot when number or width differ or the text ends early.
func ReadTables(r io.Reader, tables []Kept) error {
	var head [10]byte
	for _, t := range tables {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("table %d: %w: %w", t.Number(), ErrSnapshot, err)
		}
		number := binary.LittleEndian.Uint16(head[:])
		width := binary.LittleEndian.Uint32(head[2:])
		count := binary.LittleEndian.Uint32(head[6:])
		if number != t.Number() || int(width) != t.Width() {
			return fmt.Errorf("table %d of width %d where %d of %d was due: %w", number, width, t.Number(), t.Width(), ErrSnapshot)
		}
		encoded := make([]byte, width)
		for row := range count {
			if _, err := io.ReadFull(r, encoded); err != nil {
				return fmt.Errorf("table %d row %d: %w: %w", number, row, ErrSnapshot, err)
			}
			t.Set(row, encoded)
		}
	}
	return nil
}

// WriteTo writes the answers, oldest first, behind their count.
func (s *Answers) WriteTo(w io.Writer) (int64, error) {
	var word [answerWidth]byte
	binary.LittleEndian.PutUint64(word[:], uint64(s.count))
	n, err := w.Write(word[:8])
	total := int64(n)
	if err != nil {
		return total, err
	}
	err = s.each(func(a *Answer) error {
		a.Encode(word[:])
		n, err := w.Write(word[:])
		total += int64(n)
		return err
	})
	return total, err
}

// ReadFrom reads what WriteTo wrote into an empty memory. Of more answers than
// it may hold it keeps the newest.
func (s *Answers) ReadFrom(r io.Reader) (int64, error) {
	var word [answerWidth]byte
	n, err := io.ReadFull(r, word[:8])
	total := int64(n)
	if err != nil {
		return total, fmt.Errorf("answers: %w: %w", ErrSnapshot, err)
	}
	for i := range binary.LittleEndian.Uint64(word[:]) {
		n, err := io.ReadFull(r, word[:])
		total += int64(n)
		if err != nil {
			return total, fmt.Errorf("answer %d: %w: %w", i, ErrSnapshot, err)
		}
		var a Answer
		a.Decode(word[:])
		s.Put(a)
	}
	return total, nil
}
