package reconcile_test

import (
	"strings"
	"testing"

	"sancun/custody"
	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
)

// deposit and withdraw are begun by us and answered by the bank; ref "" leaves them
// without an answer.
func (c *centre) ask(fund uint64, move money.Amount, ref string) uint64 {
	c.t.Helper()
	var id uint64
	if move > 0 {
		id = c.must(0, &record.AskDeposit{Fund: fund, Amount: move, Channel: record.ChannelWeb})
	} else {
		id = c.must(0, &record.AskWithdrawal{Fund: fund, Amount: -move, Channel: record.ChannelWeb, PasswordOK: 1})
	}
	if ref != "" {
		c.must(record.CallerOf(record.CallerBank, uint64(bankOf(fund))), &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: ref})
	}
	return id
}

// Every kind of difference of a transfer is worked off: afterwards our books are
// the bank's, totals balance, and the case is closed as it should be.
func TestWorkOfTransfers(t *testing.T) {
	reversed := func(c *centre, move money.Amount) (x, y uint64) {
		x = c.ask(1001, move, "X")
		y = c.must(0, &record.AskReversal{Transfer: x, Amount: max(move, -move)})
		c.must(record.CallerOf(record.CallerBank, 1), &record.BankAnswered{Transfer: y, Outcome: record.OutcomeSuccess, BankRef: "Y"})
		return x, y
	}
	for _, test := range []struct {
		name  string
		make  func(c *centre) []row
		cases int
		as    uint8
	}{
		{"nothing differs", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, "A"), 1001, 500}}
		}, 0, 0},
		{"a deposit is missing here", func(*centre) []row {
			return []row{{"A", 0, 1001, 500}}
		}, 1, record.ResolvedByBooking},
		{"a withdrawal is missing here", func(*centre) []row {
			return []row{{"A", 0, 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"a withdrawal is missing here and the money is gone", func(c *centre) []row {
			return []row{{"A", c.ask(1001, -opening, "A"), 1001, -opening}, {"B", 0, 1001, -700}}
		}, 1, record.ResolvedByBooking},
		{"a deposit is missing there", func(c *centre) []row {
			c.ask(1001, 500, "A")
			return nil
		}, 1, record.ResolvedByBooking},
		{"a deposit is missing there and the money is gone", func(c *centre) []row {
			c.ask(1001, 500, "A")
			return []row{{"B", c.ask(1001, -opening-500, "B"), 1001, -opening - 500}}
		}, 1, record.ResolvedByBooking},
		{"a withdrawal is missing there", func(c *centre) []row {
			c.ask(1001, -500, "A")
			return nil
		}, 1, record.ResolvedByBooking},
		{"another amount", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, "A"), 1001, 800}}
		}, 1, record.ResolvedByBooking},
		{"another direction", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, "A"), 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"another account", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, "A"), 1003, 500}}
		}, 1, record.ResolvedByBooking},
		{"unknown here, done there", func(c *centre) []row {
			return []row{{"A", c.ask(1001, -500, ""), 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"unknown here, not there", func(c *centre) []row {
			c.ask(1001, 500, "")
			c.ask(1001, -500, "")
			return nil
		}, 2, record.ResolvedByBooking},
		{"unknown here, another amount there", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, ""), 1001, 501}}
		}, 1, record.ResolvedByBooking},
		{"unknown here, another account there", func(c *centre) []row {
			return []row{{"A", c.ask(1001, 500, ""), 1003, 500}}
		}, 1, record.ResolvedByBooking},
		{"refused here, done there", func(c *centre) []row {
			id := c.ask(1001, -500, "")
			c.must(record.CallerOf(record.CallerBank, 1), &record.BankAnswered{Transfer: id, Outcome: record.OutcomeRefused, Error: 7})
			return []row{{"A", id, 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"reversed on both sides", func(c *centre) []row {
			x, y := reversed(c, 500)
			return []row{{"X", x, 1001, 500}, {"Y", y, 1001, -500}}
		}, 0, 0},
		{"a deposit reversed here only", func(c *centre) []row {
			x, _ := reversed(c, 500)
			return []row{{"X", x, 1001, 500}}
		}, 1, record.ResolvedByBooking},
		{"a withdrawal reversed here only", func(c *centre) []row {
			x, _ := reversed(c, -500)
			return []row{{"X", x, 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"reversed there only", func(c *centre) []row {
			return []row{{"X", c.ask(1001, 500, "X"), 1001, 500}, {"Y", 0, 1001, -500}}
		}, 1, record.ResolvedByBooking},
		{"reversal unknown here, done there", func(c *centre) []row {
			x := c.ask(1001, -500, "X")
			return []row{{"X", x, 1001, -500}, {"Y", c.must(0, &record.AskReversal{Transfer: x, Amount: 500}), 1001, 500}}
		}, 1, record.ResolvedByBooking},
		{"reversal unknown here, not there", func(c *centre) []row {
			x := c.ask(1001, 500, "X")
			c.must(0, &record.AskReversal{Transfer: x, Amount: 500})
			return []row{{"X", x, 1001, 500}}
		}, 1, record.ResolvedByBooking},
		{"both unknown here, both there", func(c *centre) []row {
			x := c.ask(1001, 500, "")
			c.must(record.CallerOf(record.CallerBank, 1), &record.TransferTimedOut{Transfer: x})
			y := c.must(0, &record.AskReversal{Transfer: x, Amount: 500})
			return []row{{"X", x, 1001, 500}, {"Y", y, 1001, -500}}
		}, 2, 0},
		{"both unknown here, the original alone there", func(c *centre) []row {
			x := c.ask(1001, 500, "")
			c.must(record.CallerOf(record.CallerBank, 1), &record.TransferTimedOut{Transfer: x})
			c.must(0, &record.AskReversal{Transfer: x, Amount: 500})
			return []row{{"X", x, 1001, 500}}
		}, 2, record.ResolvedByBooking},
		{"reversed before it arrived, both there", func(c *centre) []row {
			c.must(record.CallerOf(record.CallerBank, 1), &record.BankReversal{Bank: 1, Date: today, BankRef: "Y", Original: "X", Direction: custody.Deposit, Fund: 1001, Amount: 500})
			return []row{{"X", 0, 1001, 500}, {"Y", 0, 1001, -500}}
		}, 1, record.ResolvedByTime},
		{"reversed before it arrived, the original alone there", func(c *centre) []row {
			c.must(record.CallerOf(record.CallerBank, 1), &record.BankReversal{Bank: 1, Date: today, BankRef: "Y", Original: "X", Direction: custody.Deposit, Fund: 1001, Amount: 500})
			return []row{{"X", 0, 1001, 500}}
		}, 2, record.ResolvedByBooking},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCentre(t)
			l := &list{bank: 1, rows: test.make(c)}
			c.must(0, &record.StopDay{Date: today})
			numbers := c.workOff(l, test.cases)
			for _, n := range numbers {
				k, _ := c.live.CaseBy(n)
				if k.State != custody.CaseClosed || test.as != 0 && k.As != test.as {
					t.Errorf("case %d is %+v, want it closed as %d", n, k, test.as)
				}
			}
			c.agrees(l)
		})
	}
}

// workOff registers what a comparison finds, twice, works it off and checks that
// nothing is left.
func (c *centre) workOff(l *list, want int) []uint64 {
	c.t.Helper()
	found := c.compare(l)
	if len(found) != want {
		c.t.Fatalf("found %+v, want %d differences", found, want)
	}
	numbers, err := reconcile.Register(ctx, c, found)
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	again, err := reconcile.Register(ctx, c, found)
	if err != nil || len(again) != len(numbers) || c.open() != len(numbers) {
		c.t.Fatalf("registered again: cases %v, then %v, %d open, error %v", numbers, again, c.open(), err)
	}
	left, err := rules(c.t).WorkAll(ctx, c, people)
	if err != nil || len(left) != 0 {
		c.t.Fatalf("left open: %+v, error %v", left, err)
	}
	return numbers
}

// agrees checks every account of the list's bank against opening and list.
func (c *centre) agrees(l *list) {
	c.t.Helper()
	c.balanced()
	sum, ours := money.Amount(0), money.Amount(0)
	for fund := uint64(1001); fund < 1001+accounts; fund++ {
		if bankOf(fund) != l.bank {
			continue
		}
		want := opening
		for _, r := range l.rows {
			if r.fund == fund {
				want += r.move
			}
		}
		if got := c.cash(fund); got != want {
			c.t.Fatalf("fund account %d has %s, the bank says %s", fund, got, want)
		}
		sum += want
		ours += c.cash(fund)
	}
	check := reconcile.ThreeWay(c.live, []reconcile.Figures{{Bank: l.bank, Currency: money.CNY, Management: sum, Pooled: sum}})
	if len(check) != 1 || !check[0].Holds() || check[0].Ledger != ours || len(check[0].Against)+len(check[0].Funds) != 0 {
		c.t.Fatalf("three-way: %+v", check)
	}
}

// An entry that spent money leaves a debt, and the advice says so before.
func TestDebtIsForeseen(t *testing.T) {
	c := newCentre(t)
	c.ask(1001, -opening+100, "A")
	l := &list{bank: 1, rows: []row{{"A", 0, 1001, -opening + 100}, {"B", 0, 1001, -500}}}
	numbers, err := reconcile.Register(ctx, c, c.compare(l))
	if err != nil || len(numbers) != 1 {
		t.Fatalf("cases %v, %v", numbers, err)
	}
	k, _ := c.live.CaseBy(numbers[0])
	a, err := rules(t).Advise(c.live, k)
	if err != nil || a.Action != reconcile.Book || a.Prevails != reconcile.Bank || !a.Debt || len(a.Acts) != 1 {
		t.Errorf("advice %+v, %v", a, err)
	}
	if !strings.Contains(a.ZH, "银行") || a.EN == "" {
		t.Errorf("advice says %q, %q", a.ZH, a.EN)
	}
	if a, err = rules(t).Work(ctx, c, numbers[0], people); err != nil || a.Action != reconcile.Close {
		t.Fatalf("worked: %+v, %v", a, err)
	}
	if got := c.cash(1001); got != -400 {
		t.Errorf("the account has %s, want a debt of 4.00", got)
	}
}
