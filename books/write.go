package books

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
)

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

// statement is how a table is written: the columns that make a row's key, those
// a later row replaces, and those that never change once written. Columns of an
// index stand among the fixed ones where they can, because SQLite writes an
// index entry again for every column that a statement might change.
type statement struct {
	table   string
	columns string // all, in the order of values
	key     string // empty: rows are only added
	fixed   string // columns besides the key that an update leaves alone
}

// The tables filled from rows of the machine.
var statements = [tablesMax]struct {
	statement
	values values
}{
	tableBanks:       {statement{"banks", "number,service,signed_in,window_from,window_to,single_min,single_max,daily_max,daily_count,min_remaining,code,name", "number", ""}, bankValues},
	tableClients:     {statement{"clients", "row,number,class,state,document,risk,risk_until,investor,mismatch,branch,permissions,opened,closed,trade_set,trade_locked,fund_set,fund_locked,sessions,identity", "row", "number"}, clientValues},
	tableFunds:       {statement{"funds", "row,number,client,currency,main,state,relation,bank,relation_date,closing,closing_date,card_date,commission,unconfirmed,next_bank", "row", "number,client,currency,main"}, fundValues},
	tableSecurities:  {statement{"securities", "row,fund,market,state,account,pbu", "row", "fund,market,account"}, securitiesValues},
	tableInstruments: {statement{"instruments", "row,id,board,standing,status,flags,date,prev_close,last,bid,ask,close", "row", "id"}, instrumentValues},
	tableOrders:      {statement{"orders", "id,fund,instrument,side,category,type,state,channel,cancelling,cleared,reason,date,placed,price,quantity,filled,cancelled,value,fees,exchange", "id", "fund,instrument,side,category,type,channel,date,placed,price,quantity"}, orderValues},
	tableTransfers:   {statement{"transfers", "id,fund,bank,direction,initiator,state,channel,booked,matched,bank_error,date,asked,ended,amount,bank_ref,reverses,reversed_by,difference", "id", "fund,bank,direction,initiator,channel,date,asked,amount"}, transferValues},
	tableFreezes:     {statement{"freezes", "row,fund,reason,whole,instrument,date,until,released,amount,held,deducted,paid,document", "row", "fund"}, freezeValues},
	tableSteps:       {statement{"steps", "date,number,ok,rows,runs,ended,input", "date,number", ""}, stepValues},
	tableCases:       {statement{"cases", "number,date,found,type,subject,state,resolved,bank,market,fund,ours,theirs,our_ref,their_ref,opened,closed", "number", ""}, caseValues},
	tableProposals:   {statement{"proposals", "id,act,state,date,maker,checker,made,ended,difference,digest", "id", ""}, proposalValues},
}

// The tables filled from what is in no row of the machine.
var (
	accountStatement  = statement{"accounts", "row,kind,bank,unit,owner,balance,held_order,held_transfer,held_other,payable,receivable,cost,changed", "row", "kind,bank,unit,owner"}
	blockStatement    = statement{"blocks", "height,time,records,hash", "", ""}
	dayStatement      = statement{"days", "date,next,phase,opened,stopped,height", "date", ""}
	entryStatement    = statement{"entries", "fund,date,height,at,n,bank,code,amount,balance,ref,against", "", ""}
	unitStatement     = statement{"units", "fund,date,height,at,n,instrument,code,amount,balance,cost,ref", "", ""}
	closedStatement   = statement{"closed", "date,height", "", ""}
	closingStatement  = statement{"closings", "row,date,balance,held_order,held_transfer,held_other,payable,receivable,cost", "", ""}
	closeStatement    = statement{"closes", "date,instrument,price", "", ""}
	fillStatement     = statement{"fills", "fund,date,height,at,number,instrument,side,price,quantity,exec", "", ""}
	contractStatement = statement{"contracts", "fund,height,at,date,kind,bank,relation,closing", "fund,height,at", ""}
	sealedStatement   = statement{"sealed", "client,part,fields", "client,part", ""}
	passwordStatement = statement{"passwords", "client,which,hash", "client,which", ""}
	wordStatement     = statement{"words", "proposal,part,payload,reason", "proposal,part", ""}
	auditStatement    = statement{"audit", "height,at,caller,kind,code,ref", "", ""}
)

func (s *statement) text() string {
	columns := strings.Split(s.columns, ",")
	text := "INSERT INTO " + s.table + " (" + s.columns + ") VALUES (?" + strings.Repeat(",?", len(columns)-1) + ")"
	if s.key == "" {
		return text
	}
	kept := append(strings.Split(s.key, ","), strings.Split(s.fixed, ",")...)
	text += " ON CONFLICT (" + s.key + ") DO UPDATE SET "
	for _, column := range columns {
		if !slices.Contains(kept, column) {
			text += column + "=excluded." + column + ","
		}
	}
	return strings.TrimSuffix(text, ",")
}

// writers are the prepared statements on the one writing connection. Statements
// are used inside conn.Raw only, where nobody else has the connection.
type writers struct {
	conn    *sql.Conn
	begin   *writer
	end     *writer
	back    *writer
	reached *writer
	rows    [tablesMax]*writer
	account *writer
	block   *writer
	day     *writer
	entry   *writer
	unit    *writer
	closed  *writer
	closing *writer
	price   *writer
	fill    *writer
	signed  *writer
	sealed  *writer
	hashed  *writer
	word    *writer
	audit   *writer
}

