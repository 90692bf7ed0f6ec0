package books

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// dialect is what differs between the engines where SQL does.
type dialect struct {
	name goose.Dialect
	// text turns a migration, which is written for SQLite, into the engine's own words.
	text func(string) string
	// simple are arguments that let one Exec take many statements.
	simple []any
}

var migrationName = regexp.MustCompile(`^(\d{5})_[a-z]+\.sql$`)

// migrations are the files as goose takes them, each in a transaction of its own.
func (d dialect) migrations() ([]*goose.Migration, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	var all []*goose.Migration
	for _, entry := range entries {
		name := migrationName.FindStringSubmatch(entry.Name())
		if name == nil {
			return nil, fmt.Errorf("migration %s: want a name like 00001_tables.sql", entry.Name())
		}
		version, err := strconv.ParseInt(name[1], 10, 64)
		if err != nil {
			return nil, err
		}
		text, err := migrationFiles.ReadFile("migrations/" + entry.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, d.text(string(text)), d.simple...)
			return err
		}}, nil))
	}
	return all, nil
}

// current tells whether the tables are there and of this program's version.
func current(db *sql.DB) bool {
	var version int
	err := db.QueryRow(`SELECT schema FROM reached WHERE id = 1`).Scan(&version)
	return err == nil && version == schemaVersion
}

// migrate brings the tables to the newest form, from nothing if need be.
func (d dialect) migrate(db *sql.DB, cell uint32) error {
	all, err := d.migrations()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(d.name, db, nil, goose.WithGoMigrations(all...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := provider.Up(context.Background()); err != nil {
		return err
	}
	var none int
	err = db.QueryRow(`SELECT 1 FROM reached`).Scan(&none)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = db.Exec(`INSERT INTO reached (id, schema, cell, `+reachedColumns+`) VALUES (1, ?, ?, 0, 0, 0, ?, 0, 0, 0, 0)`, schemaVersion, cell, []byte{})
	}
	return err
}

// tableNames are all tables there are, for dropping them.
func tableNames() []string {
	names := []string{"reached", "goose_db_version", "runs", "entries", "units", "fills"} // the last three until schema 4
	for _, s := range allStatements() {
		names = append(names, s.table)
	}
	return names
}

// clean makes a text that every engine takes: PostgreSQL refuses zero bytes and what
// is no UTF-8, which a counterparty may send.
func clean(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
