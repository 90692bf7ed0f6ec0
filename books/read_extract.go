package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"sancun/ledger"
	"sancun/money"
)

// Extract is everything the books have of one fund account over a span.
type Extract struct {
	Span
	Fund       Fund
	Bank       uint16 // in custody with at the end of the span, 0 with none
	Securities []Securities
	Cash       []CashSpan // one a bank, those with figures or postings
	Lines      []Line
	Orders     []Order          // with fills in the span, by number
	Boards     map[uint32]uint8 // of the instruments of Orders, which decide their fees; shared, not to be changed
	Fills      []Fill
	Transfers  []Transfer // asked for in the span, the oldest first; as they are now
	Positions  []Holding
	Units      []UnitLine
}

// CashSpan is the cash of a fund account at one bank over a span.
type CashSpan struct {
	Bank     uint16
	Currency money.Currency
	Opening  money.Amount
	Closing  Figures
}

// Holding is a position at the end of a span.
type Holding struct {
	Instrument uint32 // market.ID
	Flags      uint16 // of the instrument
	Opening    int64  // units at the beginning
	Closing    Figures
	Cost       money.Amount // what the units were bought for, with fees
	Close      money.Price  // of the closing date; of an open date the last
}

// UnitLine is one posting on a position.
type UnitLine struct {
	Date       uint32
	Height     uint64
	At         uint32 // place of the record in its block
	N          uint32 // place among the record's postings on positions
	Time       time.Time
	Instrument uint32
	Code       ledger.Code
	Amount     int64 // units, signed
	Balance    int64
	Cost       money.Amount // of the position after it
	Order      uint64
}

// ErrTooLong says that an extract has more rows than the caller wants to hold.
// Ask for a shorter period, or page through the enquiries.
var ErrTooLong = errors.New("more rows than one extract may hold")

// Extract reads a fund account over the business dates from one to another, all of
// it as of one block. Lines, fills and postings on positions are at most most each,
// else it returns ErrTooLong. Other errors are those of Span, and ErrUnknown.
func (b *Books) Extract(ctx context.Context, fund uint64, from, to uint32, most int) (x Extract, r Reached, err error) {
	err = b.view(ctx, func(tx *sql.Tx, reached Reached) error {
		r = reached
		e, err := newExtractor(ctx, tx, reached, from, to, most)
		if err != nil {
			return err
		}
		defer e.close()
		if x.Fund, err = single(e, readFund, fundColumns+` WHERE number = ?`, int64(fund)); err != nil {
			return err
		}
		return e.fill(&x)
	})
	return x, r, err
}

// Extracts visits every fund account by number, as Extract, all as of one block,
// without fills, transfers and securities accounts. The extract is valid during the
// call only.
func (b *Books) Extracts(ctx context.Context, from, to uint32, most int, visit func(*Extract) error) (s Span, err error) {
	err = b.view(ctx, func(tx *sql.Tx, reached Reached) error {
		e, err := newExtractor(ctx, tx, reached, from, to, most)
		if err != nil {
			return err
		}
		defer e.close()
		s, e.bulk = e.span, true
		for last := int64(0); ; {
			funds, err := many(e, readFund, fundColumns+` WHERE number > ? ORDER BY number LIMIT `+strconv.Itoa(PageMax), last)
			if err != nil || len(funds) == 0 {
				return err
			}
			for i := range funds {
				x := Extract{Fund: funds[i]}
				if err := e.fill(&x); err != nil {
					return fmt.Errorf("fund account %d: %w", funds[i].Number, err)
				}
				if err := visit(&x); err != nil {
					return err
				}
				last = int64(funds[i].Number)
			}
		}
	})
	return s, err
}

// extractor reads fund after fund in one transaction, with statements that are
// prepared once.
type extractor struct {
	ctx      context.Context
	tx       *sql.Tx
	span     Span
	first    uint32 // business dates of the period
	last     uint32
	most     int
	bulk     bool
	boards   map[uint32]uint8
	prepared map[string]*sql.Stmt
}

