package books

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"sancun/ledger"
	"sancun/money"
)

// Line is one posting on a client's cash.
type Line struct {
	Date    uint32 // business date
	Height  uint64
	At      uint32 // place of the record in its block
	N       uint32 // place of the posting in its record
	Time    time.Time
	Bank    uint16
	Code    ledger.Code // why
	Amount  money.Amount
	Balance money.Amount // at this bank after it
	Ref     uint64       // transfer or order, 0 none
	Against ledger.Kind  // of the account on the other side
}

const (
	lineColumns = `SELECT e.date, e.height, e.at, e.n, b.time, e.bank, e.code, e.amount, e.balance, e.ref, e.against `
	lineJoin    = ` e JOIN blocks b ON b.height = e.height`
)

// Statement is the lines of a fund account from one business date to another,
// with what there was before the first date and after the last.
type Statement struct {
	List[Line]
	Opening money.Amount
	Closing money.Amount
}

// Statement returns a page of a statement; opening and closing balance are those
// of the whole range. It returns ErrUnknown for a fund account that is not there.
func (b *Books) Statement(ctx context.Context, fund uint64, from, to uint32, p Page) (Statement, error) {
	var s Statement
	after, err := marked(p.After, int64(from), -1, -1, -1)
	if err != nil {
		return s, err
	}
	err = b.view(ctx, func(tx *sql.Tx, r Reached) error {
		s.Reached = r
		if _, err := fundRow(ctx, tx, fund); err != nil {
			return err
		}
		var early, late error
		s.Opening, early = balanceBefore(ctx, tx, fund, from)
		s.Closing, late = balanceBefore(ctx, tx, fund, to+1)
		if err := errors.Join(early, late); err != nil {
			return err
		}
		limit := p.limit()
		args := append([]any{int64(fund), to}, after...)
		s.Rows, err = ofRuns(ctx, tx, linesEntries, limit+1, readLine, byPlace, lineColumns+`FROM entry_lines`+lineJoin+`
			WHERE e.run = ? AND e.fund = ? AND e.date <= ? AND (e.date, e.height, e.at, e.n) > (?, ?, ?, ?)`, `e.date, e.height, e.at, e.n`, args...)
		if len(s.Rows) > limit {
			s.Rows = s.Rows[:limit]
			last := s.Rows[limit-1]
			s.Next = mark(int64(last.Date), int64(last.Height), int64(last.At), int64(last.N))
		}
		return err
	})
	return s, err
}

func readLine(r row) (l Line, err error) {
	var when int64
	err = r.Scan(&l.Date, &l.Height, &l.At, &l.N, &when, &l.Bank, &l.Code, &l.Amount, &l.Balance, &l.Ref, &l.Against)
	l.Time = at(when)
	return l, err
}

// byPlace compares lines of one fund account.
func byPlace(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Height, b.Height), cmp.Compare(a.At, b.At), cmp.Compare(a.N, b.N))
}

// balanceBefore adds up, over the banks a fund account was in custody with, the
// balance after the last posting before a date.
func balanceBefore(ctx context.Context, tx *sql.Tx, fund uint64, date uint32) (sum money.Amount, err error) {
	banks, err := all(ctx, tx, func(r row) (n uint16, err error) { return n, r.Scan(&n) },
		`SELECT a.bank FROM funds f JOIN accounts a ON a.kind = ? AND a.owner = f.row WHERE f.number = ?`, uint16(ledger.ClientCash), int64(fund))
	if err != nil {
		return 0, err
	}
	for _, bank := range banks {
		last, err := ofRuns(ctx, tx, linesEntries, 1, readLine, func(a, b Line) int { return byPlace(b, a) }, lineColumns+`FROM entry_lines`+lineJoin+`
			WHERE e.run = ? AND e.fund = ? AND e.date < ? AND e.bank = ?`, `e.date DESC, e.height DESC, e.at DESC, e.n DESC`, int64(fund), date, bank)
		if err != nil {
			return 0, err
		}
		for _, line := range last {
			sum += line.Balance
		}
	}
	return sum, nil
}
