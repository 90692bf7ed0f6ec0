package custody

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// bankEntry is what a bank of the model knows of one transfer. The model is told
// nothing of our postings: it only knows which card entries stand.
type bankEntry struct {
	id        uint64 // our serial, 0 for one that began at the bank and is not accepted
	fund      uint64
	bank      uint16
	direction uint8
	amount    money.Amount
	ref       string
	seen      bool                 // the bank has the request
	lost      bool                 // it never will
	stands    bool                 // the card entry stands
	refused   bool                 // the bank said no for good
	reverses  int                  // index + 1 of the original
	ours      bool                 // begun by us
	undo      *record.BankReversal // the bank's reversal that we accepted
}

// world plays the banks against the machine in any order a network can bring
// about, and some that only a broken bank can.
type world struct {
	*run
	rt      *rapid.T
	entries []*bankEntry
	serial  int
}

func (w *world) ref() string {
	w.serial++
	return fmt.Sprintf("B%d", w.serial)
}

func (w *world) bank(e *bankEntry) record.Caller {
	return record.CallerOf(record.CallerBank, uint64(e.bank))
}

// with does something to one of the latest entries that fit, if there is one.
func (w *world) with(fits func(*bankEntry) bool, do func(int, *bankEntry)) {
	var some []int
	for i, e := range w.entries {
		if fits(e) {
			some = append(some, i)
		}
	}
	if len(some) > 0 {
		i := rapid.SampledFrom(some[max(0, len(some)-latest):]).Draw(w.rt, "entry")
		do(i, w.entries[i])
	}
}

// latest keeps the steps close to one another, so that they meet.
const latest = 4

// clients are few, so that they run out of money; two of them share a bank.
const clients = 3

func (w *world) draw() (fund uint64, amount money.Amount) {
	amounts := []money.Amount{100, 5_000, 600_000, 1_000_000}
	return 1000 + rapid.Uint64Range(1, clients).Draw(w.rt, "client"), rapid.SampledFrom(amounts).Draw(w.rt, "amount")
}

func (w *world) ask(direction uint8) {
	fund, amount := w.draw()
	var cmd record.Command = &record.AskDeposit{Fund: fund, Amount: amount, Channel: record.ChannelWeb}
	if direction == Withdrawal {
		cmd = &record.AskWithdrawal{Fund: fund, Amount: amount, Channel: record.ChannelWeb, PasswordOK: 1}
	}
	if a := w.do(0, cmd); a.Code == 0 {
		w.entries = append(w.entries, &bankEntry{id: a.Ref, fund: fund, bank: bankOf(fund % 1000), direction: direction, amount: amount, ours: true})
	}
}

// arrive lets a request of ours reach its bank, which carries it out or refuses.
func (w *world) arrive(e *bankEntry, willing bool) {
	e.seen, e.ref = true, w.ref()
	if e.reverses == 0 {
		e.stands, e.refused = willing, !willing
		return
	}
	o := w.entries[e.reverses-1]
	if !o.seen {
		o.lost = true // the bank will refuse it when it comes
	}
	e.stands, e.refused = o.stands, !o.stands
	o.stands = false
}

// truth is what an honest bank answers.
func (e *bankEntry) truth() uint8 {
	switch {
	case e.lost && !e.seen:
		return record.OutcomeNotArrived
	case e.refused:
		return record.OutcomeRefused
	}
	return record.OutcomeSuccess
}

// answer delivers the bank's answer, perhaps for the second time or very late. A
// success that a reversal has undone since is still what the bank answered then.
func (w *world) answer(e *bankEntry) {
	w.do(w.bank(e), &record.BankAnswered{Transfer: e.id, Outcome: e.truth(), BankRef: e.ref})
}

// fromBank begins a transfer at the bank, whose message may come twice.
func (w *world) fromBank(direction uint8) {
	fund, amount := w.draw()
	e := &bankEntry{fund: fund, bank: bankOf(fund % 1000), direction: direction, amount: amount, ref: w.ref(), seen: true}
	w.entries = append(w.entries, e)
	if rapid.Bool().Draw(w.rt, "late") {
		return // still on its way
	}
	w.deliver(e)
}

