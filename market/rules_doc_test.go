package market

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sancun/calendar"
	"sancun/money"
)

var update = flag.Bool("update", false, "write docs/rules.md from the tables")

// docs/rules.md prints exactly the rows the program uses, with their sources.
func TestRulesDocument(t *testing.T) {
	const path = "../docs/rules.md"
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the tables say; run go test ./market -run TestRulesDocument -update and read the difference", path)
	}
}

func document() string {
	c, err := calendar.China()
	if err != nil {
		return err.Error()
	}
	r, b := Builtin(c), &strings.Builder{}
	b.WriteString(`# Trading rules

Printed from the tables of packages market and calendar by ` + "`go test ./market -run TestRulesDocument -update`" + `. A row is in force on the dates
from–to, both included. Verified means seen in a rule text, confirmed on real prices, or found in two independent public sources; a
row that is not verified comes from memory or a single page and must be checked before it is relied on. Before ` + FirstDay.String() + ` the tables say nothing and orders are refused.
A security's static data (tick, lot, limit rate, same-day flag) override the board's row.

## Price limits

Percent of the previous close, rounded half up to the tick in one step, at least one tick away from the previous close and never
below one tick. Days count from the listing, in the delisting period from its beginning. The more particular row wins.

| boards | standing | days | limit | from | to | verified | source |
|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Limits {
		limit := "none"
		if !row.Free {
			limit = "+" + rate(row.Up) + " −" + rate(row.Down)
		}
		days := "all others"
		if row.LastDay != 0 {
			days = fmt.Sprintf("%d–%d", row.FirstDay, row.LastDay)
		}
		line(b, row.Scope, [...]string{"all", "ordinary", "risk warning", "delisting"}[row.Standing], days, limit)
	}
	b.WriteString(`
## Lots, ticks and largest orders

A buy is the minimum plus a multiple of the step. A sell is that, or a whole odd lot alone or with lots.

| boards | minimum | step | limit order | market order | fixed-price order | tick | from | to | verified | source |
|---|---|---|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Orders {
		line(b, row.Scope, fmt.Sprint(row.Minimum), fmt.Sprint(row.Step), fmt.Sprint(row.LimitMax), fmt.Sprint(row.MarketMax), fmt.Sprint(row.FixedMax), row.Tick.String())
	}
	b.WriteString(`
## Price cages

For limit orders in continuous trading. A buy may be at most the larger of reference × (1 + rate) and reference + ticks; a sell
mirrored. Reference of a buy: best ask, else best bid, else last price, else previous close; of a sell the best bid first.

| boards | rate | ticks | from | to | verified | source |
|---|---|---|---|---|---|---|
`)
	for _, row := range r.Cages {
		line(b, row.Scope, rate(row.Rate), fmt.Sprintf("%d", int64(row.Ticks)))
	}
	b.WriteString(`
## Halts of new listings

In continuous trading of a new listing without a price limit the exchange halts the security the first time its price has moved by the first rate from the day's
opening price, up or down, and again by the second.

| boards | days | moves | minutes | until at the latest | from | to | verified | source |
|---|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Halts {
		line(b, row.Scope, fmt.Sprintf("%d–%d", row.FirstDay, row.LastDay), rate(row.First)+", "+rate(row.Second), fmt.Sprint(int64(row.For/calendar.Minute)), row.Until.String())
	}
	documentDay(b, r)
	documentFees(b, r)
	return b.String()
}

func documentDay(b *strings.Builder, r *Rules) {
	b.WriteString(`
## The trading day

| start | phase | 阶段 | orders | fixed-price orders | cancels |
|---|---|---|---|---|---|
`)
	for _, s := range r.Sessions {
		for _, w := range s.Windows {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", w.Start, w.Phase, w.Phase.Chinese(), yes(w.Orders), yes(w.Fixed), yes(w.Cancel))
		}
		fmt.Fprintf(b, "\nIn force from %s to %s. Verified: %s. Source: %s.\n", s.From, s.To, yes(s.Verified), s.Source)
	}
	b.WriteString(`
Without a closing auction, continuous trading runs to the close and takes cancels. Without after-hours trading the day closes at 15:00.

| boards | closing auction | after-hours fixed price | from | to | verified | source |
|---|---|---|---|---|---|---|
`)
	for _, row := range r.Features {
		line(b, row.Scope, yes(row.ClosingAuction), yes(row.AfterHours))
	}
	b.WriteString(`
| cut-off | settlement days after the trading day | time | from | to | verified | source |
|---|---|---|---|---|---|---|
`)
	names := [...]string{calendar.FundCheck: "fund check 资金核验", calendar.ExchangeReporting: "exchange reporting done", calendar.BankFiles: "bank files sent", calendar.FinalSettlement: "final settlement 最终交收"}
	for _, row := range calendar.BuiltinCutoffs() {
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s | %s |\n", names[row.Cutoff], row.Days, row.At, row.From, row.To, yes(row.Verified), row.Source)
	}
	w := calendar.DefaultTransferWindow()
	fmt.Fprintf(b, "\nBank–securities transfers run on trading days from %s until just before %s where a bank has agreed nothing else.\n", w.From, w.To)
	b.WriteString(`
## Turnover and settlement

Settlement days after the trade. A security flagged for same-day turnover may be sold on the day it was bought.

| boards | sell what was bought | use proceeds | withdraw proceeds | from | to | verified | source |
|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Settles {
		line(b, row.Scope, fmt.Sprintf("T+%d", row.SellDays), fmt.Sprintf("T+%d", row.UseDays), fmt.Sprintf("T+%d", row.WithdrawDays))
	}
}

func documentFees(b *strings.Builder, r *Rules) {
	b.WriteString(`
## Fees

Each levy is rounded half up to the minor unit on the aggregated fills of an order; the clearing house rounds on each trade record,
and the difference belongs to the rounding account. B shares and repos have no fee rows yet: their orders cannot be priced.

| boards | levy | buy | sell | from | to | verified | source |
|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Fees {
		line(b, row.Scope, row.Kind.String(), rate(row.Buy), rate(row.Sell))
	}
	b.WriteString(`
| boards | default commission | minimum an order, yuan | cap with handling and regulatory fee | from | to | verified | source |
|---|---|---|---|---|---|---|---|
`)
	for _, row := range r.Commissions {
		line(b, row.Scope, rate(row.Default.Rate), row.Default.Minimum.String(), rate(row.Cap))
	}
	b.WriteString(`
## Trading days

Weekdays that are not listed below. Weekends are never trading days, make-up working weekends included.

| year | trading days | closed weekdays | verified |
|---|---|---|---|
`)
	years := calendar.BuiltinYears()
	for _, y := range years {
		n, err := r.Calendar.CountTradingDays(calendar.Date(y.Year*10_000+101), calendar.Date(y.Year*10_000+1231))
		if err != nil {
			fmt.Fprintln(b, err)
		}
		closed := make([]string, len(y.Closed))
		for i, d := range y.Closed {
			closed[i] = fmt.Sprintf("%02d-%02d", d.Month(), d.Day())
		}
		fmt.Fprintf(b, "| %d | %d | %s | %s |\n", y.Year, n, strings.Join(closed, " "), yes(y.Verified))
	}
	fmt.Fprintf(b, "\nSource: %s.\n\n", years[0].Source)
	for _, e := range calendar.BuiltinExceptions() {
		fmt.Fprintf(b, "Exception %s: %s.\n", e.Date, e.Reason)
	}
}

func line(b *strings.Builder, s Scope, cells ...string) {
	boards := make([]string, len(s.Boards))
	for i, board := range s.Boards {
		boards[i] = board.String()
	}
	where := strings.Join(boards, ", ")
	if s.Market != 0 {
		where += " (" + s.Market.String() + ")"
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", where, strings.Join(cells, " | "), s.From, s.To, yes(s.Verified), s.Source)
}

// rate prints a rate in per cent without trailing zeros.
func rate(r money.Rate) string {
	text := fmt.Sprintf("%d.%07d", int64(r/percent), int64(r%percent))
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + " %"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
