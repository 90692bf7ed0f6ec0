package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sancun/centre"
	"sancun/custody"
	"sancun/dr"
	"sancun/money"
	"sancun/record"
	"sancun/verify"
)

// told is a deposit that a bank tells of, under a key of its own.
func (tc *twoCentres) told(i int, serial string, amount money.Amount) record.Request {
	tc.t.Helper()
	o := tc.node(i).Owners
	by := record.CallerOf(record.CallerBank, 1)
	return record.Request{Caller: by, Key: record.KeyFor(by, serial), Cmd: &record.BankDeposit{
		Bank: 1, Date: 20230825, BankRef: serial, Fund: testFund, Currency: money.CNY, Amount: amount, Card: o.CardIndex(testCard), Name: o.NameIndex("孟例"),
	}}
}

func (tc *twoCentres) submit(i int, r record.Request) (code record.Code, ref uint64) {
	tc.t.Helper()
	answers, err := tc.node(i).Core.Submit(tc.t.Context(), r)
	if err != nil {
		tc.t.Fatal(err)
	}
	return record.Code(answers[0].Code), answers[0].Ref
}

func (tc *twoCentres) look(i int, look func(*custody.Machine)) {
	tc.t.Helper()
	if err := tc.node(i).Core.Look(tc.t.Context(), look); err != nil {
		tc.t.Fatal(err)
	}
}

// orphans waits until a centre has registered so many.
func (tc *twoCentres) orphans(i, want int) (all []custody.Orphan) {
	tc.t.Helper()
	for range 4000 {
		tc.look(i, func(m *custody.Machine) { all = m.Orphans() })
		if len(all) >= want || pause(tc.t.Context(), wishBeat/4) != nil {
			break
		}
	}
	if len(all) != want {
		tc.t.Fatalf("%s has %d orphans, want %d", centreNames[i], len(all), want)
	}
	return all
}

// What a lost centre had answered becomes cases of the journal in force: all of it,
// with amounts and whom it concerns, worked off by two people, and none twice.
func TestOrphansBecomeCases(t *testing.T) {
	tc := newTwoCentres(t)
	tc.until(0, dr.Primary, nil)
	inhabit(t, tc.now[0])
	must(t, tc.now[0].Core, &record.BankSession{Bank: 1, Date: 20230825})
	tc.whole(1)
	tc.stop(1)
	serials, before := []string{"s1", "s2", "s3", "s4"}, tc.cash(0)
	var refs []uint64
	for n, serial := range serials {
		code, ref := tc.submit(0, tc.told(0, serial, money.Amount(100*(n+1))))
		if code != record.Accepted {
			t.Fatalf("%s: %s", serial, code)
		}
		refs = append(refs, ref)
	}
	if code, _ := tc.submit(0, tc.told(0, "refused", 0)); code == record.Accepted {
		t.Fatal("a deposit of nothing was taken")
	}
	tc.stop(0)
	tc.start(1)
	tc.until(1, dr.Standby, nil)
	tc.must(1, dr.ActPromote, 2, "")
	tc.until(1, dr.Primary, nil)
	if code, _ := tc.submit(1, tc.told(1, "s4", 400)); code != record.Accepted { // its bank asks again before anybody knows
		t.Fatalf("asked again: %s", code)
	}
	tc.start(0)
	tc.until(0, dr.Fenced, nil)
	tc.must(0, dr.ActRebase, 1, "")
	tc.until(0, dr.Standby, nil)
	lines := tc.orphanLines(0)
	all := tc.orphans(1, len(lines))
	open := map[record.Kind][]custody.Orphan{}
	for _, o := range all {
		if o.State == custody.OrphanOpen {
			open[o.Act] = append(open[o.Act], o)
		}
	}
	deposits := open[record.KindBankDeposit]
	if len(deposits) != len(serials) {
		t.Fatalf("%d deposits are open, want %d: %+v", len(deposits), len(serials), all)
	}
	for n, o := range deposits {
		if o.Cash != money.Amount(100*(n+1)) || o.Fund != testFund || o.Bank != 1 || o.Ref != refs[n] || o.Name() != "north" {
			t.Errorf("orphan %+v", o)
		}
	}
	tc.workOff(deposits)
	if got := tc.cash(1) - before; got != 100+400 { // redone, and asked again
		t.Errorf("the account has %s more", got)
	}
	// The bank of the one that was done again asks again, and hears the same.
	if code, _ := tc.submit(1, tc.told(1, "s1", 100)); code != record.Accepted || tc.cash(1)-before != 500 {
		t.Errorf("s1 asked again: %s, %s more", code, tc.cash(1)-before)
	}
	// The list is registered anew after a restart and makes no case twice.
	again := *tc.node(1).peer.orphans
	again.done = map[string]bool{}
	if err := again.gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	tc.orphans(1, len(lines))
	verdict, err := verify.Journal(tc.node(1).Core, nil)
	if err != nil || !verdict.OK() {
		t.Fatalf("%+v, %v", verdict.Laws, err)
	}
}