func newExtractor(ctx context.Context, tx *sql.Tx, r Reached, from, to uint32, most int) (*extractor, error) {
	span, err := spanOf(ctx, tx, r, from, to)
	return &extractor{ctx: ctx, tx: tx, span: span, first: from, last: span.To.Date, most: most, boards: map[uint32]uint8{}, prepared: map[string]*sql.Stmt{}}, err
}

func (e *extractor) close() {
	for _, s := range e.prepared {
		_ = s.Close() // the transaction ends with it
	}
}

// many reads every row of a query, single its only one.
func many[T any](e *extractor, read func(row) (T, error), query string, args ...any) ([]T, error) {
	statement := e.prepared[query]
	if statement == nil {
		var err error
		if statement, err = e.tx.PrepareContext(e.ctx, query); err != nil {
			return nil, err
		}
		e.prepared[query] = statement
	}
	rows, err := statement.QueryContext(e.ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		item, err := read(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

func single[T any](e *extractor, read func(row) (T, error), query string, args ...any) (item T, err error) {
	list, err := many(e, read, query, args...)
	if err == nil && len(list) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return item, err
	}
	return list[0], nil
}

// bounded is many with the bound of the extract.
func bounded[T any](e *extractor, read func(row) (T, error), query string, args ...any) ([]T, error) {
	list, err := many(e, read, query+` LIMIT `+strconv.Itoa(e.most+1), args...)
	if err == nil && len(list) > e.most {
		err = fmt.Errorf("more than %d: %w", e.most, ErrTooLong)
	}
	return list, err
}

// within is the part of a table of postings that belongs to the span. Dates choose
// the pages, heights the rows: what was booked behind a closing has its date still.
const within = ` WHERE %[1]s.fund = ? AND %[1]s.date >= ? AND %[1]s.date <= ? AND %[1]s.height > ? AND %[1]s.height <= ?`

// The queries of an extract. closingFigures takes the date of a closing, and the
// place of its figures in a table of closings or of accounts.
var (
	lineQuery     = lineColumns + `FROM all_entries` + lineJoin + fmt.Sprintf(within, "e") + ` ORDER BY e.date, e.height, e.at, e.n`
	fillQuery     = fillColumns + `FROM all_fills` + fillJoin + fmt.Sprintf(within, "f") + ` ORDER BY f.date, f.height, f.at`
	unitQuery     = unitColumns + `FROM all_units` + unitJoin + fmt.Sprintf(within, "u") + ` ORDER BY u.date, u.height, u.at, u.n`
	orderQuery    = orderColumns + ` WHERE id IN (SELECT f.number FROM all_fills f` + fmt.Sprintf(within, "f") + `) ORDER BY id`
	transferQuery = transferColumns + ` WHERE id IN (SELECT l.number FROM all_transfer_lines l WHERE l.fund = ? AND l.number > ? AND l.number < ?) ORDER BY id`
	bankQuery     = `SELECT bank FROM contracts WHERE fund = ? AND height <= ? ORDER BY height DESC, at DESC LIMIT 1`
	safeQuery     = `SELECT market, state, account, pbu FROM securities WHERE fund = ? ORDER BY market, row`
)

const (
	figuresThen = `c.balance, c.held_order, c.held_transfer, c.held_other, c.payable, c.receivable`
	openingThen = `coalesce((SELECT o.balance FROM closings o WHERE o.row = a.row AND o.date <= ? ORDER BY o.date DESC LIMIT 1), 0)`
	closingJoin = ` JOIN closings c ON c.row = a.row AND c.date = (SELECT max(x.date) FROM closings x WHERE x.row = a.row AND x.date <= ?)`
)

func (e *extractor) fill(x *Extract) (err error) {
	x.Span = e.span
	fund := int64(x.Fund.Number)
	booked := []any{fund, e.span.From.Date, e.last, int64(e.span.From.Height), int64(e.span.To.Height)}
	if x.Lines, err = bounded(e, readLine, lineQuery, booked...); err != nil {
		return err
	}
	if !e.bulk {
		if err := e.details(x, fund, booked); err != nil {
			return err
		}
	}
	if len(x.Fills) > 0 || e.bulk && len(x.Lines) > 0 {
		if x.Orders, err = many(e, readOrder, orderQuery, booked...); err != nil {
			return err
		}
		if err := e.board(x); err != nil {
			return err
		}
	}
	if x.Units, err = bounded(e, readUnitLine, unitQuery, booked...); err != nil {
		return err
	}
	banks, err := many(e, func(r row) (n uint16, err error) { return n, r.Scan(&n) }, bankQuery, fund, int64(e.span.To.Height))
	if err != nil {
		return err
	}
	if len(banks) > 0 {
		x.Bank = banks[0]
	}
	return e.figures(x)
}

// details reads what a statement of one account shows and one of all leaves out.
func (e *extractor) details(x *Extract, fund int64, booked []any) (err error) {
	if x.Fills, err = bounded(e, readFill, fillQuery, booked...); err != nil {
		return err
	}
	if x.Transfers, err = bounded(e, readTransfer, transferQuery, fund, int64(e.first)*serialsOfDay, (int64(e.last)+1)*serialsOfDay); err != nil {
		return err
	}
	x.Securities, err = many(e, readSecurities, safeQuery, fund)
	return err
}

// board looks up the boards of what was traded.
func (e *extractor) board(x *Extract) error {
	x.Boards = e.boards
	for i := range x.Orders {
		id := x.Orders[i].Instrument
		if _, known := e.boards[id]; known {
			continue
		}
		board, err := single(e, func(r row) (n uint8, err error) { return n, r.Scan(&n) }, `SELECT board FROM instruments WHERE id = ?`, id)
		if err != nil {
			return err
		}
		e.boards[id] = board
	}
	return nil
}

// figures reads cash and positions at both ends of the span.
func (e *extractor) figures(x *Extract) (err error) {
	owner, err := single(e, func(r row) (n int64, err error) { return n, r.Scan(&n) }, `SELECT row FROM funds WHERE number = ?`, int64(x.Fund.Number))
	if err != nil {
		return err
	}
	now, price, dates := figuresThen, `coalesce((SELECT p.price FROM closes p WHERE p.date = ? AND p.instrument = i.id), i.prev_close)`, []any{e.span.From.Date, e.span.To.Date}
	cost, join := `c.cost`, closingJoin
	if e.span.Open {
		now, cost, join, dates = figures, `a.cost`, ``, dates[:1]
		price = `coalesce(nullif(i.close, 0), nullif(i.last, 0), i.prev_close)`
	}
	cash := `SELECT a.bank, a.unit, ` + openingThen + `, ` + now + ` FROM accounts a` + join + ` WHERE a.kind = ? AND a.owner = ? ORDER BY a.bank`
	if x.Cash, err = many(e, readCashSpan, cash, append(dates[:len(dates):len(dates)], uint16(ledger.ClientCash), owner)...); err != nil {
		return err
	}
	held := `SELECT i.id, i.flags, ` + openingThen + `, ` + now + `, ` + cost + `, ` + price + ` FROM accounts a` + join +
		` JOIN instruments i ON i.row = a.unit - 65536 WHERE a.kind = ? AND a.owner = ? ORDER BY i.id`
	args := []any{e.span.From.Date}
	if !e.span.Open {
		args = append(args, e.span.To.Date, e.span.To.Date)
	}
	x.Positions, err = many(e, readHolding, held, append(args, uint16(ledger.Position), owner+1)...)
	return err
}

func readCashSpan(r row) (c CashSpan, err error) {
	return c, r.Scan(append([]any{&c.Bank, &c.Currency, &c.Opening}, c.Closing.into()...)...)
}

func readHolding(r row) (h Holding, err error) {
	return h, r.Scan(append(append([]any{&h.Instrument, &h.Flags, &h.Opening}, h.Closing.into()...), &h.Cost, &h.Close)...)
}

func readSecurities(r row) (s Securities, err error) {
	return s, r.Scan(&s.Market, &s.State, &s.Account, &s.PBU)
}