func (w *world) deliver(e *bankEntry) {
	key := record.KeyFor(w.bank(e), e.ref)
	var cmd record.Command = &record.BankDeposit{Bank: e.bank, Date: testDate, BankRef: e.ref, Fund: e.fund, Currency: money.CNY, Amount: e.amount, Card: cardOf(e.fund), Name: nameOf(e.fund % 1000)}
	if e.direction == Withdrawal {
		cmd = &record.BankWithdrawal{Bank: e.bank, Date: testDate, BankRef: e.ref, Fund: e.fund, Currency: money.CNY, Amount: e.amount, Card: cardOf(e.fund), Name: nameOf(e.fund % 1000), PasswordOK: 1}
	}
	if rapid.Bool().Draw(w.rt, "without key") && e.id == 0 && !e.refused {
		key = state.Key{}
	}
	a := w.keyed(w.bank(e), key, cmd)
	switch {
	case a.Code != 0:
		e.refused = e.refused || e.id == 0
	case e.id == 0:
		e.id, e.stands = a.Ref, !e.lost
	case e.id != a.Ref:
		w.t.Fatalf("serial %s stands for %d and %d", e.ref, e.id, a.Ref)
	}
	if e.lost && a.Code == 0 {
		w.t.Fatalf("%s was reversed before it arrived and yet accepted", e.ref)
	}
}

// reverseAtBank lets the bank reverse one of its own, which may not have arrived,
// or one of ours that stands there, whose answer may be on its way; or it says the
// same again.
func (w *world) reverseAtBank(e *bankEntry) {
	if e.undo != nil {
		if a := w.do(w.bank(e), e.undo); a.Code != 0 {
			w.t.Fatalf("the bank's reversal of %s again: %s", e.ref, record.Code(a.Code))
		}
		return
	}
	if e.ours && !e.stands {
		return
	}
	cmd := &record.BankReversal{Bank: e.bank, Date: testDate, BankRef: w.ref(), Original: e.ref, Direction: e.direction, Fund: e.fund, Amount: e.amount}
	if e.ours && rapid.Bool().Draw(w.rt, "names our serial") {
		cmd.Transfer = e.id
	}
	if a := w.do(w.bank(e), cmd); a.Code == 0 {
		e.stands, e.undo = false, cmd
		e.lost = e.lost || e.id == 0
	}
}

func (w *world) reverse(i int, e *bankEntry) {
	if a := w.do(0, &record.AskReversal{Transfer: e.id, Amount: e.amount}); a.Code == 0 {
		w.entries = append(w.entries, &bankEntry{id: a.Ref, fund: e.fund, bank: e.bank, direction: e.direction, amount: e.amount, reverses: i + 1, ours: true})
	}
}

// enquire asks the bank, which from then on refuses a request it has not seen.
func (w *world) enquire(e *bankEntry) {
	if !e.seen {
		e.lost = true
	}
	w.do(w.bank(e), &record.EnquiryResult{Transfer: e.id, Outcome: e.truth(), BankRef: e.ref})
}

// lie says the opposite of a known outcome, which must change nothing.
func (w *world) lie(e *bankEntry) {
	row, _ := w.live.transfer(e.id)
	before := *w.live.transfers.At(row)
	if before.Open() {
		return
	}
	other := record.OutcomeSuccess
	if before.State == TransferDone {
		other = record.OutcomeRefused
	}
	a := w.do(w.bank(e), &record.BankAnswered{Transfer: e.id, Outcome: other, BankRef: w.ref()})
	if record.Code(a.Code) != record.OutcomeKnown || *w.live.transfers.At(row) != before {
		w.t.Fatalf("a contradiction got %s", record.Code(a.Code))
	}
}

// check holds after every step: the identity of each bank, and no client below
// zero, because nothing was forced.
func (w *world) check() {
	w.checkIdentity()
	for fund := uint64(1001); fund <= 1000+clients; fund++ {
		if a := w.cashFor(fund); a.Balance < 0 || a.Available() < 0 {
			w.t.Fatalf("fund account %d has %d, available %d", fund, a.Balance, a.Available())
		}
	}
}