func newWriters(db *sql.DB) (*writers, error) {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	w := &writers{conn: conn}
	if err := conn.Raw(func(c any) error { return w.prepareAll(c.(driver.ConnPrepareContext)) }); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

func (w *writers) prepareAll(conn driver.ConnPrepareContext) error {
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
		return one
	}
	for number := range statements {
		if statements[number].table != "" {
			w.rows[number] = prepare(statements[number].text())
		}
	}
	w.account, w.block, w.day = prepare(accountStatement.text()), prepare(blockStatement.text()), prepare(dayStatement.text())
	w.entry, w.fill, w.signed = prepare(entryStatement.text()), prepare(fillStatement.text()), prepare(contractStatement.text())
	w.unit, w.closed = prepare(unitStatement.text()), prepare(closedStatement.text())
	w.closing, w.price = prepare(closingStatement.text()), prepare(closeStatement.text())
	w.sealed, w.hashed, w.word, w.audit = prepare(sealedStatement.text()), prepare(passwordStatement.text()), prepare(wordStatement.text()), prepare(auditStatement.text())
	w.begin, w.end, w.back = prepare("BEGIN IMMEDIATE"), prepare("COMMIT"), prepare("ROLLBACK")
	w.reached = prepare("UPDATE reached SET epoch=?, height=?, time=?, hash=?, records=?, date=?, next=?, phase=?")
	return err
}

// close finalises the statements with the connection.
func (w *writers) close() error {
	err := w.conn.Raw(func(any) error {
		var all error
		for _, one := range append(w.rows[:], w.account, w.block, w.day, w.entry, w.unit, w.closed, w.closing, w.price, w.fill, w.signed, w.sealed, w.hashed, w.word, w.audit, w.begin, w.end, w.back, w.reached) {
			if one != nil {
				all = errors.Join(all, one.insert.(driver.Stmt).Close())
			}
		}
		return all
	})
	return errors.Join(err, w.conn.Close())
}

// each writes one row for each item.
func each[T any](w *writer, items []T, columns func(T, []any) []any) error {
	for i := range items {
		w.args = columns(items[i], w.args[:0])
		if err := w.write(); err != nil {
			return err
		}
	}
	return nil
}

// commit writes everything that waits, and the height, in one transaction.
func (f *Filler) commit() error {
	err := f.write.conn.Raw(func(any) error {
		if err := f.write.begin.write(); err != nil {
			return err
		}
		err := f.writeAll()
		if err == nil {
			err = f.write.end.write()
		}
		if err != nil {
			err = errors.Join(err, f.write.back.write())
		}
		return err
	})
	if err != nil {
		f.failed = fmt.Errorf("write the books up to block %d, open them again: %w", f.at.Height, err)
		return f.failed
	}
	for _, row := range f.moved {
		f.accounts[row].dirty = false
	}
	f.reset()
	return nil
}

func (f *Filler) writeAll() error {
	for number := range f.rows {
		if err := f.writeRows(number); err != nil {
			return fmt.Errorf("table %s: %w", statements[number].table, err)
		}
	}
	slices.Sort(f.moved)
	if err := each(f.write.account, f.moved, func(row uint32, args []any) []any { return accountValues(f, row, nil, args) }); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := f.writeLines(); err != nil {
		return err
	}
	w := f.write.reached
	w.args = append(w.args[:0], int64(f.at.Epoch), int64(f.at.Height), f.at.Time, f.at.Hash[:], f.records, f.day.date, f.day.next, f.day.phase)
	return w.write()
}

// writeRows writes the changed rows of one of the machine's tables, in the order
// of their keys.
func (f *Filler) writeRows(number int) error {
	l := &f.rows[number]
	if len(l.list) == 0 {
		return nil
	}
	slices.SortFunc(l.list, func(a, b kept) int { return cmp.Compare(a.key, b.key) })
	values := statements[number].values
	return each(f.write.rows[number], l.list, func(k kept, args []any) []any {
		return values(f, k.row, cells(l.bytes[k.from:k.to]), args)
	})
}

// writeLines writes what is only ever added, sorted by account so that the rows
// of neighbours fall on one page.
func (f *Filler) writeLines() error {
	slices.SortFunc(f.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n))
	})
	slices.SortFunc(f.units, func(a, b unitEntry) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n))
	})
	f.fills = slices.DeleteFunc(f.fills, func(x fill) bool { return x.fund == 0 }) // reports of orders that are not ours
	slices.SortFunc(f.fills, func(a, b fill) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at))
	})
	return errors.Join(
		each(f.write.block, f.blocks, func(b block, args []any) []any { return append(args, b.height, b.time, b.records, b.hash[:]) }),
		each(f.write.day, f.days, func(d dayChange, args []any) []any {
			return append(args, d.date, d.next, d.phase, d.opened, d.stopped, d.height)
		}),
		each(f.write.entry, f.entries, func(e entry, args []any) []any {
			return append(args, e.fund, e.date, e.height, e.at, e.n, e.bank, e.code, e.amount, e.balance, e.ref, e.against)
		}),
		f.writeUnits(),
		each(f.write.fill, f.fills, func(x fill, args []any) []any {
			return append(args, x.fund, x.date, x.height, x.at, x.order, x.instrument, x.side, x.price, x.quantity, x.exec)
		}),
		each(f.write.signed, f.contracts, func(c contract, args []any) []any {
			return append(args, c.fund, c.height, c.at, c.date, c.kind, c.bank, c.relation, c.closing)
		}),
		each(f.write.sealed, f.sealed, func(s sealed, args []any) []any { return append(args, s.client, s.part, s.fields) }),
		each(f.write.hashed, f.passwords, func(p hashed, args []any) []any { return append(args, p.client, p.which, p.hash) }),
		each(f.write.word, f.words, func(x word, args []any) []any { return append(args, x.proposal, x.part, x.payload, x.reason) }),
		each(f.write.audit, f.audit, func(d deed, args []any) []any {
			return append(args, d.height, d.at, int64(d.Caller), int64(d.Kind), int64(d.Code), int64(d.Ref))
		}),
	)
}
