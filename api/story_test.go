package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sancun/record"
)

// A client's life through the door: opened, moving money, trading, looking.
func TestClientStory(t *testing.T) {
	c := withClients(t, 1000)
	one := c.must("ming", "GET", "/v1/clients/1", "", nil)
	masked, _ := one.body["personal"].(map[string]any)
	if name := []rune(person(1).Name); masked["name"] != string(name[:1])+strings.Repeat("*", len(name)-1) || !strings.Contains(masked["mobile"].(string), "****") {
		t.Errorf("masked data %v", masked)
	}
	for _, secret := range []string{person(1).Name, person(1).Number, person(1).Mobile, person(1).Email} {
		if strings.Contains(string(one.raw), secret) {
			t.Errorf("%s is in the answer in clear", secret)
		}
	}

	before := c.must("ming", "GET", "/v1/funds/880001/balance", "", nil).number("available")
	order := c.must("ming", "POST", "/v1/orders", "o1", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100})
	after := c.must("ming", "GET", "/v1/funds/880001/balance", "", nil)
	if got := before - after.number("available"); got < 95_000 || after.number("height") < order.number("height") {
		t.Errorf("the order holds %d fen as of block %d, it is in block %d", got, after.number("height"), order.number("height"))
	}
	again := c.must("ming", "POST", "/v1/orders", "o1", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100})
	if string(again.raw) != string(order.raw) {
		t.Errorf("the same key was answered %s and %s", order.raw, again.raw)
	}
	other := c.send("ming", "POST", "/v1/orders", "o1", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 200})
	if other.status != http.StatusConflict || other.code() != "key-reused" {
		t.Errorf("another request under the key: %d %s", other.status, other.raw)
	}
	path := fmt.Sprintf("/v1/orders/%d", order.number("ref"))
	if got := c.must("ming", "GET", path, "", nil); got.body["state"] != "new" || got.body["instrument"] != "000001.SZ" {
		t.Errorf("the order is %s", got.raw)
	}
	c.must("ming", "POST", path+"/cancel", "c1", nil)
	if got := c.send("ming", "POST", path+"/cancel", "c2", nil); got.code() != "already-cancelling" {
		t.Errorf("cancelling twice: %d %s", got.status, got.raw)
	}

	deposit := c.must("ming", "POST", "/v1/deposits", "d1", map[string]any{"fund": 880001, "amount": 500})
	if got := c.must("ming", "GET", fmt.Sprintf("/v1/transfers/%d", deposit.number("ref")), "", nil); got.body["state"] != "sent" || got.body["direction"] != "deposit" {
		t.Errorf("the deposit is %s", got.raw)
	}
	wrong := c.send("ming", "POST", "/v1/withdrawals", "w1", map[string]any{"fund": 880001, "amount": 700, "fund_password": "Cash-Cow-58"})
	if wrong.code() != "fund-password-wrong" || wrong.body["zh"] == "" || wrong.body["advice_en"] == "" {
		t.Errorf("a wrong fund password: %d %s", wrong.status, wrong.raw)
	}
	c.must("ming", "POST", "/v1/withdrawals", "w2", map[string]any{"fund": 880001, "amount": 700, "fund_password": "Cash-Cow-57"})
	c.fill()
	statement := c.must("ming", "GET", "/v1/funds/880001/statement?from=20230801&to=20230831", "", nil)
	lines := statement.body["rows"].([]any)
	if len(lines) != 2 || statement.number("opening") != 0 || statement.number("closing") != 10_000_000-700 {
		t.Errorf("statement %s", statement.raw)
	}
	if line := lines[1].(map[string]any); line["why"] != "withdrawal" || fmt.Sprint(line["amount"]) != "-700" || line["ref"] == nil {
		t.Errorf("last line %v", line)
	}
	if got := c.must("ming", "GET", "/v1/funds/880001/transfers?limit=1", "", nil); len(got.body["rows"].([]any)) != 1 || got.body["next"] == nil {
		t.Errorf("one transfer a page: %s", got.raw)
	} else if rest := c.must("ming", "GET", "/v1/funds/880001/transfers?limit=1&after="+got.body["next"].(string), "", nil); len(rest.body["rows"].([]any)) != 1 || rest.body["next"] != nil {
		t.Errorf("second page: %s", rest.raw)
	}
	if got := c.must("ops", "GET", "/v1/banks/1/totals", "", nil); !strings.Contains(string(got.raw), `"balanced":true`) {
		t.Errorf("totals %s", got.raw)
	}
}

