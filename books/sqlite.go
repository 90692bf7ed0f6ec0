package books

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver
)

// pageBytes is small because accounts are hit at random: a commit writes every
// page it touches twice, to the log and to the tables.
const pageBytes = 4 << 10

var sqliteDialect = dialect{name: goose.DialectSQLite3, text: func(text string) string { return text }}

// sqliteTables are the tables in a file of this machine.
type sqliteTables struct {
	db      *sql.DB
	conn    *sql.Conn // the one writing connection; its statements are used inside conn.Raw only
	inserts map[*statement]*writer
	begin   *writer
	end     *writer
	back    *writer
	reached *writer
	shelves [len(lineStatements)]*shelf // by the number of a table of lines; none has number 0
	all     []*writer                   // to be closed
}

// openSQLite opens or makes the tables. A file of another schema is removed first:
// B1 makes that safe.
func openSQLite(path string, cell uint32) (*sqliteTables, error) {
	db, err := connectSQLite(path)
	if err != nil {
		return nil, err
	}
	if !current(db) {
		if err := errors.Join(db.Close(), removeSQLite(path)); err != nil {
			return nil, err
		}
		if db, err = connectSQLite(path); err != nil {
			return nil, err
		}
	}
	if err := sqliteDialect.migrate(db, cell); err != nil {
		return nil, errors.Join(fmt.Errorf("make the books: %w", err), db.Close())
	}
	return &sqliteTables{db: db}, nil
}

// connectSQLite opens the writing connection. With synchronous NORMAL the log is
// synced before pages are overwritten: a power cut may take the last commits,
// which come again from the journal, but never leaves half of one.
func connectSQLite(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=page_size(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
		"&_pragma=busy_timeout(5000)&_pragma=cache_size(-262144)&_pragma=wal_autocheckpoint(16384)", path, pageBytes))
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// readSQLite opens the reading side.
func readSQLite(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-16384)")
}

func removeSQLite(path string) error {
	for _, end := range [...]string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the books: %w", err)
		}
	}
	return nil
}

func (t *sqliteTables) reader() *sql.DB { return t.db }

// writer writes rows of one table, one a statement: the driver's cost of binding
// grows with the square of the arguments, so many rows a statement are slower.
//
// It speaks to the driver below database/sql, which would check and copy each of
// twenty arguments a row; that is a tenth of the time of a commit.
type writer struct {
	insert driver.StmtExecContext
	args   []any // int64, string or []byte, as drivers take them
	named  []driver.NamedValue
}

// write writes one row, whose columns are in args.
func (w *writer) write() error {
	for i, v := range w.args {
		w.named[i].Value = v
	}
	_, err := w.insert.ExecContext(context.Background(), w.named)
	return err
}

// prepare takes the connection and prepares every statement, once what is needed
// has been loaded over it.
func (t *sqliteTables) prepare() error {
	for number := int64(1); number < int64(len(t.shelves)); number++ {
		t.shelves[number] = &shelf{lines: number}
		if err := t.shelves[number].load(t.db); err != nil {
			return fmt.Errorf("read the runs: %w", err)
		}
	}
	conn, err := t.db.Conn(context.Background())
	if err != nil {
		return err
	}
	t.conn, t.inserts = conn, map[*statement]*writer{}
	return conn.Raw(func(c any) error { return t.prepareAll(c.(driver.ConnPrepareContext)) })
}

func (t *sqliteTables) prepareAll(conn driver.ConnPrepareContext) error {
	var err error
	prepare := func(text string) *writer {
		if err != nil {
			return nil
		}
		var s driver.Stmt
		if s, err = conn.PrepareContext(context.Background(), text); err != nil {
			err = fmt.Errorf("%s: %w", text, err)
			return nil
		}
		one := &writer{insert: s.(driver.StmtExecContext), named: make([]driver.NamedValue, strings.Count(text, "?"))}
		for i := range one.named {
			one.named[i].Ordinal = i + 1
		}
		t.all = append(t.all, one)
		return one
	}
	for _, s := range allStatements() {
		text := "INSERT INTO " + s.table + " (" + s.columns + ") VALUES (?" + strings.Repeat(",?", len(s.names())-1) + ")"
		if s.key != "" {
			text += s.onConflict()
		}
		t.inserts[s] = prepare(text)
	}
	t.begin, t.end, t.back = prepare("BEGIN IMMEDIATE"), prepare("COMMIT"), prepare("ROLLBACK")
	for _, s := range t.shelves[1:] {
		s.prepare(prepare)
	}
	t.reached = prepare("UPDATE reached SET " + strings.ReplaceAll(reachedColumns, ",", "=?,") + "=?")
	return err
}

func (t *sqliteTables) commit(_ uint64, write func(sink) error) error {
	if t.conn == nil {
		if err := t.prepare(); err != nil {
			return err
		}
	}
	return t.conn.Raw(func(any) error {
		if err := t.begin.write(); err != nil {
			return err
		}
		err := write(t)
		for _, s := range t.shelves[1:] {
			if err == nil {
				err = s.tidy()
			}
		}
		if err == nil {
			err = t.end.write()
		}
		if err != nil {
			err = errors.Join(err, t.back.write())
		}
		return err
	})
}

func (t *sqliteTables) put(s *statement, rows int, columns func(int, []any) []any) error {
	w, number, run := t.inserts[s], s.lines(), []any(nil)
	if number != 0 && rows > 0 {
		id, err := t.shelves[number].open(rows)
		if err != nil {
			return err
		}
		run = []any{id}
	}
	for i := range rows {
		w.args = columns(i, append(w.args[:0], run...))
		if err := w.write(); err != nil {
			return err
		}
	}
	return nil
}

func (t *sqliteTables) reach(columns []any) error {
	t.reached.args = columns
	return t.reached.write()
}

// close finalises the statements with the connection.
func (t *sqliteTables) close() error {
	if t.conn == nil {
		return t.db.Close()
	}
	err := t.conn.Raw(func(any) error {
		var all error
		for _, w := range t.all {
			all = errors.Join(all, w.insert.(driver.Stmt).Close())
		}
		return all
	})
	return errors.Join(err, t.conn.Close(), t.db.Close())
}
