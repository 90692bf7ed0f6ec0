package reconcile_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
	"sancun/state"
)

func (c *centre) register(found ...difference.Difference) []uint64 {
	c.t.Helper()
	numbers, err := reconcile.Register(ctx, c, found)
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	return numbers
}

func (c *centre) advise(number uint64) reconcile.Advice {
	c.t.Helper()
	k, ok := c.live.CaseBy(number)
	if !ok {
		c.t.Fatalf("no case %d", number)
	}
	a, err := rules(c.t).Advise(c.live, k)
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	return a
}

// Every type of every subject has an advice that says something, and books only
// for transfers or money that own funds take over.
func TestEveryKindHasAdvice(t *testing.T) {
	c := newCentre(t)
	id := c.ask(1001, 500, "A")
	for subject := record.CaseTransfer; subject <= record.CaseData; subject++ {
		for kind := record.CaseMissingHere; kind <= record.CaseFile; kind++ {
			d := difference.Difference{Type: kind, Subject: subject, Bank: 1, Date: today, Fund: 1001, Ours: 500, Theirs: 700, OurRef: id, TheirRef: "A"}
			switch kind {
			case record.CaseMissingHere:
				d.Ours, d.OurRef, d.TheirRef = 0, 0, "B"
			case record.CaseMissingThere:
				d.Theirs = 0
			}
			number := c.register(d)[0]
			a := c.advise(number)
			if a.Action == 0 || a.ZH == "" || a.EN == "" || a.Level.EN == "" || a.Level.ZH == "" || a.Case != number {
				t.Errorf("%s of %s: %+v", reconcile.TypeName(kind), reconcile.SubjectName(subject), a)
			}
			if a.Action == reconcile.Book && subject != record.CaseTransfer || a.Action == reconcile.Done {
				t.Errorf("%s of %s on the first day: %+v", reconcile.TypeName(kind), reconcile.SubjectName(subject), a)
			}
			if subject == record.CaseTrade && a.Prevails != reconcile.Broker || subject == record.CaseTransfer && kind < record.CaseTotal && a.Prevails != reconcile.Bank {
				t.Errorf("%s of %s: side %d prevails", reconcile.TypeName(kind), reconcile.SubjectName(subject), a.Prevails)
			}
			if kind != record.CaseFile && reconcile.TypeName(kind) == "unknown" {
				t.Errorf("type %d has no name", kind)
			}
		}
	}
	if got := reconcile.TypeName(99) + reconcile.SubjectName(0) + reconcile.Class(77).String(); got != "unknownunknownunknown" {
		t.Errorf("names of nothing: %s", got)
	}
}

// One person alone works nothing off, and neither does who is no person.
func TestNeverOnePerson(t *testing.T) {
	c := newCentre(t)
	number := c.register(difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Theirs: 500, TheirRef: "A"})[0]
	alone := reconcile.People{Maker: people.Maker, Checker: people.Maker}
	if _, err := rules(t).Work(ctx, c, number, alone); !errors.Is(err, reconcile.ErrSamePerson) {
		t.Errorf("alone: %v", err)
	}
	if _, err := reconcile.Agree(ctx, c, func(*custody.Case) bool { return true }, nil, record.ResolvedByTime, alone); !errors.Is(err, reconcile.ErrSamePerson) {
		t.Errorf("agreed alone: %v", err)
	}
	var refused *reconcile.RefusedError
	machine := reconcile.People{Maker: people.Maker, Checker: record.CallerOf(record.CallerBank, 1)}
	if _, err := rules(t).Work(ctx, c, number, machine); !errors.As(err, &refused) || refused.Code != record.NotAPerson {
		t.Errorf("with a gateway: %v", err)
	}
	// The maker of a proposal that is open already cannot become its checker.
	swapped := reconcile.People{Maker: people.Checker, Checker: people.Maker}
	if a, err := rules(t).Work(ctx, c, number, swapped); err != nil || a.Action != reconcile.Close {
		t.Errorf("swapped: %+v, %v", a, err)
	}
	if got := c.cash(1001); got != opening+500 {
		t.Errorf("the account has %s", got)
	}
	if _, err := rules(t).Work(ctx, c, 99, people); !errors.Is(err, reconcile.ErrUnknownCase) {
		t.Errorf("unknown case: %v", err)
	}
}

