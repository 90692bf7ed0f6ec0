package books

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
)

// Numbers of the tables of lines, as they stand in table runs.
const (
	linesEntries   = 1
	linesUnits     = 2
	linesFills     = 3
	linesTransfers = 4
	linesOrders    = 5
)

// ofRuns reads the first rows of a query over a table of lines. Each run is asked
// for its own first rows, which lie together there, so that a page of a fund account
// with millions of lines takes no longer than one of a small account. The text takes
// a run as its first argument and ends where its order begins.
func ofRuns[T any](ctx context.Context, tx *sql.Tx, lines, most int, read func(row) (T, error), compare func(a, b T) int, text, order string, args ...any) ([]T, error) {
	runs, err := all(ctx, tx, func(r row) (id int64, err error) { return id, r.Scan(&id) }, `SELECT id FROM runs WHERE lines = ?`, lines)
	if err != nil {
		return nil, err
	}
	statement, err := tx.PrepareContext(ctx, text+" ORDER BY "+order+" LIMIT "+strconv.Itoa(most))
	if err != nil {
		return nil, err
	}
	defer statement.Close()
	list := []T{}
	for _, id := range runs {
		rows, err := statement.QueryContext(ctx, append([]any{id}, args...)...)
		if err != nil {
			return nil, err
		}
		if list, err = take(list, rows, read); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, compare)
	return list[:min(most, len(list))], nil
}

// take reads every row into a list and closes the rows.
func take[T any](list []T, rows *sql.Rows, read func(row) (T, error)) ([]T, error) {
	defer rows.Close()
	for rows.Next() {
		item, err := read(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// linePage is page over a table of lines.
func linePage[T any](ctx context.Context, b *Books, p Page, lines int, q *question, text, order string, read func(row) (T, error), compare func(a, b T) int, key func(T) string) (List[T], error) {
	var list List[T]
	err := b.view(ctx, func(tx *sql.Tx, r Reached) (err error) {
		list.Reached = r
		limit := p.limit()
		list.Rows, err = ofRuns(ctx, tx, lines, limit+1, read, compare, text+q.where(), order, q.args...)
		if len(list.Rows) > limit {
			list.Rows = list.Rows[:limit]
			list.Next = key(list.Rows[limit-1])
		}
		return err
	})
	return list, err
}
