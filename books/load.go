package books

import (
	"database/sql"
	"fmt"

	"sancun/journal"
	"sancun/ledger"
)

// load brings the fold to the height of the tables.
func (f *Filler) load() error {
	var hash []byte
	var schema, height int64
	err := f.tables.reader().QueryRow(`SELECT schema, cell, epoch, height, time, hash, records, date, next, phase FROM reached`).Scan(
		&schema, &f.at.Cell, &f.at.Epoch, &height, &f.at.Time, &hash, &f.records, &f.day.date, &f.day.next, &f.day.phase)
	if err != nil {
		return err
	}
	if f.at.Cell != f.options.Cell {
		return fmt.Errorf("the tables are of cell %d, not %d: %w", f.at.Cell, f.options.Cell, ErrForeign)
	}
	f.at.Height = uint64(height)
	copy(f.at.Hash[:], hash)
	if height == 0 {
		f.at = journal.Position{Cell: f.options.Cell}
		return nil
	}
	if err := f.tables.reader().QueryRow(`SELECT opened, stopped FROM days WHERE date = ?`, f.day.date).Scan(&f.day.opened, &f.day.stopped); err != nil && f.day.date != 0 {
		return err
	}
	if err := f.tables.reader().QueryRow(`SELECT coalesce((SELECT max(id) FROM transfers), 0), coalesce((SELECT max(id) FROM orders), 0)`).Scan(&f.lastTransfer, &f.lastOrder); err != nil {
		return err
	}
	return f.loadRows()
}

// loadRows reads what blocks to come name by row.
func (f *Filler) loadRows() error {
	var row int64
	if err := f.scan(`SELECT row, number FROM clients ORDER BY row`, func(r *sql.Rows) error {
		var number int64
		err := r.Scan(&row, &number)
		f.clients = append(f.clients, number)
		return err
	}); err != nil {
		return err
	}
	if err := f.scan(`SELECT row, id, prev_close, last, close FROM instruments ORDER BY row`, func(r *sql.Rows) error {
		var i instrument
		err := r.Scan(&row, &i.id, &i.prevClose, &i.last, &i.close)
		f.instruments = append(f.instruments, i)
		return err
	}); err != nil {
		return err
	}
	if err := f.scan(`SELECT row, `+statements[tableFunds].columns[len("row,"):]+` FROM funds ORDER BY row`, func(r *sql.Rows) error {
		var i fundInfo
		err := r.Scan(&row, &i.number, &i.client, &i.currency, &i.main, &i.state, &i.relation, &i.bank, &i.relationDate,
			&i.closing, &i.closingDate, &i.cardDate, &i.commission, &i.unconfirmed, &i.nextBank)
		f.funds = append(f.funds, i)
		return err
	}); err != nil {
		return err
	}
	return f.loadAccounts()
}

// loadAccounts reads the accounts, and which of them changed after the last
// closing.
func (f *Filler) loadAccounts() error {
	var closed int64
	if err := f.tables.reader().QueryRow(`SELECT coalesce(max(date), 0), coalesce(max(height), 0) FROM closed`).Scan(&f.closedDate, &closed); err != nil {
		return err
	}
	return f.scan(`SELECT `+accountStatement.columns+` FROM accounts ORDER BY row`, func(r *sql.Rows) error {
		var a account
		var row, owner int64
		b := &a.buckets
		err := r.Scan(&row, &a.key.Kind, &a.key.Bank, &a.key.Unit, &owner, &a.balance, &b[0], &b[1], &b[2], &b[3], &b[4], &a.cost, &a.changed)
		a.key = ledger.Key{Kind: a.key.Kind, Bank: a.key.Bank, Unit: a.key.Unit, Owner: uint64(owner)}
		if a.since = a.changed > closed; a.since {
			f.since = append(f.since, uint32(len(f.accounts)))
		}
		f.accounts = append(f.accounts, a)
		return err
	})
}

func (f *Filler) scan(query string, take func(*sql.Rows) error) error {
	rows, err := f.tables.reader().Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
