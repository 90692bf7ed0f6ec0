package clearing

import (
	"cmp"
	"maps"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// Net is what a member owes or is owed for a day's trades on one market in one
// currency. Bought, Sold and the fees are positive; Amount is Sold − Bought −
// fees, positive when the member receives.
type Net struct {
	Member                                string
	Market                                market.Market
	Currency                              money.Currency
	TradeDate                             calendar.Date
	Settles                               calendar.Date // when it is paid
	Legs                                  int64         // sides of trades behind it
	Bought, Sold                          money.Amount
	Stamp, Transfer, Handling, Regulatory money.Amount
	Amount                                money.Amount
	member                                int
}

// netKey is what is netted into one figure.
type netKey struct {
	member   int
	market   market.Market
	currency money.Currency
}

// nets are the netted figures of a day.
type nets map[netKey]*Net

// add nets a leg. Sums cannot overflow, see legAmountMax.
func (n nets) add(l *leg) {
	key := netKey{l.member, l.security.Market(), l.currency}
	t := n[key]
	if t == nil {
		t = &Net{Market: key.market, Currency: key.currency, member: key.member}
		n[key] = t
	}
	if l.side == market.Sell {
		t.Sold += l.amount
	} else {
		t.Bought += l.amount
	}
	t.Legs++
	t.Stamp += l.fees.Stamp
	t.Transfer += l.fees.Transfer
	t.Handling += l.fees.Handling
	t.Regulatory += l.fees.Regulatory
	t.Amount += l.net()
}

func (n nets) sorted() []*Net {
	return slices.SortedFunc(maps.Values(n), func(a, b *Net) int {
		return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.Market, b.Market), cmp.Compare(a.Currency, b.Currency))
	})
}
