package settle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sancun/difference"
	"sancun/record"
)

// splitKey is what the clearing house's rows are split by.
type splitKey struct {
	market uint8
	cash   string
	unit   string
}

// split is step 3 (清分): the clearing house's trades by cash account and trading
// unit, and by securities account to our own accounts. Rows of a cash account
// that is not our clients' are listed. Its rows are the trades.
func (r *run) split(bool) (uint64, error) {
	theirs, err := r.clearingFiles()
	if err != nil {
		return 0, err
	}
	c, err := r.picture()
	if err != nil {
		return 0, err
	}
	by := map[splitKey]*Split{}
	for i := range theirs.trades {
		t := &theirs.trades[i]
		k := splitKey{uint8(t.account.market), t.cash, t.unit}
		s := by[k]
		if s == nil {
			s = &Split{Market: k.market, Cash: k.cash, Unit: k.unit}
			by[k] = s
		}
		s.Rows++
		if s.Net, err = s.Net.Add(t.net); err != nil {
			return 0, err
		}
		if _, ours := c.accounts[t.account]; !ours {
			s.Unknown++
		}
		if !r.ourCash(t.cash) {
			r.find(difference.Difference{
				Type: record.CaseAccount, Subject: record.CaseData, Market: k.market, Theirs: t.net, TheirRef: trimmed(t.exec[:]),
				File: theirs.files[t.file].Name, Line: int(t.line), Detail: "cash account " + t.cash + " is not the clients'",
			})
		}
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b splitKey) int {
		return cmp.Or(cmp.Compare(a.market, b.market), cmp.Compare(a.cash, b.cash), cmp.Compare(a.unit, b.unit))
	})
	var text strings.Builder
	text.WriteString("market,cash_account,unit,rows,unknown,net\n")
	for _, k := range keys {
		s := by[k]
		r.report.Split = append(r.report.Split, *s)
		fmt.Fprintf(&text, "%d,%s,%s,%d,%d,%s\n", s.Market, plain(s.Cash), plain(s.Unit), s.Rows, s.Unknown, s.Net)
	}
	return uint64(len(theirs.trades)), r.write("split.csv", []byte(text.String()))
}

// ourCash says whether a cash account at the clearing house holds clients' money.
func (r *run) ourCash(account string) bool {
	return len(r.o.Broker.CashAccounts) == 0 || slices.Contains(r.o.Broker.CashAccounts, account)
}

// plain keeps an outsider's text from breaking a line of ours: what would is
// replaced, for these files are read by people and by our own index.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == ',' || c == '"' {
			return '?'
		}
		return c
	}, text)
}
