package bank

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sancun/internal/durable"
	wire "sancun/wire/bank"
)

// fileBytesMax bounds one file: a million rows of the widest layout are 600 MB,
// which no custodian bank sends a broker of our size; 256 MiB fit in memory.
const fileBytesMax = 256 << 20

// fileNameMax bounds the name of a file in characters, as the narrowest format does.
const fileNameMax = 40

var (
	// ErrName refuses the name of a file that could leave its folder.
	ErrName = errors.New("not the name of a file of the exchange")
	// ErrNoFile reports a file that was never kept.
	ErrNoFile = errors.New("there is no such file")
)

// FileInfo is one version of a file.
type FileInfo struct {
	Name    string
	Date    wire.Date
	Version int // from 1
	Bytes   int
	SHA256  [32]byte
	Path    string
}

// store keeps files of one direction: <dir>/<date>/<name>.v<version>. Versions
// are never replaced.
type store struct {
	fs  durable.FS
	dir string
}

// fit says whether a name is made of letters, digits, points, dashes and
// underscores only and begins with a letter or digit.
func fit(name string) bool {
	if name == "" || len(name) > fileNameMax || strings.HasSuffix(name, durable.TempSuffix) {
		return false
	}
	for i, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return true
}

func (s *store) folder(date wire.Date) string { return fmt.Sprintf("%s/%08d", s.dir, uint32(date)) }

// versions returns the number of the newest version, 0 when there is none.
func (s *store) versions(date wire.Date, name string) (int, error) {
	names, err := s.fs.List(s.folder(date))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("list files of %d: %w", date, err)
	}
	newest := 0
	for _, n := range names {
		if rest, ok := strings.CutPrefix(n, name+".v"); ok {
			if v, err := strconv.Atoi(rest); err == nil {
				newest = max(newest, v)
			}
		}
	}
	return newest, nil
}

func (s *store) info(date wire.Date, name string, version int, content []byte) FileInfo {
	return FileInfo{
		Name: name, Date: date, Version: version, Bytes: len(content), SHA256: sha256.Sum256(content),
		Path: fmt.Sprintf("%s/%s.v%d", s.folder(date), name, version),
	}
}

// keep stores content as the next version, durable when it returns, unless it is
// what the newest version says already.
func (s *store) keep(date wire.Date, name string, content []byte) (FileInfo, error) {
	if s.dir == "" {
		return FileInfo{}, fmt.Errorf("no folder for files: %w", ErrOptions)
	}
	if !fit(name) {
		return FileInfo{}, fmt.Errorf("%q: %w", name, ErrName)
	}
	newest, err := s.versions(date, name)
	if err != nil {
		return FileInfo{}, err
	}
	if newest > 0 {
		have, err := durable.ReadFile(s.fs, s.info(date, name, newest, nil).Path, fileBytesMax)
		if err != nil {
			return FileInfo{}, fmt.Errorf("read %s: %w", name, err)
		}
		if bytes.Equal(have, content) {
			return s.info(date, name, newest, content), nil
		}
	}
	if err := s.fs.MakeDir(s.folder(date)); err != nil {
		return FileInfo{}, fmt.Errorf("make the folder of %d: %w", date, err)
	}
	info := s.info(date, name, newest+1, content)
	if err := durable.ReplaceFile(s.fs, info.Path, content); err != nil {
		return FileInfo{}, fmt.Errorf("keep %s: %w", name, err)
	}
	return info, nil
}

// newest returns the newest version of a file.
func (s *store) newest(date wire.Date, name string) (FileInfo, []byte, error) {
	if !fit(name) {
		return FileInfo{}, nil, fmt.Errorf("%q: %w", name, ErrName)
	}
	version, err := s.versions(date, name)
	if err != nil {
		return FileInfo{}, nil, err
	}
	if version == 0 {
		return FileInfo{}, nil, fmt.Errorf("%s of %d: %w", name, date, ErrNoFile)
	}
	content, err := durable.ReadFile(s.fs, s.info(date, name, version, nil).Path, fileBytesMax)
	if err != nil {
		return FileInfo{}, nil, fmt.Errorf("read %s: %w", name, err)
	}
	return s.info(date, name, version, content), content, nil
}

// Arrived shows the newest versions of the files that a bank has sent for a date,
// as they lie in the folder of its gateway (Options.Dir). It needs no gateway, so
// it also shows what came before a restart.
func Arrived(system durable.FS, dir string, date wire.Date) fs.ReadDirFS {
	return arrived{store{system, dir + "/in"}, date}
}

type arrived struct {
	store store
	date  wire.Date
}

// Open opens the newest version of a file.
func (a arrived) Open(name string) (fs.File, error) {
	if !fit(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	info, content, err := a.store.newest(a.date, name)
	if errors.Is(err, ErrNoFile) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &arrivedFile{bytes.NewReader(content), arrivedInfo{info}}, nil
}

// ReadDir lists the files by name; "." is the only folder.
func (a arrived) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	names, err := a.store.fs.List(a.store.folder(a.date))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []fs.DirEntry
	seen := map[string]bool{}
	for _, n := range names {
		at := strings.LastIndex(n, ".v")
		if at < 0 || seen[n[:at]] || !fit(n[:at]) {
			continue
		}
		seen[n[:at]] = true
		info, _, err := a.store.newest(a.date, n[:at])
		if errors.Is(err, ErrNoFile) {
			continue // the name of no version, as of a file half written
		}
		if err != nil {
			return nil, err
		}
		all = append(all, fs.FileInfoToDirEntry(arrivedInfo{info}))
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

type arrivedFile struct {
	*bytes.Reader
	info arrivedInfo
}

// Stat describes the file; its Sys is the FileInfo.
func (f *arrivedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close releases nothing: the content is in memory.
func (f *arrivedFile) Close() error { return nil }

type arrivedInfo struct{ FileInfo }

func (i arrivedInfo) Name() string       { return i.FileInfo.Name }
func (i arrivedInfo) Size() int64        { return int64(i.Bytes) }
func (i arrivedInfo) Mode() fs.FileMode  { return 0o400 }
func (i arrivedInfo) ModTime() time.Time { return time.Time{} }
func (i arrivedInfo) IsDir() bool        { return false }
func (i arrivedInfo) Sys() any           { return i.FileInfo }
