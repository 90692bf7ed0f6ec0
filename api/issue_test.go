package api_test

import (
	"net/http"
	"strings"
	"testing"

	"sancun/market"
	"sancun/record"
)

// An investor sees what may be subscribed today and subscribes it; at another price,
// beyond the most of an account, or as a purchase it is refused with its reason.
func TestSubscription(t *testing.T) {
	c := withClients(t, 1000)
	if got := c.must("ming", "GET", "/v1/issues", "", nil); len(got.body["rows"].([]any)) != 0 {
		t.Errorf("before the calendar was loaded: %s", got.raw)
	}
	c.system(&record.LoadInstruments{Date: today, Rows: []record.InstrumentData{
		{ID: 2_001_399, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 123_400},
	}})
	c.system(&record.LoadIssues{Date: today, Rows: []record.IssueData{{Code: 2_001_399, Security: 2_001_399, Price: 123_400, Unit: 500, Max: 9_500}}})
	got := c.must("ming", "GET", "/v1/issues", "", nil)
	want := `"rows":[{"code":"001399.SZ","security":"001399.SZ","date":20230825,"price":123400,"unit":500,"max":9500}]`
	if !strings.Contains(string(got.raw), want) {
		t.Errorf("%s, want %s", got.raw, want)
	}
	subscribe := func(side, category string, price, quantity int) map[string]any {
		return map[string]any{"fund": 880001, "instrument": "001399.SZ", "side": side, "category": category, "type": "limit", "price": price, "quantity": quantity}
	}
	if got := c.must("ming", "POST", "/v1/orders", "s1", subscribe("subscribe", "non-trading", 123_400, 9_500)); got.number("ref") == 0 {
		t.Errorf("%s", got.raw)
	}
	for key, bad := range map[string]struct {
		order map[string]any
		code  string
	}{
		"s2": {subscribe("subscribe", "non-trading", 123_500, 500), "subscribe-price"},
		"s3": {subscribe("subscribe", "non-trading", 123_400, 10_000), "subscribe-too-much"},
		"s4": {subscribe("buy", "auction", 123_400, 500), "only-subscription"},
	} {
		if got := c.send("ming", "POST", "/v1/orders", key, bad.order); got.status != http.StatusUnprocessableEntity || got.code() != bad.code {
			t.Errorf("%s: %d %s, want %s", key, got.status, got.raw, bad.code)
		}
	}
}
