package csdc

import (
	"errors"
	"fmt"
)

// The reasons why a file or a row is refused. They are wrapped in a RecordError
// that says where.
var (
	// ErrNotDBF reports bytes that are not a dBASE III table.
	ErrNotDBF = errors.New("not a dBASE III table")
	// ErrTruncated reports a file that ends before its last record does.
	ErrTruncated = errors.New("file is truncated")
	// ErrTrailing reports bytes after the last record that the header counts.
	ErrTrailing = errors.New("file continues after its last record")
	// ErrLayout reports a table without the columns of its layout, or with others.
	ErrLayout = errors.New("columns are not those of the layout")
	// ErrFlag reports a record that starts with neither a space nor an asterisk.
	ErrFlag = errors.New("record flag is neither live nor deleted")
	// ErrText reports text with control characters or outside its encoding.
	ErrText = errors.New("text is not clean")
	// ErrFigure reports a figure that is not a decimal number.
	ErrFigure = errors.New("not a decimal figure")
	// ErrFraction reports a figure with more decimals than its unit can hold.
	ErrFraction = errors.New("figure is finer than its unit")
	// ErrRange reports a figure beyond 64 bits, or beyond the column it is written to.
	ErrRange = errors.New("figure or text does not fit")
	// ErrDate reports a date that is not a day of the calendar as YYYYMMDD.
	ErrDate = errors.New("not a date YYYYMMDD")
	// ErrDay reports a row of another day than its file.
	ErrDay = errors.New("row is of another day than its file")
	// ErrCount reports a writer that was given more or fewer rows than announced.
	ErrCount = errors.New("row count is not the one announced")
	// ErrControl reports a control file that is damaged.
	ErrControl = errors.New("control file is damaged")
)

// RecordError says where in a file an error stands.
type RecordError struct {
	Record int64  // counted from 1; 0 is the header
	Field  string // column name; empty when the record as a whole is meant
	Offset int64  // bytes before the field, record or header part, from the start of the file
	Err    error
}

func (e *RecordError) Error() string {
	where := "header"
	if e.Record > 0 {
		where = fmt.Sprintf("record %d", e.Record)
	}
	if e.Field != "" {
		where += " field " + e.Field
	}
	return fmt.Sprintf("%s at byte %d: %v", where, e.Offset, e.Err)
}

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }
