// Package invariant holds the one place in the program that may panic on
// purpose. A broken invariant is our bug, never the fault of a caller or of the
// world, so the process stops before it can write anything wrong.
package invariant

import "fmt"

// Assert stops the process when cond is false. The message says which law was
// broken; args are formatted as by fmt.Sprintf.
func Assert(cond bool, format string, args ...any) {
	if !cond {
		panic("invariant broken: " + fmt.Sprintf(format, args...))
	}
}

// Broken stops the process: the caller has seen a law broken. It is Assert for
// code that runs by the million, where the arguments of a message that is never
// written would be garbage each time.
func Broken(format string, args ...any) {
	panic("invariant broken: " + fmt.Sprintf(format, args...))
}

// NoError stops the process when err is not nil. It is for errors that the
// caller has already made impossible, such as writing to a bytes.Buffer.
func NoError(err error) {
	if err != nil {
		panic("invariant broken: unexpected error: " + err.Error())
	}
}

// Unreachable stops the process: the caller has shown that this line cannot run.
func Unreachable(format string, args ...any) {
	panic("invariant broken: reached " + fmt.Sprintf(format, args...))
}
