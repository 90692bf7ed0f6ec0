// Package postgres keeps a journal in a PostgreSQL database: one row a block. It is
// for houses that have outgrown one machine, because PostgreSQL's own replication
// and failover then carry the journal.
//
// The tables are drawn in docs/formats/journal.md. The bytes of a block are those
// of every other engine.
//
// Invariants, with what keeps them:
//
//  1. A height is written once: primary key (cell, height). No statement of this
//     package changes or deletes a block, and a trigger refuses those of others.
//  2. A block of a fenced epoch is never written: the statement that inserts it
//     locks the cell's row and checks the fence there. A fence therefore waits for
//     the append under way, and every later one sees it.
//  3. A statement whose answer was lost cannot take effect after somebody has looked
//     whether it did: it carries the number of its connection (the pen), and who
//     looks takes a new number first, under the same lock.
//  4. Nothing is acknowledged that is less durable than promised. The server's
//     settings are verified when a connection is made and by the inserting statement
//     itself; a warning during a commit (a cancelled wait for the standby is one) is
//     an unknown outcome. No cancel request is ever sent for a writing statement,
//     because cancelling a wait for the standby makes the block visible before it is
//     safe.
//  5. Opening and every reconnection write a row and wait for it as for a block. The
//     log of a server is one line, so everything seen under that row's lock is then
//     as durable as promised.
//  6. A server that lacks what was acknowledged is not served on: after a failover to
//     one that was behind, the engine is poisoned and says how many heights are gone.
//
// When the answer to an append is lost the engine connects again, to whichever of
// the address's hosts takes writes, and reads back whether the block is there. It
// never guesses: either it knows, or it is poisoned.
//
// The package must never decide who should write; it only makes sure that it is one.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sancun/journal"
)

// Options say where a journal lives and what it promises.
type Options struct {
	// DSN is the address, a URL or key=value pairs as libpq takes them, with one host
	// or several of which one takes writes. It may hold a password and is never
	// written anywhere.
	DSN string
	// Cell is the cell whose blocks the journal takes.
	Cell uint32
	// Promise is what has happened to a block when Append returns; OnServer when 0.
	Promise Promise
	// Patience is how long a lost server is looked for before the engine gives up;
	// PatienceDefault when 0.
	Patience time.Duration
	// Pause waits between two attempts to reach a server and ends early with the
	// context; nil is the machine's own clock.
	Pause func(ctx context.Context, d time.Duration) error
}

// Engine is an open journal. It implements journal.Engine. Several may be open on
// one journal; who writes is decided block by block, by height and epoch.
type Engine struct {
	options Options
	config  *pgx.ConnConfig
	append  string // the inserting statement
	reads   *reads
	alive   context.Context // ends with Close
	end     context.CancelFunc

	// write is held by Append, Fence and the last part of Close. Lock order: write,
	// then mu.
	write  sync.Mutex
	pen    int64  // owned by the holder of write
	buffer []byte // the encoded block; owned by the holder of write

	// mu guards what readers see. It is never held over I/O.
	mu     sync.Mutex
	link   *link            // the writing connection, nil when lost; changed by the holder of write
	stop   error            // why everything is refused: closed or poisoned
	head   journal.Position // the last durable block
	fenced uint32           // lowest epoch that may write, as last seen
}

var _ journal.Engine = (*Engine)(nil)

// Open opens or makes the journal of a cell and settles what an earlier crash or
// failure left unknown, for as long as ctx lasts: a server that waits for its standby
// makes it wait too. Errors are journal.ErrCorrupt for rows that cannot be what
// was written, ErrPromise when the server does not keep the promise, and
// *journal.Error for the rest.
func Open(ctx context.Context, o Options) (*Engine, error) {
	config, err := o.fill()
	if err != nil {
		return nil, err
	}
	e := &Engine{options: o, config: config, append: textFor(o.Promise)}
	e.alive, e.end = context.WithCancel(context.Background())
	if e.reads, err = newReads(o, config, true); err != nil {
		e.end()
		return nil, err
	}
	e.write.Lock()
	err = e.open(ctx)
	e.write.Unlock()
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) error {
	l, err := e.connect(ctx)
	if err != nil {
		return fault("open", hintReach, err)
	}
	if err := ensure(ctx, l, e.options.Cell); err != nil {
		return fault("make the tables", "Let the role make them once, or make them as docs/formats/journal.md draws them.", err)
	}
	var height uint64
	if err := e.attempt(ctx, intent{epoch: maxEpoch, decide: func(v view) (bool, error) {
		height = v.height
		return true, nil
	}}); err != nil {
		return fault("open", hintReach, err)
	}
	head, err := e.reads.last(ctx, height)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head = head
	return nil
}

// Head is the last durable block.
func (e *Engine) Head() (journal.Position, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.head, e.stop
}

// Fenced is the lowest epoch that may write, as it was when this engine last wrote
// or was refused.
func (e *Engine) Fenced() (uint32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fenced, e.stop
}

// Refresh looks how far others have written the journal, and returns its head, which
// is the engine's from then on. Who follows another writer asks so. It returns
// journal.ErrCorrupt when the head that was known is not in the journal any more: it
// was read from a server that has lost it.
func (e *Engine) Refresh(ctx context.Context) (journal.Position, error) {
	e.write.Lock()
	defer e.write.Unlock()
	before, err := e.Head()
	if err != nil {
		return before, err
	}
	head, err := e.reads.head(ctx)
	if err == nil {
		err = e.reads.holds(ctx, before, head)
	}
	if err != nil {
		return before, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head = head
	return head, e.stop
}

// Read goes through the rows of the wanted heights.
func (e *Engine) Read(from uint64, fn func(*journal.Block) error) error {
	head, err := e.Head()
	if err != nil {
		return err
	}
	from = max(from, 1)
	if from > head.Height {
		return nil
	}
	err = e.reads.read(e.alive, from, head, fn)
	if err != nil && e.alive.Err() != nil && errors.Is(err, context.Canceled) {
		return journal.ErrClosed
	}
	return err
}

// Close ends the connections. An append that waits for a server or its standby is
// ended too, and its outcome stays unknown. Everything acknowledged is durable
// already, so nothing is written.
func (e *Engine) Close() error {
	e.mu.Lock()
	closed := errors.Is(e.stop, journal.ErrClosed)
	e.stop = journal.ErrClosed
	l := e.link
	e.mu.Unlock()
	if closed {
		return nil
	}
	e.end()
	if l != nil {
		l.cut() // wakes whoever waits on it
	}
	e.write.Lock()
	defer e.write.Unlock()
	e.drop()
	e.reads.close()
	return nil
}

// poison makes the engine refuse everything from now on, because nobody knows what
// the failed operation left. The caller holds write.
func (e *Engine) poison(op string, cause error) error {
	err := fault(op, "Stop the process, look at the database, then start again: opening finds out what is durable.",
		fmt.Errorf("%w: %w", journal.ErrPoisoned, cause))
	e.mu.Lock()
	defer e.mu.Unlock()
	if errors.Is(e.stop, journal.ErrClosed) {
		return e.stop
	}
	e.stop = err
	return err
}

const hintReach = "Check that one host of the address takes writes, that the role may sign in there, and read PostgreSQL's log."

// fault wraps an error of the world with what was done and what to do.
func fault(op, hint string, err error) error {
	var already *journal.Error
	if errors.As(err, &already) {
		return err
	}
	return &journal.Error{Op: op + " in PostgreSQL", Hint: hint, Err: err}
}
