package day

import (
	"fmt"
	"io"
	"strings"

	"sancun/market"
	"sancun/record"
	"sancun/settle"
	"sancun/sim/clearing"
)

// SettlementReport is final settlement of the played day's trades on the next trading
// day (T+1, 16:00; rows K39, K40), and that day's own end. Amounts are in fen.
type SettlementReport struct {
	Date string `json:"date"`
	// Obligations are what the played day's end left to be moved, and was booked.
	Obligations []ObligationReport `json:"obligations"`
	House       []HouseReport      `json:"clearing_house"` // what it settled, account by account
	Commission  int64              `json:"commission"`     // drawn to fee income
	Rounding    int64              `json:"rounding"`       // broker against clearing house, for the broker
	Deposits    uint64             `json:"deposits"`       // of the day
	Withdrawals uint64             `json:"withdrawals"`
	Steps       []StepReport       `json:"steps"`
	Banks       []BankReport       `json:"banks"` // after its day end
}

// ObligationReport is one movement of pooled money that settlement booked.
type ObligationReport struct {
	Kind     string `json:"kind"`
	Bank     uint16 `json:"bank"`
	To       uint16 `json:"to,omitempty"`
	Market   uint8  `json:"market,omitempty"`
	Currency string `json:"currency"`
	Amount   int64  `json:"amount"`
}

// HouseReport is one payment of the clearing house's final settlement.
type HouseReport struct {
	Account string `json:"account"`
	Market  string `json:"market"`
	What    string `json:"what"` // net of trades, or dividends
	Amount  int64  `json:"amount"`
	Code    string `json:"code"`
}

// settled notes what was booked and what the clearing house settled. Nets must agree
// market by market, and nothing may have come from the own account.
func (s *SettlementReport) settled(due []settle.Obligation, house []clearing.Settlement) error {
	ours, theirs := map[market.Market]int64{}, map[market.Market]int64{}
	for _, x := range due {
		s.Obligations = append(s.Obligations, ObligationReport{x.Kind.String(), x.Bank, x.To, x.Market, x.Currency.String(), int64(x.Amount)})
		switch x.Kind {
		case settle.ObligationNet:
			ours[market.Market(x.Market)] += int64(x.Amount)
		case settle.ObligationCommission:
			s.Commission += int64(x.Amount)
		case settle.ObligationRounding:
			s.Rounding += int64(x.Amount)
		}
	}
	for _, x := range house {
		row := HouseReport{Account: x.Account, Market: x.Net.Market.String(), What: "net of " + x.Net.TradeDate.Compact(), Amount: int64(x.Amount), Code: string(x.Code)}
		if x.Net.Settles == 0 {
			row.Market, row.What = "", "dividends"
		} else {
			theirs[x.Net.Market] += int64(x.Amount)
		}
		if x.Code != clearing.CodeOK {
			return fmt.Errorf("account %s: %s %s", x.Account, x.Code, x.Code.English())
		}
		s.House = append(s.House, row)
	}
	for _, of := range clearingMarkets {
		if ours[of] != theirs[of] {
			return fmt.Errorf("market %s: we settled %d, the clearing house %d", of, ours[of], theirs[of])
		}
	}
	return nil
}

// count counts an accepted command of the days behind the played one.
func (r *Report) countLater(v record.View) error {
	switch v.Kind {
	case record.KindAskDeposit, record.KindBankDeposit:
		r.Settlement.Deposits++
	case record.KindAskWithdrawal, record.KindBankWithdrawal:
		r.Settlement.Withdrawals++
	case record.KindEntitlement:
		return r.Entitlements.entitled(v)
	}
	return nil
}

// remitted counts a remittance that was asked for.
func (r *ReserveReport) remitted(v record.View) error {
	var cmd record.AskRemittance
	if !record.Decode(v.Command, &cmd) {
		return fmt.Errorf("remittance: %w", record.ErrMalformed)
	}
	r.Remittances++
	r.ToReserve += int64(max(cmd.Amount, 0))
	r.FromReserve += int64(max(-cmd.Amount, 0))
	return nil
}

