//go:build unix && !linux

package durable

import (
	"errors"
	"os"
)

// datasync uses what the system has: on Darwin os.File.Sync asks the device
// itself (F_FULLFSYNC), which fsync(2) there does not.
func datasync(f *os.File) error { return f.Sync() }

func allocate(*os.File, int64) error { return errors.ErrUnsupported }
