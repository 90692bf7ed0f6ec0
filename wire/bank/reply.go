package bank

import "fmt"

// Status is how a request ended. The difference between a definite refusal and
// an unknown outcome decides whether money may be rolled back (row K21).
type Status uint8

// The outcomes of a request.
const (
	// Success: the business is done.
	Success Status = 1
	// Refused: the business was judged and is definitely not done.
	Refused Status = 2
	// NotProcessed: refused before anything was looked at (signed out, MAC,
	// unknown version); definitely not done, and safe to send again later.
	NotProcessed Status = 3
	// Duplicate: the key was answered before. FirstStatus is that answer.
	Duplicate Status = 4
	// Unknown: the replying side cannot tell. Ask, reverse, or wait for the
	// day-end comparison.
	Unknown Status = 5
)

// Definite says whether the status proves that the business was not done.
func (s Status) Definite() bool { return s == Refused || s == NotProcessed }

func (s Status) String() string {
	switch s {
	case Success:
		return "success"
	case Refused:
		return "refused"
	case NotProcessed:
		return "not processed"
	case Duplicate:
		return "duplicate"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Outcome is the answer part of a reply. It is zero in requests.
type Outcome struct {
	Status      Status
	FirstStatus Status // the first answer when Status is Duplicate, else zero
	ErrorCode   string // the replying institution's own code, "0000" for success in most formats
	ErrorText   string // its words for people
}

// Final returns the status that counts: the first answer of a duplicate, and
// Unknown when a duplicate does not tell it.
func (o *Outcome) Final() Status {
	switch {
	case o.Status != Duplicate:
		return o.Status
	case o.FirstStatus == 0 || o.FirstStatus == Duplicate:
		return Unknown
	default:
		return o.FirstStatus
	}
}

func (o *Outcome) slots() []slot {
	return []slot{
		wholeSlot("status", &o.Status),
		wholeSlot("first_status", &o.FirstStatus),
		textSlot("error_code", &o.ErrorCode),
		textSlot("error_text", &o.ErrorText),
	}
}
