// Package sse reads and writes the byte messages of the Shanghai exchange's
// trading gateway (TDGW binary, auction platform), and of the quote channel our
// simulator publishes.
//
// A frame is MsgType (uint32), MsgSeqNum (uint64), MsgBodyLen (uint32), the
// body, and a checksum (uint32): the sum of all bytes before it, modulo 256.
// Everything is big-endian. The fields of every message stand in
// docs/formats/sse.md, and a test compares that document with this code.
//
// The package turns bytes into figures and back and nothing else: it must never
// open a connection, keep a session, look at a clock, or judge whether an order
// makes sense. What it cannot represent exactly it refuses, in both directions:
// Shanghai's prices have five decimals and money.Price has four.
package sse

import "strconv"

// MsgType is the number at the head of every frame.
type MsgType uint32

// The message types this package knows. The numbers are the exchange's, except
// the two of the quote channel, which are our simulator's own.
const (
	TypeConfirm            MsgType = 32
	TypeHeartbeat          MsgType = 33
	TypeLogon              MsgType = 40
	TypeLogout             MsgType = 41
	TypeNewOrder           MsgType = 58
	TypeCancelReject       MsgType = 59
	TypeCancel             MsgType = 61
	TypeFill               MsgType = 103
	TypeOrderReject        MsgType = 204
	TypeExecRptSync        MsgType = 206
	TypeExecRptSyncRsp     MsgType = 207
	TypeExecRptInfo        MsgType = 208
	TypePlatformState      MsgType = 209
	TypeExecRptEndOfStream MsgType = 210

	TypeSnapshot MsgType = 9111
	TypeSecurity MsgType = 9113
)

var typeNames = map[MsgType]string{
	TypeConfirm:            "Confirm",
	TypeHeartbeat:          "Heartbeat",
	TypeLogon:              "Logon",
	TypeLogout:             "Logout",
	TypeNewOrder:           "NewOrder",
	TypeCancelReject:       "CancelReject",
	TypeCancel:             "Cancel",
	TypeFill:               "Fill",
	TypeOrderReject:        "OrderReject",
	TypeExecRptSync:        "ExecRptSync",
	TypeExecRptSyncRsp:     "ExecRptSyncRsp",
	TypeExecRptInfo:        "ExecRptInfo",
	TypePlatformState:      "PlatformState",
	TypeExecRptEndOfStream: "ExecRptEndOfStream",
	TypeSnapshot:           "Snapshot",
	TypeSecurity:           "Security",
}

// Known says whether Decode has a message of this type.
func (t MsgType) Known() bool { return typeNames[t] != "" }

// String gives the number and, where known, the name: "58 NewOrder".
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
	// Type is the message's number.
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
	case TypePlatformState:
		var m PlatformState
		m.fields(w)
		return m
	case TypeExecRptInfo:
		var m ExecRptInfo
		m.fields(w)
		return m
	case TypeExecRptSync:
		var m ExecRptSync
		m.fields(w)
		return m
	case TypeExecRptSyncRsp:
		var m ExecRptSyncRsp
		m.fields(w)
		return m
	case TypeExecRptEndOfStream:
		var m ExecRptEndOfStream
		m.fields(w)
		return m
	}
	return nil
}

func decodeOrder(w *walk) Message {
	switch w.kind {
	case TypeNewOrder:
		var m NewOrder
		m.fields(w)
		return m
	case TypeOrderReject:
		var m OrderReject
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
	case TypeConfirm:
		var m Confirm
		m.fields(w)
		return m
	case TypeFill:
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