// finish is the day-end comparison: every open transfer gets the outcome that the
// bank's books show, reversals first. Then our books must be the bank's.
func (w *world) finish() {
	for i := len(w.entries) - 1; i >= 0; i-- {
		e := w.entries[i]
		row, ok := w.live.transfer(e.id)
		if !ok || !w.live.transfers.At(row).Open() {
			continue
		}
		if !e.seen {
			e.lost = true
		}
		outcome := record.OutcomeRefused
		if e.truth() == record.OutcomeSuccess {
			outcome = record.OutcomeSuccess
		}
		if a := w.do(0, &record.ResolveTransfer{Transfer: e.id, Outcome: outcome, BankRef: e.ref}); a.Code != 0 {
			w.t.Fatalf("resolving %d: %s", e.id, record.Code(a.Code))
		}
		w.check()
	}
	for fund := uint64(1001); fund <= 1000+clients; fund++ {
		in, out := openingCash, money.Amount(0)
		for _, e := range w.entries {
			switch {
			case e.fund != fund || !e.stands || e.reverses != 0:
			case e.direction == Deposit:
				in += e.amount
			default:
				out += e.amount
			}
		}
		row, _ := w.live.fund(fund)
		c := w.live.counted(w.live.funds.At(row))
		if got, want := money.Amount(w.cashFor(fund).Balance), in-out; got != want {
			w.t.Fatalf("fund account %d has %s, the bank says %s", fund, got, want)
		}
		if c.inSum != in || c.outSum != out {
			w.t.Fatalf("fund account %d counted in %s out %s, the bank says %s and %s", fund, c.inSum, c.outSum, in, out)
		}
	}
}

// Whatever order requests, answers, repetitions, time-outs, enquiries and
// reversals come in: every bank balances at every record, nobody goes below zero,
// a replay gives the same state, and when the day is over our books say what the
// bank's say.
func TestTransfersFollowTheBank(t *testing.T) {
	waiting := func(e *bankEntry) bool { return e.ours && !e.seen && !e.lost }
	answered := func(e *bankEntry) bool { return e.ours && e.seen }
	asked := func(e *bankEntry) bool { return e.ours }
	ofBank := func(e *bankEntry) bool { return !e.ours }
	plain := func(e *bankEntry) bool { return e.reverses == 0 }
	steps := []func(w *world){
		func(w *world) { w.ask(Deposit) },
		func(w *world) { w.ask(Withdrawal) },
		func(w *world) { w.fromBank(Deposit) },
		func(w *world) { w.fromBank(Withdrawal) },
		func(w *world) { w.with(ofBank, func(_ int, e *bankEntry) { w.deliver(e) }) },
		func(w *world) { w.with(waiting, func(_ int, e *bankEntry) { w.arrive(e, true) }) },
		func(w *world) {
			w.with(waiting, func(_ int, e *bankEntry) { w.arrive(e, rapid.Bool().Draw(w.rt, "willing")) })
		},
		func(w *world) { w.with(answered, func(_ int, e *bankEntry) { w.answer(e) }) },
		func(w *world) { w.with(answered, func(_ int, e *bankEntry) { w.answer(e) }) },
		func(w *world) {
			w.with(asked, func(_ int, e *bankEntry) { w.do(w.bank(e), &record.TransferTimedOut{Transfer: e.id}) })
		},
		func(w *world) { w.with(asked, func(_ int, e *bankEntry) { w.enquire(e) }) },
		func(w *world) { w.with(asked, w.reverse) },
		func(w *world) { w.with(asked, w.reverse) },
		func(w *world) { w.with(plain, func(_ int, e *bankEntry) { w.reverseAtBank(e) }) },
		func(w *world) { w.with(asked, func(_ int, e *bankEntry) { w.lie(e) }) },
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{run: newRun(rt), rt: rt}
		withClients(rt, w.run, clients)
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 120, 300).Draw(rt, "steps") {
			steps[step](w)
			w.check()
		}
		w.finish()
	})
}
