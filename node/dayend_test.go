package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sim/bank"
	"sancun/sim/clearing"
	"sancun/statement"
	"sancun/verify"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

// trade has the clients trade with each other at both exchanges and move money
// both ways, and waits until all of it has its outcome.
func (w *town) trade() {
	t := w.t
	await(t, w.n, "static data and banks", func(m *custody.Machine) bool {
		priced := 0
		for _, i := range m.Instruments() {
			if i.Date == 20230825 {
				priced++
			}
		}
		return priced == len(townStocks) && signedIn(1, 20230825)(m) && signedIn(2, 20230825)(m)
	})
	for i := range townPeople {
		for _, id := range townStocks {
			must(t, w.n.Core, &record.SecuritiesIn{Fund: uint64(townFund + i), Instrument: uint32(id), Quantity: 1_000})
		}
	}
	for of := range w.venues {
		gateway := w.n.Exchanges[of]
		for gateway.Status().State.String() != "ready" {
			fine(t, pause(t.Context(), tellBeat))
		}
	}
	order := func(i int, id market.ID, side uint8, quantity money.Quantity) {
		t.Helper()
		answers, err := w.n.Core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerClient, uint64(townClient+i)), Cmd: &record.NewOrder{
			Fund: uint64(townFund + i), Instrument: uint32(id), Side: side, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
			Channel: record.ChannelMobile, Price: 10_0000, Quantity: quantity,
		}})
		if code := record.Code(answers[0].Code); err != nil || code != record.Accepted {
			t.Fatalf("order: %s, %v", code, err)
		}
	}
	order(0, shenzhenID, custody.Sell, 300)
	order(1, shenzhenID, custody.Buy, 300)
	order(2, shanghaiID, custody.Sell, 200)
	order(3, shanghaiID, custody.Buy, 100)
	order(0, shanghaiID, custody.Buy, 100)
	order(1, shanghaiID, custody.Buy, 500) // left over at the close
	answers, err := w.n.Core.Submit(t.Context(), record.Request{
		Caller: record.CallerOf(record.CallerClient, townClient), Cmd: &record.AskDeposit{Fund: townFund, Amount: 5_000_00, Channel: record.ChannelMobile},
	})
	if code := record.Code(answers[0].Code); err != nil || code != record.Accepted {
		t.Fatalf("deposit: %s, %v", code, err)
	}
	_, err = w.banks[1].control.Deposit(w.person(1).Card, 700_00)
	fine(t, err)
	await(t, w.n, "fills and transfers", func(m *custody.Machine) bool {
		filled, done := 0, 0
		for _, o := range m.Orders() {
			if o.State == custody.OrderFilled {
				filled++
			}
		}
		for _, d := range m.Transfers() {
			if d.State == custody.TransferDone {
				done++
			}
		}
		return filled == 5 && done == 2
	})
}

// folder is every file of a folder with its hash.
func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	fine(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, err := os.ReadFile(name)
			fine(t, err)
			all[strings.TrimPrefix(name, dir)] = sha256.Sum256(text)
		}
		return err
	}))
	return all
}

func running(state map[string]any) bool {
	run, _ := state["run"].(map[string]any)
	return run == nil || run["running"] == true
}

func (w *town) ended() map[string]any {
	w.t.Helper()
	state := w.until("the end of the run", "/v1/day-end", func(s map[string]any) bool { return !running(s) })
	return state["run"].(map[string]any)
}

func waitsFor(what string) func(map[string]any) bool {
	return func(s map[string]any) bool {
		run, _ := s["run"].(map[string]any)
		return run != nil && strings.Contains(fmt.Sprint(run["waiting_for"]), what)
	}
}

