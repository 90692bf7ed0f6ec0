package clearing

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// view shows the archived copies of what lies in the inbox as a directory, so
// that the check reads bytes that cannot change any more.
type view struct {
	archive *archive
	files   map[string]Version // without a hash: there, but not one of ours to keep
	failed  *error             // the first failure of the disk, which the check takes for a bad file
}

var _ fs.ReadDirFS = view{}

// Open opens an archived copy.
func (v view) Open(name string) (fs.File, error) {
	at, ok := v.files[name]
	if !ok || at.Hash == (Hash{}) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	b, err := v.archive.open(at.Hash)
	if err != nil {
		return nil, err
	}
	return viewFile{b, viewInfo{at}, v.failed}, nil
}

// ReadDir lists everything in the inbox, by name.
func (v view) ReadDir(string) ([]fs.DirEntry, error) {
	var out []fs.DirEntry
	for _, at := range v.files {
		out = append(out, fs.FileInfoToDirEntry(viewInfo{at}))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

type viewFile struct {
	*blob
	info   viewInfo
	failed *error
}

// Read reads on and remembers a failure.
func (f viewFile) Read(p []byte) (int, error) {
	n, err := f.blob.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && *f.failed == nil {
		*f.failed = fmt.Errorf("%s: %w", f.info.Version.Name, err)
	}
	return n, err
}

// Stat describes the copy.
func (f viewFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// viewInfo describes a version as a read-only file.
type viewInfo struct{ Version }

func (i viewInfo) Name() string       { return path.Base(i.Version.Name) }
func (i viewInfo) Size() int64        { return i.Bytes }
func (i viewInfo) Mode() fs.FileMode  { return 0o400 }
func (i viewInfo) ModTime() time.Time { return i.Seen }
func (i viewInfo) IsDir() bool        { return false }
func (i viewInfo) Sys() any           { return nil }
