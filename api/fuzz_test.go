package api_test

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzBody sends anything to any route as anybody: what is refused is refused with a
// problem in two languages, and nothing makes the house stumble.
func FuzzBody(f *testing.F) {
	c := withClients(f, 1<<30)
	users := []string{"", "ming", "maker", "checker", "desk1", "ops", "audit"}
	for _, name := range users[1:] {
		c.signIn(name)
	}
	var routes []string
	for route := range rows(f) {
		if route != "DELETE /v1/sessions" && route != "DELETE /v1/session" { // whoever signs out stays out
			routes = append(routes, route)
		}
	}
	slices.Sort(routes)
	at := func(route string) uint16 {
		i, ok := slices.BinarySearch(routes, route)
		if !ok {
			f.Fatalf("there is no route %s", route)
		}
		return uint16(i)
	}
	for i := range routes {
		f.Add(uint16(i), uint8(i), "880001", "", []byte(`{}`))
		f.Add(uint16(i), uint8(2), "-1", "limit=-1&from=20230230&after=%ff", []byte(`{"fund":-1,"amount":92233720368547758079,"number":1e99,"reason":"\ud800"}`))
	}
	for _, s := range []struct {
		route string
		user  uint8
		body  string
	}{
		{"POST /v1/deposits", 1, `{"fund":880001,"amount":5}`},
		{"POST /v1/withdrawals", 1, `{"fund":880001,"amount":5,"fund_password":"Cash-Cow-57"}`},
		{"POST /v1/orders", 1, `{"fund":880001,"instrument":"000001.SZ","side":"buy","price":95000,"quantity":100}`},
		{"POST /v1/batch", 1, `{"items":[{"deposit":{"fund":880001,"amount":5}},{"cancel":{"order":1,"fund":880001}}]}`},
		{"POST /v1/clients", 2, `{"number":3,"class":"person","document_kind":1,"document":"110101190001010014","name":"测","mobile":"13","branch":7,"risk":5,"risk_until":20240825}`},
		{"POST /v1/funds", 2, `{"number":880003,"client":1,"currency":"CNY","main":false}`},
		{"POST /v1/securities-accounts", 2, `{"rows":[{"fund":880001,"market":"SH","account":"A000000001","pbu":"12345"}]}`},
		{"POST /v1/sessions", 0, `{"user":"nobody","password":"x"}`},
	} {
		f.Add(at(s.route), s.user, "880001", "", []byte(s.body))
		f.Add(at(s.route), s.user, "880001", "", []byte(s.body[:len(s.body)/2]))
	}
	f.Fuzz(func(t *testing.T, route uint16, user uint8, place, query string, body []byte) {
		c.t = t
		method, path, _ := strings.Cut(routes[int(route)%len(routes)], " ")
		for from := strings.IndexByte(path, '{'); from >= 0; from = strings.IndexByte(path, '{') {
			path = path[:from] + strings.ReplaceAll(place, "{", "") + path[from+1+strings.IndexByte(path[from:], '}'):]
		}
		r := httptest.NewRequestWithContext(t.Context(), method, "/", bytes.NewReader(body))
		r.URL = &url.URL{Path: path, RawQuery: query}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		if name := users[int(user)%len(users)]; name != "" {
			r.Header.Set("Authorization", "Bearer "+c.tokens[name])
		}
		got := c.do(r)
		if got.status < 400 {
			return
		}
		if zh, _ := got.body["zh"].(string); zh == "" || got.head.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%s %s?%s %q: %d %s", method, path, query, body, got.status, got.raw)
		}
		if got.status >= 500 && got.status != 501 && got.status != 503 {
			t.Fatalf("%s %s?%s %q makes the house stumble: %s", method, path, query, body, got.raw)
		}
	})
}
