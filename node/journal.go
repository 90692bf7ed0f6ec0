package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/centre"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/journal/postgres"
)

// PostgresPlace puts the journal of a core into a PostgreSQL database, where
// another node can take it over.
type PostgresPlace struct {
	DSN      string // the address, which may hold a password
	Promise  postgres.Promise
	Patience time.Duration // 0 is the default
	// Holder is this node's name among those that share the journal. With one, the
	// core writes only while it holds the lease.
	Holder string
	Lease  time.Duration // 0 is the default
}

// placeLock keeps two processes from using one folder when the journal does not lie
// in it.
const placeLock = "LOCK"

// openStore opens the journal, wherever it lies, and says what was found.
func (c *Core) openStore() (found string, err error) {
	o := c.config
	if o.Postgres == nil {
		if err := centre.FinishRebase(o.FS, o.Dir); err != nil {
			return "", fmt.Errorf("finish the rebasing of the journal: %w", err)
		}
		engine, recovery, err := disk.Open(disk.Options{Dir: o.Dir + "/journal", FS: o.FS, Cell: o.Cell, SegmentBytes: o.SegmentBytes})
		if err != nil {
			return "", fmt.Errorf("open the journal: %w", err)
		}
		c.engine = engine
		return recovery.String(), nil
	}
	if err := o.FS.MakeDir(o.Dir); err != nil {
		return "", err
	}
	if c.lock, err = o.FS.Lock(o.Dir + "/" + placeLock); err != nil {
		return "", fmt.Errorf("use the folder %s: %w", o.Dir, err)
	}
	engine, err := postgres.Open(context.Background(), postgres.Options{DSN: o.Postgres.DSN, Cell: o.Cell, Promise: o.Postgres.Promise, Patience: o.Postgres.Patience})
	if err != nil {
		return "", errors.Join(fmt.Errorf("open the journal: %w", err), c.lock.Close())
	}
	c.engine, c.shared = engine, engine
	if o.Postgres.Holder != "" {
		if c.reign.lease, err = engine.Lease(o.Postgres.Holder, cmp.Or(o.Postgres.Lease, postgres.LeaseDefault), nil); err != nil {
			return "", errors.Join(err, c.closeStore())
		}
	}
	return "in PostgreSQL, which settled what was left unknown", nil
}

// closeStore closes the journal and gives the folder back.
func (c *Core) closeStore() error {
	err := c.engine.Close()
	if c.lock != nil {
		err = errors.Join(err, c.lock.Close())
	}
	return err
}

// Journal is a journal that is looked at: for proofs, exports and questions.
type Journal interface {
	Head() (journal.Position, error)
	Read(from uint64, fn func(*journal.Block) error) error
	Close() error
}

// OpenJournal opens a journal to look at it: that of the centre in a folder, which
// must not be running, or one in a PostgreSQL database, which may. place is the
// folder, or the address as a URL, or a Secret that holds one: file:/path or
// env:NAME.
func OpenJournal(place string, cell uint32) (Journal, error) {
	dsn, ok, err := AddressOf(place)
	if err != nil {
		return nil, err
	}
	if ok {
		return postgres.OpenReader(context.Background(), postgres.Options{DSN: dsn, Cell: cell, Patience: readPatience})
	}
	if _, err := os.Stat(filepath.FromSlash(place + "/journal")); err != nil {
		return nil, fmt.Errorf("there is no journal in %s, give the folder that holds journal/: %w", place, err)
	}
	engine, _, err := disk.Open(disk.Options{Dir: place + "/journal", FS: durable.OS{}, Cell: cell})
	if err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", place, err)
	}
	return engine, nil
}

// readPatience is how long somebody at a command line waits for a lost database.
const readPatience = 10 * time.Second

// AddressOf tells whether a place is a database and returns its address.
func AddressOf(place string) (dsn string, ok bool, err error) {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if strings.HasPrefix(place, scheme) {
			return place, true, nil
		}
	}
	for _, kind := range []string{"file:", "env:"} {
		if strings.HasPrefix(place, kind) {
			secret, err := Secret(place).Resolve()
			return secret.Plain(), true, err
		}
	}
	return "", false, nil
}
