package postgres

import (
	"context"
	"errors"

	"sancun/journal"
)

// Reader reads a journal that others write, also from a standby. It changes nothing
// in the database. What it shows is committed; how durable it is the writer's
// promise says, and only opening an Engine makes sure of it.
type Reader struct {
	reads *reads
	alive context.Context
	end   context.CancelFunc
}

// OpenReader opens a journal for reading.
func OpenReader(ctx context.Context, o Options) (*Reader, error) {
	config, err := o.fill()
	if err != nil {
		return nil, err
	}
	r := &Reader{}
	if r.reads, err = newReads(o, config); err != nil {
		return nil, err
	}
	r.alive, r.end = context.WithCancel(context.Background())
	if err := r.reads.pool.Ping(ctx); err != nil {
		return nil, errors.Join(fault("open", hintReach, err), r.Close())
	}
	return r, nil
}

// Head is the last block there is now.
func (r *Reader) Head() (journal.Position, error) {
	if r.alive.Err() != nil {
		return journal.Position{}, journal.ErrClosed
	}
	return r.reads.head(r.alive)
}

// Read calls fn with every block from a height up to the head of now, as
// journal.Engine does.
func (r *Reader) Read(from uint64, fn func(*journal.Block) error) error {
	head, err := r.Head()
	if err != nil || from > head.Height {
		return err
	}
	return r.reads.read(r.alive, max(from, 1), head, fn)
}

// After calls fn with every block behind a position up to the head of now, which it
// returns. It returns journal.ErrCorrupt when the position is not in the journal: it
// was read from a server that has lost it since, or from another journal.
func (r *Reader) After(ctx context.Context, at journal.Position, fn func(*journal.Block) error) (journal.Position, error) {
	head, err := r.reads.head(ctx)
	switch {
	case err != nil || head == at:
		return head, err
	case head.Height < at.Height, head.Height == at.Height:
		return head, r.reads.corrupt(at.Height, "the block that was read there is gone")
	}
	return head, r.reads.walk(ctx, &walk{before: at, next: at.Height + 1, fn: fn}, head)
}

// Close ends the connections.
func (r *Reader) Close() error {
	r.end()
	r.reads.close()
	return nil
}
