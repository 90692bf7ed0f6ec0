package frame

import (
	"errors"
	"strconv"
)

// The reasons why bytes are not a message or a message has no bytes. Every
// error of the exchanges' formats about content is an *Error that wraps one of
// them.
var (
	ErrChecksum = errors.New("checksum does not match the bytes")
	ErrLength   = errors.New("length does not fit the message")
	ErrType     = errors.New("unknown message type")
	ErrEncoding = errors.New("text not in the encoding of its field")
	ErrCode     = errors.New("value not in the code list of its field")
	ErrRange    = errors.New("figure outside what its field or this program holds")
)

// Error says which message, which field, where and why.
type Error struct {
	Message string // protocol, number and name: "sse message 58 NewOrder"
	Field   string // the protocol's name; empty when the frame as a whole is wrong
	Offset  int    // bytes from the first byte of the frame, header included
	Reason  error  // one of the sentinels above
	Detail  string // what was found; may be empty
}

func (l *Layout) fault(number uint32, field string, offset int, reason error, detail string) *Error {
	return &Error{Message: l.Protocol + " message " + l.TypeText(number), Field: field, Offset: offset, Reason: reason, Detail: detail}
}

// UnknownType is the error of a message number that the protocol does not have.
func (l *Layout) UnknownType(number uint32) error { return l.fault(number, "", 0, ErrType, "") }

func (e *Error) Error() string {
	text := e.Message
	if e.Field != "" {
		text += ", field " + e.Field
	}
	text += " at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap gives the reason, for errors.Is.
func (e *Error) Unwrap() error { return e.Reason }
