package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PageMax bounds the rows of one answer: a page nobody reads to its end anyway,
// and short enough that its reading holds no connection for long.
const PageMax = 500

// pageDefault is what a page has when nothing else was asked for.
const pageDefault = 50

// ErrUnknown says that there is no such object in the books, or none yet.
var ErrUnknown = errors.New("not in the books")

// ErrPage says that a page's mark was not given out here.
var ErrPage = errors.New("the mark of the page is not valid")

// Reached says as of which block an answer is.
type Reached struct {
	Height uint64
	Time   time.Time // of the block, UTC; zero before the first
}

// Page asks for a part of a list: what follows the mark that the page before
// gave as Next, at most Limit rows. The zero Page is the first of a usual size.
type Page struct {
	After string
	Limit int
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return pageDefault
	}
	return min(p.Limit, PageMax)
}

// List is one page of rows. Next is empty on the last one.
type List[T any] struct {
	Reached
	Rows []T
	Next string
}

// mark writes the key of the last row of a page.
func mark(key ...int64) string {
	var b strings.Builder
	for i, k := range key {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.FormatInt(k, 10))
	}
	return b.String()
}

// marked reads what mark wrote for a key of n numbers, or start without a mark.
func marked(after string, start ...int64) ([]any, error) {
	key := make([]any, len(start))
	for i := range start {
		key[i] = start[i]
	}
	if after == "" {
		return key, nil
	}
	parts := strings.Split(after, ".")
	if len(parts) != len(key) {
		return nil, fmt.Errorf("%q: %w", after, ErrPage)
	}
	for i, part := range parts {
		k, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", after, ErrPage)
		}
		key[i] = k
	}
	return key, nil
}

// at turns unix nanoseconds into a time, zero into none.
func at(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}

// view runs read in one transaction, so that everything it sees is as of one
// block, and tells it which.
func (b *Books) view(ctx context.Context, read func(*sql.Tx, Reached) error) error {
	tx, err := b.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read the books: %w", err)
	}
	var height, when int64
	if err = tx.QueryRowContext(ctx, `SELECT height, time FROM reached`).Scan(&height, &when); err == nil {
		err = read(tx, Reached{uint64(height), at(when)})
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		err = fmt.Errorf("read the books: %w", err)
	}
	return errors.Join(err, tx.Rollback()) // it wrote nothing
}

// row is what a row is read from.
type row interface{ Scan(into ...any) error }

// all reads every row of a query.
func all[T any](ctx context.Context, tx *sql.Tx, read func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return take([]T{}, rows, read)
}

// question is the WHERE of a query with its arguments.
type question struct {
	terms []string
	args  []any
}

// ask adds a term when it was asked for.
func (q *question) ask(asked bool, term string, args ...any) {
	if asked {
		q.terms = append(q.terms, term)
		q.args = append(q.args, args...)
	}
}

func (q *question) where() string {
	if len(q.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.terms, " AND ")
}

// page reads one page of a query whose text ends where its order begins, and
// marks where the next one starts.
func page[T any](ctx context.Context, b *Books, p Page, q *question, text, order string, read func(row) (T, error), key func(T) string) (List[T], error) {
	var list List[T]
	err := b.view(ctx, func(tx *sql.Tx, r Reached) (err error) {
		list.Reached = r
		limit := p.limit()
		list.Rows, err = all(ctx, tx, read, text+q.where()+" ORDER BY "+order+" LIMIT "+strconv.Itoa(limit+1), q.args...)
		if len(list.Rows) > limit {
			list.Rows = list.Rows[:limit]
			list.Next = key(list.Rows[limit-1])
		}
		return err
	})
	return list, err
}

// one reads the only row of a query.
func one[T any](ctx context.Context, b *Books, read func(row) (T, error), query string, args ...any) (item T, r Reached, err error) {
	err = b.view(ctx, func(tx *sql.Tx, reached Reached) (err error) {
		r = reached
		item, err = read(tx.QueryRowContext(ctx, query, args...))
		return err
	})
	return item, r, err
}

// several reads all rows of a query that has few by its nature.
func several[T any](ctx context.Context, b *Books, read func(row) (T, error), query string, args ...any) (list List[T], err error) {
	err = b.view(ctx, func(tx *sql.Tx, r Reached) (err error) {
		list.Reached = r
		list.Rows, err = all(ctx, tx, read, query, args...)
		return err
	})
	return list, err
}
