package day

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"sancun/custody"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
)

// Report is what a day came to. Money is in fen.
type Report struct {
	TradeDate        string         `json:"trade_date"`
	Seed             uint64         `json:"seed"`
	Clients          int            `json:"clients"`
	Orders           uint64         `json:"orders"`        // placed, refused ones included
	Subscriptions    uint64         `json:"subscriptions"` // to new issues, accepted by us
	AfterHours       uint64         `json:"after_hours"`   // orders at the closing price, accepted by us
	AfterHoursFills  uint64         `json:"after_hours_fills"`
	AfterHoursSH     uint64         `json:"after_hours_fills_shanghai"` // of those, in Shanghai
	Fills            uint64         `json:"fills"`                      // those after hours included
	Cancels          uint64         `json:"cancels"`                    // confirmed by an exchange
	Rejects          uint64         `json:"rejects"`                    // orders, cancels and transfers refused by us
	Deposits         uint64         `json:"deposits"`
	Withdrawals      uint64         `json:"withdrawals"`
	UnknownOutcomes  uint64         `json:"unknown_outcomes"` // transfers that were unknown at some time
	Reversals        uint64         `json:"reversals"`
	DifferencesFound uint64         `json:"differences_found"`
	DifferencesOpen  uint64         `json:"differences_open"`
	Banks            []BankReport   `json:"banks"`
	ClearingSteps    []StepReport   `json:"clearing_steps"`
	Faults           []FaultReport  `json:"faults"`
	RejectsByCode    map[string]int `json:"rejects_by_code"`
	Blocks           uint64         `json:"blocks"`
	Commands         uint64         `json:"commands"`
	StateRoot        string         `json:"state_root"`
	VerifyRoot       string         `json:"verify_root"`
	Balanced         bool           `json:"balanced"`
	NextDayOpen      bool           `json:"next_day_open"`
	Paperless        bool           `json:"paperless,omitempty"` // no reports as PDF, for want of a font
	NextDay          NextDayReport  `json:"next_day_orders"`

	Settlement   SettlementReport  `json:"settlement"`
	Entitlements EntitlementReport `json:"entitlements"`
	Reserve      ReserveReport     `json:"reserve"`
	ThreeWay     []ThreeWayReport  `json:"three_way"`
	QuietDays    int               `json:"quiet_days"`
	Interest     []InterestReport  `json:"interest,omitempty"`

	SecondsTotal   float64 `json:"seconds_total"`
	CommandsPerSec float64 `json:"commands_per_second"` // over the trading session
	PeakRSS        int64   `json:"peak_rss_bytes"`

	evening, morning bool     // where the tally is: business has stopped, the next day has opened
	opened           int      // days that the tally has seen open
	late             []uint64 // the orders after hours
}

// BankReport is the total-to-detail identity of one bank and currency.
type BankReport struct {
	Code         string `json:"code"`
	Currency     string `json:"currency"`
	LedgerTotal  int64  `json:"ledger_total"`
	Pooled       int64  `json:"pooled"`
	Reserve      int64  `json:"reserve"`
	InSettlement int64  `json:"in_settlement"`
	Balanced     bool   `json:"balanced"`
}

// StepReport is one step of the day end.
type StepReport struct {
	Name    string  `json:"name"`
	Rows    uint64  `json:"rows"`
	Seconds float64 `json:"seconds"`
	OK      bool    `json:"ok"`
}

// tally counts the records of a journal.
func (r *Report) tally(b *journal.Block) error {
	r.Blocks++
	for _, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err != nil {
			return fmt.Errorf("block %d: %w", b.Height, err)
		}
		r.Commands++
		if v.Kind == record.KindOpenDay && v.Code == record.Accepted {
			r.opened++
		}
		if alone, err := r.tallyNextDay(v); err != nil || alone {
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
			continue
		}
		if err := r.tallyReserve(v); err != nil {
			return fmt.Errorf("block %d: %w", b.Height, err)
		}
		if r.opened > 1 {
			continue
		}
		if v.Kind == record.KindNewOrder {
			r.Orders++
		}
		if v.Code != record.Accepted {
			if v.Code != record.ReportRepeated {
				r.Rejects++
				r.RejectsByCode[v.Code.String()]++
			}
			continue
		}
		r.count(v.Kind)
		if v.Kind == record.KindNewOrder {
			if c, err := v.Cmd(); err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			} else if o := c.(*record.NewOrder); o.Side == custody.Subscribe {
				r.Subscriptions++
			} else if o.Category == custody.CategoryAfterHours {
				r.AfterHours++
				r.late = append(r.late, v.Ref)
			}
		}
		if v.Kind == record.KindOrderFilled && slices.Contains(r.late, v.Ref) {
			r.AfterHoursFills++
			if c, err := v.Cmd(); err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			} else if c.(*record.OrderFilled).Market == uint8(market.Shanghai) {
				r.AfterHoursSH++
			}
		}
	}
	return nil
}

// tallyReserve counts what is reported of all days.
func (r *Report) tallyReserve(v record.View) error {
	switch {
	case v.Code != record.Accepted:
		return nil
	case v.Kind == record.KindAskRemittance:
		return r.Reserve.remitted(v)
	case r.opened > 1:
		return r.countLater(v)
	}
	return nil
}

