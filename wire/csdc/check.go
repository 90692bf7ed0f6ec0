package csdc

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// FindingKind says what is wrong with a file. The numbers are used in records
// and never change.
type FindingKind uint8

const (
	// Missing: the deadline has passed, or the control file names it, and it is not there.
	Missing FindingKind = 1
	// NotDue: it has not come, or cannot be judged yet, and its deadline has not passed.
	NotDue FindingKind = 2
	// Truncated: it ends in the middle, or is shorter than its control total says.
	Truncated FindingKind = 3
	// BadRecord: one record cannot be read.
	BadRecord FindingKind = 4
	// BadLayout: it is not a file of its layout at all, or the control file is damaged.
	BadLayout FindingKind = 5
	// WrongTotal: rows or sum are not those of the control file.
	WrongTotal FindingKind = 6
	// WrongDate: a row, or the control file, is of another day.
	WrongDate FindingKind = 7
	// Altered: totals agree but the bytes are not those of the control file.
	Altered FindingKind = 8
	// Extra: a file that nobody announced, or that is there although it should not be.
	Extra FindingKind = 9
	// BrokenSequence: the control file's previous day is not the calendar's.
	BrokenSequence FindingKind = 10
	// Unannounced: the control file forgot it, so its total cannot be checked.
	Unannounced FindingKind = 11
	// Replaced: a file that had been accepted came again with other bytes. Only a
	// receiver that remembers can say so; Check never does.
	Replaced FindingKind = 12
	// Late: it came, but behind its deadline. Only a receiver that remembers can
	// say so; Check never does.
	Late FindingKind = 13
)

var findingNames = [...]string{
	Missing: "missing", NotDue: "not due", Truncated: "truncated", BadRecord: "bad record",
	BadLayout: "bad layout", WrongTotal: "wrong total", WrongDate: "wrong date", Altered: "altered",
	Extra: "extra", BrokenSequence: "broken sequence", Unannounced: "unannounced",
	Replaced: "replaced", Late: "late",
}

func (k FindingKind) String() string {
	if k >= Missing && int(k) < len(findingNames) {
		return findingNames[k]
	}
	return fmt.Sprintf("finding %d", uint8(k))
}

// Stops says whether the day end must wait for a finding of kind k.
func (k FindingKind) Stops() bool { return k != NotDue && k != Late }

// Finding is one thing that is wrong with the files of a day.
type Finding struct {
	Kind   FindingKind
	File   string
	Record int64  // from 1; 0 when the file as a whole is meant
	Field  string // column; empty when the record as a whole is meant
	Detail string // for people
}

func (f Finding) String() string {
	where := f.File
	if f.Record > 0 {
		where += fmt.Sprintf(" record %d", f.Record)
	}
	if f.Field != "" {
		where += " " + f.Field
	}
	return fmt.Sprintf("%s: %s: %s", where, f.Kind, f.Detail)
}

// checker works through one day's directory.
type checker struct {
	Manifest
	dir      fs.FS
	now      time.Time
	control  *ControlFile // nil while it has not come or cannot be used
	findings []Finding
}

// Check compares the directory of a day, which holds nothing else, with the
// manifest at the moment now. It returns the findings in the order of the
// manifest, none when the day is complete and whole, and an error only if the
// directory cannot be read.
//
// The control file is the signal that transmission is over: before it, and
// before a file's deadline, the file is not looked at, because a part that is
// still arriving cannot be told from one that was cut.
func (m Manifest) Check(dir fs.FS, now time.Time) ([]Finding, error) {
	c := &checker{Manifest: m, dir: dir, now: now}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	if err := c.checkControl(); err != nil {
		return nil, err
	}
	expected := map[string]bool{m.Control.Name: true}
	for _, e := range m.Files {
		expected[e.Name] = true
		if err := c.checkFile(e); err != nil {
			return nil, err
		}
	}
	for _, entry := range entries { // sorted by name
		if !expected[entry.Name()] {
			c.find(Extra, entry.Name(), "not expected on this day")
		}
	}
	return c.findings, nil
}

func (c *checker) find(kind FindingKind, file, format string, args ...any) {
	c.findings = append(c.findings, Finding{Kind: kind, File: file, Detail: fmt.Sprintf(format, args...)})
}

