package books

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

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

// all lists the statements of every table.
func allStatements() []*statement {
	all := []*statement{
		&accountStatement, &blockStatement, &dayStatement, &entryStatement, &unitStatement, &closedStatement, &closingStatement, &closeStatement,
		&fillStatement, &transferLineStatement, &orderLineStatement, &contractStatement, &sealedStatement, &passwordStatement, &wordStatement, &auditStatement,
	}
	for number := range statements {
		if statements[number].table != "" {
			all = append(all, &statements[number].statement)
		}
	}
	return all
}

// lineStatements are the tables of lines by the numbers they have in table runs.
// Their first column is the run, which the sink fills in.
var lineStatements = [...]*statement{
	linesEntries: &entryStatement, linesUnits: &unitStatement, linesFills: &fillStatement, linesTransfers: &transferLineStatement, linesOrders: &orderLineStatement,
}

// lines is the number of a table of lines, 0 for others.
func (s *statement) lines() int64 { return int64(max(0, slices.Index(lineStatements[:], s))) }

// names are the columns as a list.
func (s *statement) names() []string { return strings.Split(s.columns, ",") }

// onConflict is what an INSERT does with a row whose key is there: later columns
// replace the earlier ones, but for those that never change.
func (s *statement) onConflict() string {
	kept := append(strings.Split(s.key, ","), strings.Split(s.fixed, ",")...)
	text := " ON CONFLICT (" + s.key + ") DO UPDATE SET "
	for _, column := range s.names() {
		if !slices.Contains(kept, column) {
			text += column + "=excluded." + column + ","
		}
	}
	return strings.TrimSuffix(text, ",")
}

// tables is where rows are kept: a SQLite file or a PostgreSQL database.
type tables interface {
	// reader is for loading what the fold needs.
	reader() *sql.DB
	// commit has write give its rows, and keeps all of them or none. before is the
	// height that the tables stand at.
	commit(before uint64, write func(sink) error) error
	close() error
}

// sink takes the rows of a commit. The columns of each are appended to args, in the
// order of the statement; they are int64, string or []byte.
type sink interface {
	put(s *statement, rows int, columns func(i int, args []any) []any) error
	// reach notes the height in the columns of table reached.
	reach(columns []any) error
}

// reachedColumns are the columns that reach takes.
const reachedColumns = "epoch,height,time,hash,records,date,next,phase"

// each gives one row for each item.
func each[T any](to sink, s *statement, items []T, columns func(T, []any) []any) error {
	err := to.put(s, len(items), func(i int, args []any) []any { return columns(items[i], args) })
	if err != nil {
		return fmt.Errorf("table %s: %w", s.table, err)
	}
	return nil
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
	accountStatement      = statement{"accounts", "row,kind,bank,unit,owner,balance,held_order,held_transfer,held_other,payable,receivable,cost,changed", "row", "kind,bank,unit,owner"}
	blockStatement        = statement{"blocks", "height,time,records,hash", "", ""}
	dayStatement          = statement{"days", "date,next,phase,opened,stopped,height", "date", ""}
	entryStatement        = statement{"entry_lines", "run,fund,date,height,at,n,bank,code,amount,balance,ref,against", "", ""}
	unitStatement         = statement{"unit_lines", "run,fund,date,height,at,n,instrument,code,amount,balance,cost,ref", "", ""}
	closedStatement       = statement{"closed", "date,height", "", ""}
	closingStatement      = statement{"closings", "row,date,balance,held_order,held_transfer,held_other,payable,receivable,cost", "", ""}
	closeStatement        = statement{"closes", "date,instrument,price", "", ""}
	fillStatement         = statement{"fill_lines", "run,fund,date,height,at,number,instrument,side,price,quantity,exec", "", ""}
	transferLineStatement = statement{"transfer_lines", "run,fund,number", "", ""}
	orderLineStatement    = statement{"order_lines", "run,fund,number", "", ""}
	contractStatement     = statement{"contracts", "fund,height,at,date,kind,bank,relation,closing", "fund,height,at", ""}
	sealedStatement       = statement{"sealed", "client,part,fields", "client,part", ""}
	passwordStatement     = statement{"passwords", "client,which,hash", "client,which", ""}
	wordStatement         = statement{"words", "proposal,part,payload,reason", "proposal,part", ""}
	auditStatement        = statement{"audit", "height,at,caller,kind,code,ref", "", ""}
)

