package books

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
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

const lineColumns = `SELECT e.date, e.height, e.at, e.n, b.time, e.bank, e.code, e.amount, e.balance, e.ref, e.against
	FROM entries e JOIN blocks b ON b.height = e.height`

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
		s.Rows, err = all(ctx, tx, readLine, lineColumns+`
			WHERE e.fund = ? AND e.date <= ? AND (e.date, e.height, e.at, e.n) > (?, ?, ?, ?)
			ORDER BY e.date, e.height, e.at, e.n LIMIT `+strconv.Itoa(limit+1), args...)
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

// balanceBefore adds up, over the banks a fund account was in custody with, the
// balance after the last posting before a date.
func balanceBefore(ctx context.Context, tx *sql.Tx, fund uint64, date uint32) (sum money.Amount, err error) {
	balances, err := all(ctx, tx, func(r row) (a money.Amount, err error) { return a, r.Scan(&a) },
		`SELECT coalesce((SELECT balance FROM entries e WHERE e.fund = f.number AND e.date < ? AND e.bank = a.bank
			ORDER BY e.date DESC, e.height DESC, e.at DESC, e.n DESC LIMIT 1), 0)
		FROM funds f JOIN accounts a ON a.kind = ? AND a.owner = f.row WHERE f.number = ?`, date, uint16(ledger.ClientCash), int64(fund))
	for _, balance := range balances {
		sum += balance
	}
	return sum, err
}
