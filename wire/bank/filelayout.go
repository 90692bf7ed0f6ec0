package bank

import (
	"fmt"
	"slices"
)

// DateInName is how a file name tells its date.
type DateInName uint8

// The spellings of a date in a file name.
const (
	NameMonthDay DateInName = 1 // MMDD
	NameFullDate DateInName = 2 // YYYYMMDD
)

// Row is one line of a day-end file. The implementations are pointers to the
// row types of this package.
type Row interface{ slots() []slot }

// FileLayout is the layout of one kind of day-end file as data (B.6).
type FileLayout struct {
	Name    string // short name, as "sbusi"
	Set     int    // 1, 2 or 3, the sets of B.6
	Chinese string
	Sender  Initiator // who writes it
	// File name: Prefix, date, Suffix.
	Prefix   string
	DateForm DateInName
	Suffix   string
	// Lines.
	Style     Style
	Separator byte // StyleDelimited only; every field ends with it when Trailing
	Trailing  bool
	Charset   Charset
	Fields    []Field
	Amount    string // the field whose sum is the control amount, empty for none
	NewRow    func() Row
}

const (
	lineEnd = "\r\n"
	// lineBytesMax bounds a line. The widest layout needs under 600 bytes.
	lineBytesMax = 4 << 10
)

// FileName returns the name of the file of a date.
func (l *FileLayout) FileName(d Date) string {
	if l.DateForm == NameMonthDay {
		return l.Prefix + d.monthDay() + l.Suffix
	}
	return l.Prefix + d.String() + l.Suffix
}

// FileLayouts returns every layout of the three sets.
func FileLayouts() []FileLayout {
	return []FileLayout{
		ClientNetLayout(), LedgerBalanceLayout(), PooledSettlementLayout(), InterestLayout(), TransferDetailLayout(),
		InterestNetLayout(), ClientSettlementLayout(), BankTotalLayout(), InterBankTotalLayout(),
		TotalDetailLayout(), AbnormalBalanceLayout(), ClientStatusLayout(),
	}
}

// LayoutOfFile returns the layout whose file of the date has this name.
func LayoutOfFile(name string, d Date) (FileLayout, bool) {
	all := FileLayouts()
	i := slices.IndexFunc(all, func(l FileLayout) bool { return l.FileName(d) == name })
	if i < 0 {
		return FileLayout{}, false
	}
	return all[i], true
}

// check says what contradicts itself in the layout, or nil.
func (l *FileLayout) check() error {
	slots := l.NewRow().slots()
	for i := range l.Fields {
		if err := checkField(&l.Fields[i], slots); err != nil {
			return fmt.Errorf("%s: %v: %w", l.Name, err, ErrFormat)
		}
	}
	for _, s := range slots {
		if !hasField(l.Fields, s.name) {
			return fmt.Errorf("%s: no field for %s: %w", l.Name, s.name, ErrFormat)
		}
	}
	if s, ok := findSlot(slots, l.Amount); l.Amount != "" && (!ok || s.kind != slotWhole) {
		return fmt.Errorf("%s: control amount %s: %w", l.Name, l.Amount, ErrFormat)
	}
	return nil
}

func (l *FileLayout) spelling() spelling {
	return spelling{charset: l.Charset, fixed: l.Style == StyleFixed, separator: l.Separator}
}

// appendLine appends the line of a row, line end included.
func (l *FileLayout) appendLine(line []byte, row Row) ([]byte, error) {
	sp, slots, start := l.spelling(), row.slots(), len(line)
	for i := range l.Fields {
		f := &l.Fields[i]
		s, ok := findSlot(slots, f.Name)
		if !ok {
			return nil, &FieldError{Format: l.Name, Field: f.Name, Err: fmt.Errorf("a row of another layout: %w", ErrFormat)}
		}
		raw, err := sp.write(f, s)
		if err != nil {
			return nil, &FieldError{Format: l.Name, Field: f.Name, Offset: len(line) - start, Err: err}
		}
		line = append(line, raw...)
		if !sp.fixed && (l.Trailing || i < len(l.Fields)-1) {
			line = append(line, sp.separator)
		}
	}
	return append(line, lineEnd...), nil
}

// parseLine reads a line without its end into row.
func (l *FileLayout) parseLine(line []byte, row Row) error {
	sp, slots, at := l.spelling(), row.slots(), 0
	var parts [][]byte
	if !sp.fixed {
		parts = sp.charset.split(line, sp.separator)
		count := len(parts)
		if l.Trailing {
			count--
		}
		if count != len(l.Fields) || (l.Trailing && len(parts[count]) > 0) {
			return &FieldError{Format: l.Name, Err: fmt.Errorf("%d fields, the table has %d: %w", count, len(l.Fields), ErrLength)}
		}
	}
	for i := range l.Fields {
		f := &l.Fields[i]
		var raw []byte
		switch {
		case !sp.fixed:
			raw = parts[i]
		case at+f.Width > len(line):
			return &FieldError{Format: l.Name, Field: f.Name, Offset: at, Err: fmt.Errorf("the line ends early: %w", ErrLength)}
		default:
			raw = line[at : at+f.Width]
		}
		s, ok := findSlot(slots, f.Name)
		if !ok {
			return &FieldError{Format: l.Name, Field: f.Name, Err: fmt.Errorf("a row of another layout: %w", ErrFormat)}
		}
		if err := sp.read(f, raw, s); err != nil {
			return &FieldError{Format: l.Name, Field: f.Name, Offset: at, Err: err}
		}
		at += len(raw)
		if !sp.fixed {
			at++
		}
	}
	if sp.fixed && at != len(line) {
		return &FieldError{Format: l.Name, Offset: at, Err: fmt.Errorf("the line goes on: %w", ErrLength)}
	}
	return nil
}
