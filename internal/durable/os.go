package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// OS is the machine's own file system. The zero value is ready.
type OS struct{}

var (
	_ FS     = OS{}
	_ Linker = OS{}
)

const (
	dirMode  = 0o700 // journals hold clients' money: nobody else reads them
	fileMode = 0o600
)

// Open opens a file of the machine.
func (OS) Open(name string, mode Mode) (File, error) {
	var flags int
	switch mode {
	case ReadOnly:
		flags = os.O_RDONLY
	case ReadWrite:
		flags = os.O_RDWR
	case Create:
		flags = os.O_RDWR | os.O_CREATE | os.O_EXCL
	default:
		return nil, fmt.Errorf("open %s: unknown mode %d", name, mode)
	}
	f, err := os.OpenFile(name, flags, fileMode)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// Rename renames a file or a directory within its directory.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Link makes a hard link.
func (OS) Link(from, to string) error { return os.Link(from, to) }

// Remove unlinks a file.
func (OS) Remove(name string) error { return os.Remove(name) }

// List gives the regular files of a directory, sorted by name.
func (OS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// MakeDir makes the missing directories from the top down and syncs the parent
// of each one it made.
func (o OS) MakeDir(dir string) error {
	err := os.Mkdir(dir, dirMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("make directory %s: a file has this name", dir)
		}
		return err
	case errors.Is(err, fs.ErrNotExist):
		if err := o.MakeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, dirMode)
	}
	if err != nil {
		return err
	}
	return o.SyncDir(filepath.Dir(dir))
}

// SyncDir syncs a directory.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}

// Lock takes flock(2) on the named file, which it makes when missing and leaves
// behind: removing it would let two holders lock two files of one name.
func (OS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	err = retryInterrupted(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), f.Close())
	}
	return f, nil
}

// file is an open file of the machine.
type file struct{ *os.File }

// Size is the length that fstat reports.
func (f file) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Sync writes contents and length to the device.
func (f file) Sync() error {
	if err := retryInterrupted(func() error { return datasync(f.File) }); err != nil {
		return fmt.Errorf("sync %s: %w", f.Name(), err)
	}
	return nil
}

// Allocate reserves the room with fallocate, or by writing zeros where the file
// system has no such call.
func (f file) Allocate(size int64) error {
	err := retryInterrupted(func() error { return allocate(f.File, size) })
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.fill(size)
	}
	if err != nil {
		return fmt.Errorf("allocate %d bytes for %s: %w", size, f.Name(), err)
	}
	return nil
}

// fill writes zeros from the present end to size.
func (f file) fill(size int64) error {
	const chunkBytes = 1 << 20
	at, err := f.Size()
	if err != nil {
		return err
	}
	zeros := make([]byte, chunkBytes)
	for ; at < size; at += chunkBytes {
		if _, err := f.WriteAt(zeros[:min(chunkBytes, size-at)], at); err != nil {
			return err
		}
	}
	return nil
}

// retryInterrupted repeats a call that a signal interrupted: EINTR says that
// nothing was decided yet, unlike every other error.
func retryInterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
