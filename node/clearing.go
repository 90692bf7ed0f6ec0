package node

import (
	"errors"
	"io"
	"io/fs"
	"time"

	"sancun/gateway/clearing"
	"sancun/settle"
	"sancun/wire/csdc"
)

type (
	// IntakeConfig is what the receiving side of a clearing participant needs.
	IntakeConfig = clearing.Config
	// ClearingIntake receives the clearing house's files of one trading day.
	ClearingIntake = clearing.Intake
	// ClearingStatus is how far the receiving is.
	ClearingStatus = clearing.Status
)

// OpenIntake begins or goes on with receiving a trading day's files.
var OpenIntake = clearing.OpenIntake

// ClearingFiles shows the accepted files of an intake to the day end. It reads
// the archived bytes, which cannot change any more.
type ClearingFiles struct {
	Intake      *ClearingIntake
	Participant csdc.Participant
	Date        csdc.Date
	// Set is an accepted set to stay with; the newest one if nil.
	Set *clearing.Set
}

// set returns the set that is shown.
func (c ClearingFiles) set() (clearing.Set, bool) {
	if c.Set != nil {
		return *c.Set, true
	}
	return c.Intake.Accepted()
}

var _ settle.Received = ClearingFiles{}

// Accepted lists what was accepted; the error says that nothing was yet.
func (c ClearingFiles) Accepted() ([]settle.File, error) {
	set, ok := c.set()
	if !ok {
		return nil, clearing.ErrNotAccepted
	}
	var files []settle.File
	for _, v := range set.Files {
		if !v.Absent {
			files = append(files, settle.File{Name: v.Name, Bytes: v.Bytes, SHA256: v.Hash})
		}
	}
	return files, nil
}

// Open opens an accepted file by name. A file without data does not exist.
func (c ClearingFiles) Open(name string) (fs.File, error) {
	for _, l := range csdc.Layouts() {
		if l.FileName(c.Participant, c.Date) != name {
			continue
		}
		set, ok := c.set()
		if !ok {
			return nil, clearing.ErrNotAccepted
		}
		r, err := c.Intake.OpenIn(set, l)
		if errors.Is(err, clearing.ErrNoData) {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return accepted{r, c.info(name)}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (c ClearingFiles) info(name string) acceptedInfo {
	set, _ := c.set()
	for _, v := range set.Files {
		if v.Name == name {
			return acceptedInfo{name, v.Bytes, v.Seen}
		}
	}
	return acceptedInfo{name: name}
}

// accepted is an archived file as a fs.File.
type accepted struct {
	io.ReadCloser
	info acceptedInfo
}

// Stat describes the file.
func (a accepted) Stat() (fs.FileInfo, error) { return a.info, nil }

type acceptedInfo struct {
	name  string
	bytes int64
	seen  time.Time
}

func (i acceptedInfo) Name() string       { return i.name }
func (i acceptedInfo) Size() int64        { return i.bytes }
func (i acceptedInfo) Mode() fs.FileMode  { return 0o400 }
func (i acceptedInfo) ModTime() time.Time { return i.seen }
func (i acceptedInfo) IsDir() bool        { return false }
func (i acceptedInfo) Sys() any           { return nil }
