package day

import (
	"context"
	"fmt"
	"strings"

	"sancun/custody"
	"sancun/difference"
	"sancun/market"
	"sancun/money"
	"sancun/reconcile"
	"sancun/settle"
	"sancun/sim/clearing"
)

// ThreeWayReport is the three-way reconciliation of one bank and currency at the end
// of a day (row K41, domain facts B.9), in fen: what we owe the clients, what the bank
// keeps for them, and where the money is.
type ThreeWayReport struct {
	Date        string       `json:"date"`
	Bank        string       `json:"bank"`
	Currency    string       `json:"currency"`
	Ledger      int64        `json:"ledger"`
	Management  int64        `json:"management"`
	Pooled      int64        `json:"pooled"`  // as the bank says
	Reserve     int64        `json:"reserve"` // by our books
	Against     []PartReport `json:"ledger_less_management"`
	Funds       []PartReport `json:"ledger_less_money"`
	Unexplained bool         `json:"unexplained"`
}

// PartReport is a part of a gap and what explains it.
type PartReport struct {
	Class  string `json:"class"`
	Amount int64  `json:"amount"`
}

// ReserveReport is the reserve over the days: what the clearing house has and wants.
type ReserveReport struct {
	Days        []ReserveDayReport `json:"days"`
	MinimumDays int                `json:"minimum_checks"` // an account on a calendar day
	Short       int                `json:"minimum_short"`  // of them under the minimum
	FundChecks  int                `json:"fund_checks"`    // at 17:00
	FundShort   int                `json:"fund_short"`
	ToReserve   int64              `json:"to_reserve"` // remitted by the banks, fen
	FromReserve int64              `json:"from_reserve"`
	Remittances uint64             `json:"remittances"`
}

// ReserveDayReport is the clients' reserve account of a market at the end of a day.
type ReserveDayReport struct {
	Date        string       `json:"date"`
	Market      string       `json:"market"`
	Account     string       `json:"account"`
	Ours        int64        `json:"ours"` // of all banks together
	Theirs      int64        `json:"theirs"`
	Minimum     int64        `json:"minimum"`
	Enough      bool         `json:"minimum_held"`
	Against     []PartReport `json:"ours_less_theirs"`
	Unexplained bool         `json:"unexplained"`
}

// minimums counts looks at the minimum reserve.
func (r *ReserveReport) minimums(all []clearing.MinimumCheck) {
	for _, c := range all {
		if c.Account == "" || c.Purpose != clearing.Client {
			continue
		}
		r.MinimumDays++
		if c.Code != clearing.CodeOK {
			r.Short++
		}
	}
}

// holds says whether nothing was short.
func (r *ReserveReport) holds() bool { return r.Short == 0 && r.FundShort == 0 }

// threeWay compares ledger, banks and clearing house after a day end, when the banks
// have applied the day's files and said their totals.
func (p *player) threeWay(ctx context.Context, r *Report) error {
	var figures []reconcile.Figures
	for _, t := range p.dusk.report.Totals {
		figures = append(figures, reconcile.Figures{Bank: t.Bank, Currency: t.Currency, Management: t.Ledger, Pooled: t.Pooled})
	}
	received := map[uint8]money.Amount{}
	for _, x := range p.dusk.report.Obligations {
		if x.Kind == settle.ObligationDividend {
			received[x.Market] += x.Amount
		}
	}
	var reserves []reconcile.ReserveFigures
	for _, of := range clearingMarkets {
		a := p.reserveAt(of)
		reserves = append(reserves, reconcile.ReserveFigures{
			Market: uint8(of), Currency: a.Currency, Balance: a.Balance, Minimum: a.Minimum, Received: received[uint8(of)],
		})
	}
	var checks []reconcile.Check
	var there []reconcile.ReserveCheck
	codes := map[uint16]string{}
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		checks, there = reconcile.ThreeWay(m, figures), reconcile.Reserves(m, reserves)
		for _, b := range m.Banks() {
			codes[b.Number] = strings.TrimRight(string(b.Code[:]), "\x00")
		}
	}); err != nil {
		return err
	}
	if len(checks) < len(p.banks) {
		return fmt.Errorf("%d of %d banks said their totals", len(checks), len(p.banks))
	}
	date := p.today().Compact()
	for i := range checks {
		c := &checks[i]
		r.ThreeWay = append(r.ThreeWay, ThreeWayReport{
			Date: date, Bank: codes[c.Bank], Currency: c.Currency.String(), Ledger: int64(c.Ledger), Management: int64(c.Management), Pooled: int64(c.Pooled),
			Reserve: int64(c.Reserve), Against: partsOf(c.Against), Funds: partsOf(c.Funds), Unexplained: !c.Holds(),
		})
	}
	var found []difference.Difference
	for i := range there {
		c := &there[i]
		if d, off := c.Difference(uint32(p.today())); off {
			found = append(found, d)
		}
		of := market.Market(c.Market)
		r.Reserve.Days = append(r.Reserve.Days, ReserveDayReport{
			Date: date, Market: of.String(), Account: cashAccount(of), Ours: int64(c.Ours), Theirs: int64(c.Theirs), Minimum: int64(c.Minimum), Enough: c.Enough(),
			Against: partsOf(c.Against), Unexplained: !c.Holds(),
		})
	}
	for _, c := range p.dusk.house.Report().Checks {
		if c.Purpose == clearing.Client {
			r.Reserve.FundChecks++
			if c.Code != clearing.CodeOK {
				r.Reserve.FundShort++
			}
		}
	}
	_, err := p.register(ctx, found)
	return err
}

func partsOf(all []reconcile.Residual) []PartReport {
	parts := []PartReport{}
	for _, x := range all {
		parts = append(parts, PartReport{x.Class.String(), int64(x.Amount)})
	}
	return parts
}

// reconciled says whether no check of any day left anything unexplained, and the
// minimum was there at the end of each.
func (r *Report) reconciled() bool {
	for i := range r.ThreeWay {
		if r.ThreeWay[i].Unexplained {
			return false
		}
	}
	for i := range r.Reserve.Days {
		if d := &r.Reserve.Days[i]; d.Unexplained || !d.Enough {
			return false
		}
	}
	return len(r.ThreeWay) > 0
}
