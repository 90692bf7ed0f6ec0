package statement

import (
	"errors"
	"fmt"

	"sancun/books"
	"sancun/market"
	"sancun/money"
)

// sides are the words of the numbers of sides.
var sides = map[uint8]string{uint8(market.Buy): "buy", uint8(market.Sell): "sell", 3: "subscribe"}

// booked is what was posted on cash for one order.
type booked struct{ principal, levies, commission money.Amount }

// add takes a posting of the order.
func (b *booked) add(kind Kind, amount money.Amount) {
	switch kind {
	case Levies:
		b.levies -= amount
	case Commission:
		b.commission -= amount
	case Bought, Sold:
		b.principal += amount
	}
}

// trades turns orders with fills into trades. What was booked for a cleared order
// must be what its row says.
func (m *Maker) trades(s *Statement, x *books.Extract) error {
	posted := map[uint64]booked{}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.Order != 0 {
			b := posted[l.Order]
			b.add(l.Kind, l.Amount)
			posted[l.Order] = b
		}
	}
	for i := range x.Orders {
		o := &x.Orders[i]
		t := Trade{
			Date: o.Date, Order: o.ID, Instrument: market.ID(o.Instrument).String(), Side: sides[o.Side], Quantity: o.Filled, Value: o.Value, Fees: o.Fees,
			Price: average(o.Value, o.Filled), Cleared: o.Cleared, Net: o.Value - o.Fees,
		}
		if o.Side != uint8(market.Sell) {
			t.Net = -o.Value - o.Fees
		}
		b := posted[o.ID]
		if net := b.principal - b.levies - b.commission; t.Cleared && net != t.Net {
			return fmt.Errorf("order %d: booked %s, the trade comes to %s: %w", o.ID, net, t.Net, ErrUnbalanced)
		}
		if err := m.split(&t, o, market.Board(x.Boards[o.Instrument]), b.levies); err != nil {
			return fmt.Errorf("order %d: %w", o.ID, err)
		}
		s.Trades = append(s.Trades, t)
	}
	return nil
}

// split takes the fees of an order apart by the rules of its date. Where those do
// not lead to what was booked, as after a correction of a rule, the levies stay in
// one sum: what was charged is never told differently.
func (m *Maker) split(t *Trade, o *books.Order, board market.Board, levied money.Amount) error {
	if t.Fees == 0 {
		return nil
	}
	day, err := m.rulesOf(o.Date)
	if err != nil {
		return err
	}
	levies, err := day.Levies(&market.Instrument{ID: market.ID(o.Instrument), Board: board}, market.Side(o.Side), o.Value)
	if err != nil && !errors.Is(err, market.ErrNoFees) {
		return err
	}
	if !t.Cleared {
		levied = min(levies.Total, t.Fees)
	}
	t.Levies, t.Commission = levied, t.Fees-levied
	if levies.Total == levied {
		t.Stamp, t.Transfer, t.Handling, t.Regulatory = levies.Stamp, levies.Transfer, levies.Handling, levies.Regulatory
	}
	return nil
}

// average is a value by units as a price, half up; 0 without units.
func average(value money.Amount, units money.Quantity) money.Price {
	if units <= 0 || value <= 0 {
		return 0
	}
	const up = int64(money.PriceUnit) / 100 // of a minor unit
	whole, rest := int64(value)/int64(units), int64(value)%int64(units)
	return money.Price(whole*up + (rest*up+int64(units)/2)/int64(units))
}

// fills turns executions into lines.
func (s *Statement) fills(x *books.Extract) error {
	for i := range x.Fills {
		f := &x.Fills[i]
		value, err := f.Price.Times(f.Quantity)
		if err != nil {
			return fmt.Errorf("fill %s of order %d: %w", f.Exec, f.Order, err)
		}
		s.Fills = append(s.Fills, Fill{f.Date, f.Time, f.Order, f.Exec, market.ID(f.Instrument).String(), sides[f.Side], f.Quantity, f.Price, value})
	}
	return nil
}
