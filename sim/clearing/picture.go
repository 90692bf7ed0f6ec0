package clearing

import (
	"slices"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// picture is what the files of one market say about a day: the true one, or one
// that a fault has changed.
type picture struct {
	legs     []leg
	nets     []*Net // by currency
	changes  []row  // of positions, netted per account and security
	holdings []row  // at the end of the day
}

// picture draws one from trades and the holdings they lead to.
func (h *House) picture(mk market.Market, legs []leg, holdings register) *picture {
	p := &picture{legs: legs, holdings: holdings.rows(h.config.Receiver, mk)}
	// A forgotten purchase of what was sold again can leave less than nothing; a
	// holding is never told negative.
	p.holdings = slices.DeleteFunc(p.holdings, func(r row) bool { return r.quantity < 0 })
	netted, changed := nets{}, register{}
	for i := range legs {
		l := &legs[i]
		netted.add(l)
		if l.account == "" {
			continue
		}
		at := l.place()
		unit := l.unit
		if held, ok := h.holdings[at]; ok {
			unit = held.unit
		}
		r := changed[at]
		changed[at] = position{unit, r.quantity + l.change()}
	}
	p.nets = netted.sorted()
	for _, n := range p.nets {
		if booked := h.day.nets[netKey{n.member, n.Market, n.Currency}]; booked != nil {
			n.Member, n.TradeDate, n.Settles = booked.Member, booked.TradeDate, booked.Settles
		}
	}
	for _, r := range changed.rows(h.config.Receiver, mk) {
		if r.quantity != 0 {
			r.kind = csdc.TransferTrade
			p.changes = append(p.changes, r)
		}
	}
	for _, g := range h.day.granted {
		if g.member == h.config.Receiver && g.security.Market() == mk && g.units > 0 {
			p.changes = append(p.changes, row{place: g.place, unit: g.unit, quantity: g.units, kind: csdc.TransferEntitlement, note: csdc.EntitlementBonus})
		}
	}
	slices.SortFunc(p.changes, byAccount)
	return p
}

// dividends are the grants of the receiver on a market that bring cash today.
func (h *House) dividends(mk market.Market) []grant {
	return h.grantsWith(mk, func(g grant) bool { return g.cash > 0 })
}

// bonuses are the grants of the receiver on a market that bring units today.
func (h *House) bonuses(mk market.Market) []grant {
	return h.grantsWith(mk, func(g grant) bool { return g.units > 0 })
}

func (h *House) grantsWith(mk market.Market, want func(grant) bool) []grant {
	var out []grant
	for _, g := range h.day.granted {
		if g.member == h.config.Receiver && g.security.Market() == mk && want(g) {
			out = append(out, g)
		}
	}
	return out
}

// paid are today's settlements of the receiver's earlier nets on a market.
func (h *House) paid(mk market.Market) []Settlement {
	var out []Settlement
	for _, s := range h.day.report.Settlements {
		if s.member == h.config.Receiver && s.Net.Market == mk {
			out = append(out, s)
		}
	}
	return out
}

// dividendTotals adds the dividends up per currency.
func dividendTotals(grants []grant) map[money.Currency]money.Amount {
	out := map[money.Currency]money.Amount{}
	for _, g := range grants {
		out[g.currency] += g.cash // bounded: settlement has added the same figures up with a check
	}
	return out
}

var currencies = []money.Currency{money.CNY, money.HKD, money.USD}

// currencyCode is how the files name a currency.
func currencyCode(c money.Currency) string {
	if c == money.CNY {
		return "RMB"
	}
	return c.String()
}
