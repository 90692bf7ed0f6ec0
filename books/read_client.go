package books

import (
	"context"
	"database/sql"
	"math"

	"sancun/money"
	"sancun/state"
)

// Client is a client without personal data.
type Client struct {
	Number      uint64
	Class       uint8
	State       uint8
	Document    uint8
	Risk        uint8
	Investor    uint8
	Mismatch    uint8 // fund accounts whose bank has other data
	RiskUntil   uint32
	Branch      uint16
	Permissions uint32
	Opened      uint32
	Closed      uint32 // 0 while open
	TradeSet    bool   // a trading password exists
	TradeLocked bool
	FundSet     bool
	FundLocked  bool
	Sessions    uint32 // generation of valid sessions
}

const clientColumns = `SELECT number, class, state, document, risk, risk_until, investor, mismatch, branch, permissions, opened, closed,
	trade_set, trade_locked, fund_set, fund_locked, sessions FROM clients`

func readClient(r row) (c Client, err error) {
	err = r.Scan(&c.Number, &c.Class, &c.State, &c.Document, &c.Risk, &c.RiskUntil, &c.Investor, &c.Mismatch, &c.Branch, &c.Permissions, &c.Opened, &c.Closed,
		&c.TradeSet, &c.TradeLocked, &c.FundSet, &c.FundLocked, &c.Sessions)
	return c, err
}

// Client returns a client by number, or ErrUnknown.
func (b *Books) Client(ctx context.Context, number uint64) (Client, Reached, error) {
	return one(ctx, b, readClient, clientColumns+` WHERE number = ?`, int64(number))
}

// ClientsByIdentity returns the clients who were opened with a document, by its
// keyed hash, the newest first: those before it are closed.
func (b *Books) ClientsByIdentity(ctx context.Context, id state.Key) (List[Client], error) {
	return several(ctx, b, readClient, clientColumns+` WHERE identity = ? ORDER BY row DESC LIMIT 20`, id[:])
}

// Clients goes through the clients by number; branch 0 is every branch, standing 0
// every state.
func (b *Books) Clients(ctx context.Context, branch uint16, standing uint8, p Page) (List[Client], error) {
	after, err := marked(p.After, 0)
	if err != nil {
		return List[Client]{}, err
	}
	var q question
	q.ask(true, "number > ?", after...)
	q.ask(branch != 0, "branch = ?", branch)
	q.ask(standing != 0, "state = ?", standing)
	return page(ctx, b, p, &q, clientColumns, "number", readClient, func(c Client) string { return mark(int64(c.Number)) })
}

// Sealed returns the sealed fields of a client, those of the last change first.
func (b *Books) Sealed(ctx context.Context, client uint64) (List[[]byte], error) {
	return several(ctx, b, func(r row) (fields []byte, err error) { return fields, r.Scan(&fields) },
		`SELECT fields FROM sealed WHERE client = ? ORDER BY part DESC`, int64(client))
}

// PasswordHash returns the hash of a client's password, or ErrUnknown when none
// was set.
func (b *Books) PasswordHash(ctx context.Context, client uint64, which uint8) (string, error) {
	hash, _, err := one(ctx, b, func(r row) (hash string, err error) { return hash, r.Scan(&hash) },
		`SELECT hash FROM passwords WHERE client = ? AND which = ?`, int64(client), which)
	return hash, err
}

// Fund is a fund account with its relation to a bank.
type Fund struct {
	Number       uint64
	Client       uint64
	Currency     money.Currency
	Main         bool
	State        uint8
	Relation     uint8
	Bank         uint16
	RelationDate uint32
	Closing      uint8
	ClosingDate  uint32
	CardDate     uint32
	Commission   money.Rate
	Unconfirmed  bool
	NextBank     uint16
}

const fundColumns = `SELECT number, client, currency, main, state, relation, bank, relation_date, closing, closing_date, card_date, commission, unconfirmed, next_bank FROM funds`

func readFund(r row) (f Fund, err error) {
	err = r.Scan(&f.Number, &f.Client, &f.Currency, &f.Main, &f.State, &f.Relation, &f.Bank, &f.RelationDate, &f.Closing, &f.ClosingDate, &f.CardDate,
		&f.Commission, &f.Unconfirmed, &f.NextBank)
	return f, err
}

