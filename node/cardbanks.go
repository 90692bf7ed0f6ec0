package node

import (
	"fmt"
	"io"
	"os"

	"sancun/identity"
)

// readCardBanks reads the versions of the table that names a card's bank. Two of
// one date are refused: nobody could say which holds.
func readCardBanks(files []string) (all []identity.CardBanks, err error) {
	dates := map[identity.Day]bool{}
	for _, name := range files {
		t, err := readCardTable(name)
		if err != nil {
			return nil, fmt.Errorf("card banks %s: %w", name, err)
		}
		if dates[t.Date] {
			return nil, fmt.Errorf("card banks %s: there are two tables of %d", name, t.Date)
		}
		dates[t.Date] = true
		all = append(all, t)
	}
	return all, nil
}

func readCardTable(name string) (identity.CardBanks, error) {
	f, err := os.Open(name)
	if err != nil {
		return identity.CardBanks{}, err
	}
	defer f.Close() // read only: nothing to lose
	text, err := io.ReadAll(io.LimitReader(f, identity.CardBanksBytesMax+1))
	if err != nil {
		return identity.CardBanks{}, err
	}
	return identity.ParseCardBanks(text)
}