// count counts an accepted command.
func (r *Report) count(k record.Kind) {
	switch k {
	case record.KindOrderFilled:
		r.Fills++
	case record.KindOrderCancelled:
		r.Cancels++
	case record.KindAskDeposit, record.KindBankDeposit:
		r.Deposits++
	case record.KindAskWithdrawal, record.KindBankWithdrawal:
		r.Withdrawals++
	case record.KindTransferTimedOut:
		r.UnknownOutcomes++
	case record.KindAskReversal, record.KindBankReversal:
		r.Reversals++
	}
}

// look fills in what the machine knows at the end.
func (r *Report) look(m *custody.Machine) {
	root := m.Root()
	r.StateRoot = fmt.Sprintf("%x", root)
	r.Balanced = r.reconciled() && r.Reserve.holds()
	for _, banks := range [][]BankReport{r.Banks, r.Settlement.Banks, banksOf(m)} {
		for i := range banks {
			r.Balanced = r.Balanced && banks[i].Balanced
		}
	}
	for i := range r.Interest {
		r.Balanced = r.Balanced && r.Interest[i].Agrees
	}
	for _, c := range m.Cases() {
		r.DifferencesFound++
		if c.State == custody.CaseOpen {
			r.DifferencesOpen++
		}
	}
}

// banksOf is the identity of every bank now.
func banksOf(m *custody.Machine) (all []BankReport) {
	for _, t := range m.Totals() {
		bank, _ := m.BankBy(t.Bank)
		all = append(all, BankReport{
			Code: strings.TrimRight(string(bank.Code[:]), "\x00"), Currency: t.Currency.String(), LedgerTotal: int64(t.Ledger),
			Pooled: int64(t.Pooled), Reserve: int64(t.Reserve), InSettlement: int64(t.InSettlement), Balanced: t.Balanced(),
		})
	}
	return all
}

// write stores the report beside the files of the day.
func (r *Report) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/report.json", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// peakRSS returns the largest memory this process has had, in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss * 1024
}

// Print writes the report as a clearing manager reads it.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("SANCUN 三存 · trading day %s · 交易日日终报告", r.TradeDate)
	line("")
	line("  clients 客户         %10d     orders 委托        %10d", r.Clients, r.Orders)
	line("  fills 成交           %10d     cancels 撤单       %10d     subscriptions 申购 %d", r.Fills, r.Cancels, r.Subscriptions)
	line("  after hours 盘后     %10d     their fills 成交   %10d, %d in Shanghai", r.AfterHours, r.AfterHoursFills, r.AfterHoursSH)
	line("  deposits 银转证      %10d     withdrawals 证转银 %10d", r.Deposits, r.Withdrawals)
	line("  unknown 结果未知     %10d     reversals 冲正     %10d", r.UnknownOutcomes, r.Reversals)
	line("  refused 拒绝         %10d     differences 差错   %10d found, %d open", r.Rejects, r.DifferencesFound, r.DifferencesOpen)
	r.printBanks(line, r.Banks)
	printSteps(line, "day end 日终", r.ClearingSteps)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	b.Reset()
	if err := r.printSettlement(w); err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		line("")
		line("  injected faults 注入故障        happened    to find      found")
	}
	for _, f := range r.Faults {
		line("  %-16s %-14s %10d %10d %10d  %s", f.At, f.Fault, f.Happened, f.ToFind, f.Found, mark(f.Found >= f.ToFind))
	}
	line("")
	line("  refused by reason 拒绝原因")
	for _, name := range r.reasons() {
		line("  %-28s %10d", name, r.RejectsByCode[name])
	}
	line("")
	line("  blocks %d, commands %d, %.0f commands/s while trading, %.1f s in all, peak memory %d MiB", r.Blocks, r.Commands, r.CommandsPerSec, r.SecondsTotal, r.PeakRSS>>20)
	line("  state root   %s", r.StateRoot)
	line("  verify root  %s  %s", r.VerifyRoot, mark(r.StateRoot == r.VerifyRoot))
	line("  next day opened: %s", mark(r.NextDayOpen))
	n := &r.NextDay
	line("  orders for %s 隔日委托: %d entered, %d refused, %d cancelled; on the day %d released, %d scrapped 废单, %d taken by the exchanges, %d fills in the opening auction  %s",
		n.Date, n.Entered, n.Refused, n.Cancelled, n.Released, n.Scrapped, n.Reported, n.Fills, mark(n.whole()))
	if r.Paperless {
		line("  no reports as PDF 未生成PDF: apt-get install fonts-lxgw-wenkai")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// reasons lists the rejections, most frequent first.
func (r *Report) reasons() []string {
	var names []string
	for name := range r.RejectsByCode {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := r.RejectsByCode[b] - r.RejectsByCode[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}

func mark(ok bool) string {
	if ok {
		return "ok 相符"
	}
	return "DIFFERENCE 不符"
}

// yuan writes fen with thousands separated.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	whole := fmt.Sprint(fen / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s.%02d", sign, whole, fen%100)
}
