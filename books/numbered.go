package books

import (
	"context"
	"database/sql/driver"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// numbered lets the enquiries be written once: PostgreSQL numbers its parameters,
// where SQLite takes question marks. No text of a query holds one otherwise. Reading
// transactions see one state of the tables throughout, as SQLite's do by themselves.
type numbered struct{ driver.Connector }

// Connect makes a connection that rewrites its queries.
func (n numbered) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := n.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &numberedConn{conn.(*stdlib.Conn)}, nil
}

type numberedConn struct{ *stdlib.Conn }

// PrepareContext prepares the rewritten query.
func (c *numberedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, number(query))
}

// QueryContext runs the rewritten query.
func (c *numberedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, number(query), args)
}

// ExecContext runs the rewritten statement. The text of a migration, which comes
// with an argument that is none, is left alone.
func (c *numberedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, number(query), args)
}

// BeginTx makes reading transactions repeatable.
func (c *numberedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	const repeatableRead = 4 // sql.LevelRepeatableRead
	if o.ReadOnly && o.Isolation == 0 {
		o.Isolation = repeatableRead
	}
	return c.Conn.BeginTx(ctx, o)
}

// number turns question marks into $1, $2 and so on.
func number(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var text strings.Builder
	for n := 1; ; n++ {
		before, rest, found := strings.Cut(query, "?")
		text.WriteString(before)
		if !found {
			return text.String()
		}
		text.WriteString("$" + strconv.Itoa(n))
		query = rest
	}
}
