package faultfs

import (
	"fmt"
	"path"
	"slices"
	"syscall"
)

// Op is a kind of operation a fault can strike.
type Op uint8

// The kinds of operations. Closing, asking for a size and releasing a lock
// cannot fail here.
const (
	OpAny      Op = 0 // every kind
	OpOpen     Op = 1
	OpRead     Op = 2
	OpWrite    Op = 3
	OpTruncate Op = 4
	OpAllocate Op = 5
	OpSync     Op = 6
	OpRename   Op = 7
	OpRemove   Op = 8
	OpList     Op = 9
	OpMakeDir  Op = 10
	OpSyncDir  Op = 11
	OpLock     Op = 12
)

var opNames = [...]string{
	OpAny: "any", OpOpen: "open", OpRead: "read", OpWrite: "write", OpTruncate: "truncate",
	OpAllocate: "allocate", OpSync: "sync", OpRename: "rename", OpRemove: "remove", OpList: "list",
	OpMakeDir: "mkdir", OpSyncDir: "syncdir", OpLock: "lock",
}

// String gives the name used in traces.
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return fmt.Sprintf("op %d", uint8(op))
}

// The errors a device gives most often, for Fault.Err.
var (
	EIO    error = syscall.EIO
	ENOSPC error = syscall.ENOSPC
)

// Fault strikes the Nth operation that matches Op and Name, once, or that one and
// all later ones when Sticky. Exactly one of Err, Flip, Lie and Halt is set.
type Fault struct {
	Op     Op
	Name   string // pattern of path.Match for the last element of the name; empty matches all
	Nth    int    // counted from 1; 0 is 1
	Sticky bool

	// Err is returned instead of doing the operation. Two operations may be
	// done in part: a write keeps its first Keep bytes, and a sync of a file or
	// directory keeps everything when Persist is set. Without Persist it keeps
	// nothing and marks all of it clean, so that a later sync does not write it.
	Err     error
	Keep    int
	Persist bool

	// Flip turns one bit of what a read returns: bit number Bit modulo its length.
	Flip bool
	Bit  int64

	// Lie makes a sync say that all is well and keep nothing.
	Lie bool

	// Halt lets the operation take effect for programs but not for the disk, then
	// stops the machine: this and every later operation is ErrCrashed until
	// Crash or Kill.
	Halt bool

	seen int
}

// Inject adds a fault. Faults stay until they struck, or until Clear, Crash or Kill.
func (f *FS) Inject(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault)
}

// Clear removes all faults.
func (f *FS) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Halted says whether a fault has stopped the machine: Crash or Kill goes on.
func (f *FS) Halted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.halted
}

// Ops counts the operations since New, so that a test can strike each in turn.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// Trace starts a new trace and gives the one that ends: one line an operation,
// such as "write 00000000000000000001.seg 4096+8192".
func (f *FS) Trace() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	ended := f.trace
	f.trace, f.traced = nil, true
	return ended
}

// begin counts an operation and finds the fault that strikes it. The error is
// the fault's, or ErrCrashed; the caller holds the lock.
func (f *FS) begin(op Op, name, detail string) (*Fault, error) {
	if f.halted {
		return nil, ErrCrashed
	}
	f.ops++
	if f.traced {
		f.trace = append(f.trace, op.String()+" "+path.Base(name)+detail)
	}
	for i, fault := range f.faults {
		if !fault.matches(op, name) {
			continue
		}
		fault.seen++
		if fault.seen < fault.Nth {
			continue
		}
		if !fault.Sticky {
			f.faults = slices.Delete(f.faults, i, i+1)
		}
		f.halted = fault.Halt // this operation still takes effect, see end
		if fault.Err != nil {
			return fault, fmt.Errorf("%s %s: %w", op, name, fault.Err)
		}
		return fault, nil
	}
	return nil, nil
}

func (t *Fault) matches(op Op, name string) bool {
	if t.Op != OpAny && t.Op != op {
		return false
	}
	if t.Name == "" {
		return true
	}
	ok, err := path.Match(t.Name, path.Base(name))
	return ok && err == nil
}

// end finishes an operation: nobody hears how the one that halted went.
func (f *FS) end(fault *Fault) error {
	if fault != nil && fault.Halt {
		return ErrCrashed
	}
	return nil
}
