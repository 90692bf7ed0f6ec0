package day

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"sancun/calendar"
	"sancun/custody"
	"sancun/issues"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sim/exchange"
)

// subscribesIn is how often somebody subscribes: once in so many orders.
const subscribesIn = 700

// inventIssues makes the calendar of issues of the day from the seed. The market
// data say nothing of new issues, so these are no real ones: their codes are the
// last of each board that no security of the day has.
func inventIssues(c Config, stocks []stock) (*issues.Calendar, error) {
	years, err := calendar.China()
	if err != nil {
		return nil, err
	}
	next, err := years.Next(c.Date) // on which the morning is played, without an issue
	if err != nil {
		return nil, err
	}
	rng := dice(c.Seed, diceIssues)
	made := &issues.Calendar{From: c.Date, Until: next}
	for _, board := range []struct {
		name           string
		of             market.Market
		security, code uint32 // the highest of each range; Shenzhen subscribes under the security's own
		value          money.Amount
	}{
		{"示例主板", market.Shanghai, 605_999, 707_999, 10_000_00},
		{"示例科创", market.Shanghai, 688_999, 787_999, 5_000_00},
		{"示例深主", market.Shenzhen, 1_399, 0, 5_000_00},
		{"示例创业", market.Shenzhen, 301_999, 0, 5_000_00},
	} {
		security, err := market.NewID(board.of, board.security)
		for err == nil && slices.ContainsFunc(stocks, func(s stock) bool { return s.rules.ID == security }) {
			security--
		}
		code := security
		if board.code != 0 && err == nil {
			code, err = market.NewID(board.of, board.code)
		}
		if err != nil {
			return nil, err
		}
		made.Issues = append(made.Issues, issues.Issue{
			Date: c.Date, Code: code, Security: security, Name: board.name, Price: 100 * money.Price(500+rng.IntN(7_500)),
			Unit: 500, Max: 500 * money.Quantity(10+rng.IntN(40)), Value: board.value,
		})
	}
	slices.SortFunc(made.Issues, func(a, b issues.Issue) int { return int(a.Code) - int(b.Code) })
	return made, nil
}

// writeIssues writes the calendar where operations would keep it.
func writeIssues(c Config, made *issues.Calendar) (path string, err error) {
	path = filepath.Join(c.Dir, "files", "issues_"+c.Date.Compact()+".txt")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("folder of the day's files: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("write the calendar of issues: %w", err)
	}
	err = made.Write(f)
	if shut := f.Close(); err == nil {
		err = shut
	}
	return path, err
}

// IssueListings are the codes of a market that take subscriptions on a date, as a
// simulated exchange lists them.
func IssueListings(c *issues.Calendar, date calendar.Date, of market.Market) ([]exchange.Security, error) {
	var all []exchange.Security
	open, _ := c.On(date)
	for _, i := range open {
		if i.Code.Market() != of {
			continue
		}
		listed, err := exchange.IssueListing(i.Code.Digits(), i.Name, i.Price, i.Unit, i.Max)
		if err != nil {
			return nil, err
		}
		all = append(all, listed)
	}
	return all, nil
}

// subscriber draws subscriptions as the day's investors place them, from numbers of
// its own, so that the other orders are the same with and without issues.
type subscriber struct {
	rng       *rand.Rand
	investors []investor
	open      []issues.Issue
}

// subscriptions draws those of a slot with so many orders.
func (s *subscriber) subscriptions(orders int64) []*record.NewOrder {
	var all []*record.NewOrder
	for range orders {
		if len(s.open) == 0 || s.rng.IntN(subscribesIn) != 0 {
			continue
		}
		v, i := &s.investors[s.rng.IntN(len(s.investors))], &s.open[s.rng.IntN(len(s.open))]
		o := &record.NewOrder{
			Fund: v.fund, Instrument: uint32(i.Code), Side: custody.Subscribe, Category: custody.CategoryNonTrading, Type: uint8(market.LimitOrder),
			Channel: uint8(1 + s.rng.IntN(4)), Price: i.Price, Quantity: i.Unit * money.Quantity(1+s.rng.Int64N(int64(i.Max/i.Unit))),
		}
		switch s.rng.IntN(12) {
		case 0:
			o.Quantity = i.Max + i.Unit // more than one account may
		case 1:
			o.Price += 100 // not the issue price
		case 2:
			o.Side, o.Category = custody.Buy, custody.CategoryAuction // there is nothing to buy yet
		}
		all = append(all, o)
	}
	return all
}
