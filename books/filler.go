package books

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sancun/journal"
	"sancun/ledger"
)

// Limits of a commit. A large commit touches each page once for many rows, which
// is what makes SQLite fast: with five million rows, commits of 256,000 records
// are twice as fast as those of 64,000. More than that takes memory for little.
const (
	commitRecords = 256_000
	// commitAfter bounds how far readers are behind while there is little to do.
	commitAfter = 200 * time.Millisecond
	// commitPause is how many times its own length a commit waits for the next, so
	// that under load commits grow instead of following each other.
	commitPause = 1
)

// FillerOptions say where the tables are and whose they are.
type FillerOptions struct {
	// Path is that of a SQLite file, or the address of a PostgreSQL database as a URL,
	// which is written nowhere. The tables there lie in the schema that the address
	// names by search_path, or sancun_books.
	Path string
	Cell uint32 // 0 is cell 1
	// CommitRecords is after how many records a commit is made at the latest; 0 is
	// the default.
	CommitRecords int
	// CommitAfter is after how much time Run commits what it has; 0 is the default.
	// A Filler that has much to do waits longer, as long as a commit takes.
	CommitAfter time.Duration
}

// Filler folds blocks into the tables. It holds in memory what later blocks name
// by row alone: accounts, and the numbers of fund accounts, clients and
// instruments. Its methods may be called from several goroutines.
type Filler struct {
	options FillerOptions
	tables  tables

	mu     sync.Mutex
	failed error // after a failed commit nothing is taken any more; open it again

	// The fold so far; guarded by mu.
	at          journal.Position
	records     int64 // since block 1
	day         business
	accounts    []account
	funds       []fundInfo
	clients     []int64      // numbers by row
	instruments []instrument // by row
	closedDate  int64        // the last one that was closed
	since       []uint32     // rows of accounts that changed after it

	lastTransfer, lastOrder int64 // the highest numbers so far

	changes        // since the last commit
	stored  uint64 // height of the last commit
	record  place
}

// account is a ledger account with its figures.
type account struct {
	key     ledger.Key
	balance int64
	buckets [5]int64
	cost    int64 // of a position
	changed int64 // height of the last change
	dirty   bool  // it is in changes.moved
	since   bool  // it is in Filler.since
}

// instrument is what the fold needs of a security: its number, and what a unit is
// worth.
type instrument struct{ id, prevClose, last, close int64 }

// OpenFiller opens or makes the tables and loads what the fold needs. Tables of
// another schema are dropped, and Position then begins at zero. It returns
// ErrForeign for the tables of another cell.
func OpenFiller(o FillerOptions) (*Filler, error) {
	if o.Cell == 0 {
		o.Cell = 1
	}
	if o.CommitRecords <= 0 {
		o.CommitRecords = commitRecords
	}
	if o.CommitAfter <= 0 {
		o.CommitAfter = commitAfter
	}
	at, err := openTables(o.Path, o.Cell)
	if err != nil {
		return nil, err
	}
	f := &Filler{options: o, tables: at, changes: newChanges()}
	if err := f.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("load the books: %w", err), at.close())
	}
	f.stored = f.at.Height
	return f, nil
}

// Position returns the last block whose rows are committed or waiting.
func (f *Filler) Position() journal.Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

// Add folds the next block. The block is not kept. It returns ErrForeign when
// the block does not follow the one before, and the error of a commit that failed.
func (f *Filler) Add(b *journal.Block) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return f.failed
	}
	if err := b.Follows(f.at); err != nil {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if err := f.fold(b); err != nil {
		f.failed = fmt.Errorf("fold block %d into the books: %w", b.Height, err)
		return f.failed
	}
	if f.waiting < f.options.CommitRecords {
		return nil
	}
	return f.commit()
}

// Flush commits what waits.
func (f *Filler) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil || len(f.blocks) == 0 {
		return f.failed
	}
	return f.commit()
}

// Follow gives every block from a height on, waiting for new ones, until the
// context ends or the function fails.
type Follow func(ctx context.Context, from uint64, fn func(*journal.Block) error) error

// Run folds every block that follow gives and commits every CommitAfter, until
// the context ends, which is no error, or something fails.
func (f *Filler) Run(ctx context.Context, follow Follow) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var ticking sync.WaitGroup
	var late error
	ticking.Go(func() {
		late = f.tick(ctx)
		stop()
	})
	err := follow(ctx, f.Position().Height+1, f.Add)
	stop()
	ticking.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, late, f.Flush())
}

// tick commits from time to time until the context ends or a commit fails.
func (f *Filler) tick(ctx context.Context) error {
	pause := time.NewTimer(f.options.CommitAfter)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case began := <-pause.C:
			if err := f.Flush(); err != nil {
				return err
			}
			pause.Reset(max(f.options.CommitAfter, commitPause*time.Since(began)))
		}
	}
}

// Close commits what waits and closes the tables.
func (f *Filler) Close() error {
	err := f.Flush()
	return errors.Join(err, f.tables.close())
}
