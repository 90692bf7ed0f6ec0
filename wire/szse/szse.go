// Package szse reads and writes the byte messages of the Shenzhen exchange's
// binary trading gateway, and of the quote channel our simulator publishes.
//
// A frame is MsgType (uint32), BodyLength (uint32), the body, and a checksum
// (uint32): the sum of all bytes before it, modulo 256. Everything is
// big-endian. The fields of every message stand in docs/formats/szse.md, and a
// test compares that document with this code.
//
// The package turns bytes into figures and back and nothing else: it must never
// open a connection, keep a session, look at a clock, or judge whether an order
// makes sense. What it cannot represent exactly it refuses, in both directions.
package szse

import "strconv"

// MsgType is the number at the head of every frame.
type MsgType uint32

// The message types this package knows. The numbers are the exchange's, except
// the two of the quote channel, which are our simulator's own.
const (
	TypeLogon                 MsgType = 1
	TypeLogout                MsgType = 2
	TypeHeartbeat             MsgType = 3
	TypeBusinessReject        MsgType = 4
	TypeReportSynchronization MsgType = 5
	TypePlatformStateInfo     MsgType = 6
	TypeReportFinished        MsgType = 7
	TypePlatformInfo          MsgType = 9

	TypeNewOrderSpot       MsgType = 100101
	TypeNewOrderIssue      MsgType = 101301
	TypeNewOrderAfterHours MsgType = 103701
	TypeCancel             MsgType = 190007
	TypeConfirmSpot        MsgType = 200102
	TypeFillSpot           MsgType = 200115
	TypeConfirmIssue       MsgType = 201302
	TypeConfirmAfterHours  MsgType = 203702
	TypeFillAfterHours     MsgType = 203715
	TypeCancelReject       MsgType = 290008

	TypeSnapshot MsgType = 390111
	TypeSecurity MsgType = 390113
)

var typeNames = map[MsgType]string{
	TypeLogon:                 "Logon",
	TypeLogout:                "Logout",
	TypeHeartbeat:             "Heartbeat",
	TypeBusinessReject:        "BusinessReject",
	TypeReportSynchronization: "ReportSynchronization",
	TypePlatformStateInfo:     "PlatformStateInfo",
	TypeReportFinished:        "ReportFinished",
	TypePlatformInfo:          "PlatformInfo",
	TypeNewOrderSpot:          "NewOrder spot",
	TypeNewOrderIssue:         "NewOrder issue",
	TypeNewOrderAfterHours:    "NewOrder after-hours",
	TypeCancel:                "Cancel",
	TypeConfirmSpot:           "Confirm spot",
	TypeFillSpot:              "Fill spot",
	TypeConfirmIssue:          "Confirm issue",
	TypeConfirmAfterHours:     "Confirm after-hours",
	TypeFillAfterHours:        "Fill after-hours",
	TypeCancelReject:          "CancelReject",
	TypeSnapshot:              "Snapshot",
	TypeSecurity:              "Security",
}

// Known says whether Decode has a message of this type.
func (t MsgType) Known() bool { return typeNames[t] != "" }

// String gives the number and, where known, the name: "100101 NewOrder spot".
func (t MsgType) String() string {
	number := strconv.FormatUint(uint64(t), 10)
	if name := typeNames[t]; name != "" {
		return number + " " + name
	}
	return number
}

// Message is one message of the protocol. The set is closed: only the types of
// this package are messages, so a switch over them can be complete.
type Message interface {
	// Type is the message's number. It is 0 when the message's ApplID has no
	// such message; Append then says so.
	Type() MsgType
	// Append appends the body to dst. It returns dst unchanged and an *Error
	// when a value does not fit its field.
	Append(dst []byte) ([]byte, error)
	message()
}

// Decode reads the body of a message of type t. The whole body must be used. It
// returns an *Error that wraps ErrType, ErrLength, ErrEncoding, ErrCode or
// ErrRange. The message keeps no reference to body.
func Decode(t MsgType, body []byte) (Message, error) {
	w := walk{kind: t, buf: body, reading: true}
	m := decodeSession(&w)
	if m == nil {
		m = decodeOrder(&w)
	}
	if m == nil {
		m = decodeQuote(&w)
	}
	if m == nil {
		return nil, &Error{Type: t, Reason: ErrType}
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	return m, nil
}

func decodeSession(w *walk) Message {
	switch w.kind {
	case TypeLogon:
		var m Logon
		m.fields(w)
		return m
	case TypeLogout:
		var m Logout
		m.fields(w)
		return m
	case TypeHeartbeat:
		return Heartbeat{}
	case TypeBusinessReject:
		var m BusinessReject
		m.fields(w)
		return m
	case TypeReportSynchronization:
		var m ReportSynchronization
		m.fields(w)
		return m
	case TypePlatformStateInfo:
		var m PlatformStateInfo
		m.fields(w)
		return m
	case TypeReportFinished:
		var m ReportFinished
		m.fields(w)
		return m
	case TypePlatformInfo:
		var m PlatformInfo
		m.fields(w)
		return m
	}
	return nil
}

func decodeOrder(w *walk) Message {
	switch w.kind {
	case TypeNewOrderSpot, TypeNewOrderIssue, TypeNewOrderAfterHours:
		var m NewOrder
		m.fields(w)
		return m
	case TypeCancel:
		var m Cancel
		m.fields(w)
		return m
	case TypeCancelReject:
		var m CancelReject
		m.fields(w)
		return m
	case TypeConfirmSpot, TypeConfirmIssue, TypeConfirmAfterHours:
		var m Confirm
		m.fields(w)
		return m
	case TypeFillSpot, TypeFillAfterHours:
		var m Fill
		m.fields(w)
		return m
	}
	return nil
}

func decodeQuote(w *walk) Message {
	switch w.kind {
	case TypeSnapshot:
		var m Snapshot
		m.fields(w)
		return m
	case TypeSecurity:
		var m Security
		m.fields(w)
		return m
	}
	return nil
}
