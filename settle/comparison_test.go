package settle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	wire "sancun/wire/bank"
)

// Reversals, poisoned transfers and entries booked by the handling of differences
// are held against a bank's list as what they are.
func TestCompareReversals(t *testing.T) {
	const date = 20230825
	ref := func(text string) (b [record.BankRefMax]byte) { copy(b[:], text); return b }
	row := func(f wire.Function, serial, ours string) wire.TransferDetail {
		return wire.TransferDetail{Initiator: wire.Broker, Function: f, BankSerial: serial, BrokerSerial: ours, FundAccount: "1001", Amount: 500, Date: date}
	}
	pair := func(state uint8) []custody.Transfer {
		return []custody.Transfer{
			{ID: 1, Bank: 1, Date: date, Direction: custody.Deposit, State: state, Amount: 500, BankRef: ref("B1"), ReversedBy: 2},
			{ID: 2, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferDone, Amount: 500, BankRef: ref("B2"), Reverses: 1},
		}
	}
	both := []wire.TransferDetail{row(wire.FunctionDeposit, "B1", "1"), row(wire.FunctionReverseDeposit, "B2", "2")}
	type want struct {
		kind         uint8
		our          uint64
		ours, theirs money.Amount
	}
	for _, c := range []struct {
		name string
		ours []custody.Transfer
		rows []wire.TransferDetail
		want []want
	}{
		{"reversed, both there", pair(custody.TransferReversed), both, nil},
		{"reversed before it moved, neither there", pair(custody.TransferReversed), nil, nil},
		{"reversed, the reversal is not there", pair(custody.TransferReversed), both[:1], []want{{record.CaseMissingThere, 2, -500, 0}}},
		{"reversed, the original is not there", pair(custody.TransferReversed), both[1:], []want{{record.CaseMissingThere, 1, 500, 0}}},
		{"poisoned, neither there", pair(custody.TransferPoisoned), nil, nil},
		{"poisoned, the original alone is there", pair(custody.TransferPoisoned), both[:1], []want{{record.CaseState, 1, 500, 500}, {record.CaseMissingThere, 2, -500, 0}}},
		{"refused here, done there", []custody.Transfer{{ID: 1, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferRefused, Amount: 500}}, both[:1],
			[]want{{record.CaseState, 1, 500, 500}}},
		{"refused and not there", []custody.Transfer{{ID: 1, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferRefused, Amount: 500}}, nil, nil},
		{"corrected under the bank's serial", []custody.Transfer{
			{ID: 1, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferRefused, Amount: 400},
			{ID: 3, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferDone, Initiator: custody.ByCorrection, Amount: 500, BankRef: ref("B1")},
		}, both[:1], nil},
		{"the other direction", []custody.Transfer{{ID: 1, Bank: 1, Date: date, Direction: custody.Withdrawal, State: custody.TransferDone, Amount: 500}}, both[:1],
			[]want{{record.CaseAmount, 1, -500, 500}}},
		{"twice in the list", []custody.Transfer{{ID: 1, Bank: 1, Date: date, Direction: custody.Deposit, State: custody.TransferDone, Amount: 500, BankRef: ref("B1")}},
			[]wire.TransferDetail{both[0], both[0]}, []want{{record.CaseMissingHere, 0, 0, 500}}},
		{"of another bank or day", []custody.Transfer{
			{ID: 1, Bank: 2, Date: date, Direction: custody.Deposit, State: custody.TransferDone, Amount: 500},
			{ID: 2, Bank: 1, Date: date - 1, Direction: custody.Deposit, State: custody.TransferUnknown, Amount: 500},
		}, nil, nil},
	} {
		x := newComparison(&cut{funds: []custody.Fund{{Number: 1001, Bank: 1}}, transfers: c.ours}, 1, date, "strans0825.dat")
		x.compare(c.rows)
		var got []want
		for _, d := range x.found {
			got = append(got, want{d.Type, d.OurRef, d.Ours, d.Theirs})
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A bank's list of relations is held against ours both ways.
func TestCompareStates(t *testing.T) {
	c := &cut{funds: []custody.Fund{
		{Number: 1, Bank: 3, Relation: custody.RelationDesignated}, {Number: 2, Bank: 3, Relation: custody.RelationDesignated},
		{Number: 3, Bank: 3, Relation: custody.RelationCancelled}, {Number: 4, Bank: 1, Relation: custody.RelationDesignated},
	}}
	rows := []wire.ClientStatus{
		{FundAccount: "1", State: wire.CustodyCancelled}, {FundAccount: "3", State: wire.CustodyCancelled},
		{FundAccount: "4", State: wire.CustodyDesignated}, {FundAccount: "9", State: wire.CustodyCancelled},
	}
	type want struct {
		kind uint8
		ref  string
		fund uint64
	}
	var got []want
	for _, d := range compareStates(c, 3, 20230825, "chk02", rows) {
		got = append(got, want{d.Type, d.TheirRef, d.Fund})
	}
	expected := []want{{record.CaseState, "1", 1}, {record.CaseMissingHere, "4", 0}, {record.CaseMissingThere, "2", 2}}
	if diff := cmp.Diff(expected, got, cmp.AllowUnexported(want{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