// A client opened again under the same key gives the same answer, although every
// sealing gives other bytes; opened under another key it exists already.
func TestOpeningAgain(t *testing.T) {
	c := open(t, 1000)
	first := c.must("maker", "POST", "/v1/clients", "k", client(5))
	if again := c.must("maker", "POST", "/v1/clients", "k", client(5)); string(again.raw) != string(first.raw) {
		t.Errorf("again: %s, first %s", again.raw, first.raw)
	}
	if got := c.send("maker", "POST", "/v1/clients", "l", client(5)); got.status != http.StatusConflict || got.code() != "client-number-taken" || got.number("ref") != 1 {
		t.Errorf("another key: %d %s", got.status, got.raw)
	}
	batch := map[string]any{"clients": []any{client(6), client(7)}}
	if got := c.must("maker", "POST", "/v1/clients/batch", "b", batch); got.number("ref") != 2 {
		t.Errorf("batch: %s", got.raw)
	}
	bad := client(8)
	bad["document"] = "110000199001011234"
	bad["mobile"] = "12"
	got := c.send("maker", "POST", "/v1/clients/batch", "b2", map[string]any{"clients": []any{client(9), bad}})
	fields, _ := got.body["errors"].([]any)
	if got.code() != "bad-field" || len(fields) != 2 || !strings.HasPrefix(fields[0].(map[string]any)["location"].(string), "body.clients[1].") || strings.Contains(string(got.raw), "110000199001011234") {
		t.Errorf("bad data: %d %s", got.status, got.raw)
	}
	c.fill()
	found := c.must("maker", "POST", "/v1/clients/search", "", map[string]any{"document_kind": 1, "document": strings.ToLower(person(6).Number)})
	if rows := found.body["rows"].([]any); len(rows) != 1 || fmt.Sprint(rows[0].(map[string]any)["number"]) != "6" {
		t.Errorf("found %s", found.raw)
	}
}

