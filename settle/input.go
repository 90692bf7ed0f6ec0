package settle

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"sancun/wire/csdc"
)

// Inputs are what the day end reads beside the journal.
type Inputs struct {
	// Clearing are the clearing house's files of the date: one source, or one a
	// market.
	Clearing []Received
	// Banks hold, by bank number, the files a bank has sent for the date, each with
	// its control totals beside it.
	Banks map[uint16]fs.FS
	// Persons knows names and cards, which are not in the machine.
	Persons Persons
}

// Received is a source of files that a gateway has checked and accepted.
type Received interface {
	fs.FS
	// Accepted lists what was accepted. The error says what is still missing or
	// wrong, and stops the chain.
	Accepted() ([]File, error)
}

// File is a file by its content.
type File struct {
	Name   string
	Bytes  int64
	SHA256 [sha256.Size]byte
}

// Persons knows what the machine does not hold of a fund account's owner.
type Persons interface {
	Person(fund uint64) (Person, error)
}

// Person is the owner of a fund account as the bank knows them.
type Person struct {
	Name string // as the bank writes it
	Card string // bank settlement account
}

// Checked returns a folder of the clearing house as a source: it accepts all of
// the folder or nothing, by the manifest's check at the moment now.
func Checked(dir fs.FS, m csdc.Manifest, now func() time.Time) Received {
	return &checked{dir, m, now}
}

type checked struct {
	fs.FS
	manifest csdc.Manifest
	now      func() time.Time
}

func (c *checked) Accepted() ([]File, error) {
	findings, err := c.manifest.Check(c.FS, c.now())
	if err != nil {
		return nil, err
	}
	findings = slices.DeleteFunc(findings, func(f csdc.Finding) bool { return !f.Kind.Stops() && f.Kind != csdc.NotDue })
	if len(findings) > 0 {
		return nil, &FindingsError{findings}
	}
	var files []File
	for _, e := range append(c.manifest.Files, c.manifest.Control) {
		f, err := fileIn(c.FS, e.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // no data, and by its layout no file
		}
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// fileIn reads a file to its end for its size and hash.
func fileIn(dir fs.FS, name string) (File, error) {
	r, err := dir.Open(name)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return File{}, fmt.Errorf("read %s: %w", name, err)
	}
	return File{Name: name, Bytes: n, SHA256: [sha256.Size]byte(sum.Sum(nil))}, nil
}

// part is one thing a step reads beside what earlier steps read.
type part struct {
	name string
	hash [sha256.Size]byte
}

// inputHash is what a step is journaled with: date, pinned height, number, the
// step before, and every part in order of name.
func inputHash(date uint32, pinned uint64, number uint16, before [32]byte, parts []part) [32]byte {
	sum := sha256.New()
	var head [14]byte
	binary.LittleEndian.PutUint32(head[0:], date)
	binary.LittleEndian.PutUint64(head[4:], pinned)
	binary.LittleEndian.PutUint16(head[12:], number)
	sum.Write(head[:])
	sum.Write(before[:])
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	for _, p := range parts {
		var length [4]byte
		binary.LittleEndian.PutUint32(length[:], uint32(len(p.name)))
		sum.Write(length[:])
		sum.Write([]byte(p.name))
		sum.Write(p.hash[:])
	}
	return [32]byte(sum.Sum(nil))
}
