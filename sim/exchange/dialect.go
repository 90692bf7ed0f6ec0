package exchange

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// dialect reads and writes one connection in the byte format of its market. It
// is used by the connection's reader goroutine for read, and with the
// exchange's lock held for the rest.
type dialect interface {
	// read waits for the next message. A frame whose content is wrong is
	// inGarbled; an error means that the connection is of no more use.
	read(in *inbound) error
	// say appends what is not a report: one of the say… types below.
	say(dst []byte, m any) ([]byte, error)
	// report appends a numbered report.
	report(dst []byte, v *view) ([]byte, error)
	// quote appends a snapshot with its number.
	quote(dst []byte, s *Snapshot, number uint64) ([]byte, error)
	// static appends one line of the day's list of size securities.
	static(dst []byte, s *Security, size int) ([]byte, error)
}

// inKind is what an inbound message is.
type inKind uint8

const (
	inLogon     inKind = 1
	inLogout    inKind = 2
	inHeartbeat inKind = 3
	inSync      inKind = 4
	inOrder     inKind = 5
	inCancel    inKind = 6
	inGarbled   inKind = 7
)

// inbound is one message from a member in either format.
type inbound struct {
	kind   inKind
	ref    reference
	logon  logon
	asks   []ask
	pbu    string
	order  Order
	cancel CancelRequest
	text   string // why it is garbled
}

// reference is what an unnumbered refusal repeats of the message refused.
type reference struct {
	kind     uint32 // the message type
	number   uint64 // the message's own number, Shanghai
	business string // ApplID, or BizID in decimal
	pbu      string
	code     string
	id       string
	userInfo string
}

// logon is a request for a session, or the answer to one.
type logon struct {
	sender, target, password, version string
	heartbeat                         int // seconds
	date                              uint32
}

// ask asks for the reports of one stream from an index on.
type ask struct {
	pbu       string // Shanghai
	partition int32
	index     uint64
}

// farewell is why the exchange ends a session.
type farewell uint8

const (
	byeLogout      farewell = 1 // asked for
	byeCredentials farewell = 2
	byeInvalid     farewell = 3 // message out of place or broken
	byeNotNow      farewell = 4 // refused by command
	byeReplaced    farewell = 5 // the member has logged on elsewhere
)

var farewellTexts = [...]string{
	byeLogout:      "logged out",
	byeCredentials: "unknown CompID, wrong password, date or heartbeat",
	byeInvalid:     "message broken or out of place",
	byeNotNow:      "logon refused by command of the simulator",
	byeReplaced:    "logged on elsewhere",
}

// What the exchange says besides reports and quotes.
type (
	sayLogon  struct{ logon }
	sayBye    struct{ why farewell }
	sayBeat   struct{}
	sayLayout struct {
		platform uint16
		pbus     []string
		numbers  []int32
	}
	sayState struct {
		platform uint16
		state    platformState
	}
	saySynced struct{ answers []answer }
	sayRefuse struct {
		ref     reference
		reason  Reason
		garbled string
		at      int64 // HHMMSSmmm
	}
	// sayBadSync refuses a synchronisation of unknown partitions.
	sayBadSync struct{ ref reference }
)

// answer says what a stream holds from an index on, or that it is unknown.
type answer struct {
	ask
	end uint64
	bad bool
}

var errOutOfRange = errors.New("out of the range of the format")

// clip cuts text for people to n bytes without cutting a letter in two.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.TrimRight(text[:n], " ")
}

// plainText returns a raw field as text if it is printable ASCII, else nothing.
func plainText(field []byte) string {
	for _, c := range field {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return trim(field)
}