// A field is shown in clear once the journal says who read it and why.
func TestRevealIsJournaled(t *testing.T) {
	c := withClients(t, 1000)
	got := c.must("checker", "POST", "/v1/clients/1/reveal", "", map[string]any{"field": "mobile", "reason": "case 17"})
	if got.body["text"] != person(1).Mobile {
		t.Errorf("revealed %s", got.raw)
	}
	if got := c.send("checker", "POST", "/v1/clients/1/reveal", "", map[string]any{"field": "mobile", "reason": "   ok   "}); got.status != 422 {
		t.Errorf("without a reason: %d %s", got.status, got.raw)
	}
	if got := c.send("checker", "POST", "/v1/clients/99/reveal", "", map[string]any{"field": "name", "reason": "case 17"}); got.status != 404 {
		t.Errorf("nobody's name: %d %s", got.status, got.raw)
	}
	c.fill()
	trail := c.must("audit", "GET", "/v1/audit?class=staff&number=12", "", nil)
	rows := trail.body["rows"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["act"] != "reveal-logged" || rows[0].(map[string]any)["caller"] != "staff/12" {
		t.Errorf("trail %s", trail.raw)
	}
	c.busy = true
	if got := c.send("checker", "POST", "/v1/clients/1/reveal", "", map[string]any{"field": "mobile", "reason": "case 17"}); got.status != 503 || strings.Contains(string(got.raw), person(1).Mobile) {
		t.Errorf("when it cannot be journaled: %d %s", got.status, got.raw)
	}
}

// Maker and checker are two people, and the checker approves what was read.
func TestDualControl(t *testing.T) {
	c := withClients(t, 1000)
	c.system(&record.OpenCase{Date: today, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Ours: 5, Theirs: 7, TheirRef: "total"})
	made := c.must("maker", "POST", "/v1/proposals", "p1", map[string]any{"case": 1, "reason": "it arrived", "close_case": map[string]any{"case": 1, "as": "time", "reason": "in flight"}})
	c.fill()
	path := fmt.Sprintf("/v1/proposals/%d", made.number("ref"))
	read := c.must("checker", "GET", path, "", nil)
	if content, _ := read.body["content"].(map[string]any); read.body["act"] != "close-case" || content["Reason"] != "in flight" {
		t.Errorf("proposal %s", read.raw)
	}
	if got := c.send("checker", "POST", path+"/approve", "a0", map[string]any{"digest": strings.Repeat("0", 64)}); got.code() != "payload-differs" {
		t.Errorf("approving unread: %d %s", got.status, got.raw)
	}
	c.must("checker", "POST", path+"/approve", "a1", map[string]any{"digest": read.body["digest"]})
	if got := c.send("maker", "POST", path+"/withdraw", "", nil); got.code() != "proposal-closed" {
		t.Errorf("withdrawn too late: %d %s", got.status, got.raw)
	}
	c.fill()
	if got := c.must("desk1", "GET", "/v1/cases/1", "", nil); got.body["state"] != "closed" || got.body["resolved"] != "time" {
		t.Errorf("case %s", got.raw)
	}
	if got := c.send("desk2", "GET", "/v1/cases/1", "", nil); got.status != 404 {
		t.Errorf("another bank's desk sees %d %s", got.status, got.raw)
	}
	if got := c.send("maker", "POST", "/v1/proposals", "p2", map[string]any{"reason": "none"}); got.status != 422 {
		t.Errorf("a proposal of nothing: %d %s", got.status, got.raw)
	}
}

// Changed contact data leave the rest as it was, and the card of a contract is
// kept sealed with them, also when it changes.
func TestContactIsCarriedOver(t *testing.T) {
	c := withClients(t, 1000)
	p := person(1)
	read := func(field string) string {
		t.Helper()
		text, _ := c.must("checker", "POST", "/v1/clients/1/reveal", "", map[string]any{"field": field, "reason": "case 17"}).body["text"].(string)
		c.fill()
		return text
	}
	if got := read("card"); got != p.Card {
		t.Errorf("the card of the contract is kept as %q", got)
	}
	for _, mobile := range []string{"16100000007", "16100000008"} {
		c.must("ming", "POST", "/v1/clients/1/contact", "m"+mobile, map[string]any{"mobile": mobile})
		c.fill()
		if read("mobile") != mobile || read("email") != p.Email || read("address") != p.Address || read("card") != p.Card || read("name") != p.Name {
			t.Errorf("after the mobile number changed to %s: %s %s %s %s", mobile, read("mobile"), read("email"), read("address"), read("card"))
		}
	}
	c.must("ming", "POST", "/v1/clients/1/contact", "e", map[string]any{"mobile": "16100000008", "email": "new@sancun.example"})
	c.fill()
	if read("email") != "new@sancun.example" || read("address") != p.Address {
		t.Error("the new e-mail address is not there")
	}
	other := person(77).Card
	c.must("maker", "POST", "/v1/funds/880001/contract/card", "", map[string]any{"bank": 1, "old": p.Card, "new": other})
	c.fill()
	if got := read("card"); got != other {
		t.Errorf("the new card is kept as %q", got)
	}
	if got := c.send("maker", "POST", "/v1/funds/880001/contract/card", "", map[string]any{"bank": 1, "old": other, "new": "12"}); got.status != 422 {
		t.Errorf("a card of two digits: %d %s", got.status, got.raw)
	}
}
