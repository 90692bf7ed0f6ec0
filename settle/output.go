package settle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sancun/internal/durable"
)

// Outputs is where the day's files go. Names have forward slashes.
type Outputs interface {
	// Write gives a file its content, whole and durable or not at all.
	Write(name string, content []byte) error
	// Read returns a file's content, or an error that wraps fs.ErrNotExist.
	Read(name string) ([]byte, error)
	// List returns the names of all files, sorted.
	List() ([]string, error)
}

// Folder is Outputs in a folder of a file system.
type Folder struct {
	Dir string
	FS  durable.FS // nil is the operating system's
}

// Write puts a file in place by renaming it.
func (f *Folder) Write(name string, content []byte) error {
	target := path.Join(filepath.ToSlash(f.Dir), name)
	system := f.FS
	if system == nil {
		system = durable.OS{}
	}
	if err := system.MakeDir(path.Dir(target)); err != nil {
		return fmt.Errorf("folder of %s: %w", name, err)
	}
	return durable.ReplaceFile(system, target, content)
}

// Read reads a file.
func (f *Folder) Read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.Dir, filepath.FromSlash(name)))
}

// List walks the folder, leaving out what a crash left half written.
func (f *Folder) List() ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(f.Dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(name, durable.TempSuffix) {
			names = append(names, name)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(names)
	return names, err
}

// Memory is Outputs without a disk, for drills on a fork and for measuring.
type Memory map[string][]byte

// Write keeps a copy of the content.
func (m Memory) Write(name string, content []byte) error {
	m[name] = slices.Clone(content)
	return nil
}

// Read returns a file.
func (m Memory) Read(name string) ([]byte, error) {
	content, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return content, nil
}

// List returns the names, sorted.
func (m Memory) List() ([]string, error) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
