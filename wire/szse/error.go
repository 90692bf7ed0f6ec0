package szse

import (
	"errors"
	"strconv"
)

// The reasons why bytes are not a message or a message has no bytes. Every
// error of this package about content is an *Error that wraps one of them.
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
	Type   MsgType
	Field  string // the protocol's name; empty when the frame as a whole is wrong
	Offset int    // bytes from the first byte of the frame, header included
	Reason error  // one of the sentinels above
	Detail string // what was found; may be empty
}

func (e *Error) Error() string {
	text := "szse message " + e.Type.String()
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
