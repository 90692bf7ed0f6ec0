package settle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"sancun/custody"
	"sancun/money"
	"sancun/paper"
	"sancun/settle"
)

// reported ends a small day with fonts and returns its report and files.
func reported(t *testing.T) (*world, *settle.SettlementReport, settle.Memory) {
	t.Helper()
	fonts, err := paper.LoadFonts("")
	if err != nil {
		t.Fatal(err)
	}
	w := smallDay(t)
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	report, out := runDay(t, w, dir, func(o *settle.Options) { o.Fonts = fonts })
	if report.Paperless {
		t.Error("a report with fonts says it has no PDFs")
	}
	s, err := settle.ReadSettlementReport(out["settlement-20230825.json"])
	if err != nil {
		t.Fatal(err)
	}
	return w, s, out
}

// The report says what the machine has, and its sums lead from opening to closing.
func TestReportIsWhatTheMachineHas(t *testing.T) {
	w, s, _ := reported(t)
	w.look(func(m *custody.Machine) {
		for _, total := range m.Totals() {
			found := false
			for i := range s.Banks {
				b := &s.Banks[i]
				if b.Bank != total.Bank || b.Currency != total.Currency.String() {
					continue
				}
				found = true
				if b.Ledger != total.Ledger || b.Pooled != total.Pooled || b.Reserve != total.Reserve || b.InSettlement != total.InSettlement || !b.Balanced {
					t.Errorf("bank %+v, the machine has %+v", *b, total)
				}
				if sum := b.Opening + b.Transfers + b.Trades + b.Commission + b.Dividends + b.Interest + b.Internal + b.Other; sum != b.Ledger {
					t.Errorf("bank %d: opening and changes come to %s, the ledger is %s", b.Bank, sum, b.Ledger)
				}
			}
			if !found && total.Ledger != 0 {
				t.Errorf("bank %d is not reported", total.Bank)
			}
		}
		orders, filled := uint64(0), uint64(0)
		for _, o := range m.Orders() {
			orders++
			if o.Filled > 0 {
				filled++
			}
		}
		var got, gotFilled, fills uint64
		for _, x := range s.Markets {
			got, gotFilled, fills = got+x.Orders, gotFilled+x.Filled, fills+x.OurRows
		}
		if got != orders || gotFilled != filled || fills == 0 {
			t.Errorf("%d orders, %d filled, %d fills; the machine has %d and %d", got, gotFilled, fills, orders, filled)
		}
	})
	if s.Audience != "broker" || s.Clients.Clients == 0 || s.Clients.Funds < s.Clients.Clients {
		t.Errorf("report for %s of %+v", s.Audience, s.Clients)
	}
}

// Each audience sees what it may: a bank nothing of other banks and markets, the
// supervisor no client.
func TestAudiences(t *testing.T) {
	_, s, _ := reported(t)
	s.Differences = []settle.Finding{{Bank: 1, Fund: 1001, Subject: "cash", Type: "amount"}, {Bank: 2, Fund: 1002}, {Market: "SH", Fund: 1003}}
	bank := s.For(settle.ForBank(2))
	for _, b := range bank.Banks {
		if b.Bank != 2 {
			t.Errorf("bank 2 sees bank %d", b.Bank)
		}
	}
	for _, o := range bank.Obligations {
		if o.Bank != 2 && o.To != 2 {
			t.Errorf("bank 2 sees %+v", o)
		}
	}
	if len(bank.Banks) == 0 || len(bank.Markets) != 0 || len(bank.Differences) != 1 || bank.Differences[0].Fund != 1002 || bank.Clients.Clients != 0 || bank.Audience != "bank-2" {
		t.Errorf("bank 2 sees %+v", bank)
	}
	over := s.For(settle.ForSupervisor)
	if len(over.Differences) != 0 || len(over.Banks) != len(s.Banks) || len(over.Markets) != len(s.Markets) || over.Audience != "supervisor" {
		t.Errorf("the supervisor sees %+v", over)
	}
	for _, l := range []paper.Language{paper.Chinese, paper.English} {
		text, err := over.Paper().Text(l)
		if err != nil || strings.Contains(text, "1002") || strings.Contains(text, "1001") {
			t.Errorf("the supervisor reads a fund account: %v\n%s", err, text)
		}
	}
	if len(s.Differences) != 3 || len(s.Banks) == len(bank.Banks) {
		t.Error("showing a report to others changed it")
	}
	if diff := cmp.Diff(s, s.For(settle.ForBroker)); diff != "" {
		t.Errorf("the broker sees something else:\n%s", diff)
	}
}

