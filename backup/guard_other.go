//go:build !linux

package backup

import "os"

func guard(name string) error { return os.Chmod(name, 0o400) }

func loosen(string) error { return nil }

// Immutable tells whether a file has the immutable flag, which only Linux has.
func Immutable(string) bool { return false }
