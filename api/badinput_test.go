package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Bad input gets a clear problem in two languages, and nothing of it reaches the
// journal.
func TestBadInput(t *testing.T) {
	c := withClients(t, 100_000)
	for _, user := range []string{"ming", "maker"} {
		c.signIn(user)
	}
	head := c.sequencer.Head().Height
	const good = `{"fund":880001,"amount":5}`
	order := func(change string) string {
		return strings.Replace(`{"fund":880001,"instrument":"000001.SZ","side":"buy","price":95000,"quantity":100}`, strings.SplitN(change, "=", 2)[0], strings.SplitN(change, "=", 2)[1], 1)
	}
	for _, x := range []struct {
		name, method, path, key, body string
		status                        int
		code                          string
	}{
		{"no body", "POST", "/v1/deposits", "k", "", 400, "bad-json"},
		{"not JSON", "POST", "/v1/deposits", "k", "fund=1", 400, "bad-json"},
		{"JSON cut off", "POST", "/v1/deposits", "k", good[:10], 400, "bad-json"},
		{"two values", "POST", "/v1/deposits", "k", good + good, 400, "bad-json"},
		{"unknown field", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":5,"second_factor":1}`, 400, "bad-json"},
		{"a list", "POST", "/v1/deposits", "k", "[1]", 422, "bad-field"},
		{"text for a number", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":"5"}`, 422, "bad-field"},
		{"a fraction", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":5.5}`, 422, "bad-field"},
		{"negative", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":-5}`, 422, "bad-field"},
		{"zero", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":0}`, 422, "bad-field"},
		{"beyond 64 bits", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":9223372036854775808}`, 422, "bad-field"},
		{"negative account", "POST", "/v1/deposits", "k", `{"fund":-1,"amount":5}`, 422, "bad-field"},
		{"no key", "POST", "/v1/deposits", "", good, 400, "key-missing"},
		{"a key with a space", "POST", "/v1/deposits", "a b", good, 400, "key-missing"},
		{"a key too long", "POST", "/v1/deposits", strings.Repeat("k", 65), good, 400, "key-missing"},
		{"a body too large", "POST", "/v1/deposits", "k", `{"fund":880001,"amount":` + strings.Repeat(" ", 20_000) + `5}`, 413, "body-too-large"},
		{"a body too large by huma", "POST", "/v1/withdrawals", "k", `{"fund":880001,"amount":5,"fund_password":"` + strings.Repeat("x", 20_000) + `"}`, 413, "body-too-large"},
		{"unknown security", "POST", "/v1/orders", "k", order(`"000001.SZ"="1.SZ"`), 422, "bad-field"},
		{"unknown market", "POST", "/v1/orders", "k", order(`"000001.SZ"="000001.XX"`), 422, "bad-field"},
		{"unknown side", "POST", "/v1/orders", "k", order(`"buy"="short"`), 422, "bad-field"},
		{"negative price", "POST", "/v1/orders", "k", order(`95000=-1`), 422, "bad-field"},
		{"price beyond 64 bits", "POST", "/v1/orders", "k", order(`95000=92233720368547758070`), 422, "bad-field"},
		{"no quantity", "POST", "/v1/orders", "k", order(`,"quantity":100=`), 422, "bad-field"},
		{"withdrawal of nothing", "POST", "/v1/withdrawals", "k", `{"fund":880001,"amount":0,"fund_password":"x"}`, 422, "bad-field"},
		{"withdrawal with a field too many", "POST", "/v1/withdrawals", "k", `{"fund":880001,"amount":1,"fund_password":"x","password_ok":1}`, 422, "bad-field"},
		{"withdrawal without key", "POST", "/v1/withdrawals", "", `{"fund":880001,"amount":1,"fund_password":"x"}`, 400, "key-missing"},
		{"an empty batch", "POST", "/v1/batch", "k", `{"items":[]}`, 422, "bad-field"},
		{"an item of two", "POST", "/v1/batch", "k", `{"items":[{"deposit":` + good + `,"cancel":{"order":1,"fund":880001}}]}`, 422, "bad-field"},
		{"an item of none", "POST", "/v1/batch", "k", `{"items":[{}]}`, 422, "bad-field"},
		{"1,001 items", "POST", "/v1/batch", "k", `{"items":[` + strings.Repeat(`{"deposit":`+good+`},`, 1000) + `{"deposit":` + good + `}]}`, 422, "bad-field"},
		{"a bad item behind a good one", "POST", "/v1/batch", "k", `{"items":[{"deposit":` + good + `},{"deposit":{"fund":880001,"amount":-1}}]}`, 422, "bad-field"},
		{"unknown route", "POST", "/v1/money", "k", good, 404, "unknown-route"},
		{"unknown method", "PATCH", "/v1/deposits", "k", good, 405, "method-not-allowed"},
		{"an account that is no number", "GET", "/v1/funds/abc/balance", "", "", 422, "bad-field"},
		{"an account of 15 digits", "GET", "/v1/funds/100000000000000/balance", "", "", 422, "bad-field"},
		{"an unknown query", "GET", "/v1/funds/880001/orders?colour=red", "", "", 422, "bad-field"},
		{"a page mark of somebody else", "GET", "/v1/funds/880001/orders?after=1.2.3", "", "", 422, "bad-page"},
		{"a page mark of nonsense", "GET", "/v1/funds/880001/orders?after=x", "", "", 422, "bad-page"},
		{"a page too long", "GET", "/v1/funds/880001/orders?limit=501", "", "", 422, "bad-field"},
		{"a range backwards", "GET", "/v1/funds/880001/statement?from=20230826&to=20230825", "", "", 422, "bad-field"},
		{"a range without end", "GET", "/v1/funds/880001/statement?from=20230826", "", "", 422, "bad-field"},
	} {
		got := c.send("ming", x.method, x.path, x.key, bodyOr(x.body))
		if got.status != x.status || got.code() != x.code {
			t.Errorf("%s: %d %s, want %d %s", x.name, got.status, got.raw, x.status, x.code)
		}
		if zh, _ := got.body["zh"].(string); zh == "" || got.body["title"] == "" || got.head.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s is no problem in two languages", x.name, got.head.Get("Content-Type"), got.raw)
		}
	}
	if now := c.sequencer.Head().Height; now != head {
		t.Errorf("bad input wrote %d blocks", now-head)
	}
}

func bodyOr(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// A rejection of the machine is a problem with its name, number and block.
func TestRejections(t *testing.T) {
	c := withClients(t, 1000)
	for _, x := range []struct {
		name string
		body map[string]any
		code string
	}{
		{"more than there is", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 900_000}, "insufficient"},
		{"nothing to sell", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "sell", "price": 95_000, "quantity": 100}, "quantity-not-held"},
		{"above the limit", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 950_000, "quantity": 100}, "price-above-limit"},
		{"not listed here", map[string]any{"fund": 880001, "instrument": "000002.SZ", "side": "buy", "price": 95_000, "quantity": 100}, "unknown-instrument"},
	} {
		got := c.send("ming", "POST", "/v1/orders", strings.ReplaceAll(x.name, " ", "-"), x.body)
		if x.name == "above the limit" && got.code() == "price-above-cage" {
			continue // the cage is narrower
		}
		if got.code() != x.code && x.name != "nothing to sell" || got.number("height") == 0 || got.number("number") == 0 || got.body["zh"] == "" {
			t.Errorf("%s: %d %s, want %s", x.name, got.status, got.raw, x.code)
		}
	}
	all := c.must("ming", "GET", "/v1/rejections", "", nil)
	if n := bytes.Count(all.raw, []byte(`"code"`)); n < 100 {
		t.Errorf("only %d rejections are listed", n)
	}
}

// Load is refused early: a session beyond its rate, and a queue that is full.
func TestLoadIsRefused(t *testing.T) {
	c := withClients(t, 50)
	refused := 0
	for i := range 260 {
		got := c.send("hong", "GET", "/v1/version", "", nil)
		if got.status != 200 {
			t.Fatalf("a route for anyone is limited: %d %s", got.status, got.raw)
		}
		got = c.send("hong", "GET", "/v1/session", "", nil)
		if got.status == http.StatusTooManyRequests {
			refused++
			if got.code() != "too-many-requests" || got.head.Get("Retry-After") == "" {
				t.Fatalf("request %d: %s", i, got.raw)
			}
		}
	}
	if refused < 50 || refused > 70 {
		t.Errorf("%d of 260 requests were refused, the burst is 200", refused)
	}
	c.busy = true
	got := c.send("ming", "POST", "/v1/deposits", "k", map[string]any{"fund": 880001, "amount": 5})
	if got.status != http.StatusServiceUnavailable || got.code() != "busy" || got.head.Get("Retry-After") != "1" {
		t.Errorf("a full queue: %d %v %s", got.status, got.head, got.raw)
	}
	for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Strict-Transport-Security", "Cache-Control"} {
		if got.head.Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
}

// The batch decides every item by itself, in both forms alike, and a repeated
// batch gives the same outcomes.
func TestBatch(t *testing.T) {
	c := withClients(t, 1000)
	items := []any{
		map[string]any{"deposit": map[string]any{"fund": 880001, "amount": 5}},
		map[string]any{"order": map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100}},
		map[string]any{"cancel": map[string]any{"order": 1, "fund": 880001}},
		map[string]any{"cancel": map[string]any{"order": 77, "fund": 880001}},
	}
	first := c.must("ming", "POST", "/v1/batch", "b", map[string]any{"items": items})
	if got := first.body["items"].([]any); len(got) != 4 || first.number("accepted") != 3 || got[3].(map[string]any)["code"] != "unknown-order" {
		t.Errorf("batch %s", first.raw)
	}
	if again := c.must("ming", "POST", "/v1/batch", "b", map[string]any{"items": items}); !bytes.Equal(again.raw, first.raw) {
		t.Errorf("again %s, first %s", again.raw, first.raw)
	}
	compact := compactBatch(
		compactItem{kind: 1, fund: 880001, a: 5},
		compactItem{kind: 2, side: 1, category: 1, typ: 1, instrument: 2_000_001, fund: 880001, a: 95_000, b: 100},
		compactItem{kind: 3, fund: 880001, a: 1},
		compactItem{kind: 3, fund: 880001, a: 77},
	)
	send := func(key string, body []byte) reply {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "/v1/batch", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/vnd.sancun.batch")
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("Authorization", "Bearer "+c.signIn("ming"))
		return c.do(r)
	}
	// The same key and content in the other form are the same requests.
	same := send("b", compact)
	if codes := compactCodes(t, same.raw); fmt.Sprint(codes) != "[0 0 0 566]" {
		t.Errorf("compact %d %s: %v", same.status, same.head.Get("Content-Type"), codes)
	}
	for name, bad := range map[string][]byte{"empty": nil, "cut": compact[:50], "long": append(bytes.Clone(compact), 0), "magic": append([]byte("SCQ2"), compact[4:]...)} {
		if got := send("x", bad); got.status != 400 || got.code() != "bad-batch" {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	if got := send("x", make([]byte, 60_000)); got.status != 413 {
		t.Errorf("too long: %d %s", got.status, got.raw)
	}
}
