package books

import (
	"context"
	"database/sql"

	"sancun/ledger"
	"sancun/money"
)

// Cash is the cash of a fund account at one bank, with what is reserved of it.
type Cash struct {
	Bank     uint16
	Currency money.Currency
	Figures
}

// Figures are the figures of one ledger account, in minor units or units.
type Figures struct {
	Balance      int64
	HeldOrder    int64
	HeldTransfer int64
	HeldOther    int64
	Payable      int64
	Receivable   int64
}

// Account returns the figures as the ledger's account, which knows what is
// available of them.
func (f Figures) Account() ledger.Account {
	return ledger.Account{Balance: f.Balance, Buckets: [5]int64{f.HeldOrder, f.HeldTransfer, f.HeldOther, f.Payable, f.Receivable}}
}

const figures = `a.balance, a.held_order, a.held_transfer, a.held_other, a.payable, a.receivable`

func (f *Figures) into() []any {
	return []any{&f.Balance, &f.HeldOrder, &f.HeldTransfer, &f.HeldOther, &f.Payable, &f.Receivable}
}

// Cash returns the cash accounts of a fund account: one for each bank it was in
// custody with, the former ones at zero.
func (b *Books) Cash(ctx context.Context, fund uint64) (List[Cash], error) {
	var list List[Cash]
	err := b.view(ctx, func(tx *sql.Tx, r Reached) error {
		list.Reached = r
		row, err := fundRow(ctx, tx, fund)
		if err != nil {
			return err
		}
		list.Rows, err = all(ctx, tx, readCash, `SELECT a.bank, a.unit, `+figures+` FROM accounts a WHERE a.kind = ? AND a.owner = ? ORDER BY a.bank`, uint16(ledger.ClientCash), row)
		return err
	})
	return list, err
}

func readCash(r row) (c Cash, err error) {
	return c, r.Scan(append([]any{&c.Bank, &c.Currency}, c.into()...)...)
}

// Position is what a fund account holds of one security.
type Position struct {
	Instrument uint32 // market.ID
	Flags      uint16 // of the instrument: turned over on the same day or not
	Last       money.Price
	PrevClose  money.Price
	Figures
}

// Positions goes through the securities of a fund account. Positions that were
// sold are there until they are asked for without zero figures.
func (b *Books) Positions(ctx context.Context, fund uint64, zero bool, p Page) (List[Position], error) {
	after, err := marked(p.After, -1)
	if err != nil {
		return List[Position]{}, err
	}
	var q question
	q.ask(true, "a.kind = ?", uint16(ledger.Position))
	q.ask(true, "a.owner = (SELECT row + 1 FROM funds WHERE number = ?)", int64(fund))
	q.ask(true, "i.id > ?", after...)
	q.ask(!zero, "(a.balance <> 0 OR a.payable <> 0 OR a.receivable <> 0)")
	text := `SELECT i.id, i.flags, i.last, i.prev_close, ` + figures + ` FROM accounts a JOIN instruments i ON i.row = a.unit - 65536`
	return page(ctx, b, p, &q, text, "i.id", func(r row) (x Position, err error) {
		return x, r.Scan(append([]any{&x.Instrument, &x.Flags, &x.Last, &x.PrevClose}, x.into()...)...)
	}, func(x Position) string { return mark(int64(x.Instrument)) })
}

// Pool is an account of the house: pooled money at a bank, reserve, settlement.
type Pool struct {
	Kind     ledger.Kind
	Bank     uint16
	Currency money.Currency
	Owner    uint64 // market, or 0
	Balance  money.Amount
}

// Pools returns the accounts that are no client's, of one bank or of all (0).
func (b *Books) Pools(ctx context.Context, bank uint16) (List[Pool], error) {
	return several(ctx, b, func(r row) (p Pool, err error) {
		err = r.Scan(&p.Kind, &p.Bank, &p.Currency, &p.Owner, &p.Balance)
		return p, err
	}, `SELECT kind, bank, unit, owner, balance FROM accounts WHERE kind BETWEEN ? AND ? AND kind <> ? AND unit < 65536 AND (bank = ? OR ? = 0) ORDER BY bank, kind, unit, owner`,
		uint16(ledger.ClientCash), uint16(ledger.OwnEquity), uint16(ledger.ClientCash), bank, bank)
}
