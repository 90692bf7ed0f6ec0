package postgres

import (
	"context"
	_ "embed" // the tables
	"fmt"
)

//go:embed schema.sql
var schema string

// schemaLock keeps two processes from making the tables at once. The number has no
// meaning but to be the same everywhere.
const schemaLock = 0x53434a31

// ensure makes the tables when they are missing, which takes rights that a role
// need not have afterwards, and the row of the cell.
func ensure(ctx context.Context, l *link, cell uint32) error {
	var there bool
	if err := l.conn.QueryRow(ctx, `SELECT to_regclass('sancun_lease') IS NOT NULL`).Scan(&there); err != nil {
		return err
	}
	if !there {
		text := fmt.Sprintf("BEGIN; SELECT pg_advisory_xact_lock(%d);\n%s\nCOMMIT;", schemaLock, schema)
		if _, err := l.conn.PgConn().Exec(ctx, text).ReadAll(); err != nil {
			return err
		}
	}
	_, err := l.conn.Exec(ctx, `INSERT INTO sancun_journal (cell, format, fence, pen) VALUES ($1, 1, 0, 0) ON CONFLICT DO NOTHING`, int64(cell))
	return err
}
