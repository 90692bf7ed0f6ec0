package custody

import (
	"sort"

	"sancun/record"
	"sancun/state"
)

// Filing is one entry for the supervisor: that a client was opened, changed or
// closed (row K13). Its number is its row + 1. The command that makes it necessary
// makes it; the entries of a file are the next ones in their order, so an entry is
// to be filed, or in exactly one file, by its number alone. What was refused is
// filed again as an entry of its own.
type Filing struct {
	Client   uint32 // row
	Kind     uint8  // record.FilingOpening …
	Outcome  uint8  // 0 not answered, record.FilingAcknowledged or FilingRefused
	Reason   uint16 // the supervisor's own
	Date     uint32 // business date of the event
	Answered uint32 // business date of the answer
	Of       uint32 // row + 1 of the refused entry that this one repeats
	Again    uint32 // row + 1 of the entry that repeats this one
}

// FilingFile is a file of entries. Its number is its row + 1.
type FilingFile struct {
	First    uint32 // row of its first entry
	Last     uint32 // row of its last one
	Date     uint32 // business date
	Answered uint32 // how many are answered
	Refused  uint32 // of these, how many are refused
	Made     int64  // block time, unix nanoseconds
	Height   uint64 // block whose record has the lines
	By       record.Caller
}

const (
	filingWidth     = 24
	filingFileWidth = 48
)

// Encode writes the row.
func (e *Filing) Encode(dst []byte) { f := state.Writing(dst); e.walk(&f) }

// Decode reads the row.
func (e *Filing) Decode(src []byte) { f := state.Reading(src); e.walk(&f) }

func (e *Filing) walk(f *state.Fields) {
	f.U32(&e.Client)
	f.U8(&e.Kind)
	f.U8(&e.Outcome)
	f.U16(&e.Reason)
	f.U32(&e.Date)
	f.U32(&e.Answered)
	f.U32(&e.Of)
	f.U32(&e.Again)
}

// Encode writes the row.
func (x *FilingFile) Encode(dst []byte) { f := state.Writing(dst); x.walk(&f) }

// Decode reads the row.
func (x *FilingFile) Decode(src []byte) { f := state.Reading(src); x.walk(&f) }

func (x *FilingFile) walk(f *state.Fields) {
	f.U32(&x.First)
	f.U32(&x.Last)
	f.U32(&x.Date)
	f.U32(&x.Answered)
	f.U32(&x.Refused)
	state.I64(f, &x.Made)
	f.U64(&x.Height)
	f.U64((*uint64)(&x.By))
}

// fileOpening enters the opening of a client who is not held any more, once.
func (m *Machine) fileOpening(row uint32) {
	client := *m.clients.At(row)
	if client.Filed != 0 || client.State == Held || client.State == Closed {
		return
	}
	client.Filed = 1
	put(m, m.clients, row, client)
	m.newFiling(Filing{Client: row, Kind: record.FilingOpening})
}

// fileEvent enters a change or the closing of a client whose opening is filed. One
// who never was normal is not known to the supervisor.
func (m *Machine) fileEvent(row uint32, kind uint8) {
	if m.clients.At(row).Filed != 0 {
		m.newFiling(Filing{Client: row, Kind: kind})
	}
}

func (m *Machine) newFiling(e Filing) uint64 {
	row := m.filings.Len()
	e.Date = m.today().Date
	put(m, m.filings, row, e)
	return uint64(row) + 1
}

// filed is how many entries are in files.
func (m *Machine) filed() uint32 {
	if n := m.filingFiles.Len(); n > 0 {
		return m.filingFiles.At(n-1).Last + 1
	}
	return 0
}

// makeFiling puts the next entries into a file.
func (m *Machine) makeFiling(c *record.MakeFiling) (record.Code, uint64) {
	first := m.filed()
	if len(c.Lines) == 0 || len(c.Lines) > record.FilingMax {
		return record.BatchSize, 0
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		switch row := first + uint32(i); {
		case row >= m.filings.Len() || l.Filing != uint64(row)+1:
			return record.FilingMoved, uint64(first) + 1
		case len(l.Sealed) > record.FilingSealedMax:
			return record.SealedTooLong, uint64(i) + 1
		case len(l.Sealed) == 0:
			return record.Malformed, uint64(i) + 1
		}
	}
	row := m.filingFiles.Len()
	put(m, m.filingFiles, row, FilingFile{
		First: first, Last: first + uint32(len(c.Lines)) - 1, Date: m.today().Date, Made: m.now, Height: m.height, By: m.caller,
	})
	return record.Accepted, uint64(row) + 1
}