// flaky is a centre that stops after a number of submissions.
type flaky struct {
	*centre
	left int
}

var errStopped = errors.New("stopped")

func (f *flaky) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	if f.left == 0 {
		return nil, errStopped
	}
	f.left--
	return f.centre.Submit(ctx, requests...)
}

// Work that is stopped after any step goes on where it was, books nothing twice and
// leaves no proposal open.
func TestWorkGoesOn(t *testing.T) {
	for stop := range 6 {
		c := newCentre(t)
		l := &list{bank: 1, rows: []row{{"A", c.ask(1001, 500, "A"), 1001, 800}}}
		number := c.register(c.compare(l)...)[0]
		if _, err := rules(t).Work(ctx, &flaky{c, stop}, number, people); !errors.Is(err, errStopped) {
			t.Fatalf("after %d steps: %v", stop, err)
		}
		if a, err := rules(t).Work(ctx, c, number, people); err != nil || a.Action != reconcile.Close {
			t.Fatalf("again after %d steps: %+v, %v", stop, a, err)
		}
		if a, err := rules(t).Work(ctx, c, number, people); err != nil || a.Action != reconcile.Done {
			t.Fatalf("a third time: %+v, %v", a, err)
		}
		c.agrees(l)
		count := 0
		for _, p := range c.live.Proposals() {
			count++
			if p.State != 2 { // approved
				t.Errorf("after %d steps: proposal %d is in state %d", stop, p.ID, p.State)
			}
		}
		if count != 3 {
			t.Errorf("after %d steps: %d proposals, want undo, correction and closing", stop, count)
		}
	}
}

// What the machine refuses stays open with the reason, and does not stop the rest.
func TestRefusedWorkStaysOpen(t *testing.T) {
	c := newCentre(t)
	numbers := c.register(
		difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 2, Date: today, Fund: 1001, Theirs: 500, TheirRef: "A"}, // not its bank
		difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Theirs: 500, TheirRef: "B"},
	)
	left, err := rules(t).WorkAll(ctx, c, people)
	if err != nil || len(left) != 1 || left[0].Case != numbers[0] || left[0].Action != reconcile.Investigate {
		t.Fatalf("left %+v, %v", left, err)
	}
	if k, _ := c.live.CaseBy(numbers[1]); k.State != custody.CaseClosed {
		t.Errorf("the other case is %+v", k)
	}
	var refused *reconcile.RefusedError
	if _, err := reconcile.Register(ctx, c, []difference.Difference{{Type: 9, Subject: record.CaseCash, Date: today}}); !errors.As(err, &refused) || refused.Code != record.CaseKindUnknown {
		t.Errorf("an impossible difference: %v", err)
	}
}

