package backup

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// immutable is FS_IMMUTABLE_FL of linux/fs.h, the flag of chattr +i.
const immutable = 0x10

// guard takes the right to write a file away and, where file system and rights
// allow it, makes it immutable (chattr +i): then not even its owner removes it.
func guard(name string) error {
	if err := readOnly(name); err != nil {
		return err
	}
	return setFlag(name, true)
}

// loosen makes a file removable again.
func loosen(name string) error { return setFlag(name, false) }

// setFlag sets or clears the immutable flag. A file system without it, or a process
// that may not set it, is no error: `sancun backup list` shows which files have it.
func setFlag(name string, on bool) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	flags, err := unix.IoctlGetInt(int(file.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		return nil
	}
	wanted := flags &^ immutable
	if on {
		wanted |= immutable
	}
	if wanted == flags {
		return nil
	}
	err = unix.IoctlSetPointerInt(int(file.Fd()), unix.FS_IOC_SETFLAGS, wanted)
	if on && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EOPNOTSUPP)) {
		return nil
	}
	return err
}

// Immutable tells whether a file has the immutable flag.
func Immutable(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close() // read only: nothing to lose
	flags, err := unix.IoctlGetInt(int(file.Fd()), unix.FS_IOC_GETFLAGS)
	return err == nil && flags&immutable != 0
}
