package node

import (
	"testing"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
)

// What two people asked for leaves the house as what one did: the approval is the
// record of it. Other approvals leave nothing.
func TestApprovedActsLeave(t *testing.T) {
	n, err := Open(small(t), quiet())
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, n)
	const above = 1_000_000_01 // what takes two people to reverse
	atBank := record.CallerOf(record.CallerBank, 1)
	maker, checker := record.CallerOf(record.CallerStaff, 1), record.CallerOf(record.CallerStaff, 2)
	submit := func(caller record.Caller, cmd record.Command) uint64 {
		t.Helper()
		answers, err := n.Core.Submit(t.Context(), record.Request{Caller: caller, Cmd: cmd})
		if err != nil || answers[0].Code != 0 {
			t.Fatalf("%T: %s, %v", cmd, record.Code(answers[0].Code), err)
		}
		return answers[0].Ref
	}
	approved := func(act record.Command) uint64 {
		t.Helper()
		payload := record.Encode(nil, act)
		id := submit(maker, &record.Propose{Act: act.Kind(), Payload: payload, Reason: "test"})
		return submit(checker, &record.Approve{Proposal: id, Payload: payload})
	}
	must(t, n.Core, &record.SetBank{Number: 1, Service: custody.BankOpen, WindowTo: 86_400_000, SingleMin: 1, SingleMax: 2 * above, DailyMax: 2 * above, Code: "BANK01", Name: "one"},
		&record.BankSession{Bank: 1, Date: 20230825})
	deposit := submit(record.CallerOf(record.CallerClient, testClient), &record.AskDeposit{Fund: testFund, Amount: above, Channel: record.ChannelMobile, SecondFactor: 1})
	submit(atBank, &record.BankAnswered{Transfer: deposit, Outcome: record.OutcomeSuccess, BankRef: "B1"})
	out, err := NewOutbound(t.Context(), n.Core, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaves := func(what string, kind record.Kind, ref uint64) {
		t.Helper()
		if err := n.Core.Blocks(out.next, out.Take); err != nil {
			t.Fatal(err)
		}
		switch {
		case kind == 0 && len(out.left) > 0, kind != 0 && (len(out.left) != 1 || out.left[0].kind != kind || out.left[0].ref != ref):
			t.Errorf("%s: %+v leave", what, out.left)
		}
		out.left = nil
	}
	id := approved(&record.AskRemittance{Bank: 1, Market: 1, Currency: money.CNY, Amount: 500})
	leaves("a remittance", record.KindAskRemittance, id)
	id = submit(0, &record.AskRemittance{Bank: 1, Market: 1, Currency: money.CNY, Amount: 700})
	leaves("a remittance by the house's rule", record.KindAskRemittance, id)
	id = approved(&record.AskReversal{Transfer: deposit, Amount: above})
	leaves("a reversal", record.KindAskReversal, id)
	number := submit(0, &record.OpenCase{Date: 20230825, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Ours: 5, TheirRef: "pooled CNY"})
	approved(&record.WriteOff{Case: number, Bank: 1, Currency: money.CNY, Amount: 5})
	leaves("a write-off", 0, 0)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
