package api_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"sancun/api"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml and docs/security/authorisation.md anew")

// rows reads the document back: the reviewed table, not the code, is what the
// walk compares with.
func rows(t testing.TB) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/security/authorisation.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]bool{}
	var names []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "route" {
			names = cells[1 : len(cells)-1]
			continue
		}
		if !strings.HasPrefix(cells[0], "`") {
			continue
		}
		may := map[string]bool{}
		for i, name := range names {
			may[name] = cells[1+i] == "yes"
		}
		may["nobody"] = cells[len(cells)-1] == "also without signing in"
		table[strings.Trim(cells[0], "`")] = may
	}
	return table
}

// The documents are the tables of the code.
func TestAuthorisationDocument(t *testing.T) {
	tableDocument(t, "../docs/security/authorisation.md", "| route |", api.Authorisation())
}

func TestGuardsDocument(t *testing.T) {
	tableDocument(t, "../docs/security/dual-control.md", "| act |", api.DualControl())
}

// tableDocument compares the end of a document, from a mark on, with a table.
func tableDocument(t *testing.T, name, mark, table string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s has no table", name)
	}
	want := head + table
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is not the table of the code; review it and run the test with -update", name)
	}
}

// Every route lets in exactly the roles of its row, and nobody else, also nobody
// without a token, with a wrong one, or with one that has ended.
func TestEveryRouteAndRole(t *testing.T) {
	c := withClients(t, 100_000)
	users := map[string]string{"investor": "ming", "broker-maker": "maker", "broker-checker": "checker", "bank-desk": "desk1", "operations": "ops", "auditor": "audit"}
	table := rows(t)
	walked := map[string]bool{}
	err := chi.Walk(c.api.Handler().(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		route := method + " " + pattern
		walked[route] = true
		may, ok := table[route]
		if !ok {
			t.Errorf("%s is in no row of the document", route)
			return nil
		}
		path := strings.NewReplacer("{client}", "1", "{fund}", "880001", "{bank}", "1", "{date}", "20230825").Replace(pattern)
		path = strings.NewReplacer("{period}", "20230825", "{transfer}", "9", "{order}", "9", "{freeze}", "9", "{case}", "9", "{proposal}", "9").Replace(path)
		if route == "DELETE /v1/session" {
			return nil // it ends the session it is asked with; see TestSignOut
		}
		for role, user := range users {
			got := c.send(user, method, path, "walk", "{}")
			if refused := got.code() == "role-not-permitted"; refused == may[role] {
				t.Errorf("%s as %s: %d %s, the document says %v", route, role, got.status, got.raw, may[role])
			}
			if got.status == http.StatusInternalServerError {
				t.Errorf("%s as %s fails: %s", route, role, got.raw)
			}
		}
		for _, head := range []string{"", "Bearer", "Bearer ", "Bearer nonsense", "Basic bWluZzpwdw==", "bearer " + c.signIn("ops")} {
			r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}"))
			if err != nil {
				return err
			}
			r.Header.Set("Authorization", head)
			if got := c.do(r); (got.status == http.StatusUnauthorized && got.code() == "sign-in-needed") == may["nobody"] {
				t.Errorf("%s with %q: %d %s", route, head, got.status, got.raw)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for route := range table {
		if !walked[route] {
			t.Errorf("%s is in the document and does not exist", route)
		}
	}
	if len(walked) < 60 {
		t.Errorf("only %d routes were walked", len(walked))
	}
}

// What is not theirs does not exist for an investor and for a bank's desk.
func TestOwnObjects(t *testing.T) {
	c := withClients(t, 1000)
	order := c.must("hong", "POST", "/v1/orders", "o", map[string]any{"fund": 880002, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100}).number("ref")
	transfer := c.must("hong", "POST", "/v1/deposits", "d", map[string]any{"fund": 880002, "amount": 5}).number("ref")
	c.fill()
	head := c.sequencer.Head().Height
	probes := []struct {
		user, method, path string
		body               any
	}{
		{"ming", "GET", "/v1/clients/2", nil},
		{"ming", "GET", "/v1/clients/2/funds", nil},
		{"ming", "POST", "/v1/clients/2/contact", map[string]any{"mobile": "16100000001"}},
		{"ming", "POST", "/v1/clients/2/loss", map[string]any{}},
		{"ming", "POST", "/v1/clients/2/passwords", map[string]any{"which": "fund", "new": "Cash-Cow-99"}},
		{"ming", "POST", "/v1/clients/2/sessions/end", map[string]any{}},
		{"ming", "POST", "/v1/deposits", map[string]any{"fund": 880002, "amount": 5}},
		{"ming", "POST", "/v1/withdrawals", map[string]any{"fund": 880002, "amount": 5, "fund_password": "Cash-Cow-57"}},
		{"ming", "POST", "/v1/internal-transfers", map[string]any{"from": 880001, "to": 880002, "amount": 5}},
		{"ming", "POST", "/v1/internal-transfers", map[string]any{"from": 880002, "to": 880001, "amount": 5}},
		{"ming", "POST", "/v1/orders", map[string]any{"fund": 880002, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100}},
		{"ming", "POST", fmt.Sprintf("/v1/orders/%d/cancel", order), nil},
		{"ming", "POST", "/v1/batch", map[string]any{"items": []any{map[string]any{"deposit": map[string]any{"fund": 880001, "amount": 5}}, map[string]any{"cancel": map[string]any{"order": order, "fund": 880002}}}}},
		{"ming", "POST", "/v1/funds/880002/contract/pre-designation", map[string]any{"bank": 1, "verified": true}},
		{"ming", "POST", "/v1/funds/880002/contract/withdraw-application", map[string]any{}},
		{"ming", "POST", "/v1/funds/880002/at-bank/balance", map[string]any{"card_password": "1"}},
		{"ming", "GET", fmt.Sprintf("/v1/orders/%d", order), nil},
		{"ming", "GET", fmt.Sprintf("/v1/transfers/%d", transfer), nil},
		{"ming", "GET", "/v1/funds/880002", nil},
		{"ming", "GET", "/v1/funds/880002/balance", nil},
		{"ming", "GET", "/v1/funds/880002/positions", nil},
		{"ming", "GET", "/v1/funds/880002/orders", nil},
		{"ming", "GET", "/v1/funds/880002/transfers", nil},
		{"ming", "GET", "/v1/funds/880002/contracts", nil},
		{"ming", "GET", "/v1/funds/880002/freezes", nil},
		{"ming", "GET", "/v1/funds/880002/securities-accounts", nil},
		{"ming", "GET", "/v1/funds/880002/fills?from=20230801&to=20230901", nil},
		{"ming", "GET", "/v1/funds/880002/statement?from=20230801&to=20230901", nil},
		{"ming", "GET", "/v1/funds/880002/securities-ledger?from=20230801&to=20230901", nil},
		{"ming", "GET", "/v1/funds/880002/statements/20230825", nil},
		{"ming", "GET", "/v1/funds/880002/statements/20230825?format=pdf", nil},
		{"ming", "GET", "/v1/funds/880002/cash-days?from=20230801&to=20230901", nil},
		{"ming", "GET", "/v1/funds/999999/balance", nil},
		{"desk1", "GET", "/v1/funds/880002/statements/20230825", nil},
		{"desk1", "GET", "/v1/funds/880002/cash-days?from=20230801&to=20230901", nil},
		{"desk1", "GET", "/v1/days/20230825/settlement-report?for=bank-2", nil},
		{"desk1", "GET", "/v1/days/20230825/settlement-report?for=broker", nil},
		{"desk1", "GET", "/v1/funds/880002", nil},
		{"desk1", "GET", "/v1/funds/880002/balance", nil},
		{"desk1", "GET", "/v1/funds/880002/transfers", nil},
		{"desk1", "GET", "/v1/funds/880002/contracts", nil},
		{"desk1", "GET", "/v1/banks/2/funds", nil},
		{"desk1", "GET", "/v1/banks/2/totals", nil},
		{"desk1", "GET", "/v1/transfers?bank=2", nil},
		{"desk1", "GET", fmt.Sprintf("/v1/transfers/%d", transfer), nil},
	}
	for i, p := range probes {
		got := c.send(p.user, p.method, p.path, fmt.Sprint("probe", i), p.body)
		if got.status != http.StatusNotFound || got.code() != "unknown-object" {
			t.Errorf("%s %s as %s: %d %s", p.method, p.path, p.user, got.status, got.raw)
		}
		if strings.Contains(string(got.raw), "880002,") {
			t.Errorf("%s %s as %s tells %s", p.method, p.path, p.user, got.raw)
		}
	}
	if now := c.sequencer.Head().Height; now != head {
		t.Errorf("the probes wrote %d blocks", now-head)
	}
	for _, good := range []struct{ user, path string }{
		{"hong", "/v1/clients/2"}, {"hong", fmt.Sprintf("/v1/orders/%d", order)}, {"hong", fmt.Sprintf("/v1/transfers/%d", transfer)},
		{"desk2", "/v1/funds/880002"}, {"desk2", "/v1/funds/880002/balance"}, {"desk2", "/v1/banks/2/funds"}, {"desk2", fmt.Sprintf("/v1/transfers/%d", transfer)},
	} {
		c.must(good.user, "GET", good.path, "", nil)
	}
	if got := c.must("desk1", "GET", "/v1/transfers", "", nil); strings.Contains(string(got.raw), `"bank":2`) {
		t.Errorf("desk 1 sees %s", got.raw)
	}
}

// The interface document is what the code serves.
func TestOpenAPIDocument(t *testing.T) {
	const name = "../docs/openapi.yaml"
	c := open(t, 10)
	served := c.send("", "GET", "/openapi.yaml", "", nil)
	if *update {
		if err := os.WriteFile(name, served.raw, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(served.raw) || !strings.Contains(string(kept), "openapi: 3.1.0") {
		t.Errorf("%s is not what the code serves; run the test with -update", name)
	}
}
