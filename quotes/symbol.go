package quotes

import "fmt"

// Symbol is one entry of the list of symbols.
type Symbol struct {
	Symbol string // "600000.SH"
	Name   string
	Kind   string // "EQA" for an A share, "IDX" for an index
	Pinyin string // initials, empty when the list has none
}

// ParseSymbols reads a list of [symbol, name, kind, pinyin or null]. It returns
// ErrSyntax for anything else.
func ParseSymbols(src []byte) ([]Symbol, error) {
	s, err := newScanner(src)
	if err != nil {
		return nil, err
	}
	var out []Symbol
	err = s.array(func() error {
		row, err := s.texts()
		if err != nil {
			return err
		}
		if len(row) != 4 {
			return s.wrong(fmt.Sprintf("a row of %d texts, not 4", len(row)))
		}
		symbol, err := symbolOf(row[0])
		if err != nil {
			return s.wrong(err.Error())
		}
		out = append(out, Symbol{Symbol: symbol, Name: row[1], Kind: row[2], Pinyin: row[3]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
