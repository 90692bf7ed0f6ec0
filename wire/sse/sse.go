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

// kinds are the messages Decode has, by number.
var kinds = map[MsgType]struct {
	name   string
	decode func(*walk) Message
}{
	TypeConfirm:            {"Confirm", decode[Confirm]},
	TypeHeartbeat:          {"Heartbeat", decode[Heartbeat]},
	TypeLogon:              {"Logon", decode[Logon]},
	TypeLogout:             {"Logout", decode[Logout]},
	TypeNewOrder:           {"NewOrder", decode[NewOrder]},
	TypeCancelReject:       {"CancelReject", decode[CancelReject]},
	TypeCancel:             {"Cancel", decode[Cancel]},
	TypeFill:               {"Fill", decode[Fill]},
	TypeOrderReject:        {"OrderReject", decode[OrderReject]},
	TypeExecRptSync:        {"ExecRptSync", decode[ExecRptSync]},
	TypeExecRptSyncRsp:     {"ExecRptSyncRsp", decode[ExecRptSyncRsp]},
	TypeExecRptInfo:        {"ExecRptInfo", decode[ExecRptInfo]},
	TypePlatformState:      {"PlatformState", decode[PlatformState]},
	TypeExecRptEndOfStream: {"ExecRptEndOfStream", decode[ExecRptEndOfStream]},
	TypeSnapshot:           {"Snapshot", decode[Snapshot]},
	TypeSecurity:           {"Security", decode[Security]},
}

// decode reads a message of one Go type.
func decode[M Message, P interface {
	*M
	fields(*walk)
}](w *walk) Message {
	var m M
	P(&m).fields(w)
	return m
}

// Known says whether Decode has a message of this type.
func (t MsgType) Known() bool { return kinds[t].name != "" }

// String gives the number and, where known, the name: "58 NewOrder".
func (t MsgType) String() string { return layout.TypeText(uint32(t)) }

// Message is one message of the protocol. The set is closed: only the types of
// this package are messages, so a switch over them can be complete.
type Message interface {
	// Type is the message's number.
	Type() MsgType
	// Append appends the body to dst. It returns dst unchanged and a *frame.Error
	// when a value does not fit its field.
	Append(dst []byte) ([]byte, error)
	message()
}

// Decode reads the body of a message of type t. The whole body must be used. It
// returns a *frame.Error that wraps one of that package's reasons. The message
// keeps no reference to body.
func Decode(t MsgType, body []byte) (Message, error) {
	kind, ok := kinds[t]
	if !ok {
		return nil, layout.UnknownType(uint32(t))
	}
	w := reading(t, body)
	m := kind.decode(&w)
	if err := w.Finish(); err != nil {
		return nil, err
	}
	return m, nil
}
