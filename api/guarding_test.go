package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sancun/record"
)

// approve has a checker read a proposal and carry it out.
func (c *centre) approve(checker string, proposal int64) reply {
	c.t.Helper()
	c.fill()
	path := fmt.Sprintf("/v1/proposals/%d", proposal)
	read := c.must(checker, "GET", path, "", nil)
	return c.send(checker, "POST", path+"/approve", fmt.Sprint("approve", proposal), map[string]any{"digest": read.body["digest"]})
}

// Counter business that needs two people answers 202 with the number of its
// proposal, and happens when another person has read and approved it.
func TestCounterBusinessNeedsTwo(t *testing.T) {
	c := withClients(t, 1000)
	p := person(9)
	change := map[string]any{"document_kind": 1, "document": p.Number, "name": p.Name, "verified": true}
	asked := c.send("maker", "POST", "/v1/clients/1/identity", "i1", change)
	if asked.status != http.StatusAccepted || asked.code() != "proposed" || asked.number("proposal") != 1 {
		t.Fatalf("asked: %d %s", asked.status, asked.raw)
	}
	if again := c.send("maker", "POST", "/v1/clients/1/identity", "i1", change); string(again.raw) != string(asked.raw) || again.status != asked.status {
		t.Errorf("asked again under the key: %d %s", again.status, again.raw)
	}
	before := c.must("checker", "GET", "/v1/clients/1", "", nil)
	c.fill()
	read := c.must("checker", "GET", "/v1/proposals/1", "", nil)
	masked, _ := read.body["personal"].(map[string]any)
	if name := []rune(p.Name); masked["name"] != string(name[:1])+strings.Repeat("*", len(name)-1) || read.body["act"] != "change-identity" || read.body["reason"] != "change-identity" {
		t.Errorf("what the checker reads: %s", read.raw)
	}
	for _, secret := range []string{p.Name, p.Number, "Sealed"} {
		if strings.Contains(string(read.raw), secret) {
			t.Errorf("%s is in the proposal in clear", secret)
		}
	}
	if got := c.send("maker", "POST", "/v1/proposals/1/approve", "x", map[string]any{"digest": read.body["digest"]}); got.status != http.StatusForbidden {
		t.Errorf("approved by the maker's role: %d %s", got.status, got.raw)
	}
	if got := c.approve("checker", 1); got.status != http.StatusOK {
		t.Fatalf("approved: %d %s", got.status, got.raw)
	}
	c.fill()
	after := c.must("checker", "GET", "/v1/clients/1", "", nil)
	if fmt.Sprint(before.body["personal"]) == fmt.Sprint(after.body["personal"]) || after.body["unconfirmed"] != true {
		t.Errorf("after the change: %s", after.raw)
	}
}

// A password reset by two people is the password from then on, and its hash is
// shown to nobody.
func TestPasswordResetByTwo(t *testing.T) {
	c := withClients(t, 1000)
	asked := c.send("maker", "POST", "/v1/clients/2/passwords/reset", "r", map[string]any{"which": "fund", "new": "New-Horse-99", "verified": true})
	c.fill()
	if read := c.must("checker", "GET", fmt.Sprintf("/v1/proposals/%d", asked.number("proposal")), "", nil); strings.Contains(string(read.raw), "argon2") || strings.Contains(string(read.raw), "Hash") {
		t.Errorf("the hash is shown: %s", read.raw)
	}
	if got := c.approve("checker", asked.number("proposal")); got.status != http.StatusOK {
		t.Fatalf("approved: %d %s", got.status, got.raw)
	}
	c.fill()
	c.tokens["hong"] = "" // the reset ended every session
	if got := c.send("hong", "POST", "/v1/withdrawals", "w1", map[string]any{"fund": fundOf(2), "amount": 100, "fund_password": "Cash-Cow-57"}); got.code() != "fund-password-wrong" {
		t.Errorf("the old password: %d %s", got.status, got.raw)
	}
	c.must("hong", "POST", "/v1/withdrawals", "w2", map[string]any{"fund": fundOf(2), "amount": 100, "fund_password": "New-Horse-99"})
}

// Every act of the counter that moves rights by two people: a proposal first, and
// done when approved. A report of loss waits for nobody.
func TestGuardedRoutes(t *testing.T) {
	c := withClients(t, 1000)
	key := 0
	two := func(user, path string, body map[string]any, code string) {
		t.Helper()
		key++
		asked := c.send(user, "POST", path, fmt.Sprint("k", key), body)
		if asked.status != http.StatusAccepted || asked.number("proposal") == 0 {
			t.Fatalf("%s: %d %s", path, asked.status, asked.raw)
		}
		if got := c.approve("checker", asked.number("proposal")); got.code() != code {
			t.Errorf("%s approved: %d %s", path, got.status, got.raw)
		}
	}
	two("maker", "/v1/funds/880001/freezes", map[string]any{"reason": "court", "amount": 500, "order": "2023/7"}, "accepted")
	two("maker", "/v1/freezes/1/deduct", map[string]any{"amount": 200, "order": "2023/8"}, "accepted")
	for _, paid := range []struct {
		amount int
		code   string
	}{{201, "deduct-too-much"}, {200, "accepted"}, {1, "deduct-too-much"}} { // of what was deducted, once
		body := map[string]any{"amount": paid.amount, "bank_reference": "B0000001"}
		if got := c.send("maker", "POST", "/v1/freezes/1/paid", fmt.Sprint("paid", paid.amount), body); got.code() != paid.code {
			t.Errorf("%d of the deduction paid: %d %s, want %s", paid.amount, got.status, got.raw, paid.code)
		}
	}
	two("maker", "/v1/freezes/1/release", map[string]any{"order": "2023/9"}, "accepted")
	two("maker", "/v1/clients/2/state", map[string]any{"to": "frozen", "reference": "2023/10"}, "accepted")
	two("maker", "/v1/clients/2/state", map[string]any{"to": "normal", "verified": true, "reference": "2023/11"}, "accepted")
	two("maker", "/v1/funds/880001/state", map[string]any{"to": "dormant", "reference": "list 3"}, "accepted")
	two("maker", "/v1/clients/1/passwords/unlock", map[string]any{"which": "fund", "verified": true}, "password-not-locked")
	two("ops", "/v1/limits", map[string]any{"from": today, "single_max": 5_000, "source": "agreement"}, "accepted")
	two("maker", "/v1/contracts/batch", map[string]any{"rows": []any{map[string]any{"fund": 880001, "bank": 1, "card": person(1).Card}}}, "already-signed")
	if got := c.must("maker", "POST", "/v1/clients/2/loss", "", map[string]any{"reference": "phone"}); got.body["proposal"] != nil {
		t.Errorf("a report of loss waits: %s", got.raw)
	}
}

