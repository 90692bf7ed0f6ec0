package custody

import (
	"fmt"
	"testing"

	"sancun/approval"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// twoPeople tells of dual control: a line with the word alone is asked by one
// person, one with the word propose becomes a proposal, approve carries the n-th
// proposal out. Elsewhere in the stories two people stand behind every guarded
// line.
func (s *clientStory) twoPeople(cmd string, w words) (string, bool) {
	var act record.Command
	caller := record.CallerOf(record.CallerStaff, 9)
	switch {
	case cmd == "approve":
		act = &record.Approve{Proposal: w.number("number", 1), Payload: s.payloads[w.number("of", w.number("number", 1))-1]}
	case cmd == "decline":
		act = &record.Decline{Proposal: w.number("number", 1), Reason: w.text("why", "no")}
	case w.has("alone") || w.has("propose"):
		act, caller = s.request(cmd, w)
	default:
		return "", false
	}
	if w.has("propose") {
		payload := record.Encode(nil, act)
		act, s.payloads = &record.Propose{Act: act.Kind(), Payload: payload, Reason: w.text("why", "asked for")}, append(s.payloads, payload)
	}
	a := s.alone(w.caller(caller), state.Key{}, act)
	code := record.Code(a.Code)
	s.seen[code] = true
	if code != record.Accepted {
		return fmt.Sprintf("%s: %d %s", cmd, code, code), true
	}
	return fmt.Sprintf("%s: accepted %d", cmd, a.Ref), true
}

var storyActs = map[string]record.Kind{
	"identity": record.KindChangeIdentity, "state": record.KindChangeClientState, "commission": record.KindSetCommission,
	"reversal": record.KindAskReversal, "deposit": record.KindAskDeposit, "place": record.KindPlaceFreeze,
}

// guarding builds the command that sets a guard.
func (s *clientStory) guarding(w words) record.Command {
	need := map[string]approval.Need{"alone": approval.Alone, "people": approval.People, "everyone": approval.Everyone}
	return &record.SetGuard{
		Act: storyActs[w["act"]], Need: uint8(need[w["need"]]), Above: w.amount("above"), From: uint32(w.number("from", uint64(s.live.today().Date))), Source: w.text("source", "ticket 8"),
	}
}

// Every act that can be guarded can be made as a command, no command that makes or
// decides proposals can be guarded, and what is fixed needs two people.
func TestBuiltinGuards(t *testing.T) {
	m := newMachine()
	guards := m.Guards()
	for _, b := range approval.BuiltinGuards() {
		cmd, ok := record.New(b.Act)
		if !ok || b.Act >= record.KindPropose && b.Act <= record.KindWithdraw || b.Source == "" {
			t.Errorf("guard %+v", b)
			continue
		}
		two := guards.Two(b.Act, maker, 1<<60)
		if two != (b.Need != approval.Alone) || b.Above == 0 && m.NeedsTwo(maker, cmd) != two {
			t.Errorf("%T needs two: %v", cmd, two)
		}
		if b.Fixed && b.Need == approval.Alone {
			t.Errorf("%T is fixed to one person", cmd)
		}
	}
}

// A reversal needs a second person above the amount and not at it; the house's own
// programs and the bank do not.
func TestReversalAboveAnAmount(t *testing.T) {
	m := newMachine()
	const limit = money.Amount(100_000_000)
	for _, c := range []struct {
		caller record.Caller
		amount money.Amount
		want   bool
	}{
		{maker, limit, false}, {maker, limit + 1, true}, {0, limit + 1, false}, {record.CallerOf(record.CallerBank, 1), limit + 1, false},
		{record.CallerOf(record.CallerClient, 1), limit + 1, false},
	} {
		if got := m.NeedsTwo(c.caller, &record.AskReversal{Transfer: 1, Amount: c.amount}); got != c.want {
			t.Errorf("%d fen by %x: %v", c.amount, c.caller, got)
		}
	}
}
