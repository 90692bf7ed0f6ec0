package settle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// archiveName is the list of everything that belongs to the day.
const archiveName = "archive.txt"

// archiveParts is the list of the day's files: a file changed or added by hand
// after the archive was written is another input.
func (r *run) archiveParts() ([]part, error) {
	text, _, err := r.contents()
	if err != nil {
		return nil, err
	}
	return []part{{archiveName, sha256.Sum256(text)}}, nil
}

// contents lists what was read, what was written, and the state root of the
// closing height that all of it can be proven from.
func (r *run) contents() ([]byte, uint64, error) {
	m, err := r.at(r.report.Closing)
	if err != nil {
		return nil, 0, err
	}
	files, err := r.accepted()
	if err != nil {
		return nil, 0, err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "SANCUN-DAY|1|%08d|%s|%x\n", r.o.Date, r.o.Broker.Code, m.Root())
	for _, f := range files {
		fmt.Fprintf(&text, "in|%s|%d|%x\n", f.Name, f.Bytes, f.SHA256)
	}
	rows := uint64(len(files))
	names, err := r.out.List()
	if err != nil {
		return nil, 0, err
	}
	for _, name := range names {
		if name == archiveName {
			continue
		}
		content, err := r.out.Read(name)
		if err != nil {
			return nil, 0, err
		}
		f := fileOf(name, content)
		fmt.Fprintf(&text, "out|%s|%d|%x\n", f.Name, f.Bytes, f.SHA256)
		rows++
	}
	return text.Bytes(), rows, nil
}

// archive is step 13: the list of the day's files. Its rows are the files.
func (r *run) archive(bool) (uint64, error) {
	text, rows, err := r.contents()
	if err != nil {
		return 0, err
	}
	return rows, r.write(archiveName, text)
}
