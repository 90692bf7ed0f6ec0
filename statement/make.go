package statement

import (
	"context"
	"fmt"

	"sancun/books"
	"sancun/money"
)

// Person is the client as the statement names them: masked, or in clear when the
// caller has had that journaled.
type Person struct{ Name, Document, Card string }

// Of makes the statement of a fund account. It returns books.ErrNoClosing for a
// period that has no closing and is not open, books.ErrUnknown, books.ErrTooLong
// beyond RowsMax, and ErrUnbalanced rather than figures that do not add up.
func (m *Maker) Of(ctx context.Context, fund uint64, p Period, who Person) (*Statement, error) {
	x, _, err := m.books.Extract(ctx, fund, p.From, p.To, RowsMax)
	if err != nil {
		return nil, fmt.Errorf("statement of %d for %s: %w", fund, p, err)
	}
	s, err := m.from(&x, p)
	if err != nil {
		return nil, fmt.Errorf("statement of %d for %s: %w", fund, p, err)
	}
	s.Name, s.Document, s.Card = who.Name, who.Document, who.Card
	banks, err := m.books.Banks(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range banks.Rows {
		if b.Number == s.Bank {
			s.BankName = b.Name
		}
	}
	return s, nil
}

// from makes a statement of an extract.
func (m *Maker) from(x *books.Extract, p Period) (*Statement, error) {
	s := &Statement{
		Period: p.String(), From: p.From, To: x.To.Date, Final: !x.Open, Height: x.To.Height, Hash: x.To.Hash.String(), Time: x.To.Time, After: x.From.Height,
		Fund: x.Fund.Number, Client: x.Fund.Client, Bank: x.Bank, Currency: x.Fund.Currency.String(), Cash: []Cash{},
	}
	for _, a := range x.Securities {
		s.Securities = append(s.Securities, SecuritiesAccount{marketName(a.Market), a.Account})
	}
	if err := s.lines(x); err != nil {
		return nil, err
	}
	if err := m.trades(s, x); err != nil {
		return nil, err
	}
	if err := s.fills(x); err != nil {
		return nil, err
	}
	if err := s.positions(x); err != nil {
		return nil, err
	}
	s.transfers(x)
	s.Assets = s.MarketValue
	for i := range s.Cash {
		var err error
		if s.Assets, err = s.Assets.Add(s.Cash[i].Closing); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// The states of transfers a statement tells apart, by their numbers in the journal.
const (
	transferSent    = 1
	transferUnknown = 4
)

var (
	directions = map[uint8]string{1: "deposit", 2: "withdrawal"}
	states     = map[uint8]string{1: "sent", 2: "done", 3: "refused", 4: "unknown", 5: "reversed", 6: "poisoned"}
)

// transfers lists the transfers as they were at the statement's block: one that
// ended later was open then, and nobody knew how it would end.
func (s *Statement) transfers(x *books.Extract) {
	for i := range x.Transfers {
		t := &x.Transfers[i]
		state := t.State
		if state != transferSent && (t.Ended.IsZero() || t.Ended.After(x.To.Time)) {
			state = transferUnknown
		}
		s.Transfers = append(s.Transfers, Transfer{
			t.ID, t.Date, t.Asked, t.Bank, directions[t.Direction], t.Reverses != 0, t.Amount, states[state], t.BankRef,
		})
	}
}

// ForBank leaves what a custodian bank may see of its clients' ledgers (另路查询):
// cash and transfers with it, no orders and no securities. What a date's trades
// brought or took is one line, as the bank was told at the day end.
func (s *Statement) ForBank(bank uint16) *Statement {
	b := *s
	b.CashOnly = true
	b.Securities, b.Positions, b.Trades, b.Fills, b.Units, b.Cash, b.Transfers, b.Lines = nil, nil, nil, nil, nil, []Cash{}, nil, nil
	b.MarketValue, b.Cost, b.Assets = 0, 0, 0
	for _, c := range s.Cash {
		if c.Bank == bank {
			b.Cash = append(b.Cash, c)
			b.Assets = c.Closing
		}
	}
	for _, t := range s.Transfers {
		if t.Bank == bank {
			b.Transfers = append(b.Transfers, t)
		}
	}
	for _, l := range s.Lines {
		if l.Bank != bank {
			continue
		}
		last := len(b.Lines) - 1
		if l.Order != 0 {
			l.Order, l.Kind = 0, Settlement
			if last >= 0 && b.Lines[last].Kind == Settlement && b.Lines[last].Date == l.Date {
				l.Amount += b.Lines[last].Amount
				b.Lines[last] = l
				continue
			}
		}
		b.Lines = append(b.Lines, l)
	}
	return &b
}

// Settlement is the kind of the one line a bank sees of a date's trades.
const Settlement Kind = "settlement"

// total adds one figure over the banks.
func (s *Statement) total(of func(*Cash) money.Amount) (sum money.Amount) {
	for i := range s.Cash {
		sum += of(&s.Cash[i])
	}
	return sum
}

func marketName(n uint8) string {
	return map[uint8]string{1: "SH", 2: "SZ", 3: "BJ"}[n]
}
