package node

import (
	"testing"

	"sancun/market"
)

// A line for after-hours orders is run and shown beside the line of its exchange,
// and both take the orders of one market.
func TestAfterHoursLine(t *testing.T) {
	c := small(t)
	c.Exchanges = []ExchangeConfig{exchangeDefaults()}
	e := &c.Exchanges[0]
	e.Market, e.Address, e.CompID, e.Target = "SH", "127.0.0.1:1", "SANCUN01", "EXCHANGE"
	e.AfterHours = AfterHoursConfig{Address: "127.0.0.1:2", User: "SANCUN02"}
	n, err := Open(c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := n.prepareWriting(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, ok := n.dispatch.out.orders[market.Shanghai].(ExchangePair)
	if !ok || p.Trading != n.Exchanges[market.Shanghai] || p.AfterHours != n.AfterHours || n.AfterHours == nil {
		t.Errorf("orders for Shanghai go to %T", n.dispatch.out.orders[market.Shanghai])
	}
	s, err := n.Status(t.Context())
	if err != nil || len(s.Exchanges) != 2 || s.Exchanges[0].Name != "SH" || s.Exchanges[1].Name != "SH after hours" {
		t.Errorf("lines %+v, %v", s.Exchanges, err)
	}
}
