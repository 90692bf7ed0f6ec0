package books

import (
	"errors"
	"fmt"
	"math/bits"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// stepInterest is the number of the day end's step behind which a date is closed.
const stepInterest = 9

// foldStep notes that the block that is being folded closes a date: the first
// block in which interest was done. What is booked later on that date belongs to
// the closing of the next one.
func (f *Filler) foldStep(c *record.StepDone) {
	if c.Step == stepInterest && c.OK == 1 && int64(c.Date) > f.closedDate {
		f.record.closes = int64(c.Date)
	}
}

// closeDay keeps, when the block that was folded closes a date, every account that
// changed since the closing before, and every price.
func (f *Filler) closeDay() {
	date := f.record.closes
	if date == 0 {
		return
	}
	f.record.closes = 0
	f.closedDate = date
	f.closed = append(f.closed, closedDay{date, f.record.height})
	for _, row := range f.since {
		a := &f.accounts[row]
		a.since = false
		f.closings = append(f.closings, closing{int64(row), date, a.balance, a.buckets, a.cost})
	}
	f.since = f.since[:0]
	for i := range f.instruments {
		if price := f.instruments[i].worth(); price != 0 {
			f.closes = append(f.closes, closePrice{date, f.instruments[i].id, price})
		}
	}
}

// worth is what a unit was worth last: the closing price, or the last one, or that
// of the day before.
func (i *instrument) worth() int64 {
	switch {
	case i.close != 0:
		return i.close
	case i.last != 0:
		return i.last
	}
	return i.prevClose
}

// postUnits takes a posting on a position. Its cost is known when all postings of
// its order are.
func (f *Filler) postUnits(row uint32, code uint16, amount int64) error {
	a := &f.accounts[row]
	of := int64(a.key.Unit) - int64(ledger.UnitSecurity)
	if of < 0 {
		return fmt.Errorf("position in unit %d: %w", a.key.Unit, record.ErrMalformed)
	}
	if err := knows("instrument", of, len(f.instruments)); err != nil {
		return err
	}
	if a.key.Owner == 0 {
		return fmt.Errorf("position of nobody: %w", record.ErrMalformed)
	}
	if err := f.knowsFund(int64(a.key.Owner) - 1); err != nil {
		return err
	}
	bought := &f.instruments[of]
	if before := a.balance - amount; amount < 0 {
		a.cost -= share(a.cost, -amount, before)
	} else if ledger.Code(code) == ledger.CodeSecuritiesIn || ledger.Code(code) == ledger.CodeCorrection {
		// Units that come from elsewhere bring no price with them: they count as
		// bought at the close before they came.
		price := bought.prevClose
		if price == 0 {
			price = bought.last
		}
		if worth, err := money.Price(price).Times(money.Quantity(amount)); err == nil {
			a.cost += int64(worth)
		} else if !errors.Is(err, money.ErrOverflow) {
			return err
		}
	}
	f.units = append(f.units, unitEntry{
		fund: f.funds[a.key.Owner-1].number, date: f.day.date, height: f.record.height, at: f.record.at, n: int64(len(f.units) - f.record.units),
		instrument: bought.id, code: int64(code), amount: amount, balance: a.balance, cost: a.cost, ref: int64(row),
	})
	return nil
}

// placeUnits gives the postings on positions that have none yet the number of
// their order, and to what was bought the cost it was paid with: principal and
// fees, which are the postings on cash beside them.
func (f *Filler) placeUnits(ref int64) {
	for i := f.record.unplaced; i < len(f.units); i++ {
		u := &f.units[i]
		a := &f.accounts[u.ref] // until now the row of the position
		u.ref = ref
		if ledger.Code(u.code) != ledger.CodeTradeUnits || u.amount < 0 {
			continue
		}
		for _, e := range f.entries[f.record.unnamed:] {
			if e.fund == u.fund {
				a.cost -= e.amount
			}
		}
		u.cost = a.cost
	}
	f.record.unplaced = len(f.units)
}

// share is the part of a cost that belongs to some of the units, half up; all of
// it when there are no more units than that.
func share(cost, units, of int64) int64 {
	if units >= of || cost <= 0 {
		return cost
	}
	high, low := bits.Mul64(uint64(cost), uint64(units))
	low, carry := bits.Add64(low, uint64(of)/2, 0)
	part, _ := bits.Div64(high+carry, low, uint64(of)) // below cost, because units are below of
	return int64(part)
}

// writeUnits writes what a closing is made of and the postings on positions.
func (f *Filler) writeUnits(to sink) error {
	return errors.Join(
		each(to, &unitStatement, f.units, func(u unitEntry, args []any) []any {
			return append(args, u.fund, u.date, u.height, u.at, u.n, u.instrument, u.code, u.amount, u.balance, u.cost, u.ref)
		}),
		each(to, &closedStatement, f.closed, func(d closedDay, args []any) []any { return append(args, d.date, d.height) }),
		each(to, &closingStatement, f.closings, func(c closing, args []any) []any {
			return append(args, c.row, c.date, c.balance, c.buckets[0], c.buckets[1], c.buckets[2], c.buckets[3], c.buckets[4], c.cost)
		}),
		each(to, &closeStatement, f.closes, func(p closePrice, args []any) []any { return append(args, p.date, p.instrument, p.price) }),
	)
}
