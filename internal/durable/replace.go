package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"golang.org/x/sys/unix"

	"sancun/internal/planted"
)

// TempSuffix ends the name of a file that is being written. Such a file is never
// read: after a crash it is a leftover that may be removed.
const TempSuffix = ".tmp"

// ReplaceFile gives the named file new contents in one durable step: after a
// crash it has either the old contents or the new. After an error either may be
// there, and the caller must read the file again to know.
func ReplaceFile(fsys FS, name string, data []byte) error {
	temp := name + TempSuffix
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove leftover: %w", err)
	}
	f, err := fsys.Open(temp, Create)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", temp, err), f.Close())
	}
	if planted.In(planted.ReplaceUnsynced) {
		err = nil
	} else if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", temp, err)
	}
	if err := fsys.Rename(temp, name); err != nil {
		return err
	}
	return fsys.SyncDir(path.Dir(name))
}

// ReadFile reads a whole file of at most limit bytes. A longer file is an error,
// so a damaged length cannot ask for the machine's memory.
func ReadFile(fsys FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name, ReadOnly)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err == nil && size > limit {
		err = fmt.Errorf("%s has %d bytes, at most %d", name, size, limit)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && !(err == io.EOF && n == len(data)) {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), f.Close())
	}
	return data, f.Close()
}

// IsFull tells whether the error says that the device or the quota has no room.
func IsFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