// Fund returns a fund account by number, or ErrUnknown.
func (b *Books) Fund(ctx context.Context, number uint64) (Fund, Reached, error) {
	return one(ctx, b, readFund, fundColumns+` WHERE number = ?`, int64(number))
}

// FundsOf returns the fund accounts of a client; the machine allows sixteen.
func (b *Books) FundsOf(ctx context.Context, client uint64) (List[Fund], error) {
	return several(ctx, b, readFund, fundColumns+` WHERE client = ? ORDER BY number`, int64(client))
}

// FundsAt goes through the fund accounts in custody with a bank, by number.
func (b *Books) FundsAt(ctx context.Context, bank uint16, p Page) (List[Fund], error) {
	after, err := marked(p.After, 0)
	if err != nil {
		return List[Fund]{}, err
	}
	var q question
	q.ask(true, "bank = ?", bank)
	q.ask(true, "number > ?", after...)
	return page(ctx, b, p, &q, fundColumns, "number", readFund, func(f Fund) string { return mark(int64(f.Number)) })
}

// Contract is one change of a fund account's relation to a bank.
type Contract struct {
	Height   uint64
	At       uint32 // place of the record in its block
	Date     uint32
	Kind     uint16 // record.Kind of the command
	Bank     uint16
	Relation uint8
	Closing  uint8
}

// Contracts returns the history of a fund account's contract, the newest first.
func (b *Books) Contracts(ctx context.Context, fund uint64, p Page) (List[Contract], error) {
	after, err := marked(p.After, math.MaxInt64, 0)
	if err != nil {
		return List[Contract]{}, err
	}
	var q question
	q.ask(true, "fund = ?", int64(fund))
	q.ask(true, "(height, at) < (?, ?)", after...)
	return page(ctx, b, p, &q, `SELECT height, at, date, kind, bank, relation, closing FROM contracts`, "height DESC, at DESC", func(r row) (c Contract, err error) {
		err = r.Scan(&c.Height, &c.At, &c.Date, &c.Kind, &c.Bank, &c.Relation, &c.Closing)
		return c, err
	}, func(c Contract) string { return mark(int64(c.Height), int64(c.At)) })
}

// Securities is a securities account joined to a fund account.
type Securities struct {
	Market  uint8
	State   uint8
	Account string
	PBU     string
}

// Securities returns the securities accounts of a fund account.
func (b *Books) Securities(ctx context.Context, fund uint64) (List[Securities], error) {
	return several(ctx, b, readSecurities, `SELECT market, state, account, pbu FROM securities WHERE fund = ? ORDER BY market, row`, int64(fund))
}

// Freeze is a freeze of a fund account, its cash or units.
type Freeze struct {
	Number     uint64
	Reason     uint8
	Whole      bool
	Instrument uint32 // market.ID, 0 for cash
	Date       uint32
	Until      uint32
	Released   uint32 // 0 while it stands
	Amount     int64
	Held       int64
	Deducted   int64
	Paid       int64
	Order      string
}

// Freezes returns the freezes of a fund account, the newest first.
func (b *Books) Freezes(ctx context.Context, fund uint64) (List[Freeze], error) {
	return several(ctx, b, func(r row) (f Freeze, err error) {
		err = r.Scan(&f.Number, &f.Reason, &f.Whole, &f.Instrument, &f.Date, &f.Until, &f.Released, &f.Amount, &f.Held, &f.Deducted, &f.Paid, &f.Order)
		f.Number++ // a freeze's number is its row, counted from 1
		return f, err
	}, `SELECT row, reason, whole, instrument, date, until, released, amount, held, deducted, paid, document FROM freezes WHERE fund = ? ORDER BY row DESC LIMIT 500`, int64(fund))
}

// fundRow returns the machine's row of a fund account, or ErrUnknown.
func fundRow(ctx context.Context, tx *sql.Tx, fund uint64) (row int64, err error) {
	return row, tx.QueryRowContext(ctx, `SELECT row FROM funds WHERE number = ?`, int64(fund)).Scan(&row)
}