// commit writes everything that waits, and the height, in one transaction.
func (f *Filler) commit() error {
	err := f.tables.commit(f.stored, f.writeAll)
	if err != nil {
		f.failed = fmt.Errorf("write the books up to block %d, open them again: %w", f.at.Height, err)
		return f.failed
	}
	for _, row := range f.moved {
		f.accounts[row].dirty = false
	}
	f.stored = f.at.Height
	f.reset()
	return nil
}

func (f *Filler) writeAll(to sink) error {
	for number := range f.rows {
		if err := f.writeRows(to, number); err != nil {
			return err
		}
	}
	slices.Sort(f.moved)
	if err := each(to, &accountStatement, f.moved, func(row uint32, args []any) []any { return accountValues(f, row, nil, args) }); err != nil {
		return err
	}
	if err := f.writeLines(to); err != nil {
		return err
	}
	return to.reach([]any{int64(f.at.Epoch), int64(f.at.Height), f.at.Time, f.at.Hash[:], f.records, f.day.date, f.day.next, f.day.phase})
}

// writeRows writes the changed rows of one of the machine's tables, in the order
// of their keys.
func (f *Filler) writeRows(to sink, number int) error {
	l := &f.rows[number]
	if len(l.list) == 0 {
		return nil
	}
	slices.SortFunc(l.list, func(a, b kept) int { return cmp.Compare(a.key, b.key) })
	values := statements[number].values
	return each(to, &statements[number].statement, l.list, func(k kept, args []any) []any {
		return values(f, k.row, cells(l.bytes[k.from:k.to]), args)
	})
}

// writeLines writes what is only ever added, sorted by account so that the rows
// of neighbours fall on one page.
func (f *Filler) writeLines(to sink) error {
	slices.SortFunc(f.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n))
	})
	slices.SortFunc(f.units, func(a, b unitEntry) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n))
	})
	byFund := func(a, b owned) int { return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.number, b.number)) }
	slices.SortFunc(f.transfers, byFund)
	slices.SortFunc(f.orders, byFund)
	f.fills = slices.DeleteFunc(f.fills, func(x fill) bool { return x.fund == 0 }) // reports of orders that are not ours
	slices.SortFunc(f.fills, func(a, b fill) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), cmp.Compare(a.height, b.height), cmp.Compare(a.at, b.at))
	})
	return errors.Join(
		each(to, &blockStatement, f.blocks, func(b block, args []any) []any { return append(args, b.height, b.time, b.records, b.hash[:]) }),
		each(to, &dayStatement, f.days, func(d dayChange, args []any) []any {
			return append(args, d.date, d.next, d.phase, d.opened, d.stopped, d.height)
		}),
		each(to, &entryStatement, f.entries, func(e entry, args []any) []any {
			return append(args, e.fund, e.date, e.height, e.at, e.n, e.bank, e.code, e.amount, e.balance, e.ref, e.against)
		}),
		f.writeUnits(to),
		each(to, &fillStatement, f.fills, func(x fill, args []any) []any {
			return append(args, x.fund, x.date, x.height, x.at, x.order, x.instrument, x.side, x.price, x.quantity, x.exec)
		}),
		writeOwned(to, &transferLineStatement, f.transfers),
		writeOwned(to, &orderLineStatement, f.orders),
		each(to, &contractStatement, f.contracts, func(c contract, args []any) []any {
			return append(args, c.fund, c.height, c.at, c.date, c.kind, c.bank, c.relation, c.closing)
		}),
		each(to, &sealedStatement, f.sealed, func(s sealed, args []any) []any { return append(args, s.client, s.part, s.fields) }),
		each(to, &passwordStatement, f.passwords, func(p hashed, args []any) []any { return append(args, p.client, p.which, p.hash) }),
		each(to, &wordStatement, f.words, func(x word, args []any) []any { return append(args, x.proposal, x.part, x.payload, x.reason) }),
		each(to, &auditStatement, f.audit, func(d deed, args []any) []any {
			return append(args, d.height, d.at, int64(d.Caller), int64(d.Kind), int64(d.Code), int64(d.Ref))
		}),
	)
}

// writeOwned writes whose transfers or orders the new ones are.
func writeOwned(to sink, s *statement, list []owned) error {
	return each(to, s, list, func(x owned, args []any) []any { return append(args, x.fund, x.number) })
}
