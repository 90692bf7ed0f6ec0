package statement

import (
	"context"
	"fmt"
	"math"

	"sancun/books"
)

// CashDay is what one closed date did to the cash at one bank.
type CashDay struct {
	Date   uint32
	Height uint64 // of its closing
	Cash
}

// Days returns what each closed business date from one to another did to the cash
// of a fund account, the oldest first: at most most dates, and whether there are
// more. A date with several banks has several rows. Errors are those of Of; no
// closed date among them is no error.
func (m *Maker) Days(ctx context.Context, fund uint64, from, to uint32, most int) (rows []CashDay, more bool, err error) {
	closed, more, err := m.closings(ctx, from, to, most)
	if err != nil {
		return nil, false, err
	}
	for _, c := range closed {
		x, _, err := m.books.Extract(ctx, fund, c.Date, c.Date, RowsMax)
		if err != nil {
			return nil, false, fmt.Errorf("cash of %d on %d: %w", fund, c.Date, err)
		}
		s := &Statement{Fund: fund}
		if err := s.lines(&x); err != nil {
			return nil, false, fmt.Errorf("cash of %d on %d: %w", fund, c.Date, err)
		}
		for i := range s.Cash {
			if s.Cash[i] != (Cash{Bank: s.Cash[i].Bank}) {
				rows = append(rows, CashDay{c.Date, c.Height, s.Cash[i]})
			}
		}
	}
	if len(closed) == 0 { // nothing told us whether there is such an account
		if _, _, err := m.books.Fund(ctx, fund); err != nil {
			return nil, false, err
		}
	}
	return rows, more, nil
}

// closings lists the closings of a range, the oldest first.
func (m *Maker) closings(ctx context.Context, from, to uint32, most int) (list []books.Closing, more bool, err error) {
	if from > to || to == math.MaxUint32 {
		return nil, false, nil
	}
	list, err = m.books.ClosingsFrom(ctx, from, to, most+1)
	if len(list) > most {
		return list[:most], true, err
	}
	return list, false, err
}
