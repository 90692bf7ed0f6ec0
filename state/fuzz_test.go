package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// Whatever is not tables is refused as a damaged snapshot; what is read is written
// back byte for byte, and nothing behind it is taken.
func FuzzReadTables(f *testing.F) {
	two := func() []Kept { return []Kept{NewTable[pair](3, 16), NewTable[pair](9, 24)} }
	seed := two()
	for i := range uint64(40) {
		row := make([]byte, 24)
		binary.LittleEndian.PutUint64(row, i*i)
		seed[0].Set(uint32(i), row[:16])
		seed[1].Set(uint32(i), row)
	}
	var file bytes.Buffer
	if err := WriteTables(&file, seed); err != nil {
		f.Fatal(err)
	}
	whole := file.Bytes()
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(bytes.Clone(whole), 1, 2, 3))
	f.Add([]byte("\x03\x00\x10\x00\x00\x00\xff\xff\xff\xff")) // four thousand million rows are said, none is there
	f.Add([]byte("\x03\x00\xff\xff\xff\xff\x01\x00\x00\x00"))
	f.Add([]byte("\x03\x00\x10\x00\x00\x00\x00\x00\x00\x00\x09\x00\x18\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, tables := bytes.NewReader(data), two()
		if err := ReadTables(r, tables); err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatalf("error %v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := WriteTables(&again, tables); err != nil {
			t.Fatal(err)
		}
		taken := data[:len(data)-r.Len()]
		if len(taken) != again.Len() {
			t.Fatalf("%d bytes read, %d written", len(taken), again.Len())
		}
		at := 0
		for _, k := range tables {
			at += 10 // number, width and count
			for row := range k.Len() {
				const used = 16 // what a pair's fields take; the rest of a row of 24 is left
				if got := k.EncodeRow(nil, row); !bytes.Equal(got[:used], taken[at:at+used]) {
					t.Fatalf("row %d of table %d is %x, in the file %x", row, k.Number(), got, taken[at:at+used])
				}
				at += k.Width()
			}
		}
	})
}

// Answers read are those there were: of more than fit, the newest.
func FuzzAnswers(f *testing.F) {
	const limit = 5
	s := NewAnswers(limit)
	for i := range uint64(3) {
		s.Put(Answer{Key: KeyOf(i, 1), Input: i, Ref: i, Height: i, Code: uint16(i)})
	}
	var file bytes.Buffer
	if _, err := s.WriteTo(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:60])
	f.Add(bytes.Repeat([]byte{0xff}, 8))
	f.Add(binary.LittleEndian.AppendUint64(nil, 0))
	many := binary.LittleEndian.AppendUint64(nil, limit+3)
	for i := range byte(limit + 3) {
		many = append(many, bytes.Repeat([]byte{i}, answerWidth)...)
	}
	f.Add(many)
	same := binary.LittleEndian.AppendUint64(nil, limit+2)
	f.Add(append(same, make([]byte, (limit+2)*answerWidth)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewAnswers(limit)
		n, err := s.ReadFrom(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatalf("error %v", err)
			}
			return
		}
		said := binary.LittleEndian.Uint64(data)
		if uint64(n) != 8+said*answerWidth || s.Len() != int(min(said, limit)) {
			t.Fatalf("%d bytes and %d answers of %d", n, s.Len(), said)
		}
		var last Answer
		for at := 8; at < int(n); at += answerWidth {
			last.Decode(data[at:])
		}
		if got, ok := s.Find(last.Key); said > 0 && (!ok || *got != last) {
			t.Fatalf("the newest answer %+v is found as %+v", last, got)
		}
		if _, err := s.WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
