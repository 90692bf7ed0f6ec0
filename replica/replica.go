// Package replica ships the blocks of one centre to another and proves them on
// arrival. The follower pulls: it says where its own chain stands, and is sent
// what comes after, or is told that the two chains have parted.
//
// The protocol is two machines without goroutine, clock or socket, so that a
// simulation can run both from one seed: Source at the centre that writes, and
// Follower at the one that copies. Link carries their messages over TLS, Gate
// says what a protection mode lets out of the house, and Meter measures the
// delay. The bytes are drawn in docs/formats/replication.md.
//
// Invariants:
//
//  1. A follower keeps a block only if it continues the follower's own chain, its
//     records hash to its header, and its epoch is not below the follower's
//     fence. An acknowledgement of a height says that every block up to it is
//     durable there.
//  2. A source sends only what is durable at home.
//  3. Positions are exchanged before any block. A follower whose head is not in
//     the source's chain gets nothing: Trace finds where the chains parted, and
//     people decide what becomes of the rest. Nothing is ever overwritten.
//  4. A follower whose state root differs from the journal's stops taking blocks
//     and says so (law L8). It never serves.
//  5. Every acknowledgement carries the follower's fence. A source that sees one
//     above its own epoch has been deposed: it sends nothing more, and a gate
//     that waits for the follower never opens again.
//
// The package must never decide who is primary, and never repair by overwriting.
package replica

import (
	"errors"
	"fmt"

	"sancun/journal"
)

// Version is the protocol this package speaks, and VersionMin the oldest it
// still understands. The lower of two ends' highest is spoken.
const (
	Version    = 1
	VersionMin = 1
)

// Limits, with their reasons.
const (
	// FrameMax bounds one message: a largest block and its neighbours.
	FrameMax = 16 << 20
	// BatchBytes is how much of the chain one message carries: large enough to
	// catch up at the speed of the line, small enough to acknowledge often.
	BatchBytes = 512 << 10
	// WindowBytes is how much may be on its way without acknowledgement: a
	// 200 Mbit/s line of 100 ms holds 2.5 MB.
	WindowBytes = 8 << 20
	// TraceHeights is how many heights one question of Trace asks for.
	TraceHeights = 32
	// TextMax bounds names and reasons, in bytes.
	TextMax = 512
)

var (
	// ErrProtocol says that the other end sent what this state of the
	// conversation does not allow, or bytes that are no message.
	ErrProtocol = errors.New("replication: the other centre broke the protocol")
	// ErrDiverged says that the two chains have parted: the other centre has
	// another block at a height both have.
	ErrDiverged = errors.New("replication: the chains of the two centres have parted")
	// ErrDeposed says that the other centre has fenced off this epoch: somebody
	// else writes now.
	ErrDeposed = errors.New("replication: a newer epoch has begun, this centre no longer writes")
	// ErrDisagrees says that applying the same blocks led to another state than
	// the writer's: this copy must not serve (law L8).
	ErrDisagrees = errors.New("replication: this centre's state root differs from the journal's")
)

// Reason is why a source refuses a follower. Numbers are on the wire.
type Reason uint16

// The reasons of a Refusal.
const (
	ReasonVersion  Reason = 1 // no common protocol version
	ReasonCell     Reason = 2 // another cell's journal
	ReasonParted   Reason = 3 // the follower's head is not in the source's chain
	ReasonDeposed  Reason = 4 // the follower has fenced off the source's epoch
	ReasonStranger Reason = 5 // the centre is not known here
	ReasonDrill    Reason = 6 // the follower is fenced for a drill
)

// String names the reason for people.
func (r Reason) String() string {
	switch r {
	case ReasonVersion:
		return "no common protocol version"
	case ReasonCell:
		return "the journal of another cell"
	case ReasonParted:
		return "the chains have parted"
	case ReasonDeposed:
		return "a newer epoch has begun"
	case ReasonStranger:
		return "a centre that is not known here"
	case ReasonDrill:
		return "the fork of a drill"
	}
	return fmt.Sprintf("reason %d", uint16(r))
}

// Chain is what a source reads: a journal, or anything that reads like one.
type Chain interface {
	// Head is the position of the last durable block.
	Head() (journal.Position, error)
	// Read gives the blocks from a height up to the head; journal.Engine says how.
	Read(from uint64, fn func(*journal.Block) error) error
}

// errEnough ends a Read early.
var errEnough = errors.New("enough")

// At returns where a chain stands after the block of a height; false when the
// chain is not that long. Height 0 is the place before the first block.
func At(c Chain, cell uint32, height uint64) (journal.Position, bool, error) {
	if height == 0 {
		return journal.Position{Cell: cell}, true, nil
	}
	head, err := c.Head()
	if err != nil || height > head.Height {
		return journal.Position{}, false, err
	}
	if height == head.Height {
		return head, true, nil
	}
	var at journal.Position
	err = c.Read(height, func(b *journal.Block) error {
		at = b.Position()
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		return journal.Position{}, false, errors.Join(err, fmt.Errorf("block %d of a chain of %d was not read", height, head.Height))
	}
	return at, true, nil
}
