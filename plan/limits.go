package plan

import "time"

// The bounds of plans, confirmations and events.
const (
	// TextMax bounds a plan: two people must be able to read it.
	TextMax = 64 << 10
	// LeavesMax bounds its steps, depthMax how deep groups lie in each other.
	LeavesMax = 200
	depthMax  = 5
	// plansMax bounds the plans that one plan may contain.
	plansMax = 8
	// nameMax bounds a name; it stands in orders, whose run has 40 bytes at most.
	nameMax = 40
	// valueMax bounds a value, textMax a title or an explanation.
	valueMax = 200
	titleMax = 400
	// WithinMax bounds a stage: the drill of a whole weekend waits for people.
	WithinMax = 72 * time.Hour
	// triesMax bounds how often a refused act is done again.
	triesMax = 20
	// asksMax bounds how often an unknown outcome is asked back before people decide.
	asksMax = 8
	// EventBytesMax bounds an event: a begun run holds its plans.
	EventBytesMax = 900 << 10
	// detailMax and outputsMax bound what an act says.
	detailMax  = 2_000
	outputsMax = 40
	// ApprovedAtMost bounds how long an approval holds: plans are looked at again
	// every year.
	ApprovedAtMost = 366 * 24 * time.Hour
	// ConfirmedAtMost bounds how old a confirmation may be when it is taken.
	ConfirmedAtMost = 4 * time.Hour
	// aheadAtMost bounds how far the clock of a person's machine may be ahead.
	aheadAtMost = 2 * time.Minute
)
