package szse

// Logon opens a session. The gateway answers with a Logon of its own.
type Logon struct {
	SenderCompID     string
	TargetCompID     string
	HeartBtInt       int32 // seconds between heartbeats
	Password         string
	DefaultApplVerID string // version of the protocol, as "1.32"
}

func (m *Logon) fields(w *walk) {
	w.Text("SenderCompID", &m.SenderCompID, 20)
	w.Text("TargetCompID", &m.TargetCompID, 20)
	w.Int32("HeartBtInt", &m.HeartBtInt, 0)
	w.Text("Password", &m.Password, 16)
	w.Text("DefaultApplVerID", &m.DefaultApplVerID, 32)
}

// Type is TypeLogon.
func (m Logon) Type() MsgType { return TypeLogon }

// Append appends the body; see Message.
func (m Logon) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// String leaves the password out, so that a logged message does not show it.
func (m Logon) String() string {
	return "logon " + m.SenderCompID + " to " + m.TargetCompID + " version " + m.DefaultApplVerID
}

// GoString is String: no verb of fmt shows the password.
func (m Logon) GoString() string { return m.String() }

// SessionStatus is why a session ended.
type SessionStatus int32

// The session states.
const (
	SessionActive          SessionStatus = 0
	SessionPasswordChanged SessionStatus = 1
	SessionPasswordDue     SessionStatus = 2
	SessionPasswordWeak    SessionStatus = 3
	SessionLoggedOut       SessionStatus = 4
	SessionBadCredentials  SessionStatus = 5
	SessionLocked          SessionStatus = 6
	SessionNotNow          SessionStatus = 7
	SessionPasswordExpired SessionStatus = 8
	SessionSeqTooSmall     SessionStatus = 9
	SessionSeqTooLarge     SessionStatus = 10
	SessionOther           SessionStatus = 101
	SessionInvalidMessage  SessionStatus = 102
)

// Logout closes a session or refuses a Logon.
type Logout struct {
	SessionStatus SessionStatus
	Text          string // for people, UTF-8
}

func (m *Logout) fields(w *walk) {
	w.Int32("SessionStatus", (*int32)(&m.SessionStatus), 0)
	s := m.SessionStatus
	w.Allowed("SessionStatus", s <= SessionSeqTooLarge || s == SessionOther || s == SessionInvalidMessage, uint64(s))
	w.Words("Text", &m.Text, 200)
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

// BusinessReject refuses a message that never reached a platform. It belongs to
// no partition and is not numbered, so it is not repeated after a reconnect.
type BusinessReject struct {
	ApplID               string // as the refused message had it, right or wrong
	TransactTime         Timestamp
	SubmittingPBUID      string
	SecurityID           string
	RefSeqNum            int64
	RefMsgType           MsgType
	BusinessRejectRefID  string // the refused message's ClOrdID
	BusinessRejectReason uint16
	BusinessRejectText   string // for people, UTF-8
}

func (m *BusinessReject) fields(w *walk) {
	w.Text("ApplID", &m.ApplID, 3)
	w.time("TransactTime", &m.TransactTime)
	w.Text("SubmittingPBUID", &m.SubmittingPBUID, 6)
	w.Text("SecurityID", &m.SecurityID, 8)
	w.Fixed("SecurityIDSource", securityIDSource, 4)
	w.Int64("RefSeqNum", &m.RefSeqNum, 0, 1<<63-1)
	w.Uint32("RefMsgType", (*uint32)(&m.RefMsgType))
	w.Text("BusinessRejectRefID", &m.BusinessRejectRefID, 10)
	w.Uint16("BusinessRejectReason", &m.BusinessRejectReason)
	w.Words("BusinessRejectText", &m.BusinessRejectText, 50)
}

// Type is TypeBusinessReject.
func (m BusinessReject) Type() MsgType { return TypeBusinessReject }

// Append appends the body; see Message.
func (m BusinessReject) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (Logon) message()          {}
func (Logout) message()         {}
func (Heartbeat) message()      {}
func (BusinessReject) message() {}
