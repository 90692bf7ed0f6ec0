package clearing

import "time"

const (
	// fileBytesMax is the largest file taken: a busy broker's details of a day are
	// some 600 MB; more is a runaway writer that would fill the archive.
	fileBytesMax = 8 << 30
	// logBytesMax bounds a day's log when it is read: thousands of versions.
	logBytesMax = 16 << 20
	// copyBytes is the size of the pieces in which a file is copied.
	copyBytes = 1 << 20
	// retryDefault is how long an answer to a request is waited for before the
	// same file is asked for again.
	retryDefault = 10 * time.Minute
)
