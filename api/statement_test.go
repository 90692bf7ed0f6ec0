package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xuri/excelize/v2"

	"sancun/api"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
)

// closeDay ends the date as the day end does, up to the closing.
func (c *centre) closeDay() {
	c.t.Helper()
	c.system(&record.Quotes{Rows: []record.QuoteData{{ID: 2_000_001, Status: uint8(market.Trading), Last: 101_000, Close: 101_000}}})
	c.system(&record.StopDay{Date: today})
	var open, all []uint64
	for _, o := range c.machine.Orders() {
		if all = append(all, o.ID); o.Open() {
			open = append(open, o.ID)
		}
	}
	if len(open) > 0 {
		c.system(&record.ExpireOrders{Orders: open})
	}
	c.system(&record.ClearOrders{Date: today, Orders: all})
	c.system(&record.StepDone{Date: today, Step: custody.StepInterest, OK: 1})
	c.fill()
}

// traded is a centre whose first client bought 300 units in two fills, and whose
// date is closed.
func traded(t *testing.T, more func(*api.Config)) *centre {
	t.Helper()
	c := openWith(t, 1000, &memory{}, more)
	withMoney(c)
	order := c.must("ming", "POST", "/v1/orders", "o", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 100_000, "quantity": 300}).number("ref")
	for i, units := range []money.Quantity{100, 200} {
		fill := &record.OrderFilled{Report: record.Report{Market: uint8(market.Shenzhen), Partition: 1, Index: uint64(i + 1)}, Price: 99_000, Quantity: units}
		copy(fill.ClOrdID[:], fmt.Sprintf("%010d", order))
		copy(fill.ExecID[:], fmt.Sprintf("E%d", i+1))
		answers, err := c.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerExchange, uint64(market.Shenzhen)), Cmd: fill})
		if err != nil || answers[0].Code != 0 {
			t.Fatalf("fill: %v %v", answers, err)
		}
	}
	c.closeDay()
	return c
}

// ask sends a GET with heads.
func (c *centre) ask(user, path string, heads map[string]string) reply {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), "GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+c.signIn(user))
	for name, value := range heads {
		r.Header.Set(name, value)
	}
	return c.do(r)
}

// One statement in its three forms, chosen by query and by Accept, says the same
// figures; the name on it is masked.
func TestStatementForms(t *testing.T) {
	c := traded(t, func(config *api.Config) { config.Broker = "三存演练证券" })
	const path = "/v1/funds/880001/statements/20230825"
	page := c.must("ming", "GET", path, "", nil)
	cash := page.body["cash"].([]any)[0].(map[string]any)
	trade := page.body["trades"].([]any)[0].(map[string]any)
	closing := money.Amount(mustInt(t, cash["closing"]))
	fees := money.Amount(mustInt(t, trade["fees"]))
	if page.body["final"] != true || page.body["currency"] != "CNY" || len(page.body["fills"].([]any)) != 2 || mustInt(t, trade["value"]) != 297_000 || fees < 500 {
		t.Fatalf("statement %s", page.raw)
	}
	name := []rune(person(1).Name)
	if page.body["name"] != string(name[:1])+strings.Repeat("*", len(name)-1) || strings.Contains(string(page.raw), person(1).Number) {
		t.Errorf("named %v in %s", page.body["name"], page.raw)
	}
	const pdfType, xlsxType = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	for _, x := range []struct {
		path, accept, media string
	}{
		{path + "?format=pdf", "", pdfType}, {path, pdfType, pdfType}, {path + "?lang=en", "text/html, application/pdf;q=0.9", pdfType}, {path + "?format=pdf&lang=en", "application/json", pdfType},
		{path + "?format=xlsx", "", xlsxType}, {"/v1/funds/880001/statements/202308", xlsxType, xlsxType}, {path, "*/*", "application/json"}, {path + "?format=json", pdfType, "application/json"},
	} {
		got := c.ask("ming", x.path, map[string]string{"Accept": x.accept})
		if got.status != http.StatusOK || got.head.Get("Content-Type") != x.media {
			t.Fatalf("%s accepting %q: %d %s", x.path, x.accept, got.status, got.head)
		}
		switch x.media {
		case pdfType:
			cmd := exec.Command("pdftotext", "-layout", "-", "-")
			cmd.Stdin = bytes.NewReader(got.raw)
			text, err := cmd.Output()
			if err != nil || !strings.Contains(string(text), grouped(closing)) || !strings.Contains(string(text), grouped(fees)) || !strings.Contains(string(text), "三存演练证券") {
				t.Errorf("%s does not say %s and %s: %v", x.path, grouped(closing), grouped(fees), err)
			}
			if !strings.HasPrefix(got.head.Get("Content-Disposition"), `attachment; filename="statement-880001-20230825.pdf"`) {
				t.Errorf("%s is called %s", x.path, got.head.Get("Content-Disposition"))
			}
		case xlsxType:
			book, err := excelize.OpenReader(bytes.NewReader(got.raw))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := book.GetRows("资金汇总")
			if err != nil || rows[1][len(rows[1])-1] != grouped(closing) {
				t.Errorf("%s has %v: %v", x.path, rows, err)
			}
			book.Close()
		}
	}
}

