//go:build !linux

package backup

func guard(name string) error { return readOnly(name) }

func loosen(string) error { return nil }

// Immutable tells whether a file has the immutable flag, which only Linux has.
func Immutable(string) bool { return false }
