package node

import (
	"context"
	"errors"
	"fmt"

	"sancun/journal"
	"sancun/journal/disk"
)

// Branch makes a fork of this core in a folder that holds none yet: journal and
// snapshot at one height, on the disk, fenced for a drill, so that nothing but
// OpenCore with Drill opens it. The core itself goes on, copying or writing, and
// keeps the snapshot too. It returns where the fork begins and the state's root
// there.
func (c *Core) Branch(ctx context.Context, dir string) (at journal.Position, root journal.Hash, err error) {
	image, sum, at, err := c.image(ctx)
	if err != nil {
		return at, root, err
	}
	if at.Height == 0 {
		return at, root, fmt.Errorf("%w: there is nothing to fork yet", ErrZone)
	}
	root = journal.Hash(sum)
	fenced, err := c.engine.Fenced()
	if err != nil {
		return at, root, err
	}
	if err := c.snapshots().Store(image.Bytes(), sum, at); err != nil {
		return at, root, err
	}
	if err := c.config.FS.MakeDir(dir); err != nil {
		return at, root, fmt.Errorf("folder of the fork: %w", err)
	}
	fork, err := c.branchJournal(dir+"/journal", at.Height)
	if err != nil {
		return at, root, fmt.Errorf("fork the journal: %w", err)
	}
	err = fork.Fence(journal.DrillEpoch(max(at.Epoch, fenced)))
	if err = errors.Join(err, fork.Close()); err != nil {
		return at, root, err
	}
	copied := &Core{config: c.config}
	copied.config.Dir = dir
	return at, root, copied.snapshots().Store(image.Bytes(), sum, at)
}

// branchJournal shares the files of a journal on the disk, and copies the blocks
// of one that lies elsewhere.
func (c *Core) branchJournal(dir string, height uint64) (*disk.Engine, error) {
	if here, ok := c.engine.(*disk.Engine); ok {
		return here.Branch(dir, height)
	}
	o := disk.Options{Dir: dir, FS: c.config.FS, Cell: c.config.Cell, SegmentBytes: c.config.SegmentBytes}
	return disk.Copy(o, c.engine, height, 0)
}

// RootAt rebuilds the state at a height from this core's own files and returns its
// root and the hash of the block there. Every block up to it is read and verified
// on the way, because a fork shares the files they lie in.
func (c *Core) RootAt(height uint64) (root, hash journal.Hash, err error) {
	m, err := c.MachineAt(height)
	if err != nil {
		return root, hash, err
	}
	err = c.engine.Read(1, func(b *journal.Block) error {
		if b.Height < height {
			return nil
		}
		hash = b.Hash()
		return errReached
	})
	if !errors.Is(err, errReached) {
		return root, hash, fmt.Errorf("block %d: %w", height, err)
	}
	return journal.Hash(m.Root()), hash, nil
}
