package node

import (
	"context"
	"errors"
	"fmt"

	"sancun/journal"
	"sancun/record"
	"sancun/replica"
	"sancun/sequencer"
)

// ErrNotWriting refuses a request at a centre that copies another: nothing was
// done, send it to the centre that writes.
var ErrNotWriting = sequencer.ErrNotWriting

// ErrBehind says that a centre was to take over before it had applied all it has.
var ErrBehind = errors.New("the state of this centre is behind its own journal")

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
	return c.applied
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
	err := applyBlock(c.machine, b)
	if b.HasStateRoot {
		c.applied.RootAt, c.applied.Root = b.Height, b.StateRoot
	}
	if errors.Is(err, ErrDiverged) {
		c.applied.Disagree = true
		c.applied.Root = journal.Hash(c.machine.Root())
	}
	if err != nil {
		return err
	}
	c.applied.Height = b.Height
	c.released(&b.Header)
	return nil
}

// Root is the root of the whole state and the height it belongs to. While this
// centre writes, requests wait meanwhile.
func (c *Core) Root(ctx context.Context) (root journal.Hash, height uint64, err error) {
	err = c.between(ctx, func(h uint64) { root, height = journal.Hash(c.machine.Root()), h })
	return root, height, err
}

// between runs look between two blocks, whoever writes.
func (c *Core) between(ctx context.Context, look func(height uint64)) error {
	if c.writing.Load() {
		return c.Sequencer().Between(ctx, look)
	}
	c.apply.Lock()
	defer c.apply.Unlock()
	look(c.applied.Height)
	return nil
}

// HandOver ends this centre's reign for a planned switchover: nothing more is
// taken in, what was taken in is answered, and the store refuses every block
// below the next epoch, also after a crash. The centre copies from then on. It
// returns where the journal ends and the root of the state there. With an error
// the centre does not write any more; it must meet the other one before it does.
func (c *Core) HandOver(ctx context.Context, next uint32) (journal.Position, journal.Hash, error) {
	if next <= c.Epoch() {
		return journal.Position{}, journal.Hash{}, fmt.Errorf("hand over to epoch %d under epoch %d: %w", next, c.Epoch(), journal.ErrEpoch)
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
	head, headErr := c.engine.Head()
	c.apply.Lock()
	defer c.apply.Unlock()
	c.applied = replica.Applied{Height: head.Height}
	if err = errors.Join(err, headErr); err == nil {
		err = c.engine.Fence(next)
	}
	if err != nil {
		return journal.Position{}, journal.Hash{}, fmt.Errorf("hand over: %w", err)
	}
	return head, journal.Hash(c.machine.Root()), nil
}

// Promote makes this centre the one that writes, under an epoch above every
// earlier one. The fence comes first and is durable: from then on no block of an
// older epoch can enter this journal, and the old centre learns of it from every
// acknowledgement. Then the state must have reached the end of the journal. The
// record is the first of the epoch; when Promote returns without error it is
// durable, and so the centre answers. The caller has stopped following.
func (c *Core) Promote(ctx context.Context, p record.Promote) error {
	if c.writing.Load() {
		return fmt.Errorf("promote a centre that writes already: %w", journal.ErrEpoch)
	}
	if err := c.engine.Fence(p.Epoch); err != nil {
		return fmt.Errorf("fence off the epochs below %d: %w", p.Epoch, err)
	}
	if _, err := c.CatchUp(); err != nil {
		return err
	}
	head, err := c.engine.Head()
	if err != nil {
		return err
	}
	if p.Epoch <= head.Epoch {
		return fmt.Errorf("promote to epoch %d behind a block of epoch %d: %w", p.Epoch, head.Epoch, journal.ErrEpoch)
	}
	c.epoch.Store(p.Epoch)
	p.From = head.Height
	if err := c.write(); err != nil {
		return err
	}
	answers, err := c.Submit(ctx, record.Request{Cmd: &p})
	if err != nil {
		return fmt.Errorf("the first record of epoch %d: %w", p.Epoch, err)
	}
	if code := record.Code(answers[0].Code); code != record.Accepted {
		return fmt.Errorf("the first record of epoch %d was refused: %s", p.Epoch, code)
	}
	return nil
}
