package clearing

import (
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"sancun/wire/csdc"
)

// Version is one content of one file.
type Version struct {
	Name   string
	Seen   time.Time // the look into the inbox that found it
	Before time.Time // the look before, which did not; zero: this was the first look
	Hash   Hash
	Bytes  int64
	Absent bool // no data, so no file: the control file says so
}

// Set is a whole day that has passed the check: every file in one version.
type Set struct {
	At    time.Time // when it was accepted
	Input Hash      // over names and hashes: what settlement pins itself to
	Files []Version // in the order of the manifest, the control file last
}

// newSet computes the input hash.
func newSet(at time.Time, files []Version) *Set {
	digest := sha256.New()
	for _, v := range files {
		mark := v.Hash.String()
		if v.Absent {
			mark = "-"
		}
		fmt.Fprintf(digest, "%s=%s\n", v.Name, mark)
	}
	return &Set{At: at, Input: Hash(digest.Sum(nil)), Files: files}
}

func (s *Set) file(name string) (Version, bool) {
	for _, v := range s.Files {
		if v.Name == name {
			return v, true
		}
	}
	return Version{}, false
}

// changed names the files, besides the control file, in which two sets differ.
func (s *Set) changed(other *Set, control string) []string {
	var names []string
	for _, v := range s.Files {
		if was, ok := other.file(v.Name); v.Name != control && (!ok || was.Hash != v.Hash || was.Absent != v.Absent) {
			names = append(names, v.Name)
		}
	}
	return names
}

// Open opens a layout's file of the accepted set. The reader returns ErrArchive
// at the end if the archived bytes have changed. It returns ErrNotAccepted before
// a set was accepted, ErrNoData for a file that has no data.
func (in *Intake) Open(l csdc.Layout) (io.ReadCloser, error) {
	set, ok := in.Accepted()
	if !ok {
		return nil, ErrNotAccepted
	}
	return in.OpenIn(set, l)
}

// OpenIn is Open for an earlier set, which a settlement that has begun stays with.
func (in *Intake) OpenIn(set Set, l csdc.Layout) (io.ReadCloser, error) {
	name := ""
	if l.Valid() {
		name = l.FileName(in.config.Participant, in.manifest.Date)
	}
	v, ok := set.file(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %w", l, ErrUnknown)
	case v.Absent:
		return nil, fmt.Errorf("%s: %w", name, ErrNoData)
	}
	return in.archive.open(v.Hash)
}

// Accepted returns the set that settlement may read; false while there is none.
func (in *Intake) Accepted() (Set, bool) {
	in.published.Lock()
	defer in.published.Unlock()
	if len(in.sets) == 0 {
		return Set{}, false
	}
	return *in.sets[len(in.sets)-1], true
}

// Sets returns every set that was ever accepted on this day, oldest first.
func (in *Intake) Sets() []Set {
	in.published.Lock()
	defer in.published.Unlock()
	var out []Set
	for _, s := range in.sets {
		out = append(out, *s)
	}
	return out
}
