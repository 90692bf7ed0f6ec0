package plan

import (
	"fmt"
	"time"
)

// Mark is a moment of the clock of a switch, t0 to t9. Numbers stand in journals
// and reports.
type Mark uint8

// The moments. Recovery time is T8 less T0: it holds the decision.
const (
	MarkFault        Mark = 0 // the last good answer, or the first failed probe, whichever is earlier
	MarkDetected     Mark = 1
	MarkAlarmed      Mark = 2 // the alarm was delivered
	MarkAssembled    Mark = 3 // the command group is there
	MarkDecided      Mark = 4 // the second approval
	MarkFenced       Mark = 5 // the old side can write no more
	MarkPromoted     Mark = 6
	MarkAnswered     Mark = 7 // the first new answer
	MarkVerified     Mark = 8 // the business was verified
	MarkConnected    Mark = 9 // banks and exchanges are connected
	marksCount            = 10
	markNameMaxBytes      = 2
)

var markTexts = [marksCount]string{
	"fault", "detected", "alarm delivered", "command group assembled", "decided by two", "old side fenced", "promoted", "first new answer",
	"business verified", "outside parties connected",
}

// String is t0 to t9.
func (m Mark) String() string { return fmt.Sprintf("t%d", uint8(m)) }

// Text is what the moment is.
func (m Mark) Text() string {
	if int(m) < len(markTexts) {
		return markTexts[m]
	}
	return m.String()
}

// ParseMark reads t0 to t9.
func ParseMark(text string) (Mark, error) {
	if len(text) != markNameMaxBytes || text[0] != 't' || text[1] < '0' || text[1] > '9' {
		return 0, fmt.Errorf("%q is no moment; write t0 to t9", text)
	}
	return Mark(text[1] - '0'), nil
}

// MarshalText writes t0 to t9.
func (m Mark) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (m *Mark) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMark(string(text))
	return err
}

// Marked is when a moment was, and who says so.
type Marked struct {
	Mark   Mark      `json:"mark"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
}
