package node

import (
	"context"
	"errors"
	"fmt"

	"sancun/centre"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
	"sancun/sequencer"
)

// ErrNotWriting refuses a request at a centre that copies another: nothing was
// done, send it to the centre that writes.
var ErrNotWriting = sequencer.ErrNotWriting

// ErrBehind says that a centre was to take over before it had applied all it has.
var ErrBehind = centre.ErrBehind

// Writing says whether this centre is the one that writes.
func (c *Core) Writing() bool { return c.writing.Load() }

// Engine is the store, for the line to the other centre.
func (c *Core) Engine() journal.Engine { return c.engine }

// Stored is where the journal here ends, released or not.
func (c *Core) Stored() (journal.Position, error) { return c.engine.Head() }

// Applied is how far the state of a copying centre is.
func (c *Core) Applied() replica.Applied {
	c.apply.Lock()
	defer c.apply.Unlock()
	return c.state.Applied
}

// CatchUp applies what the journal holds beyond the state, and returns how many
// blocks that was. A root that differs is ErrDiverged: this centre must not serve
// and takes nothing more.
func (c *Core) CatchUp() (blocks int, err error) {
	if c.writing.Load() {
		return 0, nil
	}
	from := c.Applied()
	if from.Disagree {
		return 0, ErrDiverged
	}
	err = c.engine.Read(from.Height+1, func(b *journal.Block) error {
		blocks++
		return c.applyNext(b)
	})
	return blocks, err
}

// applyNext folds one block into the state and shows it.
func (c *Core) applyNext(b *journal.Block) error {
	c.apply.Lock()
	defer c.apply.Unlock()
	if err := c.state.Apply(b); err != nil {
		return err
	}
	c.released(&b.Header)
	return nil
}

// Root is the root of the whole state and the height it belongs to. While this
// centre writes, requests wait meanwhile.
func (c *Core) Root(ctx context.Context) (root journal.Hash, height uint64, err error) {
	err = c.between(ctx, func(h uint64) { root, height = journal.Hash(c.state.Machine.Root()), h })
	return root, height, err
}

// between runs look between two blocks, whoever writes.
func (c *Core) between(ctx context.Context, look func(height uint64)) error {
	if c.writing.Load() {
		return c.Sequencer().Between(ctx, look)
	}
	c.apply.Lock()
	defer c.apply.Unlock()
	look(c.state.Applied.Height)
	return nil
}

// HandOver ends this centre's reign for a planned switchover: nothing more is
// taken in, what was taken in is answered, and the store refuses every block
// below the next epoch, also after a crash. The centre copies from then on. It
// returns where the journal ends and the root of the state there. With an error
// the centre does not write any more, and its machine may hold what never was
// written: it is opened again.
func (c *Core) HandOver(ctx context.Context, next uint32) (journal.Position, journal.Hash, error) {
	if err := centre.MayCede(next, c.Epoch()); err != nil {
		return journal.Position{}, journal.Hash{}, err
	}
	if !c.writing.Swap(false) {
		return journal.Position{}, journal.Hash{}, ErrNotWriting
	}
	stopped := make(chan error, 1)
	go func() { stopped <- c.Sequencer().Stop() }()
	var err error
	select {
	case err = <-stopped:
	case <-ctx.Done(): // the other centre acknowledges no more
		c.shield.close()
		err = errors.Join(ctx.Err(), <-stopped)
	}
	c.apply.Lock()
	defer c.apply.Unlock()
	var head journal.Position
	if err == nil {
		head, err = centre.Cede(c.engine, next)
	}
	if err != nil {
		c.state.Applied.Disagree = true // it must not be shown, copied on or written behind
		return journal.Position{}, journal.Hash{}, fmt.Errorf("hand over: %w", err)
	}
	c.state.Applied = replica.Applied{Height: head.Height}
	return head, journal.Hash(c.state.Machine.Root()), nil
}

// Promote makes this centre the one that writes, under an epoch above every
// earlier one (centre.TakeOver). The record is the first of the epoch; when
// Promote returns without error it is durable here. Whether it may leave the house
// is the mode's affair: the other centre follows only once this one writes. The
// caller has stopped following.
func (c *Core) Promote(ctx context.Context, p record.Promote) error {
	if c.writing.Load() {
		return fmt.Errorf("promote a centre that writes already: %w", journal.ErrEpoch)
	}
	err := centre.TakeOver(c.engine, &p, func() error {
		_, err := c.CatchUp()
		return err
	})
	if err != nil {
		return err
	}
	c.epoch.Store(p.Epoch)
	if err := c.write(); err != nil {
		return err
	}
	if err := c.Sequencer().Enqueue(sequencer.Request(record.Request{Cmd: &p})); err != nil {
		return fmt.Errorf("the first record of epoch %d: %w", p.Epoch, err)
	}
	first, err := c.await(ctx, p.From+1)
	if err != nil {
		return fmt.Errorf("the first record of epoch %d: %w", p.Epoch, err)
	}
	if first.Code != record.Accepted {
		return fmt.Errorf("the first record of epoch %d was refused: %s", p.Epoch, first.Code)
	}
	return nil
}

// await waits until a block is durable here, and returns its first record. Nothing
// else has been taken in before it.
func (c *Core) await(ctx context.Context, height uint64) (first record.View, err error) {
	for {
		var news <-chan struct{}
		if c.shield != nil {
			news = c.shield.home()
		} else {
			_, news = c.Head()
		}
		head, err := c.engine.Head()
		if err != nil {
			return first, err
		}
		if head.Height >= height {
			break
		}
		select {
		case <-news:
		case <-c.Sequencer().Failed():
			return first, c.Sequencer().Err()
		case <-ctx.Done():
			return first, ctx.Err()
		}
	}
	err = c.engine.Read(height, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			first = v
			break
		}
		return errReached
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	return first, err
}