// filingAnswered takes the supervisor's answer.
func (m *Machine) filingAnswered(c *record.FilingAnswered) (record.Code, uint64) {
	if c.File == 0 || c.File > uint64(m.filingFiles.Len()) {
		return record.UnknownFile, 0
	}
	file := *m.filingFiles.At(uint32(c.File - 1))
	if len(c.Rows) == 0 || len(c.Rows) > record.FilingMax {
		return record.BatchSize, 0
	}
	before := uint64(0)
	for i := range c.Rows {
		a := &c.Rows[i]
		switch {
		case a.Outcome != record.FilingAcknowledged && a.Outcome != record.FilingRefused, a.Filing <= before:
			return record.BadFilingAnswer, uint64(i) + 1
		case a.Filing < uint64(file.First)+1 || a.Filing > uint64(file.Last)+1:
			return record.FilingElsewhere, uint64(i) + 1
		}
		before = a.Filing
		if e := m.filings.At(uint32(a.Filing - 1)); e.Outcome != 0 && (e.Outcome != a.Outcome || e.Reason != a.Reason) {
			return record.AnsweredBefore, a.Filing
		}
	}
	var fresh uint32
	for i := range c.Rows {
		a := &c.Rows[i]
		e := *m.filings.At(uint32(a.Filing - 1))
		if e.Outcome != 0 {
			continue
		}
		e.Outcome, e.Reason, e.Answered = a.Outcome, a.Reason, m.today().Date
		put(m, m.filings, uint32(a.Filing-1), e)
		if fresh++; a.Outcome == record.FilingRefused {
			file.Refused++
		}
	}
	if fresh > 0 {
		file.Answered += fresh
		put(m, m.filingFiles, uint32(c.File-1), file)
	}
	return record.Accepted, uint64(fresh)
}

// fileAgain enters what was refused as an entry of its own.
func (m *Machine) fileAgain(c *record.FileAgain) (record.Code, uint64) {
	if c.Filing == 0 || c.Filing > uint64(m.filings.Len()) {
		return record.UnknownFiling, 0
	}
	row := uint32(c.Filing - 1)
	e := *m.filings.At(row)
	switch {
	case e.Outcome != record.FilingRefused:
		return record.FilingNotRefused, 0
	case e.Again != 0:
		return record.FiledAgain, uint64(e.Again)
	case c.Reference == "":
		return record.ReferenceMissing, 0
	}
	e.Again = m.filings.Len() + 1
	put(m, m.filings, row, e)
	return record.Accepted, m.newFiling(Filing{Client: e.Client, Kind: e.Kind, Of: row + 1})
}

// filingRead takes the record that a person reads a file in clear; it changes
// nothing.
func (m *Machine) filingRead(c *record.FilingRead) record.Code {
	switch {
	case m.caller.Class() != record.CallerStaff || m.caller.Number() == 0:
		return record.NotPermitted
	case c.File == 0 || c.File > uint64(m.filingFiles.Len()):
		return record.UnknownFile
	case len(c.Reason) < record.RevealReasonMin || len(c.Reason) > record.RevealReasonMax:
		return record.ReferenceMissing
	}
	return record.Accepted
}

// FilingCount is how many entries there are; the newest has this number.
func (m *Machine) FilingCount() uint64 { return uint64(m.filings.Len()) }

// Filed is how many entries are in files: those after it are to be filed.
func (m *Machine) Filed() uint64 { return uint64(m.filed()) }

// FilingBy returns an entry by its number.
func (m *Machine) FilingBy(number uint64) (Filing, bool) {
	if number == 0 || number > m.FilingCount() {
		return Filing{}, false
	}
	return *m.filings.At(uint32(number - 1)), true
}

// FilingFileCount is how many files there are; the newest has this number.
func (m *Machine) FilingFileCount() uint64 { return uint64(m.filingFiles.Len()) }

// FilingFileBy returns a file by its number.
func (m *Machine) FilingFileBy(number uint64) (FilingFile, bool) {
	if number == 0 || number > m.FilingFileCount() {
		return FilingFile{}, false
	}
	return *m.filingFiles.At(uint32(number - 1)), true
}

// FileOf returns the number of the file that has an entry, 0 while none has.
func (m *Machine) FileOf(filing uint64) uint64 {
	n := sort.Search(int(m.filingFiles.Len()), func(i int) bool { return uint64(m.filingFiles.At(uint32(i)).Last)+1 >= filing })
	if n == int(m.filingFiles.Len()) || filing == 0 {
		return 0
	}
	return uint64(n) + 1
}
