package exchange

import (
	"testing"

	"sancun/custody"
	"sancun/market"
	"sancun/record"
)

// The real machine moves its cursor past a report that cannot be true when it is
// noted, and answers as this package expects.
func TestMachineTakesNotes(t *testing.T) {
	m := custody.New(custody.Options{Answers: 10})
	m.Begin(nil, 1, 1)
	caller := record.CallerOf(record.CallerExchange, uint64(market.Shanghai))
	at := func(index uint64) record.Report {
		return record.Report{Market: uint8(market.Shanghai), Partition: 200_010_001, Index: index, ClOrdID: clOrdID("0000000001")}
	}
	opened := m.Decide(record.Request{Cmd: &record.OpenDay{Date: 20230825, Next: 20230828}}) // by the house: an exchange may not
	if code := record.Code(opened.Code); code != record.Accepted {
		t.Fatalf("the day does not open: %s", code)
	}
	for i, step := range []struct {
		cmd  record.Command
		want record.Code
	}{
		{&record.OrderFilled{Report: at(2), Price: yuan, Quantity: 1}, record.ReportGap},
		{&record.OrderFilled{Report: at(1)}, record.BadAmount},
		{&record.OrderReported{Report: at(2)}, record.ReportGap},
		{noted(at(1)), record.Accepted},
		{noted(at(1)), record.ReportRepeated},
		{&record.OrderReported{Report: at(2)}, record.Accepted},
		{&record.CancelRefused{Report: at(0)}, record.Accepted},
		{&record.OrderCancelled{Report: at(3), Quantity: 1}, record.Accepted},
	} {
		if got := record.Code(m.Decide(record.Request{Caller: caller, Cmd: step.cmd}).Code); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}