func (c *checker) checkControl() error {
	f, err := c.dir.Open(c.Control.Name)
	if errors.Is(err, fs.ErrNotExist) {
		c.findAbsent(c.Control)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // only read
	control, err := ReadControl(f)
	if errors.Is(err, ErrControl) {
		c.find(BadLayout, c.Control.Name, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if control.Date != c.Date || control.Participant != c.Participant {
		c.find(WrongDate, c.Control.Name, "is of %s for %v, want %s for %v", control.Date, control.Participant, c.Date, c.Participant)
		return nil
	}
	if c.Previous != "" && control.Previous != c.Previous {
		c.find(BrokenSequence, c.Control.Name, "follows %q, the trading day before is %s", control.Previous, c.Previous)
	}
	c.control = &control
	return nil
}

func (c *checker) findAbsent(e Expected) {
	if c.now.Before(e.Deadline) {
		c.find(NotDue, e.Name, "due at %s", e.Deadline.Format("15:04"))
	} else {
		c.find(Missing, e.Name, "was due at %s", e.Deadline.Format("2006-01-02 15:04"))
	}
}

// announced returns the control total of a file. It is nil without a control
// file, or when the control file does not name it.
func (c *checker) announced(name string) *Control {
	if c.control == nil {
		return nil
	}
	for i := range c.control.Files {
		if c.control.Files[i].Name == name {
			return &c.control.Files[i]
		}
	}
	return nil
}

func (c *checker) checkFile(e Expected) error {
	total := c.announced(e.Name)
	f, err := c.dir.Open(e.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.checkAbsent(e, total)
		return nil
	case err != nil:
		return err
	}
	defer f.Close() // only read
	switch {
	case total != nil && total.Absent:
		c.find(Extra, e.Name, "the control file says there is no data")
		return nil
	case total != nil && total.Layout != e.Layout:
		c.find(BadLayout, e.Name, "the control file calls it %s", total.Layout)
		return nil
	case c.control == nil && c.now.Before(e.Deadline):
		c.find(NotDue, e.Name, "is there, but without a control file it may still be arriving")
		return nil
	case c.control != nil && total == nil:
		c.find(Unannounced, e.Name, "the control file does not name it")
	}
	return c.checkContent(e, f, total)
}

// checkAbsent judges a file that is not there.
func (c *checker) checkAbsent(e Expected, total *Control) {
	switch {
	case total != nil && total.Absent:
	case total != nil:
		c.find(Missing, e.Name, "the control file counts %d rows", total.Rows)
	case c.control != nil:
		c.find(Missing, e.Name, "the control file does not name it either")
	case e.Layout.NoData() == NoFile && !c.now.Before(e.Deadline):
		c.find(Missing, e.Name, "was due at %s, or there is no data: the control file will tell", e.Deadline.Format("2006-01-02 15:04"))
	default:
		c.findAbsent(e)
	}
}

// checkContent reads a file from end to end and compares it with its total.
func (c *checker) checkContent(e Expected, f fs.File, total *Control) error {
	bad := 0
	control, err := e.Layout.scanner().scan(f, c.Date, func(err error) error {
		if bad++; bad <= badRecordsMax {
			c.findRecord(e.Name, err)
		}
		return nil
	})
	if bad > badRecordsMax {
		c.find(BadRecord, e.Name, "%d bad records in all", bad)
	}
	var broken *RecordError
	switch {
	case errors.As(err, &broken), errors.Is(err, ErrRange):
		c.findRecord(e.Name, err)
		return nil
	case err != nil:
		return err
	case total == nil:
		return nil
	}
	switch {
	case control.Bytes < total.Bytes:
		c.find(Truncated, e.Name, "%d bytes of %d", control.Bytes, total.Bytes)
	case bad > 0: // the totals of the good records say nothing
	case control.Rows != total.Rows:
		c.find(WrongTotal, e.Name, "%d rows, control file says %d", control.Rows, total.Rows)
	case control.Sum != total.Sum:
		unit := e.Layout.scanner().sumPlaces()
		c.find(WrongTotal, e.Name, "%s adds up to %s, control file says %s", e.Layout.SumColumn(), figure(control.Sum, unit), figure(total.Sum, unit))
	case control.SHA256 != total.SHA256:
		c.find(Altered, e.Name, "SHA-256 differs from the control file's")
	}
	return nil
}

// findRecord turns a reader's error into a finding.
func (c *checker) findRecord(file string, err error) {
	finding := Finding{Kind: BadRecord, File: file, Detail: err.Error()}
	var at *RecordError
	if errors.As(err, &at) {
		finding.Record, finding.Field, finding.Detail = at.Record, at.Field, at.Err.Error()
	}
	switch {
	case errors.Is(err, ErrTruncated):
		finding.Kind = Truncated
	case errors.Is(err, ErrDay):
		finding.Kind = WrongDate
	case errors.Is(err, ErrTrailing), finding.Record == 0 && (errors.Is(err, ErrNotDBF) || errors.Is(err, ErrLayout)):
		finding.Kind = BadLayout
	}
	c.findings = append(c.findings, finding)
}
