package postgres

import (
	"context"
	"errors"
	"fmt"

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
	if r.reads, err = newReads(o, config, false); err != nil {
		return nil, err
	}
	r.alive, r.end = context.WithCancel(context.Background())
	if err := r.reads.pool.Ping(ctx); err != nil {
		return nil, errors.Join(fault("open", hintReach, fmt.Errorf("%w: %w", ErrUnreachable, err)), r.Close())
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

// Close ends the connections.
func (r *Reader) Close() error {
	r.end()
	r.reads.close()
	return nil
}
