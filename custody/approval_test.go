package custody

import (
	"testing"

	"sancun/approval"
	"sancun/record"
)

// A correction is refused alone, by its maker, with another payload, and twice;
// another person carries it out once. The difference opens one case however often
// it is found.
func TestDualControl(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 1)
	r.must(0, &record.SetBank{Number: 1, Service: 1, WindowTo: uint32(dayMillis), SingleMax: 1 << 40, Code: "B1", Name: "one"})
	found := &record.OpenCase{Date: r.live.Today().Date, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Ours: 500, Theirs: 700}
	first := r.must(0, found)
	if again := r.must(0, found); again.Ref != first.Ref {
		t.Errorf("the same difference opened case %d and %d", first.Ref, again.Ref)
	}
	act := &record.WriteOff{Case: first.Ref, Bank: 1, Currency: 1, Amount: 200}
	payload := record.Encode(nil, act)
	want := func(what string, caller record.Caller, cmd record.Command, code record.Code) uint64 {
		t.Helper()
		a := r.live
		r.height++
		a.Begin(nil, r.height, r.now)
		got := a.Decide(Request{Caller: caller, Cmd: cmd})
		r.follow(cmd)
		if record.Code(got.Code) != code {
			t.Errorf("%s: %s, want %s", what, record.Code(got.Code), code)
		}
		return got.Ref
	}
	want("alone", maker, act, record.NeedsApproval)
	want("proposed by a gateway", record.CallerOf(record.CallerBank, 1), &record.Propose{Act: act.Kind(), Payload: payload, Reason: "x"}, record.NotAPerson)
	want("without a reason", maker, &record.Propose{Act: act.Kind(), Payload: payload}, record.ReasonMissing)
	want("an ordinary act", maker, &record.Propose{Act: record.KindAskDeposit, Payload: payload, Reason: "x"}, record.NotProposable)
	want("an unreadable act", maker, &record.Propose{Act: act.Kind(), Payload: payload[1:], Reason: "x"}, record.Malformed)
	want("for a case that is not", maker, &record.Propose{Act: act.Kind(), Payload: payload, Case: 99, Reason: "x"}, record.UnknownCase)
	id := want("proposed", maker, &record.Propose{Act: act.Kind(), Payload: payload, Case: first.Ref, Reason: "bank total"}, record.Accepted)
	want("approved by the maker", maker, &record.Approve{Proposal: id, Payload: payload}, record.SamePerson)
	want("approved by the house", 0, &record.Approve{Proposal: id, Payload: payload}, record.NotAPerson)
	other := record.Encode(nil, &record.WriteOff{Case: first.Ref, Bank: 1, Currency: 1, Amount: 201})
	want("another payload", checker, &record.Approve{Proposal: id, Payload: other}, record.PayloadDiffers)
	want("unknown", checker, &record.Approve{Proposal: 99, Payload: payload}, record.UnknownProposal)
	before := r.live.Totals()[0]
	want("approved", checker, &record.Approve{Proposal: id, Payload: payload}, record.Accepted)
	want("approved again", checker, &record.Approve{Proposal: id, Payload: payload}, record.ProposalClosed)
	if after := r.live.Totals()[0]; after != before {
		t.Errorf("totals %+v before, %+v after: what own funds take over changes no client figure", before, after)
	}
	closing := record.Encode(nil, &record.CloseCase{Case: first.Ref, As: record.ResolvedByWriteOff, Reason: "written off"})
	id = want("closing", maker, &record.Propose{Act: record.KindCloseCase, Payload: closing, Reason: "done"}, record.Accepted)
	want("withdrawn by another", checker, &record.Withdraw{Proposal: id}, record.NotMaker)
	want("withdrawn", maker, &record.Withdraw{Proposal: id}, record.Accepted)
	id = want("closing once more", maker, &record.Propose{Act: record.KindCloseCase, Payload: closing, Reason: "done"}, record.Accepted)
	want("declined by its maker", maker, &record.Decline{Proposal: id, Reason: "no"}, record.SamePerson)
	want("declined", checker, &record.Decline{Proposal: id, Reason: "no"}, record.Accepted)
	id = want("closing again", maker, &record.Propose{Act: record.KindCloseCase, Payload: closing, Reason: "done"}, record.Accepted)
	want("closed", checker, &record.Approve{Proposal: id, Payload: closing}, record.Accepted)
	id = want("a closed case", maker, &record.Propose{Act: act.Kind(), Payload: payload, Reason: "x"}, record.Accepted)
	want("written off after closing", checker, &record.Approve{Proposal: id, Payload: payload}, record.CaseClosed)
	if p := r.live.proposals.At(uint32(id - 1)); p.State != approval.Open {
		t.Errorf("a rejected act ended its proposal: %+v", p)
	}
}

