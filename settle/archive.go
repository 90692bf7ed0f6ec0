package settle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// archiveName is the list of everything that belongs to the day.
const archiveName = "archive.txt"

// listing is the content of the archive's list, made once a run.
type listing struct {
	text []byte
	rows uint64
}

// archiveParts is the list of the day's files: a file changed or added by hand
// after the archive was written is another input.
func (r *run) archiveParts() ([]part, error) {
	l, err := r.contents()
	if err != nil {
		return nil, err
	}
	return []part{{archiveName, sha256.Sum256(l.text)}}, nil
}

// contents lists what was read, what was written, and the state root of the
// closing height that all of it can be proven from. Orders that came in for the
// next day are left out of that root: the archive of a day is of that day.
func (r *run) contents() (*listing, error) {
	if r.listing != nil {
		return r.listing, nil
	}
	m, err := r.at(r.report.Closing)
	if err != nil {
		return nil, err
	}
	files, err := r.accepted()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "SANCUN-DAY|1|%08d|%s|%x\n", r.o.Date, r.o.Broker.Code, m.DayRoot())
	for _, f := range files {
		fmt.Fprintf(&text, "in|%s|%d|%x\n", f.Name, f.Bytes, f.SHA256)
	}
	rows := uint64(len(files))
	names, err := r.out.List()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == archiveName {
			continue
		}
		content, err := r.out.Read(name)
		if err != nil {
			return nil, err
		}
		f := fileOf(name, content)
		fmt.Fprintf(&text, "out|%s|%d|%x\n", f.Name, f.Bytes, f.SHA256)
		rows++
	}
	r.listing = &listing{text.Bytes(), rows}
	return r.listing, nil
}

// archive is step 13: the list of the day's files. Its rows are the files.
func (r *run) archive(bool) (uint64, error) {
	l, err := r.contents()
	if err != nil {
		return 0, err
	}
	return l.rows, r.write(archiveName, l.text)
}
