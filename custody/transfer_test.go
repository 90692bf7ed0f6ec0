package custody

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Rows read back as they were written, every field of them.
func TestTransferRowsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		transfer, limit := rapid.Make[Transfer]().Draw(t, "transfer"), rapid.Make[Limit]().Draw(t, "limit")
		var backTransfer Transfer
		b := make([]byte, transferWidth)
		transfer.Encode(b)
		if backTransfer.Decode(b); backTransfer != transfer {
			t.Fatalf("transfer %+v read back as %+v", transfer, backTransfer)
		}
		var backLimit Limit
		b = make([]byte, limitWidth)
		limit.Encode(b)
		if backLimit.Decode(b); backLimit != limit {
			t.Fatalf("limit %+v read back as %+v", limit, backLimit)
		}
	})
}

// A machine loaded from a snapshot answers as the one that wrote it: serials of
// banks, overtaken reversals, reversals under way, limits and counters included.
func TestSnapshotKeepsTransfers(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 2)
	staff := record.CallerOf(record.CallerStaff, 9)
	bank := record.CallerOf(record.CallerBank, 1)
	deposit := func(ref string, amount money.Amount) record.Command {
		return &record.BankDeposit{Bank: 1, Date: testDate, BankRef: ref, Fund: 1001, Currency: money.CNY, Amount: amount, Card: cardOf(1001), Name: nameOf(1)}
	}
	r.must(bank, deposit("S1", 500))
	r.must(bank, &record.BankReversal{Bank: 1, Date: testDate, BankRef: "S3", Original: "S2", Direction: Deposit, Fund: 1001, Amount: 700})
	asked := r.must(0, &record.AskWithdrawal{Fund: 1001, Amount: 300, Channel: record.ChannelWeb, PasswordOK: 1}).Ref
	r.must(bank, &record.TransferTimedOut{Transfer: asked})
	reversal := r.must(staff, &record.AskReversal{Transfer: asked, Amount: 300}).Ref
	r.must(staff, &record.SetLimit{Client: 1, From: testDate, SingleMax: 1_000, Source: "a"})
	r.must(staff, &record.SetLimit{Client: 1, From: testNext, SingleMax: 2_000, Source: "b"})

	var file bytes.Buffer
	if err := r.live.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	loaded := newMachine()
	if err := loaded.ReadSnapshot(&file, r.live.Root()); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		caller record.Caller
		cmd    record.Command
		want   record.Code
	}{
		{bank, deposit("S1", 500), record.Accepted},
		{bank, deposit("S1", 501), record.BankSerialUsed},
		{bank, deposit("S2", 700), record.ReversedBefore},
		{bank, deposit("S4", 1_001), record.AboveSingleMax},
		{bank, deposit("S4", 1_000), record.Accepted},
		{bank, &record.EnquiryResult{Transfer: asked, Outcome: record.OutcomeSuccess, BankRef: "S5"}, record.ReversalUnderWay},
		{bank, &record.BankAnswered{Transfer: reversal, Outcome: record.OutcomeRefused}, record.Accepted},
		{bank, &record.EnquiryResult{Transfer: asked, Outcome: record.OutcomeSuccess, BankRef: "S5"}, record.Accepted},
	} {
		live := r.do(c.caller, c.cmd)
		loaded.Begin(nil, r.height, r.now)
		again := loaded.Decide(Request{Caller: c.caller, Key: state.Key{}, Cmd: c.cmd})
		if live != again || record.Code(live.Code) != c.want {
			t.Errorf("step %d: live %s, loaded %s, want %s", i, record.Code(live.Code), record.Code(again.Code), c.want)
		}
		if r.live.Root() != loaded.Root() {
			t.Fatalf("step %d: roots differ", i)
		}
	}
}
