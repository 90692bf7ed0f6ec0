package quotes

import (
	"fmt"
	"strings"

	"sancun/calendar"
	"sancun/money"
)

// Daily is one security on one trading day.
type Daily struct {
	Symbol    string // "600000.SH"
	Name      string // short name in Chinese, without spaces around
	PrevClose money.Price
	Open      money.Price // this and the next figures are zero when Traded is false
	High      money.Price
	Low       money.Price
	Close     money.Price
	Volume    money.Quantity // shares; for an index what its source counts
	Amount    money.Amount   // fen
}

// Traded says whether the security traded on the day; a suspended one did not.
func (d *Daily) Traded() bool { return d.Volume > 0 }

// CrossSection is all securities of one trading day, in the order of the file.
type CrossSection struct {
	Date calendar.Date
	Rows []Daily
}

// ParseDay reads a file of columns (symbol, name, open, …) of equal length. It
// returns ErrSyntax for anything else, also for columns that miss or differ in
// length.
func ParseDay(src []byte) (CrossSection, error) {
	s, err := newScanner(src)
	if err != nil {
		return CrossSection{}, err
	}
	var symbols, names []string
	var date int64
	figures := [...]struct {
		name   string
		places int
		values []int64
	}{{"yclose", 4, nil}, {"open", 4, nil}, {"high", 4, nil}, {"low", 4, nil}, {"close", 4, nil}, {"vol", 0, nil}, {"amount", 2, nil}}
	err = s.object(func(name string) error {
		for i := range figures {
			if f := &figures[i]; f.name == name {
				f.values, err = s.numbers(f.places)
				return err
			}
		}
		switch name {
		case "symbol":
			symbols, err = s.texts()
			return err
		case "name":
			names, err = s.texts()
			return err
		case "tradedate":
			date, err = s.number(0)
			return err
		}
		return s.skip()
	})
	if err != nil {
		return CrossSection{}, err
	}
	lengths := []int{len(names)}
	for _, f := range figures {
		lengths = append(lengths, len(f.values))
	}
	for _, n := range lengths {
		if n != len(symbols) || n == 0 {
			return CrossSection{}, fmt.Errorf("columns of %d symbols and %v others: %w", len(symbols), lengths, ErrSyntax)
		}
	}
	return crossSection(date, symbols, names, func(column, row int) int64 { return figures[column].values[row] })
}

func crossSection(date int64, symbols, names []string, figure func(column, row int) int64) (CrossSection, error) {
	day := CrossSection{Date: calendar.Date(min(date, 1<<30)), Rows: make([]Daily, len(symbols))}
	if !day.Date.Valid() {
		return CrossSection{}, fmt.Errorf("trade date %d: %w", date, ErrSyntax)
	}
	for i := range day.Rows {
		symbol, err := symbolOf(symbols[i])
		if err != nil {
			return CrossSection{}, fmt.Errorf("row %d: %w", i, err)
		}
		day.Rows[i] = Daily{
			Symbol: symbol, Name: strings.TrimSpace(names[i]),
			PrevClose: money.Price(figure(0, i)), Open: money.Price(figure(1, i)), High: money.Price(figure(2, i)),
			Low: money.Price(figure(3, i)), Close: money.Price(figure(4, i)),
			Volume: money.Quantity(figure(5, i)), Amount: money.Amount(figure(6, i)),
		}
		if r := &day.Rows[i]; r.Traded() && (r.Low > r.Open || r.Low > r.Close || r.High < r.Open || r.High < r.Close || r.Low <= 0) {
			return CrossSection{}, fmt.Errorf("row %d, %s: low %s, high %s do not hold open %s and close %s: %w", i, symbol, r.Low, r.High, r.Open, r.Close, ErrSyntax)
		}
	}
	return day, nil
}

func (s *scanner) numbers(places int) ([]int64, error) {
	var out []int64
	err := s.array(func() error {
		v, err := s.number(places)
		out = append(out, v)
		return err
	})
	return out, err
}

func (s *scanner) texts() ([]string, error) {
	var out []string
	err := s.array(func() error {
		if s.null() {
			out = append(out, "")
			return nil
		}
		v, err := s.text()
		out = append(out, v)
		return err
	})
	return out, err
}

// symbolOf turns "600000.sh" into "600000.SH" and refuses other forms.
func symbolOf(text string) (string, error) {
	symbol := strings.ToUpper(text)
	digits, market, ok := strings.Cut(symbol, ".")
	if !ok || len(digits) != 6 || strings.Trim(digits, "0123456789") != "" || (market != "SH" && market != "SZ" && market != "BJ") {
		return "", fmt.Errorf("symbol %q: %w", text, ErrSyntax)
	}
	return symbol, nil
}
