package books

import (
	"cmp"
	"context"
)

const (
	unitColumns = `SELECT u.date, u.height, u.at, u.n, b.time, u.instrument, u.code, u.amount, u.balance, u.cost, u.ref `
	unitJoin    = ` u JOIN blocks b ON b.height = u.height`
)

func readUnitLine(r row) (u UnitLine, err error) {
	var when int64
	err = r.Scan(&u.Date, &u.Height, &u.At, &u.N, &when, &u.Instrument, &u.Code, &u.Amount, &u.Balance, &u.Cost, &u.Order)
	u.Time = at(when)
	return u, err
}

// Units goes through the postings on the positions of a fund account between
// business dates, in their order.
func (b *Books) Units(ctx context.Context, fund uint64, from, to uint32, p Page) (List[UnitLine], error) {
	after, err := marked(p.After, int64(from), -1, -1, -1)
	if err != nil {
		return List[UnitLine]{}, err
	}
	var q question
	q.ask(true, "u.run = ?") // which ofRuns says
	q.ask(true, "u.fund = ?", int64(fund))
	q.ask(true, "u.date <= ?", to)
	q.ask(true, "(u.date, u.height, u.at, u.n) > (?, ?, ?, ?)", after...)
	byPlace := func(a, b UnitLine) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Height, b.Height), cmp.Compare(a.At, b.At), cmp.Compare(a.N, b.N))
	}
	return linePage(ctx, b, p, linesUnits, &q, unitColumns+`FROM unit_lines`+unitJoin, "u.date, u.height, u.at, u.n", readUnitLine, byPlace, func(u UnitLine) string {
		return mark(int64(u.Date), int64(u.Height), int64(u.At), int64(u.N))
	})
}