// Rules are set by proposal, and what holds today is listed.
func TestRulesByProposal(t *testing.T) {
	c := withClients(t, 1000)
	need := func(act string) (is string) {
		for _, g := range c.must("audit", "GET", "/v1/guards", "", nil).body["acts"].([]any) {
			if g := g.(map[string]any); g["act"] == act {
				is = fmt.Sprint(g["need"])
			}
		}
		return is
	}
	if need("set-commission") != "alone" || need("change-identity") != "people" || need("write-off") != "everyone" {
		t.Error("the built-in guards are not listed")
	}
	propose := func(act string, body map[string]any) reply {
		t.Helper()
		got := c.must("maker", "POST", "/v1/proposals", strings.ReplaceAll(act, " ", "-"), map[string]any{"reason": "ticket 8", strings.SplitN(act, " ", 2)[0]: body})
		return c.approve("checker", got.number("ref"))
	}
	propose("guard", map[string]any{"act": "set-commission", "need": "people", "from": today, "source": "ticket 8"})
	if need("set-commission") != "people" {
		t.Error("the guard does not hold")
	}
	if got := c.send("maker", "POST", "/v1/funds/880001/commission", "", map[string]any{"rate": 300_000, "reference": "r"}); got.status != http.StatusAccepted {
		t.Errorf("a guarded commission: %d %s", got.status, got.raw)
	}
	if got := propose("guard 2", map[string]any{"act": "fly", "need": "people", "from": today, "source": "s"}); got.code() != "bad-guard" {
		t.Errorf("an act that is none: %s", got.raw)
	}
	propose("risk_rule", map[string]any{"rule": "single-amount", "outcome": "hold", "limit": 1_000, "from": today, "source": "ticket 9"})
	order := c.must("ming", "POST", "/v1/orders", "o1", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100})
	path := fmt.Sprintf("/v1/orders/%d", order.number("ref"))
	if got := c.must("ming", "GET", path, "", nil); got.body["state"] != "held" {
		t.Fatalf("the order is %s", got.raw)
	}
	c.must("checker", "POST", path+"/review", "v", map[string]any{"approve": true, "reason": "known client"})
	if got := c.must("ming", "GET", path, "", nil); got.body["state"] != "new" {
		t.Errorf("let go, the order is %s", got.raw)
	}
	propose("ceiling", map[string]any{"market": "SZ", "unit": "123456", "kind": "own", "amount": 100_000, "warn": 800, "from": today, "source": "letter 3"})
	if got := c.must("ops", "GET", "/v1/ceilings", "", nil); !strings.Contains(string(got.raw), `"market":"SZ","unit":"123456","own":100000,"binds":100000,"open":95000,"bought":0,"sold":0,"net":95000,"left":5000,"warned":0`) {
		t.Errorf("net buying: %s", got.raw)
	}
	if got := c.send("ming", "POST", "/v1/orders", "o9", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100}); got.code() != "above-ceiling" {
		t.Errorf("a buy over the ceiling: %d %s", got.status, got.raw)
	}
	if got := propose("listing", map[string]any{"client": 1, "outcome": "refuse", "reason": "order 5"}); got.code() != "accepted" {
		t.Errorf("listed: %s", got.raw)
	}
	if got := c.send("ming", "POST", "/v1/orders", "o2", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100}); got.number("number") != int64(record.RiskClient) {
		t.Errorf("an order of a listed client: %s", got.raw)
	}
	propose("listing 2", map[string]any{"client": 1, "reason": "order 6"})
	propose("listing 3", map[string]any{"instrument": "000001.SZ", "outcome": "warn", "side": "buy", "reason": "volatile"})
	if got := c.send("maker", "POST", "/v1/proposals", "both", map[string]any{"reason": "x", "listing": map[string]any{"client": 1, "instrument": "000001.SZ", "reason": "x"}}); got.code() != "bad-field" {
		t.Errorf("client and security at once: %s", got.raw)
	}
}

// The reason of an act that is only proposed comes in the head of the request.
func TestProposalReason(t *testing.T) {
	c := withClients(t, 1000)
	got := c.sendFor("maker", "/v1/clients/1/state", "court order 12", map[string]any{"to": "frozen", "reference": "2023/10"})
	c.fill()
	if read := c.must("checker", "GET", fmt.Sprintf("/v1/proposals/%d", got.number("proposal")), "", nil); read.body["reason"] != "court order 12" {
		t.Errorf("reason: %s", read.raw)
	}
	if got := c.sendFor("maker", "/v1/clients/1/state", strings.Repeat("x", 401), map[string]any{"to": "frozen", "reference": "2023/10"}); got.status != 422 {
		t.Errorf("too long a reason: %d %s", got.status, got.raw)
	}
}
