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

// kinds are the messages Decode has, by number.
var kinds = map[MsgType]struct {
	name   string
	decode func(*walk) Message
}{
	TypeLogon:                 {"Logon", decode[Logon]},
	TypeLogout:                {"Logout", decode[Logout]},
	TypeHeartbeat:             {"Heartbeat", decode[Heartbeat]},
	TypeBusinessReject:        {"BusinessReject", decode[BusinessReject]},
	TypeReportSynchronization: {"ReportSynchronization", decode[ReportSynchronization]},
	TypePlatformStateInfo:     {"PlatformStateInfo", decode[PlatformStateInfo]},
	TypeReportFinished:        {"ReportFinished", decode[ReportFinished]},
	TypePlatformInfo:          {"PlatformInfo", decode[PlatformInfo]},
	TypeNewOrderSpot:          {"NewOrder spot", decode[NewOrder]},
	TypeNewOrderIssue:         {"NewOrder issue", decode[NewOrder]},
	TypeNewOrderAfterHours:    {"NewOrder after-hours", decode[NewOrder]},
	TypeCancel:                {"Cancel", decode[Cancel]},
	TypeConfirmSpot:           {"Confirm spot", decode[Confirm]},
	TypeFillSpot:              {"Fill spot", decode[Fill]},
	TypeConfirmIssue:          {"Confirm issue", decode[Confirm]},
	TypeConfirmAfterHours:     {"Confirm after-hours", decode[Confirm]},
	TypeFillAfterHours:        {"Fill after-hours", decode[Fill]},
	TypeCancelReject:          {"CancelReject", decode[CancelReject]},
	TypeSnapshot:              {"Snapshot", decode[Snapshot]},
	TypeSecurity:              {"Security", decode[Security]},
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

// String gives the number and, where known, the name: "100101 NewOrder spot".
func (t MsgType) String() string { return layout.TypeText(uint32(t)) }

// Message is one message of the protocol. The set is closed: only the types of
// this package are messages, so a switch over them can be complete.
type Message interface {
	// Type is the message's number. It is 0 when the message's ApplID has no
	// such message; Append then says so.
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
