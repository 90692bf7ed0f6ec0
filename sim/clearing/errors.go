package clearing

import "errors"

// The reasons why the house refuses a call.
var (
	// ErrConfig reports a configuration that cannot be run.
	ErrConfig = errors.New("unusable configuration of the clearing house")
	// ErrTrade reports an execution that cannot be cleared.
	ErrTrade = errors.New("trade cannot be cleared")
	// ErrShort reports an account that sold more than it holds.
	ErrShort = errors.New("sold more than held")
	// ErrOrder reports calls in the wrong order, such as files before trades.
	ErrOrder = errors.New("not at this time of the day's course")
	// ErrFile reports the name of a file that the day does not have.
	ErrFile = errors.New("no such file today")
	// ErrInput reports a line of an input file that cannot be read.
	ErrInput = errors.New("unreadable input")
)
