package node

import (
	"testing"

	"sancun/custody"
	"sancun/gateway/exchange"
	"sancun/market"
	"sancun/record"
	"sancun/risk"
)

// An order that a risk rule holds does not leave the house; let go, it leaves
// once, also when placing and review are seen in one look; refused, never.
func TestHeldOrderLeavesOnceReviewed(t *testing.T) {
	n, err := Open(small(t), quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	d := record.SecuritiesData{Fund: testFund, Market: uint8(market.Shanghai)}
	copy(d.Account[:], "A900000001")
	copy(d.PBU[:], "50001")
	must(t, n.Core, &record.OpenSecurities{Rows: []record.SecuritiesData{d}},
		&record.LoadInstruments{Date: 20230825, Rows: []record.InstrumentData{{ID: shanghaiID, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}},
		&record.Quotes{Rows: []record.QuoteData{{ID: shanghaiID, Status: uint8(market.Trading), Last: 100_000, Bid: 100_000, Ask: 100_000}}})
	maker, checker := record.CallerOf(record.CallerStaff, 1), record.CallerOf(record.CallerStaff, 2)
	submit := func(caller record.Caller, cmd record.Command) uint64 {
		t.Helper()
		answers, err := n.Core.Submit(t.Context(), record.Request{Caller: caller, Cmd: cmd})
		if err != nil || answers[0].Code != 0 {
			t.Fatalf("%T: %s, %v", cmd, record.Code(answers[0].Code), err)
		}
		return answers[0].Ref
	}
	rule := record.Encode(nil, &record.SetRiskRule{Rule: uint8(risk.SingleAmount), Outcome: uint8(risk.Hold), From: 20230825, Limit: 50_000, Source: "test"})
	id := submit(maker, &record.Propose{Act: record.KindSetRiskRule, Payload: rule, Reason: "test"})
	submit(checker, &record.Approve{Proposal: id, Payload: rule})

	took := &deaf{open: make(chan struct{}), placed: make(chan exchange.Order, 10)}
	close(took.open)
	out, err := NewOutbound(t.Context(), n.Core, map[market.Market]OrderGateway{market.Shanghai: took})
	if err != nil {
		t.Fatal(err)
	}
	pump := func(want int, when string) {
		t.Helper()
		if err := out.Pump(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(took.placed); got != want {
			t.Errorf("%s: %d orders left, want %d", when, got, want)
		}
		for range len(took.placed) {
			<-took.placed
		}
	}
	place := func() uint64 {
		t.Helper()
		return submit(record.CallerOf(record.CallerClient, testClient), &record.NewOrder{
			Fund: testFund, Instrument: shanghaiID, Side: custody.Buy, Category: custody.CategoryAuction,
			Type: uint8(market.LimitOrder), Channel: record.ChannelMobile, Price: 100_000, Quantity: 100,
		})
	}
	first := place()
	pump(0, "held")
	submit(checker, &record.ReviewOrder{Order: first, Approve: 1, Reason: "looked at"})
	pump(1, "let go")
	pump(0, "again")
	second := place()
	submit(checker, &record.ReviewOrder{Order: second, Approve: 1, Reason: "looked at"})
	pump(1, "placed and let go in one look")
	third := place()
	submit(checker, &record.ReviewOrder{Order: third, Approve: 0, Reason: "not this"})
	pump(0, "refused")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
