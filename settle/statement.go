package settle

import (
	"context"
	"fmt"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// Statement is one client's day: cash and positions as of the closing height.
type Statement struct {
	Date      uint32
	Fund      uint64
	Bank      uint16
	Currency  money.Currency
	Opening   money.Amount
	Closing   money.Amount
	Entries   []Entry
	Positions []Position
}

// Entry is one posting on the client's cash.
type Entry struct {
	Time     time.Time // of the block
	Height   uint64
	Why      ledger.Code
	Amount   money.Amount // positive in the client's favour
	Balance  money.Amount // after it
	Order    uint64       // of a trade, 0 otherwise
	Transfer uint64       // platform serial, 0 otherwise
}

// Position is one security the client holds.
type Position struct {
	Security market.ID
	Units    money.Quantity
	Held     money.Quantity
}

// StatementOf makes the statement of a fund account for the business date, once
// interest is done. Statements of earlier days and of months come from the books
// and are not available yet.
func StatementOf(ctx context.Context, core Core, fund uint64) (Statement, error) {
	r := &run{ctx: ctx, core: core, report: &Report{}}
	if err := core.Look(ctx, func(m *custody.Machine) { r.o.Date = m.Today().Date }); err != nil {
		return Statement{}, err
	}
	if err := r.look(); err != nil {
		return Statement{}, err
	}
	if err := r.locate(); err != nil {
		return Statement{}, err
	}
	if r.report.Closing == 0 {
		return Statement{}, fmt.Errorf("statement before interest is done: %w", ErrOrder)
	}
	m, err := r.at(r.report.Closing)
	if err != nil {
		return Statement{}, err
	}
	f, row, ok := m.Fund(fund)
	if !ok || f.Cash == 0 {
		return Statement{}, fmt.Errorf("fund account %d has no cash account: %w", fund, ErrOptions)
	}
	s := Statement{Date: r.o.Date, Fund: fund, Bank: f.Bank, Currency: f.Currency, Closing: money.Amount(m.CashOf(row).Balance)}
	for h := range m.Holdings() {
		if h.Fund == row && h.Units.Balance != 0 {
			s.Positions = append(s.Positions, Position{m.InstrumentAt(h.Instrument).ID, money.Quantity(h.Units.Balance), money.Quantity(h.Units.Held())})
		}
	}
	return s, r.entriesOf(&s, f.Cash-1)
}

// entriesOf reads the day's postings on one ledger row.
func (r *run) entriesOf(s *Statement, cash uint32) error {
	from, err := opened(r.core, r.day)
	if err != nil {
		return err
	}
	times := map[uint64]time.Time{}
	err = r.core.Blocks(from, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
			before := len(s.Entries)
			if err := s.take(v, b.Height, cash); err != nil {
				return err
			}
			if len(s.Entries) > before {
				times[b.Height] = time.Unix(0, b.Time)
			}
		}
		if b.Height >= r.report.Closing {
			return errReached
		}
		return r.ctx.Err()
	})
	if err != nil && err != errReached { //nolint:errorlint // our own value, never wrapped
		return err
	}
	s.Opening = s.Closing
	for i := range s.Entries {
		s.Opening -= s.Entries[i].Amount
	}
	balance := s.Opening
	for i := range s.Entries {
		e := &s.Entries[i]
		balance += e.Amount
		e.Balance, e.Time = balance, times[e.Height]
	}
	return nil
}

// take adds a record's postings on the row. An order's row is written behind its
// postings, a transfer's row beside them; that is how an entry finds its number.
func (s *Statement) take(v record.View, height uint64, cash uint32) error {
	first, open := len(s.Entries), len(s.Entries)
	var transfer uint64
	err := v.EachEffect(func(e record.Effect) error {
		switch {
		case e.Kind == record.EffectPost && e.Debit == cash:
			s.Entries = append(s.Entries, Entry{Height: height, Why: ledger.Code(e.Code), Amount: -money.Amount(e.Amount)})
		case e.Kind == record.EffectPost && e.Credit == cash:
			s.Entries = append(s.Entries, Entry{Height: height, Why: ledger.Code(e.Code), Amount: money.Amount(e.Amount)})
		case e.Kind == record.EffectPut && e.Code == custody.TableOrders:
			var o custody.Order
			o.Decode(e.Bytes)
			for i := open; i < len(s.Entries); i++ {
				s.Entries[i].Order = o.ID
			}
			open = len(s.Entries)
		case e.Kind == record.EffectPut && e.Code == custody.TableTransfers && transfer == 0:
			var t custody.Transfer
			t.Decode(e.Bytes)
			transfer = t.ID
		}
		return nil
	})
	for i := first; i < len(s.Entries); i++ {
		s.Entries[i].Transfer = transfer
	}
	return err
}
