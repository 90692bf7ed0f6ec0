package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sancun/journal"
	"sancun/journal/postgres"
)

// reign is a core's right to write a journal that other nodes could write too.
type reign struct {
	lease *postgres.Lease // nil when nobody else can have the journal
	alive context.Context // ends when the lease is not kept any more
	end   context.CancelFunc
	kept  sync.WaitGroup
}

// followBeat is how often a node that waits looks for new blocks and whether the
// lease is free. It is a part of what a takeover takes.
const followBeat = 50 * time.Millisecond

// ErrDeposed says that another node of this centre serves now. The journal is
// whole; this one may be started again and then waits for its turn.
var ErrDeposed = errors.New("another node of this centre has taken over")

// Await waits until no other node of this centre serves, following its blocks, so
// that little is left to do, and then begins to write under a new epoch. It returns
// the context's error when that ends first. The core was opened with Standby.
func (c *Core) Await(ctx context.Context) error {
	for told := ""; ; {
		err := c.takeTurn(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, postgres.ErrPromise) {
			return err
		}
		locked := errors.Is(err, journal.ErrLocked)
		if why := fmt.Sprint(locked); told != why {
			told = why
			c.config.Log.Info("this node follows and waits for its turn", slog.Any("why", err), slog.Uint64("height", c.Applied().Height))
		}
		// Without the database this tries for as long as the patience lasts.
		if err := c.catchUpShared(ctx); err != nil {
			return err
		}
		if err := pause(ctx, followBeat); err != nil {
			return err
		}
	}
}

// takeTurn takes the lease, catches up with what the holder before wrote, and
// begins to write. It returns journal.ErrLocked while another holds the lease.
func (c *Core) takeTurn(ctx context.Context) error {
	epoch, err := c.reign.lease.Acquire(ctx)
	if err != nil {
		return err
	}
	// From here on nobody else can write: the fence went up with the lease. The lease
	// is kept while the rest is applied.
	c.keepLease()
	err = c.catchUpShared(ctx)
	if err == nil {
		err = c.engine.Fence(epoch) // it stands; the engine learns of it
	}
	if err != nil {
		c.endLease(ctx, true)
		return err
	}
	c.epoch.Store(epoch)
	if err := c.write(); err != nil {
		c.endLease(ctx, true)
		return err
	}
	c.config.Log.Info("this node serves", slog.Uint64("epoch", uint64(epoch)), slog.Uint64("height", c.Applied().Height))
	return nil
}

// catchUpShared applies what others have written to the shared journal.
func (c *Core) catchUpShared(ctx context.Context) error {
	if _, err := c.shared.Refresh(ctx); err != nil {
		return fmt.Errorf("follow the journal: %w", err)
	}
	_, err := c.CatchUp()
	return err
}

// keepLease renews the lease until endLease. When it is lost the core must answer
// nothing more, not even what it reads from memory.
func (c *Core) keepLease() {
	c.reign.alive, c.reign.end = context.WithCancel(context.Background())
	c.reign.kept.Go(func() {
		if err := c.reign.lease.Keep(c.reign.alive); err != nil {
			c.depose(err)
		}
	})
}

// depose ends a core whose lease is lost. The journal is closed because an append
// may wait in it for a database that cannot be reached.
func (c *Core) depose(err error) {
	c.config.Log.Error("this node must not serve any more", slog.Any("error", err))
	if c.writing.Load() {
		c.Sequencer().Fail(fmt.Errorf("%w: %w", ErrDeposed, err))
	}
	_ = c.engine.Close() // whoever waits in it is told
}

// endLease stops renewing and, after a clean end, gives the lease back.
func (c *Core) endLease(ctx context.Context, clean bool) {
	if c.reign.lease == nil {
		return
	}
	defer c.reign.lease.Close()
	if c.reign.end == nil {
		return
	}
	c.reign.end()
	c.reign.kept.Wait()
	c.reign.end = nil
	if !clean {
		return
	}
	within, done := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer done()
	if err := c.reign.lease.Release(within); err != nil {
		c.config.Log.Warn("the lease could not be given back, it runs out by itself", slog.Any("error", err))
	}
}

// releaseWithin bounds the giving back at a stop: the lease runs out by itself.
const releaseWithin = 2 * time.Second

// reigns waits until this core certainly has the lease, or has lost it for good.
func (c *Core) reigns() error {
	if err := c.reign.lease.Hold(c.reign.alive); err != nil {
		return fmt.Errorf("%w: %w", ErrDeposed, err)
	}
	return nil
}

// Failure is why the core stopped to write, or nil.
func (c *Core) Failure() error {
	err := c.Err()
	if c.reign.lease != nil && errors.Is(err, journal.ErrEpoch) {
		return fmt.Errorf("%w: %w", ErrDeposed, err)
	}
	return err
}