// A balance that may be in flight waits a day, is one case however long it lasts,
// climbs the levels, and is taken over by own funds when it is old and small.
func TestAgeing(t *testing.T) {
	c := newCentre(t)
	total := func(date uint32, ours money.Amount) difference.Difference {
		return difference.Difference{Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Date: date, Ours: ours, Theirs: ours - 300, TheirRef: "pooled CNY"}
	}
	first := c.register(total(today, 2_000_000))[0]
	position := c.register(difference.Difference{Type: record.CaseAmount, Subject: record.CasePosition, Market: 2, Date: today, Fund: 1001, Ours: 5, Theirs: 6, TheirRef: "600000"})[0]
	want := []struct {
		action reconcile.Action
		level  string
	}{
		{reconcile.Ask, "clearing desk"}, {reconcile.Investigate, "head of clearing"}, {reconcile.Investigate, "head of clearing"},
		{reconcile.Investigate, "head of operations"}, {reconcile.Investigate, "head of operations"}, {reconcile.Book, "compliance"},
	}
	for age, w := range want {
		if age > 0 {
			c.nextDay()
			if again := c.register(total(c.live.Today().Date, 2_000_000+money.Amount(age)))[0]; again != first {
				t.Fatalf("after %d days the same gap is case %d, not %d", age, again, first)
			}
		}
		a := c.advise(first)
		if a.Age != age || a.Action != w.action || a.Level.EN != w.level {
			t.Errorf("after %d days: %+v, want action %d and %s", age, a, w.action, w.level)
		}
		if age > 0 && c.advise(position).Action != reconcile.Investigate {
			t.Errorf("after %d days the position: %+v", age, c.advise(position))
		}
	}
	wider := total(c.live.Today().Date, 2_000_000)
	wider.Theirs -= 1
	if n := c.register(wider)[0]; n == first {
		t.Error("a wider gap is the same case")
	}
	a, err := rules(t).Work(ctx, c, first, people)
	k, _ := c.live.CaseBy(first)
	if err != nil || a.Action != reconcile.Close || k.As != record.ResolvedByWriteOff {
		t.Fatalf("worked off: %+v, %v, %+v", a, err, k)
	}
	if age, err := rules(t).Age(&k, 20240105); err != nil || age != 5 {
		t.Errorf("a closed case is %d days old, %v; want the age it had", age, err)
	}
	// The bank had 3 yuan less, and own money made them up: it has the full sum now.
	sum := 2 * opening
	check := reconcile.ThreeWay(c.live, []reconcile.Figures{{Bank: 1, Currency: money.CNY, Management: sum, Pooled: sum}})
	if !check[0].Holds() || check[0].Funds != nil {
		t.Errorf("after the write-off: %+v", check[0])
	}
	c.balanced()
}

// Own funds take over what a pooled account has beside our books, in either
// direction, and nothing else: a management account or a reserve is no money of
// theirs, and of a single client's balance somebody knows the cause.
func TestWriteOffAdvice(t *testing.T) {
	c := newCentre(t)
	row := func(d difference.Difference) uint64 {
		d.Subject, d.Bank, d.Date, d.Ours = record.CaseCash, 1, today, 1_000
		if d.Type == 0 {
			d.Type = record.CaseTotal
		}
		return c.register(d)[0]
	}
	cases := []struct {
		number uint64
		want   record.Command
	}{
		{row(difference.Difference{Theirs: 900, TheirRef: "pooled CNY"}), &record.WriteOff{Bank: 1, Currency: money.CNY, Amount: 100}},
		{row(difference.Difference{Theirs: 1_300, TheirRef: "pooled HKD"}), &record.WriteOff{Bank: 1, Currency: money.HKD, Amount: -300}},
		{row(difference.Difference{Theirs: 1_010_000, TheirRef: "pooled CNY"}), nil}, // too much
		{row(difference.Difference{Theirs: 900, TheirRef: "ledger total CNY"}), nil},
		{row(difference.Difference{Theirs: 900, TheirRef: "reserve CNY"}), nil},
		{row(difference.Difference{Theirs: 900, TheirRef: "in settlement CNY"}), nil},
		{row(difference.Difference{Theirs: 900, TheirRef: "1001", Type: record.CaseAmount, Fund: 1001}), nil},
	}
	for range 5 {
		c.nextDay()
	}
	for i, x := range cases {
		a := c.advise(x.number)
		if x.want == nil {
			if a.Action != reconcile.Investigate || a.Acts != nil {
				t.Errorf("row %d: %+v, want a person to look", i, a)
			}
			continue
		}
		x.want.(*record.WriteOff).Case = x.number
		if diff := cmp.Diff([]record.Command{x.want}, a.Acts); diff != "" || a.Action != reconcile.Book {
			t.Errorf("row %d: action %d (-want +got):\n%s", i, a.Action, diff)
		}
	}
}

