package journal

import (
	"errors"
	"fmt"
	"strings"
)

// The errors a caller may tell apart with errors.Is.
var (
	// ErrHeight refuses a block whose height is not the head's plus one: another
	// writer was here, or this one lost count. Nothing was written.
	ErrHeight = errors.New("height is already written or leaves a gap")

	// ErrEpoch refuses a block, or a fence, of an epoch that has been fenced off:
	// this writer is no longer the one. Nothing was written.
	ErrEpoch = errors.New("epoch is fenced off")

	// ErrChain refuses a block that does not continue the head: wrong previous
	// hash, other cell, or a time that runs backwards. Nothing was written.
	ErrChain = errors.New("block does not follow the one before it")

	// ErrInvalid refuses a block that breaks the format: limits, lengths, flags.
	// Nothing was written.
	ErrInvalid = errors.New("block breaks the format")

	// ErrFull says that the store found no room before it wrote anything. The
	// engine stays usable; the same block may be appended again.
	ErrFull = errors.New("store is full")

	// ErrPoisoned says that an earlier write or sync failed, so nobody knows what
	// the store holds. The engine refuses everything; stop the process and open
	// the journal again.
	ErrPoisoned = errors.New("journal is poisoned by an earlier failure")

	// ErrClosed says that the engine was closed.
	ErrClosed = errors.New("journal is closed")

	// ErrLocked says that another process has the journal open.
	ErrLocked = errors.New("journal is open elsewhere")

	// ErrCorrupt marks bytes that cannot be what was written. Every such error is
	// a *CorruptError.
	ErrCorrupt = errors.New("journal is corrupt")

	// ErrShort says that the bytes end before the block does.
	ErrShort = errors.New("block is cut short")
)

// Error is a fault of the world with advice for the person who must act on it.
type Error struct {
	Op   string // what was being done, such as "append block 17"
	Hint string // what the operator should do now, a full sentence
	Err  error  // the cause
}

// Error writes operation, cause and advice on one line.
func (e *Error) Error() string {
	if e.Hint == "" {
		return "journal: " + e.Op + ": " + e.Err.Error()
	}
	return "journal: " + e.Op + ": " + e.Err.Error() + " (" + e.Hint + ")"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CorruptError says where bytes are damaged. It is ErrCorrupt.
type CorruptError struct {
	Height uint64 // the height that should stand here; 0 when unknown
	File   string // the damaged file; empty when the bytes came from elsewhere
	Offset int64  // where the damaged block or header begins, in bytes
	What   string // what is wrong
	Hint   string // what the operator should do, a full sentence
}

// Error writes height, file, offset, damage and advice on one line.
func (e *CorruptError) Error() string {
	var text strings.Builder
	text.WriteString(ErrCorrupt.Error())
	if e.Height != 0 {
		fmt.Fprintf(&text, " at height %d", e.Height)
	}
	if e.File != "" {
		fmt.Fprintf(&text, " in %s at offset %d", e.File, e.Offset)
	}
	text.WriteString(": " + e.What)
	if e.Hint != "" {
		text.WriteString(" (" + e.Hint + ")")
	}
	return text.String()
}

// Is makes every CorruptError an ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }
