package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/custody"
	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
)

// evening is a day of transfers with every kind of single-sided entry in it.
type evening struct {
	*centre
	rt     *rapid.T
	lists  [2]list
	serial int
}

func (e *evening) ref() string {
	e.serial++
	return fmt.Sprintf("R%d", e.serial)
}

// transfer plays one transfer, which the bank and we see alike or not.
func (e *evening) transfer() {
	fund := rapid.Uint64Range(1001, 1000+accounts).Draw(e.rt, "fund")
	move := rapid.SampledFrom([]money.Amount{100, 7_000, 900_000, -100, -7_000, -900_000}).Draw(e.rt, "move")
	l, bank := &e.lists[bankOf(fund)-1], record.CallerOf(record.CallerBank, uint64(bankOf(fund)))
	r := row{ref: e.ref(), fund: fund, move: move}
	if rapid.IntRange(0, 5).Draw(e.rt, "hidden") == 0 {
		l.rows = append(l.rows, r) // the bank has it and we never heard
		return
	}
	id, ok := e.try(fund, move)
	if !ok {
		return
	}
	r.ourRef = id
	answer := &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: r.ref}
	switch rapid.IntRange(0, 9).Draw(e.rt, "what happens") {
	case 0: // no answer, and the bank has it
		l.rows = append(l.rows, r)
	case 1: // no answer, and the bank has not got it
	case 2: // answered, and the bank has lost it
		e.must(bank, answer)
	case 3: // refused, and the bank has it
		e.must(bank, &record.BankAnswered{Transfer: id, Outcome: record.OutcomeRefused, Error: 1})
		l.rows = append(l.rows, r)
	case 4: // another amount there
		e.must(bank, answer)
		r.move += r.move / 2
		l.rows = append(l.rows, r)
	case 5: // another account of the bank
		e.must(bank, answer)
		r.fund = 1001 + (fund-1001+2)%accounts
		l.rows = append(l.rows, r)
	default:
		e.must(bank, answer)
		l.rows = append(l.rows, r)
		if rapid.Bool().Draw(e.rt, "reversed") {
			e.reverse(l, r)
		}
	}
}

func (e *evening) try(fund uint64, move money.Amount) (uint64, bool) {
	var cmd record.Command = &record.AskDeposit{Fund: fund, Amount: move, Channel: record.ChannelWeb}
	if move < 0 {
		cmd = &record.AskWithdrawal{Fund: fund, Amount: -move, Channel: record.ChannelWeb, PasswordOK: 1}
	}
	id, code := e.do(0, cmd)
	return id, code == record.Accepted
}

// reverse plays the reversal of a transfer that both sides have.
func (e *evening) reverse(l *list, x row) {
	bank := record.CallerOf(record.CallerBank, uint64(l.bank))
	y := row{ref: e.ref(), fund: x.fund, move: -x.move}
	if rapid.Bool().Draw(e.rt, "hidden reversal") {
		l.rows = append(l.rows, y)
		return
	}
	id, code := e.do(0, &record.AskReversal{Transfer: x.ourRef, Amount: max(x.move, -x.move)})
	if code != record.Accepted {
		return
	}
	y.ourRef = id
	answered := rapid.Bool().Draw(e.rt, "answered")
	if answered {
		e.must(bank, &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: y.ref})
	}
	if rapid.Bool().Draw(e.rt, "there") {
		l.rows = append(l.rows, y)
	}
}

// early plays a reversal that comes before its original, as the bank has both or
// the original alone.
func (e *evening) early() {
	fund := rapid.Uint64Range(1001, 1000+accounts).Draw(e.rt, "fund")
	l := &e.lists[bankOf(fund)-1]
	x, y := row{ref: e.ref(), fund: fund, move: 300}, row{ref: e.ref(), fund: fund, move: -300}
	e.must(record.CallerOf(record.CallerBank, uint64(l.bank)), &record.BankReversal{
		Bank: l.bank, Date: today, BankRef: y.ref, Original: x.ref, Direction: custody.Deposit, Fund: fund, Amount: 300,
	})
	l.rows = append(l.rows, x)
	if rapid.Bool().Draw(e.rt, "both") {
		l.rows = append(l.rows, y)
	}
}

// Whatever single-sided entries a day has: what is found is registered once, the
// open cases explain the gap to the banks to the fen, and when they are worked off
// every account is what its bank says, totals balance, and a comparison finds
// nothing that is not known and closed.
func TestTheBankPrevails(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := &evening{centre: newCentre(rt), rt: rt, lists: [2]list{{bank: 1}, {bank: 2}}}
		for range rapid.IntRange(1, 25).Draw(rt, "transfers") {
			if rapid.IntRange(0, 9).Draw(rt, "kind") == 0 {
				e.early()
			} else {
				e.transfer()
			}
		}
		e.must(0, &record.StopDay{Date: today})
		for i := range e.lists {
			if rapid.Bool().Draw(rt, "shuffled") {
				slices.Reverse(e.lists[i].rows)
			}
			found := e.compare(&e.lists[i])
			numbers, err := reconcile.Register(ctx, e, found)
			if err != nil {
				rt.Fatalf("%v", err)
			}
			if again, err := reconcile.Register(ctx, e, found); err != nil || !slices.Equal(again, numbers) {
				rt.Fatalf("registered as %v and again as %v, %v", numbers, again, err)
			}
		}
		e.explained()
		left, err := rules(rt).WorkAll(ctx, e, people)
		if err != nil || len(left) > 0 {
			rt.Fatalf("left open: %+v, %v", left, err)
		}
		for i := range e.lists {
			e.agrees(&e.lists[i])
			numbers, err := reconcile.Register(ctx, e, e.compare(&e.lists[i]))
			if err != nil || e.open() > 0 {
				rt.Fatalf("a comparison afterwards opens %v, %v", numbers, err)
			}
		}
	})
}

// explained checks that nothing between us and the banks is unexplained while the
// cases are open.
func (e *evening) explained() {
	e.t.Helper()
	for i := range e.lists {
		l := &e.lists[i]
		sum := money.Amount(0)
		for fund := uint64(1001); fund < 1001+accounts; fund++ {
			if bankOf(fund) == l.bank {
				sum += opening
			}
		}
		for _, r := range l.rows {
			sum += r.move
		}
		for _, c := range reconcile.ThreeWay(e.live, []reconcile.Figures{{Bank: l.bank, Currency: money.CNY, Management: sum, Pooled: sum}}) {
			if !c.Holds() {
				e.t.Fatalf("bank %d says %s: %+v", l.bank, sum, c)
			}
		}
	}
}
