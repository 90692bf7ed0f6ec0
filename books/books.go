// Package books is the query side: tables in a SQLite file or a PostgreSQL database,
// filled from the journal's blocks in bulk, for enquiries, statements and the audit
// trail.
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
	"errors"
	"fmt"
)

// schemaVersion names the first migration and the rules of folding. Tables of
// another version are dropped and filled again.
const schemaVersion = 5

// readersMax bounds the connections of the read side: more than the cores of a
// small machine only take memory.
const readersMax = 8

// ErrForeign says that the tables were filled from another journal than the one
// they are now given. Remove them and fill them again.
var ErrForeign = errors.New("the books belong to another journal")

// Books is the read side. Its methods may be called from several goroutines.
type Books struct{ db *sql.DB }

// Open opens the read side of tables that a Filler has made. place is the path of a
// SQLite file, or the address of a PostgreSQL database as a URL. It returns an error
// satisfying errors.Is with fs.ErrNotExist when there are none.
func Open(place string) (*Books, error) {
	open := readSQLite
	if isPostgres(place) {
		open = readPostgres
	}
	db, err := open(place)
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
func Remove(place string) error {
	if isPostgres(place) {
		return removePostgres(place)
	}
	return removeSQLite(place)
}

// openTables opens or makes the tables for writing.
func openTables(place string, cell uint32) (tables, error) {
	if isPostgres(place) {
		return openPostgres(place, cell)
	}
	return openSQLite(place, cell)
}
