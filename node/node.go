// Package node builds one running centre by hand from a Config: the store, the
// machine brought to the head of its journal, the sequencer, and the adapters
// around them. It is the only package that knows all the others.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"sancun/custody"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// Core is the heart of a centre: journal, machine and sequencer.
type Core struct {
	Sequencer *sequencer.Sequencer
	Recovery  Recovery

	config  CoreConfig
	engine  journal.Engine
	machine *custody.Machine // touched in the sequencer's loop only

	records atomic.Uint64 // decided and durable since the start

	mu   sync.Mutex
	head journal.Position
	news chan struct{} // closed and replaced when a block is durable
}

// CoreConfig says where the core lives and what it is.
type CoreConfig struct {
	Dir   string // holds journal/ and snapshots/
	FS    durable.FS
	Cell  uint32
	Epoch uint32 // 0 takes the journal's own
	Hash  journal.HashKind
	// Answers is how many keyed answers are remembered.
	Answers int
	// SegmentBytes is the journal's segment size; 0 is the default.
	SegmentBytes int64
	Now          func() time.Time
	Log          *slog.Logger
}

// answersDefault remembers about a day of keyed requests of a large cell.
const answersDefault = 2_000_000

func (c *CoreConfig) fill() {
	if c.FS == nil {
		c.FS = durable.OS{}
	}
	if c.Cell == 0 {
		c.Cell = 1
	}
	if c.Hash == 0 {
		c.Hash = journal.SHA256
	}
	if c.Answers == 0 {
		c.Answers = answersDefault
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// OpenCore opens the journal, loads the newest snapshot that holds, replays the
// rest and starts the sequencer. Errors are the store's, or ErrDiverged.
func OpenCore(c CoreConfig) (*Core, error) {
	c.fill()
	engine, found, err := disk.Open(disk.Options{Dir: c.Dir + "/journal", FS: c.FS, Cell: c.Cell, SegmentBytes: c.SegmentBytes})
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	core := &Core{config: c, engine: engine, news: make(chan struct{})}
	core.Recovery.Store = found.String()
	if err := core.restore(); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	if core.config.Epoch == 0 {
		fenced, err := engine.Fenced()
		if err != nil {
			return nil, errors.Join(err, engine.Close())
		}
		core.config.Epoch = max(1, core.head.Epoch, fenced)
	}
	core.Recovery.Root = journal.Hash(core.machine.Root())
	core.Sequencer = sequencer.Start(engine, core.machine, core.head, sequencer.Options{
		Cell: c.Cell, Epoch: core.config.Epoch, Kind: c.Hash, Now: c.Now, Released: core.released,
	})
	return core, nil
}

// released is told of every block once it may leave the house, before it is
// answered.
func (c *Core) released(b *journal.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = b.Position()
	c.records.Add(uint64(b.Count))
	close(c.news)
	c.news = make(chan struct{})
}

// Epoch is the fencing number under which this core writes.
func (c *Core) Epoch() uint32 { return c.config.Epoch }

// Records counts the records that became durable since the start.
func (c *Core) Records() uint64 { return c.records.Load() }

// Head returns the last durable position and a channel closed at the next one.
func (c *Core) Head() (journal.Position, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.head, c.news
}

// Submit decides requests and waits until they are durable.
func (c *Core) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	return c.Sequencer.Submit(ctx, requests...)
}

// Look runs a read-only function on the machine between two blocks and returns
// when everything it saw is durable (law L1).
func (c *Core) Look(ctx context.Context, look func(*custody.Machine)) error {
	return c.Sequencer.Read(ctx, func() { look(c.machine) })
}

// Blocks reads durable blocks from a height up to the head.
func (c *Core) Blocks(from uint64, fn func(*journal.Block) error) error {
	return c.engine.Read(from, fn)
}

// Read makes a Core a verify.Source.
func (c *Core) Read(from uint64, fn func(*journal.Block) error) error { return c.engine.Read(from, fn) }

// Follow calls fn with every block from a height on, waiting for new ones, until
// the context ends or fn fails.
func (c *Core) Follow(ctx context.Context, from uint64, fn func(*journal.Block) error) error {
	for {
		head, news := c.Head()
		if from <= head.Height {
			err := c.engine.Read(from, func(b *journal.Block) error {
				if err := fn(b); err != nil {
					return err
				}
				from = b.Height + 1
				return ctx.Err()
			})
			if err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		}
	}
}

// Close stops the sequencer, writes a snapshot and closes the journal.
func (c *Core) Close() error {
	err := c.Sequencer.Stop()
	if err == nil {
		err = c.writeSnapshot(c.machine, c.head)
	}
	return errors.Join(err, c.engine.Close())
}

// Abandon stops the sequencer and closes the journal without a snapshot, as a
// crash would.
func (c *Core) Abandon() error {
	return errors.Join(c.Sequencer.Stop(), c.engine.Close())
}

// OpenJournal opens the journal of a centre that is not running, for proofs.
func OpenJournal(dir string, cell uint32) (journal.Engine, error) {
	if _, err := os.Stat(filepath.FromSlash(dir + "/journal")); err != nil {
		return nil, fmt.Errorf("there is no journal in %s, give the folder that holds journal/: %w", dir, err)
	}
	engine, _, err := disk.Open(disk.Options{Dir: dir + "/journal", Cell: cell})
	if err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", dir, err)
	}
	return engine, nil
}
