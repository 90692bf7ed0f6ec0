package plan

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sancun/dr"
)

// Kind says what an event tells. Numbers stand in control journals.
type Kind uint16

// The kinds of events.
const (
	EventBegun     Kind = 1  // a run began: plan, approval, people, values
	EventResumed   Kind = 2  // another driver goes on: what was being done is unknown
	EventChecked   Kind = 3  // the checks of a phase were looked at
	EventOpened    Kind = 4  // people are asked at a gate
	EventConfirmed Kind = 5  // a person said something
	EventStarted   Kind = 6  // an act is about to be done: written before it
	EventFinished  Kind = 7  // what became of it
	EventAsked     Kind = 8  // what asking back about an unknown act brought
	EventExpired   Kind = 9  // the time of a gate is over
	EventHeld      Kind = 10 // two people are asked how to go on
	EventTurned    Kind = 11 // the run goes the way back
	EventEnded     Kind = 12
	EventObserved  Kind = 13 // what the detection would have done; belongs to no run
)

var kindNames = map[Kind]string{
	EventBegun: "begun", EventResumed: "resumed", EventChecked: "checked", EventOpened: "opened", EventConfirmed: "confirmed", EventStarted: "started",
	EventFinished: "finished", EventAsked: "asked", EventExpired: "expired", EventHeld: "held", EventTurned: "turned", EventEnded: "ended", EventObserved: "observed",
}

// String is the kind's word.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind %d", uint16(k))
}

// Phase is a stage of a step.
type Phase string

// The phases.
const (
	Pre  Phase = "pre"
	Do   Phase = "do"
	Post Phase = "post"
	Undo Phase = "undo"
)

// Outcome is what became of a phase or a run.
type Outcome string

// The outcomes. Failed of an act means that it did nothing; whoever cannot say so
// says unknown.
const (
	OK         Outcome = "ok"
	Failed     Outcome = "failed"
	Unknown    Outcome = "unknown"
	RolledBack Outcome = "rolled-back"
	Abandoned  Outcome = "abandoned"
)

// Begin is what a run is begun with.
type Begin struct {
	Plans    []Approved    `json:"plans"` // the plan, then those it contains
	Values   []Pair        `json:"values,omitempty"`
	People   []Pair        `json:"people"` // duty and name
	Known    []dr.Operator `json:"known"`  // those people as they were then
	Reason   string        `json:"reason"`
	Marks    []Marked      `json:"marks,omitempty"`
	Forecast []Planned     `json:"forecast,omitempty"`
}

// Approved is a plan's text with its approval.
type Approved struct {
	Text     string   `json:"text"`
	Approval Approval `json:"approval"`
}

// Event is something that happened, as the control journal holds it. Which fields
// a kind has stands in docs/formats/control-journal.md.
type Event struct {
	Kind    Kind          `json:"-"`
	Run     string        `json:"run,omitempty"`
	At      time.Time     `json:"at"`
	Step    string        `json:"step,omitempty"`
	Phase   Phase         `json:"phase,omitempty"`
	Outcome Outcome       `json:"outcome,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Finds   []Pair        `json:"finds,omitempty"`
	Safe    string        `json:"safe,omitempty"`
	Begin   *Begin        `json:"begin,omitempty"`
	Drafts  []Draft       `json:"drafts,omitempty"`
	Said    *Confirmation `json:"said,omitempty"`
}

// ErrEvent says that bytes are no event, or that an event cannot have happened.
var ErrEvent = errors.New("the control journal holds what cannot be")

const eventHeadBytes = 8 // length, kind, reserved

// AppendTo appends the event as a record of a block: its length, its kind, and its
// fields as JSON.
func (e *Event) AppendTo(body []byte) ([]byte, error) {
	if _, known := kindNames[e.Kind]; !known {
		return body, fmt.Errorf("%w: an event of %v", ErrEvent, e.Kind)
	}
	plain := *e
	plain.At = e.At.UTC()
	text, err := json.Marshal(&plain)
	if err != nil {
		return body, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if len(text) > EventBytesMax {
		return body, fmt.Errorf("%w: an event of %d bytes, at most %d", ErrEvent, len(text), EventBytesMax)
	}
	body = binary.LittleEndian.AppendUint32(body, uint32(eventHeadBytes+len(text)))
	body = binary.LittleEndian.AppendUint16(body, uint16(e.Kind))
	body = binary.LittleEndian.AppendUint16(body, 0)
	return append(body, text...), nil
}

// DecodeEvent reads a record of a control journal. Only what AppendTo writes is
// taken, byte for byte. The error is ErrEvent.
func DecodeEvent(raw []byte) (Event, error) {
	bad := func(format string, args ...any) (Event, error) {
		return Event{}, fmt.Errorf("%w: %s", ErrEvent, fmt.Sprintf(format, args...))
	}
	if len(raw) < eventHeadBytes || int(binary.LittleEndian.Uint32(raw)) != len(raw) || len(raw) > eventHeadBytes+EventBytesMax {
		return bad("a record of %d bytes", len(raw))
	}
	e := Event{Kind: Kind(binary.LittleEndian.Uint16(raw[4:]))}
	d := json.NewDecoder(bytes.NewReader(raw[eventHeadBytes:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return bad("%v: %v", e.Kind, err)
	}
	again, err := e.AppendTo(nil)
	if err != nil {
		return bad("%v", err)
	}
	if !bytes.Equal(again, raw) {
		return bad("%v is not written as this program writes it", e.Kind)
	}
	return e, nil
}
