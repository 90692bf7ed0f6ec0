package clearing

import (
	"fmt"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// Trade is one execution of an exchange. Numbers must be unique within a market
// and a day; the house does not look for doubles.
type Trade struct {
	Security market.ID // with its market
	Exec     string    // execution number, at most 16 letters
	Price    money.Price
	Quantity money.Quantity
	At       calendar.TimeOfDay
	Buy      Side
	Sell     Side
}

// Side is one party of a Trade. A side without an account is netted for its
// participant, but holds nothing: the rest of the market.
type Side struct {
	PBU     string // trading unit: 5 letters in Shanghai, 6 in Shenzhen
	Account string // securities account
	ClOrdID string // member's order number
	OrderID string // exchange's order number
	Ordered money.Quantity
	Entered calendar.TimeOfDay
}

// textMax is the width of the columns that a text of a trade ends up in, which
// is narrower in Shanghai's files (unit, account, ClOrdID).
var textMax = [...]struct{ unit, account, clOrdID, orderID, exec int }{
	market.Shanghai: {5, 10, 10, 16, 16},
	market.Shenzhen: {6, 20, 24, 16, 16},
}

// quantityMax is the most units of one execution: what a signed quantity column
// of the Shenzhen files holds, ten thousand times the largest order.
const quantityMax money.Quantity = 10_000_000_000

func (t *Trade) check() error {
	m := t.Security.Market()
	switch {
	case m != market.Shanghai && m != market.Shenzhen:
		return fmt.Errorf("%s: no files for this market: %w", t.Security, ErrTrade)
	case t.Price <= 0 || t.Quantity <= 0 || t.Quantity > quantityMax:
		return fmt.Errorf("%d at %s: %w", t.Quantity, t.Price, ErrTrade)
	case !t.At.Valid():
		return fmt.Errorf("time %d: %w", t.At, ErrTrade)
	case t.Exec == "" || !fits(t.Exec, textMax[m].exec):
		return fmt.Errorf("execution number %q: %w", t.Exec, ErrTrade)
	}
	for _, s := range []*Side{&t.Buy, &t.Sell} {
		if err := s.check(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Side) check(m market.Market) error {
	width := &textMax[m]
	switch {
	case s.PBU == "" || !fits(s.PBU, width.unit):
		return fmt.Errorf("trading unit %q: %w", s.PBU, ErrTrade)
	case !fits(s.Account, width.account):
		return fmt.Errorf("securities account %q: %w", s.Account, ErrTrade)
	case !fits(s.ClOrdID, width.clOrdID) || !fits(s.OrderID, width.orderID):
		return fmt.Errorf("order %q, %q: %w", s.ClOrdID, s.OrderID, ErrTrade)
	case s.Ordered < 0 || s.Ordered > quantityMax || !s.Entered.Valid():
		return fmt.Errorf("ordered %d at %d: %w", s.Ordered, s.Entered, ErrTrade)
	}
	return nil
}

// fits says whether text is at most width letters of printable ASCII without
// the separator of the trade file and without blanks.
func fits(text string, width int) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' || text[i] == '|' {
			return false
		}
	}
	return len(text) <= width
}
