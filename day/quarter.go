package day

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"sancun/calendar"
	"sancun/custody"
	"sancun/money"
	"sancun/settle"
	wire "sancun/wire/bank"
)

// InterestReport is a quarter's posting of interest, held against a sum over calendar
// days that the player adds up by itself (row K42). Amounts are in fen.
type InterestReport struct {
	PostedOn string `json:"posted_on"`
	Accounts int    `json:"accounts"`
	Amount   int64  `json:"amount"` // as the banks were told, account by account
	Naive    int64  `json:"naive"`  // closing balances × days × rate ÷ base, added up here
	Rate     string `json:"rate"`
	Source   string `json:"source"`
	Agrees   bool   `json:"agrees"` // of every single account
}

// dayProducts are what the player counts of every fund account: fen times calendar
// days.
type dayProducts map[uint64]int64

// countInterest adds the closing balances of a day that has ended, and compares what
// was posted with them if it was a posting day.
func (p *player) countInterest(ctx context.Context, r *Report) error {
	posted, err := p.postedToday()
	if err != nil {
		return err
	}
	balances, next := map[uint64]money.Amount{}, calendar.Date(0)
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		next = calendar.Date(m.Today().Next)
		for row, f := range m.Funds() {
			cash := m.CashOf(row)
			balances[f.Number] = money.Amount(cash.Balance)
		}
	}); err != nil {
		return err
	}
	days := int64(p.today().DaysUntil(next))
	before := daysBeforePosting(p.today(), next)
	if before < 0 && len(posted) > 0 {
		return fmt.Errorf("interest was posted on %s, which is no posting day", p.today())
	}
	rate := settle.BuiltinRates()[0]
	report := InterestReport{PostedOn: p.today().Compact(), Rate: fmt.Sprintf("%d/1000000000 a year of %d days", rate.Rate, rate.Base), Source: rate.Source, Agrees: true}
	for fund, balance := range balances {
		if before < 0 {
			p.products[fund] += int64(max(0, balance)) * days
			continue
		}
		product := p.products[fund] + int64(max(0, balance-posted[fund]))*before
		naive := interestOn(product, rate)
		if naive != posted[fund] {
			report.Agrees = false
		}
		if naive > 0 {
			report.Accounts++
		}
		report.Naive += int64(naive)
		report.Amount += int64(posted[fund])
		p.products[fund] = int64(max(0, balance)) * (days - before)
	}
	if before >= 0 {
		r.Interest = append(r.Interest, report)
	}
	return nil
}

// daysBeforePosting says of an evening that posts interest how many days of it belong
// to the quarter that ends, and −1 of one that does not. Interest counts up to the
// 20th of a quarter's last month and is posted on the 21st, or in the evening before
// when the 21st is no trading day.
func daysBeforePosting(date, next calendar.Date) int64 {
	ends := func(d calendar.Date) bool { return d.Month()%3 == 0 && d.Day() == 20 }
	if yesterday, err := date.AddDays(-1); err == nil && ends(yesterday) {
		return 0
	}
	for d, n := date, int64(1); d < next; n++ {
		after, err := d.AddDays(1)
		if err != nil {
			return -1
		}
		if ends(d) && after < next {
			return n
		}
		d = after
	}
	return -1
}

// interestOn is product × rate ÷ base, half up to the fen.
func interestOn(product int64, r settle.InterestRate) money.Amount {
	up := new(big.Int).Mul(big.NewInt(product), big.NewInt(int64(r.Rate)))
	down := new(big.Int).Mul(big.NewInt(int64(r.Base)), big.NewInt(int64(money.RateUnit)))
	up.Add(up, new(big.Int).Rsh(down, 1))
	return money.Amount(up.Div(up, down).Int64())
}

// postedToday reads from the day's files what the banks are told of interest, by fund
// account.
func (p *player) postedToday() (map[uint64]money.Amount, error) {
	posted := map[uint64]money.Amount{}
	names, err := p.files().List()
	if err != nil {
		return nil, err
	}
	for _, l := range wire.FileLayouts() {
		if l.Name != "accr" && l.Name != "S05" {
			continue
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "/"+l.FileName(wire.Date(p.today()))) {
				continue
			}
			content, err := p.files().Read(name)
			if err == nil {
				err = addInterest(posted, l, content)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return posted, nil
}

func addInterest(to map[uint64]money.Amount, l wire.FileLayout, content []byte) error {
	rows, err := wire.NewRowReader(bytes.NewReader(content), l)
	if err != nil {
		return err
	}
	for {
		row := l.NewRow()
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		account, amount := "", money.Amount(0)
		switch x := row.(type) {
		case *wire.InterestEntry:
			account, amount = x.FundAccount, x.Interest
		case *wire.InterestNet:
			account, amount = x.FundAccount, x.Amount
		}
		fund, err := strconv.ParseUint(account, 10, 64)
		if err != nil {
			return err
		}
		to[fund] += amount
	}
}
