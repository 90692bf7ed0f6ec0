package day

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/quotes"
)

// stock is one real security of the day with its real prices.
type stock struct {
	rules     market.Instrument
	open      money.Price
	high      money.Price
	low       money.Price
	close     money.Price
	prevClose money.Price
	volume    money.Quantity
	weight    int64 // share of the market's turnover, cumulated
	traded    bool
}

// afterHours says whether the stock trades at the closing price on the day of
// the data.
func (s *stock) afterHours() bool {
	return s.rules.Board == market.STAR || s.rules.Board == market.ChiNext
}

// unlistedLimits are the two securities of 2023-08-25 that traded without a price
// limit in their first five days; the data carry no listing dates, so the date
// is set to the day itself (domain facts G, cross-check 2).
var newlyListed = map[string]bool{"603275.SH": true, "688591.SH": true}

// loadStocks reads the real cross-section of the day. Indices and securities of
// markets without a gateway are left out.
func loadStocks(c Config) ([]stock, error) {
	section, err := quotes.LoadDay(c.Data)
	if err != nil {
		return nil, err
	}
	var all []stock
	for i := range section.Rows {
		row := &section.Rows[i]
		id, err := market.ParseID(row.Symbol)
		if err != nil {
			continue
		}
		rules, err := market.NewInstrument(id, row.Name)
		if err != nil || rules.Board == market.Index || id.Market() == market.Beijing {
			continue
		}
		if newlyListed[row.Symbol] {
			rules.Listed = c.Date
		}
		if !row.Traded() {
			rules.Status = market.Suspended
		}
		all = append(all, stock{
			rules: rules, open: row.Open, high: row.High, low: row.Low, close: row.Close, prevClose: row.PrevClose,
			volume: row.Volume, weight: int64(row.Amount) / 100, traded: row.Traded(),
		})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the market data in %s hold no security", c.Data)
	}
	slices.SortFunc(all, func(a, b stock) int { return int(a.rules.ID) - int(b.rules.ID) })
	var sum int64
	for i := range all {
		if all[i].traded {
			sum += 1 + all[i].weight/10_000
		}
		all[i].weight = sum
	}
	return all, nil
}

// pick draws a security in proportion to its real turnover.
func pick(rng *rand.Rand, stocks []stock) int {
	at := 1 + rng.Int64N(stocks[len(stocks)-1].weight)
	i, _ := slices.BinarySearchFunc(stocks, at, func(s stock, w int64) int {
		switch {
		case s.weight < w:
			return -1
		case s.weight > w:
			return 1
		}
		return 0
	})
	for i > 0 && stocks[i-1].weight >= at { // the first of those with an equal sum
		i--
	}
	return i
}

// dataDate is the day of the cross-section of prices.
const dataDate calendar.Date = 20230825

// checkDate checks that there are data for the date: the cross-section is of one day.
func checkDate(d calendar.Date) error {
	if d != dataDate {
		return fmt.Errorf("there are full market data for 20230825 only, not for %s", d.Compact())
	}
	return nil
}
