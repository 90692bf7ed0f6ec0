package settle

import (
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// InterestRate is a rate of client interest from a date on.
type InterestRate struct {
	Currency money.Currency
	From     calendar.Date
	Rate     money.Rate // per year
	Base     uint16     // days of the year, 360 or 365
	Source   string
}

// BuiltinRates returns the rates that clients' money earns unless the house has set
// its own: the benchmark of demand deposits, which a client's balance earns by the
// broker's agreement (domain facts B.5). Only CNY has one; a house with clients in
// other currencies adds its own.
func BuiltinRates() []InterestRate {
	const demand = "benchmark of RMB demand deposits, central bank, from 2012-07-06; a year of 360 days; from memory, not verified against the notice: a house posts at the rate it has published"
	return []InterestRate{{Currency: money.CNY, From: 20120706, Rate: 3_500_000, Base: 360, Source: demand}}
}

// rate returns the rate in force on the date for a currency.
func (o *Options) rate(c money.Currency) (InterestRate, error) { return RateOn(o.Rates, c, o.Date) }

// RateOn returns the rate of a currency that is in force on a date, as yyyymmdd. It
// returns ErrNoRate when there is none.
func RateOn(rates []InterestRate, c money.Currency, date uint32) (InterestRate, error) {
	var best InterestRate
	for _, x := range rates {
		if x.Currency == c && x.From <= calendar.Date(date) && x.From >= best.From {
			best = x
		}
	}
	if best.Base == 0 {
		return best, fmt.Errorf("interest on %s, posted on %d: %w", c, date, ErrNoRate)
	}
	return best, nil
}
