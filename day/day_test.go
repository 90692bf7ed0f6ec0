package day

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sancun/settle"
	"sancun/statement"
)

// small plays a small day into a temporary folder, and returns its own files too.
func small(t *testing.T, seed uint64, quiet int) (*Report, settle.Memory) {
	t.Helper()
	c := Config{Dir: t.TempDir() + "/day", Data: "../.cache/market-data", Clients: 300, Orders: 6_000, Seed: seed, Faults: true, Quiet: quiet}
	if _, err := os.Stat(c.Data); err != nil {
		t.Fatalf("the day needs the market data, run scripts/fetch-market-data.sh: %v", err)
	}
	r, err := Play(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	nothingPersonal(t, c)
	files := settle.Memory{}
	own := &settle.Folder{Dir: c.Dir + "/files/own"}
	names, err := own.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if day, within := strings.CutPrefix(name, "20230825/"); within { // the settlement day has a folder of its own
			if files[day], err = own.Read(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r, files
}

// papers looks at the reports and statements of a day's own files.
func papers(t *testing.T, files settle.Memory) {
	t.Helper()
	for _, name := range []string{
		"settlement-20230825.json", "settlement-20230825.xlsx", "settlement-20230825.pdf", "reports/supervisor-settlement-20230825.pdf", "reports/bank-3-settlement-20230825.xlsx",
		"reports/bank-1-settlement-20230825.pdf", "sipf-20230825.txt",
	} {
		if len(files[name]) == 0 {
			t.Errorf("%s is not among %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
	date, listed, err := statement.CheckArchive(bytes.NewReader(files[statement.ArchiveName(20230825)]))
	if err != nil || date != 20230825 || listed != 300 {
		t.Errorf("the archive has %d statements of %d: %v", listed, date, err)
	}
	report, err := settle.ReadSettlementReport(files["settlement-20230825.json"])
	if err != nil {
		t.Fatal(err)
	}
	for i := range report.Banks {
		b := &report.Banks[i]
		if !b.Balanced || b.Opening+b.Transfers+b.Trades+b.Commission+b.Dividends+b.Interest+b.Internal+b.Other != b.Ledger || b.Ledger != b.Pooled+b.Reserve+b.InSettlement {
			t.Errorf("bank %+v", *b)
		}
	}
	if len(report.Banks) != 3 || len(report.Markets) != 2 || report.Markets[0].Orders == 0 || len(report.Cases) == 0 || !strings.HasPrefix(string(files["archive.txt"]), "SANCUN-DAY|1|20230825|") ||
		!bytes.Contains(files["archive.txt"], []byte(report.Root)) {
		t.Errorf("report %+v", report)
	}
}

// The same seed gives the same state to the last byte, though everything goes
// through sockets; another seed gives another day. Both balance, are proved, end
// with every difference worked off, open the next day, and keep nobody's data in
// clear. One of them goes on over quiet days to the quarter's posting and a day more.
func TestSameSeedSameDay(t *testing.T) {
	first, files := small(t, 7, 0)
	again, same := small(t, 7, 0)
	other, _ := small(t, 8, 19)
	papers(t, files)
	if !maps.EqualFunc(files, same, bytes.Equal) {
		for name := range files {
			if !bytes.Equal(files[name], same[name]) {
				t.Errorf("seed 7 wrote two different %s", name)
			}
		}
	}
	if first.AfterHoursSH == 0 || first.AfterHoursFills == first.AfterHoursSH {
		t.Errorf("%d fills after hours, %d of them in Shanghai", first.AfterHoursFills, first.AfterHoursSH)
	}
	if first.StateRoot != again.StateRoot {
		t.Errorf("seed 7 led to %s and to %s", first.StateRoot, again.StateRoot)
	}
	if first.StateRoot == other.StateRoot {
		t.Error("seeds 7 and 8 led to the same state")
	}
	for _, r := range []*Report{first, other} {
		if !r.Balanced || r.VerifyRoot != r.StateRoot || r.Orders < 6_000 || r.Fills == 0 || r.Cancels == 0 || r.Rejects == 0 {
			t.Errorf("the day is not whole: %+v", r)
		}
		if n := &r.NextDay; !n.whole() || n.Entered < 150 || n.Cancelled == 0 || n.Released == 0 || n.Scrapped == 0 || n.Fills == 0 || n.Date != "20230828" {
			t.Errorf("orders for the next day: %+v", *n)
		}
		if r.DifferencesFound == 0 || r.DifferencesOpen != 0 || !r.NextDayOpen || len(r.ClearingSteps) != 14 {
			t.Errorf("the day end is not whole: %+v", r)
		}
		settledWhole(t, r)
	}
}

// settledWhole looks at what came behind the played day: final settlement to the fen,
// entitlements, a reserve that is never short, and three ways that agree.
func settledWhole(t *testing.T, r *Report) {
	t.Helper()
	s, e := &r.Settlement, &r.Entitlements
	kinds := map[string]int{}
	for _, x := range s.Obligations {
		kinds[x.Kind]++
	}
	if s.Date != "20230828" || kinds["net"] != 6 || kinds["commission"] != 3 || kinds["rounding"] == 0 || s.Commission <= 0 || len(s.Steps) != 14 {
		t.Errorf("final settlement: %+v", s)
	}
	if len(s.House) != 4 || s.Deposits == 0 || s.Withdrawals == 0 {
		t.Errorf("the settlement day: %+v", s)
	}
	if e.Events != 2*payersPerMarket || e.Dividends == 0 || e.Cash <= 0 || e.Bonuses == 0 || e.Units <= 0 || e.RecordDate != "20230825" || e.PayDate != "20230828" {
		t.Errorf("entitlements: %+v", e)
	}
	days, v := 2+r.QuietDays, &r.Reserve
	if !v.holds() || v.FundChecks != 2*days || v.MinimumDays < 2*days+4 || v.ToReserve <= 0 || v.FromReserve <= 0 || len(v.Days) != 2*days {
		t.Errorf("reserve: %+v", v)
	}
	if !r.reconciled() || len(r.ThreeWay) != 3*days {
		t.Errorf("three ways: %+v", r.ThreeWay)
	}
	if r.QuietDays > 0 {
		quarterWhole(t, r)
	}
	for _, b := range r.Banks {
		if b.Reserve <= 0 || b.InSettlement == 0 {
			t.Errorf("in the evening of the played day: %+v", b)
		}
	}
}

// quarterWhole looks at quiet days: interest is posted once, is what a sum over
// calendar days makes of every account, and the bank pays it on the next day.
func quarterWhole(t *testing.T, r *Report) {
	t.Helper()
	if len(r.Interest) != 1 || r.Interest[0].PostedOn != "20230921" || !r.Interest[0].Agrees || r.Interest[0].Amount == 0 || r.Interest[0].Accounts < r.Clients*9/10 {
		t.Errorf("interest %+v", r.Interest)
	}
	for _, x := range r.ThreeWay[len(r.ThreeWay)-3:] {
		if x.Date != "20230922" || len(x.Funds) != 0 || x.Ledger != x.Pooled+x.Reserve {
			t.Errorf("after the bank has paid its interest: %+v", x)
		}
	}
}

// A run of quiet days is bounded.
func TestTooManyQuietDays(t *testing.T) {
	for _, days := range []int{-1, QuietMax + 1} {
		if _, err := Play(t.Context(), Config{Dir: t.TempDir() + "/day", Quiet: days}); err == nil {
			t.Errorf("%d quiet days are played", days)
		}
	}
}
