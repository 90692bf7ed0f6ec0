package settle

import (
	"errors"
	"fmt"

	"sancun/record"
)

// The reasons why the chain does not go on.
var (
	// ErrWrongDay reports a date that is not the business date, or a day not open.
	ErrWrongDay = errors.New("not the business day of the cell")
	// ErrOrder reports a step run before the one that comes before it.
	ErrOrder = errors.New("the step before has not succeeded")
	// ErrChanged reports a step that succeeded before on other input: two people
	// must decide what to do with the new version.
	ErrChanged = errors.New("the step succeeded before on other input")
	// ErrMissing reports a file that should be there.
	ErrMissing = errors.New("file is missing")
	// ErrDamaged reports a file whose bytes are not those that were accepted, or
	// that cannot be read to its end.
	ErrDamaged = errors.New("file is damaged")
	// ErrOptions reports options the day end cannot run with.
	ErrOptions = errors.New("unusable options")
	// ErrNoRate reports a quarter's posting without an interest rate in force.
	ErrNoRate = errors.New("no interest rate in force")
	// ErrNotDue reports a settlement asked for before its time.
	ErrNotDue = errors.New("settlement is not due yet")
	// ErrUnsettled reports orders that could not be closed or cleared.
	ErrUnsettled = errors.New("orders could not be closed")
	// ErrSyntax reports a line of a file of ours that cannot be read.
	ErrSyntax = errors.New("unreadable line")
)

// StepError says which step failed, with the reason below it.
type StepError struct {
	Step uint16
	Err  error
}

func (e *StepError) Error() string {
	return fmt.Sprintf("day end, step %d %s: %v", e.Step, NameOf(e.Step), e.Err)
}

// Unwrap returns the reason.
func (e *StepError) Unwrap() error { return e.Err }

// RefusedError is a command of the day end that the machine rejected.
type RefusedError struct {
	Kind record.Kind
	Code record.Code
	Ref  uint64
}

func (e *RefusedError) Error() string {
	if s, ok := e.Code.Sentence(); ok {
		return fmt.Sprintf("command %d was refused with %d %s: %s", e.Kind, e.Code, s.EN, s.AdviceEN)
	}
	return fmt.Sprintf("command %d was refused with %d", e.Kind, e.Code)
}

// FileError is a file that stops the chain. Bank is 0 for the clearing house's.
type FileError struct {
	Bank uint16
	File string
	Err  error
}

func (e *FileError) Error() string {
	if e.Bank != 0 {
		return fmt.Sprintf("file %s of bank %d: %v", e.File, e.Bank, e.Err)
	}
	return fmt.Sprintf("file %s of the clearing house: %v", e.File, e.Err)
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }
