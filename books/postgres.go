package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// namespaceDefault is the schema of the tables, unless the address names one by
	// its search_path, as cells that share a database must.
	namespaceDefault = "sancun_books"
	// connectWithin bounds one attempt to connect, unless the address says otherwise.
	connectWithin = 5 * time.Second
)

// ErrWriters says that another process fills the same tables: nothing was written.
var ErrWriters = errors.New("another process fills the books")

var namespaceForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

var postgresDialect = dialect{name: goose.DialectPostgres, simple: []any{pgx.QueryExecModeSimpleProtocol}, text: strings.NewReplacer(
	" INTEGER", " bigint", " BLOB", " bytea", " STRICT, WITHOUT ROWID", "", " STRICT", "",
).Replace}

// isPostgres tells whether a place is a database's address.
func isPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// postgresTables are the tables in a schema of a PostgreSQL database.
type postgresTables struct {
	db   *sql.DB   // reads
	conn *pgx.Conn // writes
	tx   pgx.Tx    // of the commit that is being made
	rows copier
	made map[*statement]bool // its table of this session is there
}

// address reads an address and the schema it means. Errors never show it.
func address(place string) (*pgx.ConnConfig, string, error) {
	config, err := pgx.ParseConfig(place)
	if err != nil {
		return nil, "", errors.New("the address of the books' database cannot be read; write a URL such as postgres://role@host/database")
	}
	namespace := config.RuntimeParams["search_path"]
	if namespace == "" {
		namespace = namespaceDefault
	}
	if !namespaceForm.MatchString(namespace) {
		return nil, "", errors.New("the search_path of the books' database must be one schema of small letters, digits and underscores")
	}
	config.RuntimeParams["search_path"] = namespace
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "sancun books"
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	return config, namespace, nil
}

// openPostgres opens or makes the tables. Tables of another schema version are
// dropped first.
func openPostgres(place string, cell uint32) (*postgresTables, error) {
	config, namespace, err := address(place)
	if err != nil {
		return nil, err
	}
	// A crash of the server may take the last commits, which come again from the
	// journal: nothing waits for its disk.
	config.RuntimeParams["synchronous_commit"] = "off"
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	t := &postgresTables{db: sql.OpenDB(numbered{stdlib.GetConnector(*config)}), conn: conn, made: map[*statement]bool{}}
	t.db.SetMaxOpenConns(2) // migrations hold one and ask by another
	if err := t.make(namespace, cell); err != nil {
		return nil, errors.Join(fmt.Errorf("make the books: %w", err), t.close())
	}
	return t, nil
}

func (t *postgresTables) make(namespace string, cell uint32) error {
	ctx := context.Background()
	var there bool
	if err := t.conn.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, namespace).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := t.conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+namespace); err != nil {
			return err
		}
	}
	if !current(t.db) {
		if err := drop(ctx, t.conn); err != nil {
			return err
		}
	}
	return postgresDialect.migrate(t.db, cell)
}

// drop drops the tables, and nothing else that may lie in the schema.
func drop(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "DROP TABLE IF EXISTS "+strings.Join(tableNames(), ", ")+" CASCADE") // with their views
	return err
}

// readPostgres opens the reading side, which may be a standby's.
func readPostgres(place string) (*sql.DB, error) {
	config, _, err := address(place)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	db := sql.OpenDB(numbered{stdlib.GetConnector(*config)})
	var there bool
	err = db.QueryRow(`SELECT to_regclass('reached') IS NOT NULL`).Scan(&there)
	if err == nil && !there {
		err = fmt.Errorf("there are no tables: %w", fs.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func removePostgres(place string) error {
	config, namespace, err := address(place)
	if err != nil {
		return err
	}
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("remove the books: %w", err)
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, namespace).Scan(&there); err != nil || !there {
		return err
	}
	if err := drop(ctx, conn); err != nil {
		return fmt.Errorf("remove the books: %w", err)
	}
	return nil
}

func (t *postgresTables) reader() *sql.DB { return t.db }

// commit begins by locking the row of the height, so that of two processes that
// fill the same tables one is refused before it has written anything.
func (t *postgresTables) commit(before uint64, write func(sink) error) error {
	return pgx.BeginFunc(context.Background(), t.conn, func(tx pgx.Tx) error {
		var height int64
		if err := tx.QueryRow(context.Background(), `SELECT height FROM reached FOR UPDATE`).Scan(&height); err != nil {
			return err
		}
		if uint64(height) != before {
			return fmt.Errorf("%w: they stand at block %d, this one left them at %d", ErrWriters, height, before)
		}
		t.tx = tx
		defer func() { t.tx = nil }()
		return write(t)
	})
}

// put copies rows into their table, or by way of a table of this session when they
// may replace others. Of rows with one key the last one counts.
func (t *postgresTables) put(s *statement, rows int, columns func(int, []any) []any) error {
	if rows == 0 {
		return nil
	}
	ctx, into, names := context.Background(), s.table, s.columns
	if s.lines() != 0 {
		bare := columns
		columns = func(i int, args []any) []any { return bare(i, append(args, int64(0))) } // all in one run
	}
	if s.key != "" {
		into, names = "fresh_"+s.table, s.columns+",nth"
		if !t.made[s] {
			if _, err := t.tx.Exec(ctx, "CREATE TEMP TABLE "+into+" (LIKE "+s.table+", nth bigint) ON COMMIT DELETE ROWS"); err != nil {
				return err
			}
			t.made[s] = true // if this commit fails, there is no other
		}
	}
	t.rows.begin(rows, columns, s.key != "")
	if _, err := t.conn.PgConn().CopyFrom(ctx, &t.rows, "COPY "+into+" ("+names+") FROM STDIN (FORMAT binary)"); err != nil || s.key == "" {
		return err
	}
	_, err := t.tx.Exec(ctx, "INSERT INTO "+s.table+" ("+s.columns+") SELECT DISTINCT ON ("+s.key+") "+s.columns+" FROM "+into+
		" ORDER BY "+s.key+", nth DESC"+s.onConflict())
	return err
}

func (t *postgresTables) reach(columns []any) error {
	var set []string
	for i, name := range strings.Split(reachedColumns, ",") {
		set = append(set, fmt.Sprintf("%s=$%d", name, i+1))
	}
	_, err := t.tx.Exec(context.Background(), "UPDATE reached SET "+strings.Join(set, ","), columns...)
	return err
}

func (t *postgresTables) close() error {
	return errors.Join(t.conn.Close(context.Background()), t.db.Close())
}