func TestParseAudience(t *testing.T) {
	for _, text := range []string{"broker", "supervisor", "bank-1", "bank-65535"} {
		if a, err := settle.ParseAudience(text); err != nil || a.String() != text {
			t.Errorf("%s is %v: %v", text, a, err)
		}
	}
	for _, text := range []string{"", "bank", "bank-0", "bank-01", "bank-65536", "bank--1", "Broker"} {
		if a, err := settle.ParseAudience(text); !errors.Is(err, settle.ErrOptions) {
			t.Errorf("%q is %v: %v", text, a, err)
		}
	}
}

// What the PDF says, read by an independent program, and what the workbook holds
// are the figures of the report.
func TestReportOnPaper(t *testing.T) {
	_, s, out := reported(t)
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(out["settlement-20230825.pdf"])
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (scripts/install.sh test installs it): %v", err)
	}
	words := map[string]bool{}
	for _, word := range strings.Fields(string(text)) {
		words[word] = true
	}
	var want []money.Amount
	for i := range s.Banks {
		b := &s.Banks[i]
		want = append(want, b.Ledger, b.Pooled, b.InSettlement, b.Opening, b.Transfers, b.Trades, b.Commission, b.DepositSum)
	}
	for i := range s.Markets {
		m := &s.Markets[i]
		want = append(want, m.Bought, m.Sold, m.Ours, m.Theirs, m.Levies)
	}
	for _, a := range want {
		if !words[paper.Figure(a)] {
			t.Errorf("%s is not in the PDF", paper.Figure(a))
		}
	}
	if !words[s.Hash] || !words[s.Root] || !strings.Contains(string(text), "总分核对") {
		t.Error("the PDF does not prove itself")
	}
	book, err := excelize.OpenReader(bytes.NewReader(out["reports/bank-2-settlement-20230825.xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("客户资金变动")
	mine := s.For(settle.ForBank(2)).Banks
	if err != nil || len(rows) < 1+len(mine) || rows[1][2] != paper.Figure(mine[0].Opening) || rows[1][len(rows[1])-1] != paper.Figure(mine[0].Ledger) {
		t.Errorf("the bank's workbook has %v for %+v: %v", rows, mine, err)
	}
}

// Without a font the day ends all the same and says that PDFs are missing.
func TestNoFontNoPDF(t *testing.T) {
	w := smallDay(t)
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	report, out := runDay(t, w, dir, nil)
	if !report.Paperless || len(out["settlement-20230825.xlsx"]) == 0 {
		t.Errorf("paperless %v, workbook of %d bytes", report.Paperless, len(out["settlement-20230825.xlsx"]))
	}
	for name := range out {
		if strings.HasSuffix(name, ".pdf") {
			t.Errorf("%s was made without a font", name)
		}
	}
}

func FuzzReadSettlementReport(f *testing.F) {
	f.Add([]byte(`{"date":20230825,"broker":"b","audience":"broker","height":3,"hash":"00","markets":[],"banks":[{"bank":1,"currency":"CNY","ledger":5}]}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := settle.ReadSettlementReport(content)
		if err != nil {
			if !errors.Is(err, settle.ErrReport) {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := settle.ReadSettlementReport(again)
		if err != nil || cmp.Diff(s, back) != "" {
			t.Fatalf("read back as another report: %v", err)
		}
		_, _ = s.For(settle.ForBank(1)).Paper().Text(paper.English) // any figures can be printed
	})
}
