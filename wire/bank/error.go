package bank

import (
	"errors"
	"fmt"
)

// What can be wrong with bytes or with a message. Test with errors.Is.
var (
	// ErrMAC reports a frame whose MAC does not belong to its content or key.
	ErrMAC = errors.New("wrong MAC")
	// ErrLength reports a frame, line or field count of the wrong length.
	ErrLength = errors.New("wrong length")
	// ErrWidth reports a value wider than its field.
	ErrWidth = errors.New("value wider than its field")
	// ErrEncoding reports bytes that are not the one right spelling of a value:
	// outside the code page, wrong padding, a control character, a separator.
	ErrEncoding = errors.New("bad encoding")
	// ErrNegative reports an amount below zero where none may be.
	ErrNegative = errors.New("negative amount")
	// ErrOverflow reports a number outside 64 bits or its field's range.
	ErrOverflow = errors.New("number out of range")
	// ErrFunction reports a function code the format does not list, or one the
	// named initiator may not start.
	ErrFunction = errors.New("unknown function code")
	// ErrStatus reports a reply without a known outcome. The transfer it
	// answers must be treated as unknown (law L6).
	ErrStatus = errors.New("unknown status")
	// ErrCode reports a coded value (currency, kind of identity paper, …) that
	// the format does not list.
	ErrCode = errors.New("unknown code")
	// ErrMissing reports an empty field that must have a value.
	ErrMissing = errors.New("value missing")
	// ErrDate reports text that is not a day or a time of day.
	ErrDate = errors.New("not a date or time")
	// ErrVersion reports a frame of another version of the format.
	ErrVersion = errors.New("unknown version")
	// ErrNoField reports a value for which the format has no field. Codec.Fit
	// drops such values on purpose.
	ErrNoField = errors.New("the format has no field for this value")
	// ErrKey reports a key that is not in the store, or does not check.
	ErrKey = errors.New("key not usable")
	// ErrStructure reports an XML frame that is not the one way to write its
	// message: not well formed, declared in another code page, with a document
	// type, entity, attribute, comment or white space, too deep, too many
	// elements, or elements empty or out of order.
	ErrStructure = errors.New("not the XML of this format")
	// ErrControl reports a file that disagrees with its control totals.
	ErrControl = errors.New("control totals disagree")
	// ErrFormat reports a Format or FileLayout that contradicts itself.
	ErrFormat = errors.New("format table is wrong")
)

// FieldError says where bytes or a message went wrong. It never holds the
// value itself, because a value may be personal.
type FieldError struct {
	Format   string   // name of the format or file layout
	Function Function // zero when not yet known, and for files
	Line     int      // line of a file from 1, zero for frames
	Field    string   // canonical field name, empty when it is about the whole
	Offset   int      // byte offset in the frame or line where the field begins
	Err      error    // one of the errors above, perhaps with more words
	// Read is set when the MAC was right and the header readable: the message with
	// every field that could be read, so that the receiver can still answer "refused
	// before processing". It is for that answer alone; nothing may be done by it.
	Read Message
}

func (e *FieldError) Error() string {
	text := e.Format
	if e.Function != 0 {
		text += " " + e.Function.String()
	}
	if e.Line != 0 {
		text += fmt.Sprintf(" line %d", e.Line)
	}
	if e.Field != "" {
		text += " field " + e.Field
	}
	return fmt.Sprintf("%s at byte %d: %v", text, e.Offset, e.Err)
}

// Unwrap returns the kind of the fault.
func (e *FieldError) Unwrap() error { return e.Err }