func mustInt(t *testing.T, v any) int64 {
	t.Helper()
	n, ok := v.(json.Number)
	i, err := n.Int64()
	if !ok || err != nil {
		t.Fatalf("%v is no number: %v", v, err)
	}
	return i
}

// grouped writes an amount as people do.
func grouped(a money.Amount) string {
	text := a.String()
	for i := strings.IndexByte(text, '.') - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Names in clear need a reason and a role, and leave a record each.
func TestStatementInClear(t *testing.T) {
	c := traded(t, func(*api.Config) {})
	const path = "/v1/funds/880001/statements/20230825"
	for _, user := range []string{"ming", "maker", "audit", "desk1"} {
		if got := c.ask(user, path, map[string]string{"Reveal-Reason": "case 4711"}); got.status != http.StatusForbidden {
			t.Errorf("%s gets %d %s", user, got.status, got.raw)
		}
	}
	head := c.sequencer.Head().Height
	if got := c.ask("checker", path, map[string]string{"Reveal-Reason": "x"}); got.status != http.StatusUnprocessableEntity || c.sequencer.Head().Height != head {
		t.Errorf("with a short reason: %d %s, %d blocks", got.status, got.raw, c.sequencer.Head().Height-head)
	}
	got := c.ask("checker", path, map[string]string{"Reveal-Reason": "case 4711"})
	if got.status != http.StatusOK || got.body["name"] != person(1).Name || got.body["document"] != person(1).Number {
		t.Errorf("with a reason: %d %s", got.status, got.raw)
	}
	if written := c.sequencer.Head().Height - head; written < 2 {
		t.Errorf("%d blocks tell of it", written)
	}
}

// The bank's desk sees cash and transfers of its own clients and no trade.
func TestBankDeskStatement(t *testing.T) {
	c := traded(t, func(*api.Config) {})
	got := c.must("desk1", "GET", "/v1/funds/880001/statements/20230825", "", nil)
	if got.body["cash_only"] != true || strings.Contains(string(got.raw), "000001.SZ") || got.body["trades"] != nil || len(got.body["cash"].([]any)) != 1 {
		t.Errorf("the desk sees %s", got.raw)
	}
	days := c.must("desk1", "GET", "/v1/funds/880001/cash-days?from=20230801&to=20230831", "", nil)
	full := c.must("ming", "GET", "/v1/funds/880001/statements/202308", "", nil)
	row := days.body["rows"].([]any)[0].(map[string]any)
	cash := full.body["cash"].([]any)[0].(map[string]any)
	if row["closing"] != cash["closing"] || row["opening"] != cash["opening"] || mustInt(t, row["trades"]) != -297_000-mustInt(t, full.body["trades"].([]any)[0].(map[string]any)["fees"]) {
		t.Errorf("the day %v, the statement %v", row, cash)
	}
}

// The securities ledger and the closings are what the statement says.
func TestSecuritiesLedger(t *testing.T) {
	c := traded(t, func(*api.Config) {})
	ledger := c.must("ming", "GET", "/v1/funds/880001/securities-ledger?from=20230801&to=20230831", "", nil).body["rows"].([]any)
	if len(ledger) != 1 || mustInt(t, ledger[0].(map[string]any)["units"]) != 300 || ledger[0].(map[string]any)["why"] != "trade-units" {
		t.Errorf("ledger %v", ledger)
	}
	if early := c.must("ming", "GET", "/v1/funds/880001/securities-ledger?from=20230801&to=20230824", "", nil).body["rows"].([]any); len(early) != 0 {
		t.Errorf("the day before has %v", early)
	}
	closings := c.must("desk1", "GET", "/v1/closings", "", nil).body["rows"].([]any)
	statement := c.must("ming", "GET", "/v1/funds/880001/statements/20230825", "", nil).body
	if len(closings) != 1 || closings[0].(map[string]any)["height"] != statement["height"] || closings[0].(map[string]any)["hash"] != statement["hash"] {
		t.Errorf("closings %v, the statement is of %v", closings, statement["height"])
	}
}

func TestStatementProblems(t *testing.T) {
	c := traded(t, func(config *api.Config) { config.Fonts = t.TempDir() })
	for _, x := range []struct {
		path, accept, code string
		status             int
	}{
		{"/v1/funds/880001/statements/20230826", "", "no-closing", 404}, {"/v1/funds/880001/statements/202307", "", "no-closing", 404},
		{"/v1/funds/880001/statements/2023", "", "bad-period", 422}, {"/v1/funds/880001/statements/20230825?format=docx", "", "format-not-offered", 406},
		{"/v1/funds/880001/statements/20230825", "image/png", "format-not-offered", 406}, {"/v1/funds/880001/statements/20230825?format=pdf", "", "no-font", 501},
		{"/v1/funds/880001/statements/20230825?lang=fr", "", "bad-field", 422}, {"/v1/funds/880001/statements/20230825?fomat=pdf", "", "bad-field", 422},
		{"/v1/funds/880001/statements/20230825?lang=zh&lang=en", "", "bad-field", 422}, {"/v1/funds/abc/statements/20230825", "", "bad-field", 422},
		{"/v1/funds/77/statements/20230825", "", "unknown-object", 404}, {"/v1/funds/880001/cash-days?from=20230901&to=20230801", "", "bad-field", 422},
		{"/v1/funds/880001/cash-days?from=20230801&to=20230901&after=x", "", "bad-page", 422}, {"/v1/days/20230825/settlement-report", "", "no-report", 404},
		{"/v1/days/1/settlement-report", "", "bad-field", 422}, {"/v1/days/20230825/settlement-report?for=bank-0", "", "bad-field", 422},
	} {
		got := c.ask("ops", x.path, map[string]string{"Accept": x.accept})
		if got.status != x.status || got.code() != x.code || got.body["zh"] == "" {
			t.Errorf("%s accepting %q: %d %s, want %d %s", x.path, x.accept, got.status, got.raw, x.status, x.code)
		}
	}
}

// The settlement report is handed out as the day end wrote it, to each what is for
// them.
func TestSettlementReport(t *testing.T) {
	report := settle.SettlementReport{
		Date: today, Broker: "三存演练证券", Audience: "broker", Height: 7, Hash: "ab", Root: "cd",
		Markets: []settle.MarketSum{{Market: "SZ", Currency: "CNY", Bought: 297_000}},
		Banks: []settle.BankSum{
			{Bank: 1, Currency: "CNY", Ledger: 123_456_78, Pooled: 123_456_78, Opening: 123_456_78, Balanced: true}, {Bank: 2, Currency: "CNY", Ledger: 1, Pooled: 1, Opening: 1, Balanced: true},
		},
		Differences: []settle.Finding{{Subject: "cash", Type: "amount", Bank: 1, Fund: 880001}, {Subject: "cash", Type: "amount", Bank: 2, Fund: 880002}},
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) {
		config.Reports = fstest.MapFS{"20230825/settlement-20230825.json": {Data: text}, "20230828/settlement-20230828.json": {Data: []byte("{}")}}
	})
	const path = "/v1/days/20230825/settlement-report"
	if whole := c.must("ops", "GET", path, "", nil); len(whole.body["banks"].([]any)) != 2 || len(whole.body["differences"].([]any)) != 2 {
		t.Errorf("operations see %s", whole.raw)
	}
	if over := c.must("audit", "GET", path+"?for=supervisor", "", nil); strings.Contains(string(over.raw), "88000") || over.body["audience"] != "supervisor" {
		t.Errorf("the supervisor's copy is %s", over.raw)
	}
	for _, own := range []string{path, path + "?for=bank-1"} {
		if desk := c.must("desk1", "GET", own, "", nil); strings.Contains(string(desk.raw), "880002") || desk.body["audience"] != "bank-1" || len(desk.body["markets"].([]any)) != 0 {
			t.Errorf("the desk sees %s", desk.raw)
		}
	}
	if pdf := c.must("checker", "GET", path+"?format=pdf&for=bank-1", "", nil); !bytes.HasPrefix(pdf.raw, []byte("%PDF-")) {
		t.Errorf("the PDF begins %q", pdf.raw[:20])
	}
	book, err := excelize.OpenReader(bytes.NewReader(c.must("maker", "GET", path+"?format=xlsx&lang=en", "", nil).raw))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if rows, err := book.GetRows("Total to detail"); err != nil || len(rows) < 2 || rows[1][3] != "123,456.78" {
		t.Errorf("the workbook has %v: %v", rows, err)
	}
	if bad := c.send("ops", "GET", "/v1/days/20230828/settlement-report", "", nil); bad.status != http.StatusInternalServerError {
		t.Errorf("a damaged report: %d %s", bad.status, bad.raw)
	}
}
