// Package node builds one running centre by hand from a Config: the store, the
// machine brought to the head of its journal, the sequencer, and the adapters
// around them. It is the only package that knows all the others.
package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sancun/centre"
	"sancun/custody"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/postgres"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// Core is the heart of a centre: journal, machine and sequencer.
type Core struct {
	Recovery Recovery

	sequencer atomic.Pointer[sequencer.Sequencer] // of the present or the last reign, nil before the first

	config  CoreConfig
	engine  journal.Engine
	shared  *postgres.Engine // the same, when other nodes can have it too
	lock    io.Closer        // of the folder, when the journal does not lie in it
	reign   reign
	writing atomic.Bool  // this centre is the one that writes
	state   centre.State // the machine is touched in the sequencer's loop only, or under apply while another centre writes
	apply   sync.Mutex   // guards state.Applied
	shield  *shield      // nil without a second centre
	epoch   atomic.Uint32

	records atomic.Uint64 // decided and durable since the start

	mu   sync.Mutex
	head journal.Position
	news chan struct{} // closed and replaced when a block is durable
}

// CoreConfig says where the core lives and what it is.
type CoreConfig struct {
	Dir   string // holds snapshots/ and, unless Postgres has it, journal/
	FS    durable.FS
	Cell  uint32
	Epoch uint32 // 0 takes the journal's own
	Hash  journal.HashKind
	// Answers is how many keyed answers are remembered.
	Answers int
	// SegmentBytes is the journal's segment size; 0 is the default.
	SegmentBytes int64
	// Postgres keeps the journal in a database; nil keeps it in Dir.
	Postgres *PostgresPlace
	// Standby opens the core without a writer: it applies the blocks of another
	// centre until Promote, or those of another node until Await.
	Standby bool
	// Drill opens the fork of a drill, which is refused without it, and nothing else.
	Drill bool
	// Shield makes answers wait as the protection mode in the journal says.
	Shield bool
	Now    func() time.Time
	Log    *slog.Logger
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
	core := &Core{config: c, news: make(chan struct{})}
	found, err := core.openStore()
	if err != nil {
		return nil, err
	}
	core.Recovery.Store = found
	if err := core.begin(); err != nil {
		return nil, errors.Join(err, core.closeStore())
	}
	return core, nil
}

// begin brings the machine to the head and, unless it waits, starts to write.
func (c *Core) begin() error {
	fenced, err := c.engine.Fenced()
	if err != nil {
		return err
	}
	if journal.OfDrill(fenced) != c.config.Drill {
		return fmt.Errorf("open %s: it is fenced for epoch %d: %w", c.config.Dir, fenced, ErrZone)
	}
	if err := c.restore(); err != nil {
		return err
	}
	c.epoch.Store(c.config.Epoch)
	if c.config.Epoch == 0 {
		c.epoch.Store(centre.FirstEpoch(c.head, fenced, c.shared != nil || c.config.Drill || !c.config.Shield))
	}
	c.Recovery.Root = journal.Hash(c.state.Machine.Root())
	c.state.Applied.Height = c.head.Height
	if c.config.Shield {
		c.shield = newShield(time.Now)
	}
	switch {
	case c.config.Standby:
	case c.reign.lease != nil:
		return c.takeTurn(context.Background())
	default:
		return c.write()
	}
	return nil
}

// write starts the sequencer at the head of the journal. Everything there is has
// been applied.
func (c *Core) write() error {
	head, err := c.engine.Head()
	if err != nil {
		return err
	}
	if err := centre.MayWrite(c.Applied().Height, head); err != nil {
		return err
	}
	c.mu.Lock()
	c.head = head
	c.mu.Unlock()
	o := sequencer.Options{Cell: c.config.Cell, Epoch: c.Epoch(), Kind: c.config.Hash, Now: c.config.Now, Released: c.released}
	if c.shield != nil {
		c.shield.begin(c.state.Machine.Centre(), head)
		o.Stored, o.Release = c.shield.stored, c.shield.release
	}
	if c.reign.lease != nil {
		o.Reigns = c.reigns
	}
	c.sequencer.Store(sequencer.Start(c.engine, c.state.Machine, head, o))
	c.writing.Store(true)
	return nil
}

// Sequencer is the single writer of the present reign; nil before the first.
func (c *Core) Sequencer() *sequencer.Sequencer { return c.sequencer.Load() }

// Failed is closed when the store has failed; never while another centre writes.
func (c *Core) Failed() <-chan struct{} {
	if !c.writing.Load() {
		return nil
	}
	return c.Sequencer().Failed()
}

// Err is why the writer failed, nil while another centre writes.
func (c *Core) Err() error {
	if !c.writing.Load() {
		return nil
	}
	return c.Sequencer().Err()
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
func (c *Core) Epoch() uint32 { return c.epoch.Load() }

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
	if !c.writing.Load() {
		return nil, ErrNotWriting
	}
	return c.Sequencer().Submit(ctx, requests...)
}

// Look runs a read-only function on the machine between two blocks and returns
// when everything it saw is durable (law L1). While another centre writes it sees
// what has been applied here.
func (c *Core) Look(ctx context.Context, look func(*custody.Machine)) error {
	if !c.writing.Load() {
		c.apply.Lock()
		defer c.apply.Unlock()
		look(c.state.Machine)
		return nil
	}
	return c.Sequencer().Read(ctx, func() { look(c.state.Machine) })
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
				if b.Height > head.Height { // durable here, but not yet let out
					return errReached
				}
				if err := fn(b); err != nil {
					return err
				}
				from = b.Height + 1
				return ctx.Err()
			})
			if err != nil && !errors.Is(err, errReached) {
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
	err := c.stop()
	c.endLease(context.Background(), err == nil || errors.Is(err, errShut))
	if err == nil {
		c.apply.Lock()
		defer c.apply.Unlock()
		if c.state.Applied.Disagree { // what is in memory is not what the journal says
			return c.closeStore()
		}
		err = c.snapshots().Write(c.state.Machine, c.head)
	}
	if errors.Is(err, errShut) { // the machine holds what nobody was told: the journal alone is enough
		err = nil
	}
	return errors.Join(err, c.closeStore())
}

// Abandon stops the sequencer and closes the journal without a snapshot, as a
// crash would.
func (c *Core) Abandon() error {
	err := c.stop()
	if errors.Is(err, errShut) {
		err = nil
	}
	c.endLease(context.Background(), false)
	return errors.Join(err, c.closeStore())
}

// stop ends the writer. What waits for the other centre is not waited for: its
// outcome is unknown to those who asked, and the error is errShut.
func (c *Core) stop() error {
	if !c.writing.Swap(false) {
		return nil
	}
	if c.shield != nil {
		c.shield.close()
	}
	return c.Sequencer().Stop()
}
