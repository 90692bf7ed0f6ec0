package sse

import "sancun/wire/frame"

// Logon opens a session. The gateway answers with a Logon of its own.
type Logon struct {
	SenderCompID string
	TargetCompID string
	HeartBtInt   uint16 // seconds between heartbeats
	PrtclVersion string // version of the protocol, as "0.57"
	TradeDate    frame.Date
	QSize        uint32 // kept free by the exchange
}

func (m *Logon) fields(w *walk) {
	w.Text("SenderCompID", &m.SenderCompID, 32)
	w.Text("TargetCompID", &m.TargetCompID, 32)
	w.Uint16("HeartBtInt", &m.HeartBtInt)
	w.Text("PrtclVersion", &m.PrtclVersion, 8)
	w.Date("TradeDate", &m.TradeDate)
	w.Uint32("QSize", &m.QSize)
}

// Type is TypeLogon.
func (m Logon) Type() MsgType { return TypeLogon }

// Append appends the body; see Message.
func (m Logon) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// Logout closes a session or refuses a Logon.
type Logout struct {
	SessionStatus uint32
	Text          string // for people, ASCII
}

func (m *Logout) fields(w *walk) {
	w.Uint32("SessionStatus", &m.SessionStatus)
	w.Text("Text", &m.Text, 64)
}

// Type is TypeLogout.
func (m Logout) Type() MsgType { return TypeLogout }

// Append appends the body; see Message.
func (m Logout) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// Heartbeat says that the sender lives. It has no fields.
type Heartbeat struct{}

func (*Heartbeat) fields(*walk) {}

// Type is TypeHeartbeat.
func (m Heartbeat) Type() MsgType { return TypeHeartbeat }

// Append appends nothing; see Message.
func (m Heartbeat) Append(dst []byte) ([]byte, error) { return dst, nil }

// PlatformState says in what state the platform is. It comes after logon and at
// every change.
type PlatformState struct {
	PlatformID PlatformID
	State      State
}

func (m *PlatformState) fields(w *walk) {
	m.PlatformID.fields(w)
	m.State.fields(w)
}

// Type is TypePlatformState.
func (m PlatformState) Type() MsgType { return TypePlatformState }

// Append appends the body; see Message.
func (m PlatformState) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Logon) message()         {}
func (Logout) message()        {}
func (Heartbeat) message()     {}
func (PlatformState) message() {}
