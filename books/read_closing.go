package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"sancun/journal"
)

// Closing is a block at which figures are read: the closing of a business date,
// or for a date that is still open the block that the books have reached.
type Closing struct {
	Date   uint32 // 0 before the first closing
	Height uint64
	Time   time.Time // of the block
	Hash   journal.Hash
}

// Closings goes through the closings of business dates, the newest first.
func (b *Books) Closings(ctx context.Context, p Page) (List[Closing], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Closing]{}, err
	}
	var q question
	q.ask(true, "c.date < ?", after...)
	return page(ctx, b, p, &q, closingColumns, "c.date DESC", readClosing, func(c Closing) string { return mark(int64(c.Date)) })
}

const closingColumns = `SELECT c.date, c.height, b.time, b.hash FROM closed c JOIN blocks b ON b.height = c.height`

func readClosing(r row) (c Closing, err error) {
	var when int64
	var hash []byte
	err = r.Scan(&c.Date, &c.Height, &when, &hash)
	c.Time = at(when)
	copy(c.Hash[:], hash)
	return c, err
}

// Span is what a statement covers: everything that was booked behind one closing
// up to another. Spans of days that follow each other fit without gap or overlap.
type Span struct {
	From Closing // zero at the beginning of the journal
	To   Closing
	// Open says that To is no closing: the date goes on and figures will change.
	Open bool
}

// ErrNoClosing says that a period has no closing and is not the date that is
// open: no business date, one that is still to come, or one whose day end was
// never run.
var ErrNoClosing = errors.New("no business date of that period was closed, and none is open")

// Span returns what statements of the business dates from one to another cover:
// up to the last closing among them, or without any up to now if the date that is
// open is among them. It returns ErrNoClosing for other periods.
func (b *Books) Span(ctx context.Context, from, to uint32) (s Span, err error) {
	err = b.view(ctx, func(tx *sql.Tx, r Reached) error {
		s, err = spanOf(ctx, tx, r, from, to)
		return err
	})
	return s, err
}

func spanOf(ctx context.Context, tx *sql.Tx, r Reached, from, to uint32) (s Span, err error) {
	last := func(low, high uint32) (Closing, error) {
		c, err := readClosing(tx.QueryRowContext(ctx, closingColumns+` WHERE c.date >= ? AND c.date <= ? ORDER BY c.date DESC LIMIT 1`, low, high))
		if errors.Is(err, sql.ErrNoRows) {
			return Closing{}, nil
		}
		return c, err
	}
	if s.From, err = last(0, from-1); err != nil {
		return s, err
	}
	if s.To, err = last(from, to); err != nil || s.To.Date != 0 {
		return s, err
	}
	s.Open = true
	var when int64
	var hash []byte
	err = tx.QueryRowContext(ctx, `SELECT date, height, time, hash FROM reached WHERE date >= ? AND date <= ?`, from, to).Scan(&s.To.Date, &s.To.Height, &when, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("%d to %d: %w", from, to, ErrNoClosing)
	}
	s.To.Time = at(when)
	copy(s.To.Hash[:], hash)
	return s, err
}

// ClosingsFrom returns the closings of business dates from one to another, the
// oldest first, at most most.
func (b *Books) ClosingsFrom(ctx context.Context, from, to uint32, most int) ([]Closing, error) {
	list, err := several(ctx, b, readClosing, closingColumns+` WHERE c.date >= ? AND c.date <= ? ORDER BY c.date LIMIT ?`, from, to, most)
	return list.Rows, err
}