// printSettlement writes what came behind the played day.
func (r *Report) printSettlement(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	s := &r.Settlement
	line("")
	line("  final settlement T+1 最终交收, %s 16:00, %d obligations booked", s.Date, len(s.Obligations))
	for _, h := range s.House {
		line("  %-20s %-8s %-18s %20s  %s", h.Account, h.Market, h.What, yuan(h.Amount), h.Code)
	}
	line("  commission drawn 佣金划转 %20s     rounding 尾差 %20s     %d deposits, %d withdrawals", yuan(s.Commission), yuan(s.Rounding), s.Deposits, s.Withdrawals)
	r.printBanks(line, s.Banks)
	e := &r.Entitlements
	line("  entitlements 权益, record date %s, paid %s: %d issues, %d dividends of %s, %d bonus rows of %d units; tax differential not available yet",
		e.RecordDate, e.PayDate, e.Events, e.Dividends, yuan(e.Cash), e.Bonuses, e.Units)
	printSteps(line, "day end of "+s.Date, s.Steps)
	r.printReserve(line)
	for _, i := range r.Interest {
		line("  interest 结息 on %s: %d accounts, %s posted, %s by a naive sum over calendar days, rate %s  %s",
			i.PostedOn, i.Accounts, yuan(i.Amount), yuan(i.Naive), i.Rate, mark(i.Agrees && i.Amount == i.Naive))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printReserve writes the reserve and the three-way reconciliation, of the played
// day, the settlement day and the last day.
func (r *Report) printReserve(line func(string, ...any)) {
	shown := map[string]bool{r.TradeDate: true, r.Settlement.Date: true}
	if n := len(r.ThreeWay); n > 0 {
		shown[r.ThreeWay[n-1].Date] = true
	}
	line("")
	line("  three-way reconciliation 三方核对 (CNY)")
	line("  %-9s %-8s %20s %20s %20s %18s", "date", "bank", "client ledgers", "management", "pooled", "reserve")
	for _, x := range r.ThreeWay {
		if shown[x.Date] {
			line("  %-9s %-8s %20s %20s %20s %18s  %s%s", x.Date, x.Bank, yuan(x.Ledger), yuan(x.Management), yuan(x.Pooled), yuan(x.Reserve), explained(x.Funds), mark(!x.Unexplained))
		}
	}
	line("  %-9s %-8s %20s %20s %20s", "date", "reserve", "our books", "clearing house", "minimum")
	for _, x := range r.Reserve.Days {
		if shown[x.Date] {
			line("  %-9s %-8s %20s %20s %20s  %s%s", x.Date, x.Market, yuan(x.Ours), yuan(x.Theirs), yuan(x.Minimum), explained(x.Against), mark(!x.Unexplained))
		}
	}
	v := &r.Reserve
	line("  %d remittances: %s to the reserve, %s back; fund check 资金核验 %d, short %d; minimum reserve 最低备付 %d looks, short %d  %s",
		v.Remittances, yuan(v.ToReserve), yuan(v.FromReserve), v.FundChecks, v.FundShort, v.MinimumDays, v.Short, mark(v.holds()))
}

// explained writes the parts of a gap.
func explained(parts []PartReport) string {
	var b strings.Builder
	for _, x := range parts {
		fmt.Fprintf(&b, "%s %s, ", x.Class, yuan(x.Amount))
	}
	return b.String()
}

// printSteps writes the steps of a day end.
func printSteps(line func(string, ...any), title string, steps []StepReport) {
	if len(steps) > 0 {
		line("")
		line("  %s", title)
	}
	for _, s := range steps {
		line("  %-34s %10d rows %9.2f s  %s", s.Name, s.Rows, s.Seconds, mark(s.OK))
	}
}

// printBanks writes the identity of every bank.
func (r *Report) printBanks(line func(string, ...any), banks []BankReport) {
	line("")
	line("  total to detail 总分核对 (CNY)")
	line("  %-8s %20s = %18s + %16s + %18s", "bank", "client ledgers", "pooled", "reserve", "in settlement")
	for _, k := range banks {
		line("  %-8s %20s = %18s + %16s + %18s  %s", k.Code, yuan(k.LedgerTotal), yuan(k.Pooled), yuan(k.Reserve), yuan(k.InSettlement), mark(k.Balanced))
	}
}
