package node

import (
	"crypto/sha256"
	"errors"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"sancun/centre"
	"sancun/custody"
	"sancun/journal"
	"sancun/state"
)

// ErrDiverged says that replaying the journal leads to another state than its
// writer had. The centre must not serve (law L8).
var ErrDiverged = centre.ErrDiverged

// errReached ends a reading at its last height.
var errReached = errors.New("reached")

// Recovery says what was found and done at the start, for the operator.
type Recovery struct {
	Store    string // what the store found: a torn tail cut back, or nothing
	Snapshot uint64 // height of the snapshot used, 0 when none
	Skipped  string // why newer snapshots were not used
	Replayed uint64 // records replayed behind it
	Height   uint64
	Root     journal.Hash // of the state the centre begins with
	Took     time.Duration
}

func sumOf(k journal.HashKind) state.Sum {
	if k == journal.SM3 {
		return sm3.Sum
	}
	return sha256.Sum256
}

func (c *Core) newMachine() *custody.Machine {
	return custody.New(custody.Options{Sum: sumOf(c.config.Hash), Answers: c.config.Answers})
}

// restore brings a machine to the head: snapshot, then the tail of the journal.
func (c *Core) restore() error {
	began := c.config.Now()
	m, r, err := centre.Restore(c.engine, c.snapshots())
	if err != nil {
		return err
	}
	c.state.Machine, c.head = m, r.Head
	c.Recovery.Snapshot, c.Recovery.Skipped, c.Recovery.Replayed, c.Recovery.Height = r.Snapshot, r.Skipped, r.Records, r.Head.Height
	c.Recovery.Took = c.config.Now().Sub(began)
	return nil
}

// MachineAt builds the state as it was after a height, from the journal, without
// touching the running machine: the day end and as-of questions work on it.
func (c *Core) MachineAt(height uint64) (*custody.Machine, error) {
	return centre.At(c.engine, c.snapshots(), height)
}
