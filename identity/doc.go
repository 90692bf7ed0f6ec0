// Package identity checks personal and company data by shape alone: document
// numbers and their check digits, bank cards, telephone numbers, addresses,
// passwords. It masks them for screens, and it invents clients that cannot exist
// for drills, tests and simulations.
//
// A sound number is not a true one: only a register can say that a person exists
// (package gateway/identity asks it). This package must never do I/O, read a
// clock, draw random numbers of its own, keep what it was given, or put a
// checked value into an error or a verdict.
package identity
