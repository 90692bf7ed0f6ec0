package settle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// protectionFund is the day's report to the investor protection fund (投保基金).
// Its layout is ours (assumption A4): the fund's interface is not public. Lines of
// fields with '|' between them, figures in minor units:
//
//	H|SIPF|1|date|broker code
//	T|bank|currency|clients|ledger|pooled|reserve|in settlement|deposits|sum|withdrawals|sum|unknown
//	M|market|currency|bought|sold|levies|commission|our net|their net
//	C|bank|fund account|currency|balance|held
//	E|lines above|SHA-256 of them
func (r *run) protectionFund(s *SettlementReport) ([]byte, error) {
	books, err := r.bankBooks()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	lines := 1
	fmt.Fprintf(&text, "H|SIPF|1|%08d|%s\n", s.Date, r.o.Broker.Code)
	for i := range s.Banks {
		b := &s.Banks[i]
		fmt.Fprintf(&text, "T|%d|%s|%d|%d|%d|%d|%d|%d|%d|%d|%d|%d\n", b.Bank, b.Currency, b.Clients, int64(b.Ledger), int64(b.Pooled), int64(b.Reserve),
			int64(b.InSettlement), b.Deposits, int64(b.DepositSum), b.Withdrawals, int64(b.WithdrawalSum), b.Unknown)
		lines++
	}
	for i := range s.Markets {
		n := &s.Markets[i]
		fmt.Fprintf(&text, "M|%s|%s|%d|%d|%d|%d|%d|%d\n", n.Market, n.Currency, int64(n.Bought), int64(n.Sold), int64(n.Levies),
			int64(n.Commission), int64(n.Ours), int64(n.Theirs))
		lines++
	}
	for i := range books {
		for j := range books[i].clients {
			c := &books[i].clients[j]
			fmt.Fprintf(&text, "C|%d|%d|%s|%d|%d\n", books[i].bank.Number, c.fund.Number, c.currency, int64(c.balance), int64(c.held))
			lines++
		}
	}
	fmt.Fprintf(&text, "E|%d|%x\n", lines, sha256.Sum256(text.Bytes()))
	return text.Bytes(), nil
}
