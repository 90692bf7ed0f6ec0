package statement

import (
	"fmt"

	"sancun/books"
	"sancun/market"
	"sancun/money"
)

// positions turns holdings and their postings into positions, and proves that the
// postings lead from the opening to the closing.
func (s *Statement) positions(x *books.Extract) error {
	moved := map[uint32]int64{}
	for i := range x.Units {
		u := &x.Units[i]
		moved[u.Instrument] += u.Amount
		s.Units = append(s.Units, Movement{
			u.Date, u.Time, u.Height, market.ID(u.Instrument).String(), u.Code.String(), money.Quantity(u.Amount), money.Quantity(u.Balance), u.Order,
		})
	}
	for i := range x.Positions {
		h := &x.Positions[i]
		id := market.ID(h.Instrument)
		if sum := h.Opening + moved[h.Instrument]; sum != h.Closing.Balance {
			return fmt.Errorf("fund account %d: the postings of %s lead to %d units, the closing has %d: %w", s.Fund, id, sum, h.Closing.Balance, ErrUnbalanced)
		}
		if h.Closing == (books.Figures{}) && h.Opening == 0 {
			continue
		}
		p := Position{
			Instrument: id.String(), Opening: money.Quantity(h.Opening), Units: money.Quantity(h.Closing.Balance),
			Held:   money.Quantity(h.Closing.HeldOrder + h.Closing.HeldTransfer + h.Closing.HeldOther),
			Bought: money.Quantity(h.Closing.Receivable), Sold: money.Quantity(h.Closing.Payable),
			Cost: h.Cost, CostPrice: average(h.Cost, money.Quantity(h.Closing.Balance)), Close: h.Close,
		}
		var err error
		if p.Value, err = h.Close.Times(p.Units); err != nil {
			return fmt.Errorf("value of %s: %w", id, err)
		}
		p.Gain = p.Value - p.Cost
		if s.MarketValue, err = s.MarketValue.Add(p.Value); err != nil {
			return fmt.Errorf("market value: %w", err)
		}
		s.Cost += p.Cost
		s.Positions = append(s.Positions, p)
	}
	return nil
}
