package api_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sancun/custody"
	"sancun/market"
	"sancun/record"
)

// An evening through the door: orders for the next day, one by one and many at
// once, with the date they are for; what they keep, listed and taken back; and what
// became of them on their day.
func TestOrdersForTheNextDay(t *testing.T) {
	c := withClients(t, 1000)
	buy := func(price int, more ...any) map[string]any {
		o := map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "buy", "price": price, "quantity": 100}
		for i := 0; i < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	if got := c.must("ming", "POST", "/v1/orders", "day", buy(95_000)); got.number("date") != today {
		t.Errorf("an order of today: %s", got.raw)
	}
	c.system(&record.SecuritiesIn{Fund: 880001, Instrument: 2_000_001, Quantity: 300})
	c.system(&record.StopDay{Date: today})
	balance := func() reply { return c.must("ming", "GET", "/v1/funds/880001/balance", "", nil) }
	before := balance()
	first := c.must("ming", "POST", "/v1/orders", "n1", buy(100_000))
	if first.number("date") != next || first.number("ref") == 0 {
		t.Errorf("an order in the evening: %s", first.raw)
	}
	if got := c.must("ming", "POST", "/v1/orders", "n1", buy(100_000)); string(got.raw) != string(first.raw) {
		t.Errorf("repeated: %s, first %s", got.raw, first.raw)
	}
	if got := c.send("ming", "POST", "/v1/orders", "n2", buy(100_000, "date", today)); got.code() != "wrong-date" {
		t.Errorf("for today: %d %s", got.status, got.raw)
	}
	if got := c.send("ming", "POST", "/v1/orders", "n3", buy(100_005)); got.code() != "price-off-tick" {
		t.Errorf("off the tick: %d %s", got.status, got.raw)
	}
	if got := c.send("hong", "POST", "/v1/orders", "n4", buy(100_000)); got.status != http.StatusNotFound {
		t.Errorf("somebody else's account: %d %s", got.status, got.raw)
	}
	far := c.must("ming", "POST", "/v1/orders", "n5", buy(200_000, "date", next))
	after := balance()
	kept := after.number("held_for_next_day")
	if kept < 300_000 || before.number("available")-after.number("available") != kept || after.number("held_for_orders") != before.number("held_for_orders") || after.number("balance") != before.number("balance") {
		t.Errorf("before %s\nafter %s", before.raw, after.raw)
	}

	batch := c.must("ming", "POST", "/v1/batch", "b1", map[string]any{"items": []any{
		map[string]any{"order": buy(90_000)}, map[string]any{"order": buy(90_000, "date", today)}, map[string]any{"deposit": map[string]any{"fund": 880001, "amount": 5}},
		map[string]any{"cancel": map[string]any{"order": far.number("ref") + 1, "fund": 880001}},
	}})
	var outcomes []string
	for _, item := range batch.body["items"].([]any) {
		o := item.(map[string]any)
		outcomes = append(outcomes, fmt.Sprint(o["code"], " ", o["date"]))
	}
	if got := strings.Join(outcomes, ", "); got != fmt.Sprintf("accepted %d, wrong-date <nil>, day-closed <nil>, accepted <nil>", next) {
		t.Errorf("a batch: %s", got)
	}
	compact(t, c)

	c.fill()
	open := c.must("ming", "GET", "/v1/funds/880001/orders?open=true&from=20230828", "", nil).body["rows"].([]any)
	if len(open) != 3 || open[0].(map[string]any)["state"] != "new" {
		t.Errorf("waiting orders: %v", open)
	}
	c.must("ming", "POST", "/v1/orders", "n6", map[string]any{"fund": 880001, "instrument": "000001.SZ", "side": "sell", "price": 100_000, "quantity": 100})
	held := c.must("ming", "GET", "/v1/funds/880001/positions", "", nil).body["rows"].([]any)[0].(map[string]any)
	if fmt.Sprintf("%v %v %v %v", held["units"], held["held"], held["held_for_next_day"], held["sellable"]) != "300 0 100 200" {
		t.Errorf("a position with a sale ahead: %v", held)
	}
	path := fmt.Sprintf("/v1/orders/%d", first.number("ref"))
	if got := c.must("ming", "GET", path, "", nil); got.body["state"] != "new" || got.number("date") != next {
		t.Errorf("a waiting order: %s", got.raw)
	}
	c.must("ming", "POST", path+"/cancel", "c1", nil)
	if got := c.must("ming", "GET", path, "", nil); got.body["state"] != "cancelled" {
		t.Errorf("a cancelled order: %s", got.raw)
	}
	onItsDay(t, c, far)
	c.fill()
	if got := c.must("ming", "POST", "/v1/orders", "n1", buy(100_000)); string(got.raw) != string(first.raw) {
		t.Errorf("repeated days later: %s, first %s", got.raw, first.raw)
	}
}

