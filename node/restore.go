package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

// ErrDiverged says that replaying the journal leads to another state than its
// writer had: the program's rules of applying changed, or memory lied. The
// centre must not serve (law L8).
var ErrDiverged = errors.New("replay leads to another state root than the journal says")

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

// restore brings a machine to the head: snapshot, then the tail of the journal
// through the same Apply that a second centre uses. A snapshot that does not
// hold is passed over, because the journal alone is enough.
func (c *Core) restore() error {
	began := c.config.Now()
	head, err := c.engine.Head()
	if err != nil {
		return err
	}
	heights, err := c.snapshots()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.machine = c.newMachine()
	for _, height := range heights {
		m, loaded, err := c.loadSnapshot(height)
		if err == nil && loaded <= head.Height {
			c.machine, c.Recovery.Snapshot = m, loaded
			break
		}
		c.Recovery.Skipped += fmt.Sprintf("%v; ", err)
	}
	replayed, err := replay(c.engine, c.machine, c.Recovery.Snapshot+1, head.Height)
	if err != nil {
		return err
	}
	c.head = head
	c.Recovery.Replayed, c.Recovery.Height, c.Recovery.Took = replayed, head.Height, c.config.Now().Sub(began)
	return nil
}

// errReached ends a replay at its last height.
var errReached = errors.New("reached")

// replay applies the blocks from one height to another to a machine and compares
// every state root on the way.
func replay(source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}, m *custody.Machine, from, to uint64) (records uint64, err error) {
	if from > to {
		return 0, nil
	}
	err = source.Read(from, func(b *journal.Block) error {
		if err := applyBlock(m, b); err != nil {
			return err
		}
		records += uint64(b.Count)
		if b.Height >= to {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	return records, err
}

// applyBlock applies one block and compares its state root.
func applyBlock(m *custody.Machine, b *journal.Block) error {
	for i, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err == nil {
			err = m.Apply(v, b.Height)
		}
		if err != nil {
			return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
		}
	}
	if b.HasStateRoot {
		root := m.NextRoot()
		if !b.EarlierRoot {
			root = m.Root()
		}
		if journal.Hash(root) != b.StateRoot {
			return fmt.Errorf("block %d: root %x, the journal says %v: %w", b.Height, root, b.StateRoot, ErrDiverged)
		}
	}
	return nil
}

// MachineAt builds the state as it was after a height, from the journal, without
// touching the running machine: the day end and as-of questions work on it.
func (c *Core) MachineAt(height uint64) (*custody.Machine, error) {
	m, from := c.newMachine(), uint64(1)
	heights, err := c.snapshots()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, h := range heights {
		if h > height {
			continue
		}
		if loaded, at, err := c.loadSnapshot(h); err == nil {
			m, from = loaded, at+1
			break
		}
	}
	_, err = replay(c.engine, m, from, height)
	return m, err
}
