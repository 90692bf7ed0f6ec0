// Package books is the query side: SQLite tables filled from the journal's blocks
// in bulk, for enquiries, statements and the audit trail.
//
// Its rules:
//
//	B1  The tables are a fold of the blocks. Nothing is decided here, and nothing
//	    that decides may read here: a cell works without its books, and they are
//	    thrown away and filled again by one command.
//	B2  The height reached is written in the transaction of the rows, so the tables
//	    are always as after exactly one block, also after a crash.
//	B3  Every answer carries that height and its time: a reader knows how fresh it
//	    is. Who must read what he has just written asks the machine instead.
//	B4  There is one writer, the Filler; readers never make it wait.
//	B5  Personal data lie here only as sealed in the journal.
package books

import (
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"io/fs"
	"os"

	_ "modernc.org/sqlite" // the driver
)

//go:embed schema.sql
var schema string

// schemaVersion names schema.sql and the rules of folding. A file of another
// version is dropped and filled again.
const schemaVersion = 3

const (
	// readersMax bounds the connections of the read side: more than the cores of a
	// small machine only take memory.
	readersMax = 8
	// pageBytes is small because accounts are hit at random: a commit writes every
	// page it touches twice, to the log and to the tables.
	pageBytes = 4 << 10
)

// ErrForeign says that the tables were filled from another journal than the one
// they are now given. Remove them and fill them again.
var ErrForeign = errors.New("the books belong to another journal")

// Books is the read side. Its methods may be called from several goroutines.
type Books struct{ db *sql.DB }

// Open opens the read side of tables that a Filler has made. It returns an error
// satisfying errors.Is with fs.ErrNotExist when there are none.
func Open(path string) (*Books, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-16384)")
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	db.SetMaxOpenConns(readersMax)
	db.SetMaxIdleConns(readersMax)
	return &Books{db: db}, nil
}

// Close ends the read side.
func (b *Books) Close() error { return b.db.Close() }

// Remove deletes the tables, to fill them again from block 1. Neither a Filler
// nor a Books may have them open.
func Remove(path string) error {
	for _, end := range [...]string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the books: %w", err)
		}
	}
	return nil
}

// openWriter opens the one writing connection, making the tables if need be. A
// file of another schema is removed first: B1 makes that safe.
func openWriter(path string, cell uint32) (*sql.DB, error) {
	db, err := connectWriter(path)
	if err != nil {
		return nil, err
	}
	var version int
	err = db.QueryRow(`SELECT schema FROM reached WHERE id = 1`).Scan(&version)
	if err == nil && version == schemaVersion {
		return db, nil
	}
	if err := errors.Join(db.Close(), Remove(path)); err != nil {
		return nil, err
	}
	if db, err = connectWriter(path); err != nil {
		return nil, err
	}
	if err := create(db, cell); err != nil {
		return nil, errors.Join(fmt.Errorf("make the books: %w", err), db.Close())
	}
	return db, nil
}

// connectWriter opens the writing connection. With synchronous NORMAL the log is
// synced before pages are overwritten: a power cut may take the last commits,
// which come again from the journal, but never leaves half of one.
func connectWriter(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=page_size(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
		"&_pragma=busy_timeout(5000)&_pragma=cache_size(-262144)&_pragma=wal_autocheckpoint(16384)", path, pageBytes))
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func create(db *sql.DB, cell uint32) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err = tx.Exec(schema); err == nil {
		_, err = tx.Exec(`INSERT INTO reached VALUES (1, ?, ?, 0, 0, 0, x'', 0, 0, 0, 0)`, schemaVersion, cell)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
