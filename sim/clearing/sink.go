package clearing

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Sink is where files go out: a folder a day. A file must appear under its name
// in one step, whole; a second one of the name replaces the first.
type Sink interface {
	Put(day, name string, write func(io.Writer) error) error
	// Withdraw takes a file back; one that is not there is no error.
	Withdraw(day, name string) error
}

// DirSink puts the files of a day into Root/<day>. Files grow in Root/.part,
// beside the folders that a receiver looks into, and are renamed into place.
type DirSink struct{ Root string }

var _ Sink = DirSink{}

const (
	partDir  = ".part"
	dirMode  = 0o755
	fileMode = 0o644
)

// Put writes a file and renames it into place.
func (s DirSink) Put(day, name string, write func(io.Writer) error) (err error) {
	for _, dir := range []string{partDir, day} {
		if err := os.MkdirAll(filepath.Join(s.Root, dir), dirMode); err != nil {
			return err
		}
	}
	part := filepath.Join(s.Root, partDir, day+"-"+name)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	if err := errors.Join(write(out), out.Flush(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", name, err), os.Remove(part))
	}
	return os.Rename(part, filepath.Join(s.Root, day, name))
}

// Withdraw removes a file.
func (s DirSink) Withdraw(day, name string) error {
	if err := os.Remove(filepath.Join(s.Root, day, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
