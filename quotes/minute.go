package quotes

import (
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// Minute is one bar of one minute.
type Minute struct {
	Date      calendar.Date
	End       calendar.TimeOfDay // the minute's end: the first bar of a day ends at 09:31 and holds the opening auction
	PrevClose money.Price        // of the minute before
	Open      money.Price
	High      money.Price
	Low       money.Price
	Close     money.Price
	Volume    money.Quantity
	Amount    money.Amount
}

// Minutes is a series of bars in ascending time.
type Minutes struct {
	Symbol string // "600000.SH"
	Bars   []Minute
}

// minutePlaces are the decimal places of the figures of a bar's row: date,
// previous close, open, high, low, close, volume, amount, hhmm.
var minutePlaces = [...]int{0, 4, 4, 4, 4, 4, 0, 2, 0}

// ParseMinutes reads {"data": [[date, prevClose, open, high, low, close, volume,
// amount, hhmm], …], "symbol": …}; more figures in a row are passed over. It
// returns ErrSyntax for anything else and for bars out of order.
func ParseMinutes(src []byte) (Minutes, error) {
	s, err := newScanner(src)
	if err != nil {
		return Minutes{}, err
	}
	var out Minutes
	err = s.object(func(name string) error {
		switch name {
		case "data":
			return s.array(func() error { return s.minute(&out) })
		case "symbol":
			text, err := s.text()
			if err != nil {
				return err
			}
			out.Symbol, err = symbolOf(text)
			return err
		}
		return s.skip()
	})
	if err != nil {
		return Minutes{}, err
	}
	if out.Symbol == "" {
		return Minutes{}, fmt.Errorf("no symbol: %w", ErrSyntax)
	}
	return out, nil
}

// minute reads one row and appends its bar.
func (s *scanner) minute(out *Minutes) error {
	var row [len(minutePlaces)]int64
	n := 0
	err := s.array(func() error {
		if n >= len(row) {
			return s.skip()
		}
		v, err := s.number(minutePlaces[n])
		row[n] = v
		n++
		return err
	})
	if err != nil {
		return err
	}
	end := calendar.TimeOfDay(row[8]/100%100)*calendar.Hour + calendar.TimeOfDay(row[8]%100)*calendar.Minute
	bar := Minute{
		Date: calendar.Date(min(row[0], 1<<30)), End: end,
		PrevClose: money.Price(row[1]), Open: money.Price(row[2]), High: money.Price(row[3]),
		Low: money.Price(row[4]), Close: money.Price(row[5]), Volume: money.Quantity(row[6]), Amount: money.Amount(row[7]),
	}
	if n < len(row) || !bar.Date.Valid() || row[8] >= 2400 || row[8]%100 >= 60 {
		return s.wrong("not a minute bar")
	}
	if k := len(out.Bars); k > 0 {
		last := &out.Bars[k-1]
		if bar.Date < last.Date || (bar.Date == last.Date && bar.End <= last.End) {
			return s.wrong("a bar out of order")
		}
	}
	out.Bars = append(out.Bars, bar)
	return nil
}
