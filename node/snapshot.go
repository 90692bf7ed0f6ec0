package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"sancun/centre"
	"sancun/journal"
	"sancun/state"
)

func (c *Core) snapshots() centre.Snapshots {
	return centre.Snapshots{FS: c.config.FS, Dir: c.config.Dir + "/snapshots", Cell: c.config.Cell, New: c.newMachine}
}

// Snapshot writes the state between two blocks and returns the height of the
// first. Requests wait while the state is copied, about a tenth of a second for
// a million accounts.
func (c *Core) Snapshot(ctx context.Context) (uint64, error) {
	image, root, at, err := c.image(ctx)
	if err != nil || at.Height == 0 {
		return 0, err
	}
	return at.Height, c.snapshots().Store(image.Bytes(), root, at)
}

// image copies the state between two blocks, with its root and its place.
func (c *Core) image(ctx context.Context) (image *bytes.Buffer, root state.Hash, at journal.Position, err error) {
	image = &bytes.Buffer{}
	var height uint64
	var failed error
	err = c.between(ctx, func(h uint64) {
		height, root = h, c.state.Machine.Root()
		failed = c.state.Machine.WriteSnapshot(image)
	})
	if c.Applied().Disagree { // what is in memory is not what the journal says
		return nil, root, at, nil
	}
	if err = errors.Join(err, failed); err != nil || height == 0 {
		return nil, root, at, err
	}
	err = c.engine.Read(height, func(b *journal.Block) error {
		at = b.Position()
		return errReached
	})
	if !errors.Is(err, errReached) {
		return nil, root, at, fmt.Errorf("block %d for its snapshot: %w", height, err)
	}
	return image, root, at, nil
}
