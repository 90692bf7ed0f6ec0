package reconcile

import (
	"cmp"
	"slices"

	"sancun/custody"
	"sancun/difference"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// ReserveFigures are what the clearing house says of the clients' reserve account of
// a market and currency, in minor units.
type ReserveFigures struct {
	Market   uint8
	Currency money.Currency
	Balance  money.Amount
	Minimum  money.Amount // 最低备付, to be there at the end of every day
	// Received is what it has paid in today that our books settle on the next day:
	// cash dividends of today's files.
	Received money.Amount
}

// ReserveCheck is the third side of the three-way comparison (row K41): the reserve
// of a market and currency in our books, bank by bank added up, and at the clearing
// house. Amounts are in minor units.
type ReserveCheck struct {
	Market   uint8
	Currency money.Currency
	Ours     money.Amount
	Theirs   money.Amount
	Minimum  money.Amount
	// Against is Ours − Theirs taken apart; the parts add up to the gap, and zero
	// parts are left out.
	Against []Residual
}

// Holds says whether nothing is unexplained.
func (c *ReserveCheck) Holds() bool {
	return !slices.ContainsFunc(c.Against, func(r Residual) bool { return r.Class == Unexplained })
}

// Enough says whether the clearing house finds its minimum.
func (c *ReserveCheck) Enough() bool { return c.Theirs >= c.Minimum }

// Difference is what of the check nothing explains, to become a case of a date; false
// when there is nothing. Neither side's data prevail: there is always a cause to be
// found with the clearing house.
func (c *ReserveCheck) Difference(date uint32) (difference.Difference, bool) {
	for _, r := range c.Against {
		if r.Class == Unexplained {
			return difference.Difference{
				Type: record.CaseTotal, Subject: record.CaseCash, Market: c.Market, Date: date, Ours: c.Theirs + r.Amount, Theirs: c.Theirs,
				TheirRef: "reserve " + c.Currency.String(), Detail: "reserve account at the clearing house, what is explained left out of our side",
			}, true
		}
	}
	return difference.Difference{}, false
}

// Reserves compares the reserve in our books with the clearing house's, for the
// markets and currencies given and for every other that our books have something
// on, in ascending order. A remittance without a known outcome may have arrived or
// not: it explains at most its own amount.
func Reserves(m *custody.Machine, theirs []ReserveFigures) []ReserveCheck {
	type place struct {
		market   uint8
		currency money.Currency
	}
	ours, out, back := map[place]money.Amount{}, map[place]money.Amount{}, map[place]money.Amount{}
	var checks []ReserveCheck
	received := map[place]money.Amount{}
	for _, f := range theirs {
		received[place{f.Market, f.Currency}] = f.Received
		checks = append(checks, ReserveCheck{Market: f.Market, Currency: f.Currency, Theirs: f.Balance, Minimum: f.Minimum})
	}
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		if k.Kind != ledger.ClientReserve || !market.Market(k.Owner).Valid() {
			continue
		}
		p := place{uint8(k.Owner), money.Currency(k.Unit)}
		ours[p] += money.Amount(a.Balance)
		if !slices.ContainsFunc(checks, func(c ReserveCheck) bool { return place{c.Market, c.Currency} == p }) {
			checks = append(checks, ReserveCheck{Market: p.market, Currency: p.currency})
		}
	}
	for _, r := range m.Remittances() {
		if r.Open() {
			p := place{r.Market, r.Currency}
			out[p] += max(r.Amount, 0)
			back[p] += max(-r.Amount, 0)
		}
	}
	for i := range checks {
		c := &checks[i]
		p := place{c.Market, c.Currency}
		c.Ours = ours[p]
		// Money out is booked when it is asked, money back when the bank has it: while
		// an outcome is open our side can only be the larger one.
		c.Against = parts(c.Ours-c.Theirs, Residual{InCourse, -received[p]}, out[p]+back[p])
	}
	slices.SortFunc(checks, func(a, b ReserveCheck) int {
		return cmp.Or(cmp.Compare(a.Market, b.Market), cmp.Compare(a.Currency, b.Currency))
	})
	return checks
}

// parts takes a gap apart: what is known exactly, what is under way, at most its
// amount and in its direction, and the rest.
func parts(gap money.Amount, known Residual, underWay money.Amount) (all []Residual) {
	gap -= known.Amount
	moving := max(0, min(gap, underWay))
	for _, r := range [...]Residual{known, {InFlight, moving}, {Unexplained, gap - moving}} {
		if r.Amount != 0 {
			all = append(all, r)
		}
	}
	return all
}
