package filing

import (
	"fmt"
	"strings"
)

// Kind is what happened to a client, by its number in the file.
type Kind uint8

// The kinds of entries.
const (
	Opening Kind = 1
	Change  Kind = 2
	Closing Kind = 3
)

// Entry is one client in a file. ID, Name and Mobile are empty when the client's
// data were erased before the file was made.
type Entry struct {
	Number   uint64 // of the entry, once in all files
	Kind     Kind
	Date     uint32 // business date of the event
	Client   uint64
	Class    uint8 // 1 natural person, 2 organisation
	Document uint8 // kind of document, 1 to 8
	ID       string
	Name     string
	Mobile   string
	Branch   uint16
	Opened   uint32
	Closed   uint32 // 0 while open
	Of       uint64 // number of the refused entry that this one repeats, 0 none
}

// Line writes an entry as its line in UTF-8, without the end of the line. It
// returns ErrFormat for what cannot stand in one.
func (e *Entry) Line() (string, error) {
	if err := e.check(); err != nil {
		return "", err
	}
	return strings.Join([]string{
		"D", number(e.Number), number(uint64(e.Kind)), number(uint64(e.Date)), number(e.Client), number(uint64(e.Class)), number(uint64(e.Document)), e.ID, e.Name, e.Mobile,
		number(uint64(e.Branch)), number(uint64(e.Opened)), number(uint64(e.Closed)), number(e.Of),
	}, "|"), nil
}

func (e *Entry) check() error {
	if e.Number == 0 || e.Kind < Opening || e.Kind > Closing || e.Client == 0 || e.Class < 1 || e.Class > 2 || e.Document < 1 || e.Document > 8 || e.Of >= e.Number {
		return fmt.Errorf("entry %d: a figure is out of its range: %w", e.Number, ErrFormat)
	}
	for _, text := range []string{e.ID, e.Name, e.Mobile} {
		if err := field(text); err != nil {
			return fmt.Errorf("entry %d: %w", e.Number, err)
		}
	}
	return nil
}

// ParseEntry reads a line that Line wrote.
func ParseEntry(line string) (e Entry, err error) {
	part := strings.Split(line, "|")
	if len(part) != 14 || part[0] != "D" {
		return e, fmt.Errorf("an entry has 14 fields: %w", ErrFormat)
	}
	var kind, date, class, document, branch, opened, closed uint64
	for _, f := range []struct {
		text string
		bits int
		into *uint64
	}{
		{part[1], 64, &e.Number}, {part[2], 8, &kind}, {part[3], 32, &date}, {part[4], 64, &e.Client}, {part[5], 8, &class}, {part[6], 8, &document},
		{part[10], 16, &branch}, {part[11], 32, &opened}, {part[12], 32, &closed}, {part[13], 64, &e.Of},
	} {
		if *f.into, err = figure(f.text, f.bits); err != nil {
			return e, err
		}
	}
	e.Kind, e.Date, e.Class, e.Document = Kind(kind), uint32(date), uint8(class), uint8(document)
	e.ID, e.Name, e.Mobile = part[7], part[8], part[9]
	e.Branch, e.Opened, e.Closed = uint16(branch), uint32(opened), uint32(closed)
	return e, e.check()
}

// File is a file of entries: the lines as Line wrote them, so that a file that is
// written again is the same byte by byte.
type File struct {
	Broker string // institution code, 1 to 8 letters and digits
	Date   uint32 // business date yyyymmdd
	Number uint64 // of the file, from 1
	Lines  []string
}

// Name is the file's name.
func (f *File) Name() string {
	return fmt.Sprintf("KHBA_%s_%d_%06d.txt", f.Broker, f.Date, f.Number)
}

// Encode writes the file. It returns ErrFormat for what is no file.
func (f *File) Encode() ([]byte, error) {
	for _, line := range f.Lines {
		if _, err := ParseEntry(line); err != nil {
			return nil, err
		}
	}
	return (&envelope{f.Broker, f.Date, f.Number}).wrap(f.Lines)
}

// Decode reads a file and its entries. It returns ErrFormat for anything that
// Encode would not have written.
func Decode(raw []byte) (f File, entries []Entry, err error) {
	var e envelope
	lines, err := e.unwrap(raw)
	if err != nil {
		return f, nil, err
	}
	for _, line := range lines {
		one, err := ParseEntry(line)
		if err != nil {
			return f, nil, err
		}
		if n := len(entries); n > 0 && one.Number != entries[n-1].Number+1 {
			return f, nil, fmt.Errorf("entry %d follows entry %d: %w", one.Number, entries[n-1].Number, ErrFormat)
		}
		entries = append(entries, one)
	}
	return File{e.Broker, e.Date, e.Number, lines}, entries, nil
}
