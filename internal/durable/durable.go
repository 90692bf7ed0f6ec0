// Package durable is the floor under everything that must survive a power cut: a
// file system seam small enough to be imitated by faultfs, and its real
// implementation. It decides nothing: it never retries a failed sync, never
// ignores an error and holds no data of its own.
//
// The contract, which both implementations keep:
//
//   - What WriteAt wrote is durable once a later Sync of the same file returned nil.
//     Until then a crash may keep any part of it.
//   - A created, renamed or removed name is durable once SyncDir of its directory
//     returned nil. Until then a crash may keep or undo it.
//   - After Sync returned an error nobody knows what is durable, and a further Sync
//     proves nothing: kernels mark the pages clean and forget them. The only
//     way on is to stop, open the file again and write the doubtful bytes again.
//
// The system calls, in order, of the three things done with it:
//
//	append          pwrite64, fdatasync
//	new file        openat(O_CREAT|O_EXCL), fallocate, pwrite64, fdatasync,
//	                renameat, openat(directory), fsync
//	replace a file  unlinkat(leftover), openat(O_CREAT|O_EXCL), pwrite64, fdatasync,
//	                close, renameat, openat(directory), fsync
//
// fdatasync is enough for file contents: it also writes a changed length, and
// leaves out only times. A directory has no data apart, so it gets fsync.
package durable

import (
	"errors"
	"io"
)

// ErrLocked says that another process, or another holder in this one, has the lock.
var ErrLocked = errors.New("locked by another holder")

// Mode says how Open opens a file. The zero value is refused.
type Mode uint8

// The modes of Open.
const (
	// ReadOnly opens an existing file for reading.
	ReadOnly Mode = 1
	// ReadWrite opens an existing file for reading and writing.
	ReadWrite Mode = 2
	// Create makes a new, empty file for reading and writing and fails with
	// fs.ErrExist when the name is taken.
	Create Mode = 3
)

// FS is a file system whose losses are known. Names are paths with slashes.
// Errors satisfy errors.Is with fs.ErrNotExist, fs.ErrExist and ErrLocked.
type FS interface {
	// Open opens a file. Its name is durable after SyncDir of its directory.
	Open(name string, mode Mode) (File, error)

	// Rename gives a file another name in one step, replacing a file that had
	// it, or a directory one that nothing has. Both names must be in one directory;
	// SyncDir makes it durable.
	Rename(from, to string) error

	// Remove takes a file's name away; SyncDir makes it durable.
	Remove(name string) error

	// List gives the names of the files in a directory, sorted.
	List(dir string) ([]string, error)

	// MakeDir makes a directory and those above it, durable when it returns. An
	// existing directory is no error.
	MakeDir(dir string) error

	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error

	// Lock takes the exclusive lock that the file of this name stands for, or
	// fails at once with ErrLocked. Closing releases it, and so does a crash.
	Lock(name string) (io.Closer, error)
}

// Linker is a file system that can give one file a second name. Both names are the
// same bytes from then on: whoever writes through one changes the other.
type Linker interface {
	// Link gives the file from the further name to, in any directory of the same
	// device; SyncDir of its directory makes that durable.
	Link(from, to string) error
}

// File is an open file. Reads and writes name their offset, so one File may be
// used by several goroutines.
type File interface {
	io.ReaderAt
	io.WriterAt

	// Size is the present length in bytes.
	Size() (int64, error)

	// Truncate sets the length; what it adds reads as zeros.
	Truncate(size int64) error

	// Allocate reserves room for the first size bytes and lengthens the file to
	// them, so that writing there cannot run out of space. What it adds reads as zeros.
	Allocate(size int64) error

	// Sync makes contents and length durable.
	Sync() error

	// Close releases the file without making anything durable.
	Close() error
}
