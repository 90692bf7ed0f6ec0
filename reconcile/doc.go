// Package reconcile works differences off (row K41, domain facts B.7 and B.9).
//
//	R1  A difference becomes a case once; one that persists stays the case of the
//	    day it was found on, and ages.
//	R2  For bank–securities transfers the bank's data prevail; for trades and what
//	    follows from them the broker's. Nobody's data prevail for what may only be
//	    in flight: it is asked for again and given a day.
//	R3  Every change of the books is a new entry, made by one person, checked by
//	    another, and names its case. A case is closed in the same way.
//	R4  Advice follows from the case and the books as they are now. Work that was
//	    interrupted anywhere goes on where it stopped.
//
// It must never change books except through proposals and approvals, and never
// compare files itself: package difference does.
package reconcile

import (
	"context"
	"errors"
	"fmt"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// Core is the centre the cases live in.
type Core interface {
	// Submit decides requests in their order and waits until they are durable.
	Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error)
	// Look runs a read-only function on the machine.
	Look(ctx context.Context, look func(*custody.Machine)) error
}

// People are the two who work a case off.
type People struct {
	Maker   record.Caller
	Checker record.Caller
}

// The reasons why a case was not worked off.
var (
	// ErrSamePerson reports maker and checker being one person.
	ErrSamePerson = errors.New("maker and checker are the same person")
	// ErrUnknownCase reports a case number that was never given out.
	ErrUnknownCase = errors.New("no such difference case")
	// ErrNoEnd reports a case that is not worked off by what was done for it: a
	// program error, or books that somebody else changes meanwhile.
	ErrNoEnd = errors.New("the case does not come to an end")
)

// RefusedError is a command that the machine rejected.
type RefusedError struct {
	Case uint64 // 0 while it is being registered
	Kind record.Kind
	Code record.Code
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("case %d: command %d was refused with %d %s", e.Case, e.Kind, e.Code, e.Code)
}
