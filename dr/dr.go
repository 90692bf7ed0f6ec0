// Package dr is what the two centres do about each other: who may order it, in
// which roles a centre can be, and which steps lead from one to the next.
//
// It decides and remembers; it holds no socket, starts no goroutine of its own
// and reads no clock. A centre carries its orders out (package node).
//
// It must never act on the word of one person, or of a machine alone.
package dr