// compact sends one order in the compact form and reads its date in the answer.
func compact(t *testing.T, c *centre) {
	t.Helper()
	body := compactBatch(compactItem{kind: 2, side: 1, category: 1, typ: 1, instrument: 2_000_001, fund: 880001, a: 91_000, b: 100})
	binary.LittleEndian.PutUint32(body[8+32:], next)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/batch", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/vnd.sancun.batch")
	r.Header.Set("Idempotency-Key", "b2")
	r.Header.Set("Authorization", "Bearer "+c.signIn("ming"))
	got := c.do(r)
	if codes := compactCodes(t, got.raw); len(codes) != 1 || codes[0] != 0 || binary.LittleEndian.Uint32(got.raw[16+4:]) != next {
		t.Errorf("in the compact form: %x", got.raw)
	}
}

// onItsDay ends the day, opens the next one and releases what waits.
func onItsDay(t *testing.T, c *centre, far reply) {
	t.Helper()
	c.system(&record.ExpireOrders{Orders: []uint64{1}})
	for step := range uint16(custody.StepsOfDay) {
		c.system(&record.StepDone{Date: today, Step: step + 1, OK: 1})
	}
	c.system(&record.DayCleared{Date: today})
	c.system(&record.OpenDay{Date: next, Next: 20230829})
	c.system(&record.LoadInstruments{Date: next, Rows: []record.InstrumentData{{ID: 2_000_001, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}})
	count := func() string {
		t.Helper()
		got := c.must("ops", "GET", "/v1/next-day-orders", "", nil)
		return fmt.Sprint(got.body["date"], got.body["markets"])
	}
	if got := count(); got != fmt.Sprint(next, "[map[cancelled:2 market:SZ refused:0 released:0 waiting:3]]") {
		t.Errorf("before the release: %s", got)
	}
	for range 2 {
		c.must("ops", "POST", "/v1/next-day-orders/release", "", map[string]string{"market": "SZ"})
		if got := count(); got != fmt.Sprint(next, "[map[cancelled:2 market:SZ refused:1 released:2 waiting:0]]") {
			t.Errorf("released: %s", got)
		}
	}
	if got := c.send("maker", "POST", "/v1/next-day-orders/release", "", map[string]string{"market": "SZ"}); got.status != http.StatusForbidden {
		t.Errorf("released by a maker: %d", got.status)
	}
	look := func(when string) {
		t.Helper()
		got := c.must("ming", "GET", fmt.Sprintf("/v1/orders/%d", far.number("ref")), "", nil)
		why, _ := got.body["refused_by_us"].(map[string]any)
		if got.body["state"] != "refused" || why["code"] != "price-above-limit" || why["zh"] == "" || why["en"] == "" {
			t.Errorf("%s: %s", when, got.raw)
		}
	}
	look("refused on its day")
	c.system(&record.StopDay{Date: next})
	c.fill()
	look("from the books")
}