// A whole business day of a running centre through its door: trades and transfers,
// the stop by two people, files that come late, damaged and not at all, the centre
// killed while a bank owes its result, the same bytes again, the next day, and its
// final settlement. Nobody's personal data lie about afterwards.
func TestBusinessDay(t *testing.T) {
	log := &written{}
	w := newTown(t, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	w.trade()
	w.at(20230825, 15, 31)
	w.want(http.StatusUnprocessableEntity, "ops", "POST", "/v1/day-end/runs", map[string]any{}) // the day is open
	w.want(http.StatusForbidden, "make", "POST", "/v1/day-end/stop", map[string]any{"date": 20230825, "reason": "x"})
	w.want(http.StatusUnprocessableEntity, "ops", "POST", "/v1/day-end/stop", map[string]any{"date": 20230828, "reason": "x"})
	w.approve(w.want(http.StatusCreated, "ops", "POST", "/v1/day-end/stop", map[string]any{"date": 20230825, "reason": "end of business"}))
	w.at(20230825, 16, 5)
	w.evening()
	w.morning()
	w.settlementDay()
	verdict, err := verify.Journal(w.n.Core, nil)
	if err != nil || !verdict.OK() {
		t.Errorf("the second opinion: %+v, %v", verdict, err)
	}
	w.close(false)
	w.nothingPersonal(log)
}

// evening runs the day end of the day that was stopped.
func (w *town) evening() {
	t := w.t
	w.want(http.StatusAccepted, "ops", "POST", "/v1/day-end/runs", map[string]any{"wait": true})
	w.want(http.StatusConflict, "ops", "POST", "/v1/day-end/runs", map[string]any{})
	w.until("waiting for files", "/v1/day-end", func(s map[string]any) bool {
		return waitsFor("clearing house: 0 of 10")(s) && waitsFor("bank 2: ")(s)
	})
	w.executions()
	fine(t, w.house.Inject(clearing.Injection{Fault: clearing.FaultTruncated, Layout: csdc.LayoutSJSMX1}))
	fine(t, w.banks[1].control.InjectFile("B04", bank.FaultFileMissing))
	for _, b := range w.banks {
		b.control.SendDetail()
	}
	w.at(20230825, 20, 0)
	fine(t, w.house.Release(calendar.Clock(20, 0, 0)))
	w.until("the damaged file is asked for again", "/v1/day-end/files", func(s map[string]any) bool {
		w.resend()
		return s["accepted"] != nil
	})
	w.until("waiting for one result of one bank", "/v1/day-end", waitsFor("[bank 2: B0420230825]"))
	own := filepath.Join(w.config.Centre.Dir, "files", "day", "20230825")
	before := hashes(t, own)
	w.close(true)
	w.open()
	w.serve()
	if s := w.want(http.StatusOK, "audit", "GET", "/v1/day-end", nil); s["run"] != nil || s["phase"] != "stopped" {
		t.Errorf("after the restart %v", s)
	}
	await(t, w.n, "sign-in", signedIn(2, 20230825))
	layout := wire.TotalDetailLayout()
	result := layout.FileName(20230825)
	w.want(http.StatusNotFound, "ops", "POST", "/v1/day-end/files/request", map[string]any{"bank": 9, "name": result})
	w.want(http.StatusAccepted, "ops", "POST", "/v1/day-end/files/request", map[string]any{"bank": 2, "name": result})
	w.until("the result", "/v1/day-end/files", func(s map[string]any) bool {
		two := s["banks"].([]any)[1].(map[string]any)
		for _, f := range two["received"].([]any) {
			if f := f.(map[string]any); f["name"] == result && f["here"] == true {
				return true
			}
		}
		return false
	})
	w.want(http.StatusAccepted, "ops", "POST", "/v1/day-end/runs", map[string]any{})
	if run := w.ended(); run["cleared"] != true || run["failure"] != nil || run["found"] != 0.0 || run["by"] != "staff/101" {
		t.Fatalf("the run ended %v", run)
	}
	w.sameAgain(own, before)
	w.papers(own)
	if c := w.want(http.StatusOK, "audit", "GET", "/v1/days/20230825/three-way", nil); c["holds"] != true || len(c["rows"].([]any)) != 2 {
		t.Errorf("three-way check %v", c)
	}
}

// papers looks at what the day end printed, and asks for it at the door.
func (w *town) papers(own string) {
	t := w.t
	for _, name := range []string{"settlement-20230825.pdf", "reports/bank-2-settlement-20230825.xlsx", "reports/supervisor-settlement-20230825.pdf", "sipf-20230825.txt"} {
		if info, err := os.Stat(filepath.Join(own, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	packed, err := os.Open(filepath.Join(own, statement.ArchiveName(20230825)))
	fine(t, err)
	date, listed, err := statement.CheckArchive(packed)
	fine(t, errors.Join(err, packed.Close()))
	report := w.want(http.StatusOK, "audit", "GET", "/v1/days/20230825/settlement-report", nil)
	funds := report["clients"].(map[string]any)["fund_accounts"].(float64)
	if date != 20230825 || float64(listed) != funds || len(report["banks"].([]any)) != 2 {
		t.Errorf("the archive has %d statements of %d, the report %v", listed, date, report)
	}
	ledger := 0.0
	for n := range int(funds) {
		s := w.want(http.StatusOK, "audit", "GET", fmt.Sprintf("/v1/funds/%d/statements/20230825", townFund+n), nil)
		if s["final"] != true || s["name"] == "" {
			t.Errorf("statement %v", s)
		}
		ledger += s["cash"].([]any)[0].(map[string]any)["closing"].(float64)
	}
	for _, b := range report["banks"].([]any) {
		ledger -= b.(map[string]any)["ledger"].(float64)
	}
	if ledger != 0 {
		t.Errorf("the statements' closing balances and the report's ledgers are %v apart", ledger)
	}
}

// sameAgain checks that what was written before the crash is as it was, and that
// another run writes every file again to the same bytes.
func (w *town) sameAgain(own string, before map[string][32]byte) {
	t := w.t
	after := hashes(t, own)
	for name, sum := range before {
		if after[name] != sum {
			t.Errorf("%s changed by the restart", name)
		}
	}
	if len(before) < 10 || len(after) <= len(before) {
		t.Errorf("%d files before the restart, %d after", len(before), len(after))
	}
	fine(t, os.RemoveAll(own))
	w.want(http.StatusAccepted, "ops", "POST", "/v1/day-end/runs", map[string]any{})
	if run := w.ended(); run["failure"] != nil {
		t.Fatalf("the run again ended %v", run)
	}
	again := hashes(t, own)
	for name, sum := range after {
		if again[name] != sum {
			t.Errorf("%s is written again differently", name)
		}
	}
	if len(again) != len(after) {
		t.Errorf("%d files, and %d again", len(after), len(again))
	}
}

// morning opens the next day by two people; banks and exchanges follow.
func (w *town) morning() {
	t := w.t
	ready := w.want(http.StatusOK, "audit", "GET", "/v1/day-end/readiness", nil)
	if ready["ready"] != true || ready["open"] != false || ready["date"] != 20230828.0 || ready["next"] != 20230829.0 {
		t.Errorf("before the opening %v", ready)
	}
	w.at(20230828, 8, 30)
	for _, b := range w.banks {
		fine(t, b.control.OpenDay(20230828))
	}
	w.nextExchanges(20230828)
	w.want(http.StatusUnprocessableEntity, "ops", "POST", "/v1/day-end/open", map[string]any{"date": 20230829, "reason": "morning"})
	w.approve(w.want(http.StatusCreated, "ops", "POST", "/v1/day-end/open", map[string]any{"date": 20230828, "reason": "morning"}))
	w.until("everybody is there", "/v1/day-end/readiness", func(r map[string]any) bool {
		good := r["open"] == true && r["date"] == 20230828.0
		for _, c := range r["checks"].([]any) {
			good = good && c.(map[string]any)["ok"] == true
		}
		return good
	})
}

// settlementDay waits for the final settlement that the centre books by itself.
func (w *town) settlementDay() {
	t := w.t
	all := w.want(http.StatusOK, "audit", "GET", "/v1/day-end/settlement", nil)["rows"].([]any)
	if len(all) == 0 || all[0].(map[string]any)["booked"] != false {
		t.Errorf("before its time %v", all)
	}
	if p := w.want(http.StatusConflict, "ops", "POST", "/v1/day-end/settlement", map[string]any{}); p["code"] != "settlement-not-due" {
		t.Errorf("too early: %v", p)
	}
	w.at(20230828, 16, 1)
	w.until("final settlement", "/v1/day-end/settlement", func(s map[string]any) bool { return s["rows"].([]any)[0].(map[string]any)["booked"] == true })
	if again := w.want(http.StatusOK, "ops", "POST", "/v1/day-end/settlement", map[string]any{})["rows"].([]any); len(again) != 0 {
		t.Errorf("settled twice: %v", again)
	}
	w.at(20230828, 16, 11) // the clearing house has paid the banks by now
	fine(t, w.n.Core.Look(t.Context(), func(m *custody.Machine) {
		for _, ours := range m.Totals() {
			theirs := w.banks[ours.Bank-1].control.Total(ours.Currency)
			if ours.Pooled != theirs.Pooled || ours.Ledger != theirs.LedgerTotal || ours.InSettlement != 0 || !ours.Balanced() {
				t.Errorf("bank %d: ours %+v, theirs %+v", ours.Bank, ours, theirs)
			}
		}
	}))
}
