// Package pair plays two centres of one cell, with everything around them, in one
// goroutine from one seed: disks that lose what was not synced, tear, fail and turn
// bits; a network that delays, loses, doubles and reorders, cut in one direction or
// both; clocks that jump and drift; clients who ask again under the same key; a
// bank that refuses old epochs; people who order switchovers, rightly and wrongly.
//
// What decides in the centres is the real thing: journal/disk on faultfs, the
// custody machine, sequencer.Stepwise, package centre, both ends of replica, the
// orders of package dr. Only what waits in package node, goroutines and sockets, is
// replaced by events. After every event the oracle compares what was promised with
// what is so (oracle.go says what).
//
// One seed is one run, always the same to the last event: Result.Hash proves it.
package pair
