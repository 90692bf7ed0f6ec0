package api_test

import "testing"

// Whoever has done something sees it in the next balance, and every enquiry says up to
// which block it has read.
func TestAnswersSayHowFreshTheyAre(t *testing.T) {
	c := withClients(t, 100_000)
	before := c.must("ming", "GET", "/v1/funds/880001/orders", "", nil)
	placed := c.must("ming", "POST", "/v1/orders", "k", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": 95_000, "quantity": 100})
	at := placed.number("height")
	balance := c.must("ming", "GET", "/v1/funds/880001/balance", "", nil)
	if balance.number("held_for_orders") < 950_00 || balance.number("height") < at || balance.body["as_of"] == nil {
		t.Errorf("the balance behind the order: %s", balance.raw)
	}
	behind := c.must("ming", "GET", "/v1/funds/880001/orders", "", nil)
	if behind.number("height") >= at || behind.number("height") != before.number("height") || behind.body["as_of"] == nil {
		t.Errorf("the list does not say that it is behind block %d: %s", at, behind.raw)
	}
	c.fill()
	after := c.must("ming", "GET", "/v1/funds/880001/orders", "", nil)
	if rows, _ := after.body["rows"].([]any); after.number("height") < at || len(rows) != 1 {
		t.Errorf("the list behind block %d: %s", at, after.raw)
	}
}
