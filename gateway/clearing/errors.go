package clearing

import "errors"

// The reasons why the gateway refuses a call.
var (
	// ErrNotAccepted reports that no set of the day's files has passed the check yet.
	ErrNotAccepted = errors.New("no accepted set of clearing files")
	// ErrNoData reports a file that does not exist because there is no data.
	ErrNoData = errors.New("no file: the clearing house has no data for it")
	// ErrUnknown reports a file or set that the day does not have.
	ErrUnknown = errors.New("not known on this day")
	// ErrArchive reports an archive that contradicts itself.
	ErrArchive = errors.New("archive of clearing files is damaged")
	// ErrRequest reports that the clearing house could not be asked.
	ErrRequest = errors.New("clearing house could not be asked")
)
