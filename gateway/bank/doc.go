// Package bank is our side of each custodian bank: one Gateway a bank, with its
// own line, queue, keys, health and switch, so that a slow or dead bank costs the
// others nothing (row K27; docs/flows/deposit.md, docs/flows/withdrawal.md).
//
// Outwards it says only what is durable in the journal: who reads the blocks feeds
// every Gateway with Intents, and the platform serial is the idempotency key.
// Inwards it turns the bank's messages into commands, and answers
// a request only after its record is durable.
//
// The rules it keeps:
//
//	G1  Nothing is said to a bank that is not in the journal.
//	G2  Silence is no answer: after the time-out the transfer is unknown, and only
//	    the bank's word on the original serial, or people, end that (law L6).
//	G3  What was perhaps sent is never sent again by itself; what was certainly
//	    not sent may be refused.
//	G4  Personal data become keyed hashes before they enter a command; passwords
//	    live in wire.Secret and PIN blocks only.
//	G5  One goroutine drives a Gateway: Run in earnest, Drain and Tick in lock
//	    step. It reads no clock; time comes in by Tick.
//
// It must never decide business: that is custody's.
package bank
