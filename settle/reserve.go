package settle

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// MinimumReserve is what the clearing house wants to find on the clients' reserve
// account of a market at the end of every day (最低备付, row K4, domain facts E.3).
type MinimumReserve struct {
	Market   uint8
	Currency money.Currency
	Amount   money.Amount // minor units
}

// reserveStep is what remittances are rounded to, 10,000 yuan, so that cents do not
// travel; a gap is rounded up, a surplus down.
const reserveStep money.Amount = 10_000_00

// PlanReserve returns the remittances that bring the reserve to what it must hold,
// bank by bank and market by market: the bank's part of the minimum, by its clients'
// ledgers, and what its clients' trades will take at the next settlement, of the open
// day and of the days before that are not settled yet. So the clearing house finds
// the net payable at 17:00 (E.2) and the minimum behind it. What is more comes back;
// what goes out stands first and must be there before, because the clearing house
// pays nothing back that it is going to take.
// The clearing house takes cash from 8:30 to 17:00 on trading days; keeping these
// hours is the caller's. The error is money.ErrOverflow.
func PlanReserve(m *custody.Machine, minimums []MinimumReserve) ([]record.AskRemittance, error) {
	need, err := payables(m)
	if err != nil {
		return nil, err
	}
	var all []record.AskRemittance
	totals := m.Totals()
	for _, x := range minimums {
		shares := sharesOf(totals, &x)
		for i := range totals {
			t := &totals[i]
			if t.Currency != x.Currency {
				continue
			}
			at := place{t.Bank, x.Market, x.Currency}
			gap, err := sum(shares[t.Bank], max(0, need.taken[at]), -need.reserve[at])
			if err != nil {
				return nil, fmt.Errorf("reserve of bank %d on market %d: %w", at.bank, at.market, err)
			}
			if gap > 0 {
				gap = (gap + reserveStep - 1) / reserveStep * reserveStep
				gap = min(gap, max(0, t.Pooled)) // a pooled account that is short gives what it has
			} else {
				gap = gap / reserveStep * reserveStep // towards zero: down
			}
			if gap != 0 {
				all = append(all, record.AskRemittance{Bank: t.Bank, Market: x.Market, Currency: x.Currency, Amount: gap})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b record.AskRemittance) int { return cmp.Compare(min(b.Amount, 0), min(a.Amount, 0)) })
	return all, nil
}

// sharesOf divides a minimum among the banks by their clients' ledgers, each part
// rounded up: together they are never less.
func sharesOf(totals []custody.Totals, x *MinimumReserve) map[uint16]money.Amount {
	var whole money.Amount
	for i := range totals {
		if t := &totals[i]; t.Currency == x.Currency && t.Ledger > 0 {
			whole += t.Ledger // sums of the ledger's own accounts
		}
	}
	shares := map[uint16]money.Amount{}
	for i := range totals {
		t := &totals[i]
		if t.Currency != x.Currency || t.Ledger <= 0 {
			continue
		}
		high, low := bits.Mul64(uint64(x.Amount), uint64(t.Ledger))
		part, rest := bits.Div64(high, low, uint64(whole)) // a part is not above the whole, so it fits
		if rest > 0 {
			part++
		}
		shares[t.Bank] = money.Amount(part)
	}
	return shares
}

// reserves is what is and what will be taken, by place.
type reserves struct {
	reserve map[place]money.Amount // what is there, less what is on its way back
	taken   map[place]money.Amount // net payable at settlement
}

func payables(m *custody.Machine) (reserves, error) {
	r := reserves{map[place]money.Amount{}, map[place]money.Amount{}}
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		at := place{k.Bank, uint8(k.Owner), money.Currency(k.Unit)}
		switch {
		case k.Kind == ledger.ClientReserve:
			r.reserve[at] += money.Amount(a.Balance)
		case k.Kind == ledger.InSettlement && market.Market(k.Owner).Valid():
			r.taken[at] -= money.Amount(a.Balance) // booked by clearing, not settled yet
		}
	}
	for _, x := range m.Remittances() {
		if x.Open() && x.Amount < 0 {
			r.reserve[place{x.Bank, x.Market, x.Currency}] += x.Amount
		}
	}
	for _, o := range m.Orders() {
		if o.Filled == 0 || o.Cleared != 0 {
			continue
		}
		f, in := m.FundAt(o.Fund), m.InstrumentAt(o.Instrument)
		at := place{f.Bank, uint8(in.ID.Market()), f.Currency}
		value := o.Value
		if o.Side == custody.Sell {
			value = -value
		}
		var err error
		if r.taken[at], err = sum(r.taken[at], value, o.Fees); err != nil {
			return r, err
		}
	}
	return r, nil
}
