package settle

import (
	"cmp"
	"slices"

	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// closing is the clients' money at the closing height.
type closing struct {
	balances []clientBalance
	totals   []custody.Totals
	feesDue  map[place]money.Amount // commission due, by bank and currency
	posted   map[place]money.Amount // interest posted to clients today, by bank and currency
	interest map[place]money.Amount // of it what the bank has not paid yet
	course   []courseAt
}

// clientBalance is one client's cash at one bank.
type clientBalance struct {
	cashKey
	currency money.Currency
	balance  money.Amount
	held     money.Amount
}

// closingBooks reads the closing height when it is first asked for. What moved
// between the pinned height and it joins the day's movements.
func (r *run) closingBooks() (*closing, error) {
	if r.closing != nil {
		return r.closing, nil
	}
	if _, err := r.picture(); err != nil {
		return nil, err
	}
	err := r.blocks(r.report.Pinned+1, r.report.Closing, func(_ uint64, v record.View) error {
		if v.Code != record.Accepted {
			return nil
		}
		return r.moves.add(v)
	})
	if err != nil {
		return nil, err
	}
	m, err := r.at(r.report.Closing)
	if err != nil {
		return nil, err
	}
	b := &closing{totals: m.Totals(), feesDue: map[place]money.Amount{}, posted: map[place]money.Amount{}, interest: map[place]money.Amount{}}
	due := map[place]money.Amount{} // interest that clients have and banks have not paid, of all days
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		switch {
		case k.Kind == ledger.ClientCash:
			b.balances = append(b.balances, clientBalance{cashOf(k), money.Currency(k.Unit), money.Amount(a.Balance), money.Amount(a.Held())})
			if move := r.moves.by[cashOf(k)]; move != nil && move.interest+move.closing != 0 {
				b.posted[place{bank: k.Bank, currency: money.Currency(k.Unit)}] += move.interest + move.closing // bounded by the machine's own sum
			}
		case k.Kind == ledger.FeesDue && a.Balance != 0:
			b.feesDue[place{bank: k.Bank, currency: money.Currency(k.Unit)}] = money.Amount(a.Balance)
		case k.Kind == ledger.InterestDue && a.Balance < 0:
			due[place{bank: k.Bank, currency: money.Currency(k.Unit)}] = -money.Amount(a.Balance)
		case k.Kind == ledger.InSettlement && !market.Market(k.Owner).Valid() && a.Balance != 0:
			b.course = append(b.course, courseAt{k.Bank, money.Currency(k.Unit), money.Amount(a.Balance)})
		}
	}
	slices.SortFunc(b.course, func(x, y courseAt) int {
		return cmp.Or(cmp.Compare(x.bank, y.bank), cmp.Compare(x.currency, y.currency))
	})
	for p, posted := range b.posted {
		b.interest[p] = min(posted, due[p])
	}
	r.closing = b
	return b, nil
}