// A balance waits for the transfer that explains it; what a second comparison no
// longer finds is closed by two people, and nothing else is.
func TestAgree(t *testing.T) {
	c := newCentre(t)
	file := c.register(difference.Difference{Type: record.CaseFile, Subject: record.CaseData, Bank: 1, Date: today, TheirRef: "strans0825"})[0]
	other := c.register(difference.Difference{Type: record.CaseFile, Subject: record.CaseData, Bank: 2, Date: today, TheirRef: "strans0825"})[0]
	balance := difference.Difference{Type: record.CaseAmount, Subject: record.CaseCash, Bank: 1, Date: today, Fund: 1001, Ours: opening, Theirs: opening + 500, TheirRef: "CNY"}
	cash := c.register(balance)[0]
	c.register(difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Theirs: 500, TheirRef: "A"})
	if a := c.advise(cash); a.Action != reconcile.Wait {
		t.Errorf("the balance before the transfer: %+v", a)
	}
	left, err := rules(t).WorkAll(ctx, c, people)
	if err != nil || len(left) != 3 || c.advise(cash).Action != reconcile.Ask {
		t.Fatalf("left %+v, %v; the balance: %+v", left, err, c.advise(cash))
	}
	ofBank := func(k *custody.Case) bool { return k.Bank == 1 }
	n, err := reconcile.Agree(ctx, c, ofBank, []uint64{cash}, record.ResolvedByThem, people)
	if k, _ := c.live.CaseBy(file); err != nil || n != 1 || k.State != custody.CaseClosed || k.As != record.ResolvedByThem {
		t.Errorf("the file came: %d closed, %v, %+v", n, err, k)
	}
	n, err = reconcile.Agree(ctx, c, ofBank, nil, record.ResolvedByTime, people)
	if k, _ := c.live.CaseBy(cash); err != nil || n != 1 || k.As != record.ResolvedByTime {
		t.Errorf("the balance agrees: %d closed, %v, %+v", n, err, k)
	}
	if k, _ := c.live.CaseBy(other); k.State != custody.CaseOpen {
		t.Errorf("another bank's case: %+v", k)
	}
}

// A transfer of an earlier day is corrected by new entries alone.
func TestEarlierDay(t *testing.T) {
	c := newCentre(t)
	lost, wrong := c.ask(1001, 500, "A"), c.ask(1003, 400, "B")
	numbers := c.register(
		difference.Difference{Type: record.CaseMissingThere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Ours: 500, OurRef: lost, TheirRef: "A"},
		difference.Difference{Type: record.CaseAmount, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1003, Ours: 400, Theirs: 450, OurRef: wrong, TheirRef: "B"},
		difference.Difference{Type: record.CaseState, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1003, Ours: 400, Theirs: 450, OurRef: 12345, TheirRef: "C"},
		difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1003, Theirs: 70, TheirRef: "D"},
	)
	c.nextDay()
	left, err := rules(t).WorkAll(ctx, c, people)
	if err != nil || len(left) != 1 || left[0].Case != numbers[2] || left[0].Action != reconcile.Investigate {
		t.Fatalf("left %+v, %v", left, err)
	}
	if a, b := c.cash(1001), c.cash(1003); a != opening || b != opening+450+70 {
		t.Errorf("the accounts have %s and %s", a, b)
	}
	c.balanced()
}

// An entry that arrives between comparison and work needs no booking; a serial the
// bank has twice is asked about.
func TestArrivedSince(t *testing.T) {
	c := newCentre(t)
	atBank := record.CallerOf(record.CallerBank, 1)
	deposit := func(ref string) *record.BankDeposit {
		return &record.BankDeposit{Bank: 1, Date: today, BankRef: ref, Fund: 1001, Currency: money.CNY, Amount: 500, Card: cardOf(1001), Name: nameOf(1001)}
	}
	missing := func(ref string) difference.Difference {
		return difference.Difference{Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Date: today, Fund: 1001, Theirs: 500, TheirRef: ref}
	}
	late := c.register(missing("A"))[0]
	c.must(atBank, deposit("A"))
	c.must(atBank, deposit("B"))
	twice := c.register(missing("B"))[0]
	nameless := c.register(missing(""))[0]
	if a := c.advise(late); a.Action != reconcile.Close || a.As != record.ResolvedByTime {
		t.Errorf("arrived since: %+v", a)
	}
	if a := c.advise(twice); a.Action != reconcile.Ask {
		t.Errorf("there twice: %+v", a)
	}
	if a := c.advise(nameless); a.Action != reconcile.Ask {
		t.Errorf("without a serial: %+v", a)
	}
}