// workOff ends four deposits: done again, rejected, agreed, and asked again.
func (tc *twoCentres) workOff(deposits []custody.Orphan) {
	t, core := tc.t, tc.node(1).Core
	again := func(o custody.Orphan) *record.SettleOrphan {
		payload, err := orphanCommands{core}.Command(t.Context(), o)
		if err != nil || len(payload) == 0 {
			t.Fatalf("the command of orphan %d: %v", o.Number, err)
		}
		return &record.SettleOrphan{Orphans: []uint64{o.Number}, As: record.OrphanRedone, Act: o.Act, Payload: payload, Reason: "the bank confirms"}
	}
	two(t, core, again(deposits[0]))
	two(t, core, &record.SettleOrphan{Orphans: []uint64{deposits[1].Number}, As: record.OrphanRejected, Reason: "the bank took it back"})
	two(t, core, &record.SettleOrphan{Orphans: []uint64{deposits[2].Number}, As: record.OrphanAgreed, Reason: "the bank sends it again tomorrow"})
	if code := refusedOf(t, core, again(deposits[3])); code != record.OrphanAskedAgain {
		t.Fatalf("done twice: %s", code)
	}
	two(t, core, &record.SettleOrphan{Orphans: []uint64{deposits[3].Number}, As: record.OrphanRepeated, Reason: "the bank asked again"})
}

// refusedOf proposes and approves an act and returns what the approval is refused with.
func refusedOf(t *testing.T, core *Core, act record.Command) record.Code {
	t.Helper()
	payload := record.Encode(nil, act)
	answers, err := core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerStaff, 1), Cmd: &record.Propose{Act: act.Kind(), Payload: payload, Reason: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	answers, err = core.Submit(t.Context(), record.Request{Caller: record.CallerOf(record.CallerStaff, 2), Cmd: &record.Approve{Proposal: answers[0].Ref, Payload: payload}})
	if err != nil {
		t.Fatal(err)
	}
	return record.Code(answers[0].Code)
}

func (tc *twoCentres) cash(i int) (cash money.Amount) {
	tc.look(i, func(m *custody.Machine) {
		f, _, _ := m.Fund(testFund)
		cash = money.Amount(m.Ledger.At(f.Cash - 1).Balance)
	})
	return cash
}

// orphanLines are the lines of the lists that a centre has.
func (tc *twoCentres) orphanLines(i int) (all []Orphan) {
	tc.t.Helper()
	lists, err := filepath.Glob(filepath.Join(tc.configs[i].Centre.Dir, centre.PartedPrefix+"*", centre.OrphanList))
	if err != nil || len(lists) != 1 {
		tc.t.Fatalf("lists %v, %v", lists, err)
	}
	text, err := os.ReadFile(lists[0])
	if err != nil {
		tc.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var o Orphan
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			tc.t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// FuzzOrphanData takes any line for one of a list.
func FuzzOrphanData(f *testing.F) {
	f.Add([]byte(`{"height":7,"index":0,"time":"2023-08-25T02:00:00Z","epoch":1,"kind":105,"caller":216172782113783809,"key":"00112233445566778899aabbccddeeff","code":0,"cash_fen":100,"act":{},"command":"AAEC"}`))
	f.Add([]byte(`{"key":"zz"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d, err := orphanData(line)
		if err == nil && len(d.Payload) > orphanPayloadMax {
			t.Fatalf("a command of %d bytes", len(d.Payload))
		}
	})
}