// A day is stopped and opened by the house, or by two people; one person alone is
// refused, and whoever is no person at all.
func TestDayNeedsTwoPeople(t *testing.T) {
	r := newRun(t)
	r.must(0, &record.OpenDay{Date: 20230825, Next: 20230828})
	decide := func(caller record.Caller, cmd record.Command) (record.Code, uint64) {
		t.Helper()
		r.height++
		r.now++
		r.live.Begin(nil, r.height, r.now)
		a := r.live.Decide(Request{Caller: caller, Cmd: cmd})
		r.follow(cmd)
		return record.Code(a.Code), a.Ref
	}
	for _, act := range []record.Command{&record.StopDay{Date: 20230825}, &record.OpenDay{Date: 20230828, Next: 20230829}} {
		for caller, want := range map[record.Caller]record.Code{
			maker: record.NeedsApproval, record.CallerOf(record.CallerBankDesk, 1): record.NeedsApproval,
			record.CallerOf(record.CallerClient, 1): record.NotPermitted, record.CallerOf(record.CallerBank, 1): record.NotPermitted,
		} {
			if code, _ := decide(caller, act); code != want {
				t.Errorf("%T alone by %x: %s, want %s", act, caller, code, want)
			}
		}
		payload := record.Encode(nil, act)
		code, id := decide(maker, &record.Propose{Act: act.Kind(), Payload: payload, Reason: "end of business"})
		if code != record.Accepted {
			t.Fatalf("%T proposed: %s", act, code)
		}
		if code, _ = decide(maker, &record.Approve{Proposal: id, Payload: payload}); code != record.SamePerson {
			t.Errorf("%T approved by its maker: %s", act, code)
		}
		if code, _ = decide(checker, &record.Approve{Proposal: id, Payload: payload}); code != record.Accepted {
			t.Errorf("%T approved: %s", act, code)
		}
		if act.Kind() == record.KindStopDay {
			for step := range uint16(StepsOfDay) {
				r.must(0, &record.StepDone{Date: 20230825, Step: step + 1, OK: 1})
			}
			r.must(0, &record.DayCleared{Date: 20230825})
		}
	}
	if d := r.live.Today(); d.Date != 20230828 || d.Phase != DayOpen {
		t.Errorf("today %+v", d)
	}
}

// DayChanged finds a stop and an opening whoever made them, and nothing else.
func TestDayChanged(t *testing.T) {
	r := newRun(t)
	decided := func(caller record.Caller, cmd record.Command) record.View {
		t.Helper()
		r.height++
		r.now++
		r.live.Begin(nil, r.height, r.now)
		r.live.Decide(Request{Caller: caller, Cmd: cmd})
		body := append([]byte(nil), r.live.Body()...)
		r.follow(cmd)
		v, err := record.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if d, ok := DayChanged(decided(0, &record.OpenDay{Date: 20230825, Next: 20230828})); !ok || d.Date != 20230825 || d.Phase != DayOpen || d.Opened != r.now {
		t.Errorf("the opening says %+v, %t", d, ok)
	}
	if d, ok := DayChanged(decided(0, &record.OpenDay{Date: 20230825, Next: 20230828})); ok {
		t.Errorf("a refused opening says %+v", d)
	}
	payload := record.Encode(nil, &record.StopDay{Date: 20230825})
	if d, ok := DayChanged(decided(maker, &record.Propose{Act: record.KindStopDay, Payload: payload, Reason: "end"})); ok {
		t.Errorf("the proposal says %+v", d)
	}
	if d, ok := DayChanged(decided(checker, &record.Approve{Proposal: 1, Payload: payload})); !ok || d.Phase != DayStopped || d.Stopped != r.now {
		t.Errorf("the approved stop says %+v, %t", d, ok)
	}
}
