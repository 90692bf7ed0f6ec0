package reconcile_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/reconcile"
	"sancun/record"
	"sancun/state"
)

// reporter is what the fixture needs of a *testing.T, so that rapid can shrink too.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// centre is a machine that decides at once, with a second one that replays.
type centre struct {
	t      reporter
	live   *custody.Machine
	replay *custody.Machine
	height uint64
	now    int64
}

// The figures of the fixture: fund accounts 1001, 1002 … of clients 1, 2, …, at
// bank 1 when odd and bank 2 when even, each with opening in it.
const (
	today    = 20230825
	tomorrow = 20230828
	opening  = money.Amount(1_000_000)
	accounts = 4
)

var people = reconcile.People{Maker: record.CallerOf(record.CallerStaff, 1), Checker: record.CallerOf(record.CallerStaff, 2)}

func bankOf(fund uint64) uint16    { return uint16(1 + (fund-1001)%2) }
func cardOf(fund uint64) state.Key { return state.KeyOf(fund, 0xca4d) }
func nameOf(fund uint64) state.Key { return state.KeyOf(fund, 0x4a3e) }
func rules(t reporter) *reconcile.Rules {
	t.Helper()
	c, err := calendar.China()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return reconcile.Builtin(c)
}

func newCentre(t reporter) *centre {
	t.Helper()
	options := custody.Options{Sum: sha256.Sum256, Answers: 100}
	c := &centre{t: t, live: custody.New(options), replay: custody.New(options), now: at(10)}
	c.must(0, &record.OpenDay{Date: today, Next: tomorrow})
	for number := uint16(1); number <= 2; number++ {
		name := fmt.Sprintf("B%d", number)
		c.must(0, &record.SetBank{Number: number, Service: custody.BankOpen, WindowTo: 24 * 3600_000, SingleMax: 1 << 40, DailyMax: 1 << 41, Code: name, Name: name})
		c.must(0, &record.BankSession{Bank: number, Date: today})
		c.must(0, &record.FundOwn{Bank: number, Currency: money.CNY, Amount: 100_000_000})
	}
	for fund := uint64(1001); fund < 1001+accounts; fund++ {
		c.must(0, &record.OpenClients{Rows: []record.ClientData{{
			Number: fund - 1000, Class: 1, Document: 1, Branch: 1, ID: state.KeyOf(fund, 1), Name: nameOf(fund), Mobile: state.KeyOf(fund, 3),
		}}})
		c.must(0, &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: fund - 1000, Currency: money.CNY, Main: 1}}})
		c.must(0, &record.SignContracts{Rows: []record.ContractData{{Fund: fund, Bank: bankOf(fund), Card: cardOf(fund)}}})
		c.must(0, &record.TakeOver{Rows: []record.OpeningBalance{{Fund: fund, Amount: opening}}})
	}
	return c
}

// at is an hour of the first day, as block time.
func at(hour int) int64 {
	return calendar.Date(today).UnixMilli(calendar.TimeOfDay(hour)*calendar.Hour) * 1_000_000
}

// Submit makes the centre a reconcile.Core.
func (c *centre) Submit(_ context.Context, requests ...record.Request) ([]state.Answer, error) {
	c.height++
	c.now += 1_000_000_000
	c.live.Begin(nil, c.height, c.now)
	var answers []state.Answer
	for _, r := range requests {
		answers = append(answers, c.live.Decide(r))
	}
	for body := c.live.Body(); len(body) > 0; {
		n := binary.LittleEndian.Uint32(body)
		v, err := record.Parse(body[:n])
		if err == nil {
			err = c.replay.Apply(v, c.height)
		}
		if err != nil {
			return nil, err
		}
		body = body[n:]
	}
	if c.live.Root() != c.replay.Root() {
		return nil, fmt.Errorf("block %d: the replay differs", c.height)
	}
	return answers, nil
}

// Look makes the centre a reconcile.Core.
func (c *centre) Look(_ context.Context, look func(*custody.Machine)) error {
	look(c.live)
	return nil
}

func (c *centre) do(who record.Caller, cmd record.Command) (uint64, record.Code) {
	c.t.Helper()
	answers, err := c.Submit(context.Background(), record.Request{Caller: who, Cmd: cmd})
	if err != nil {
		c.t.Fatalf("%T: %v", cmd, err)
	}
	return answers[0].Ref, record.Code(answers[0].Code)
}

func (c *centre) must(who record.Caller, cmd record.Command) uint64 {
	c.t.Helper()
	ref, code := c.do(who, cmd)
	if code != record.Accepted {
		c.t.Fatalf("%T: %s", cmd, code)
	}
	return ref
}

// nextDay clears the day and opens the one after it.
func (c *centre) nextDay() {
	c.t.Helper()
	d := c.live.Today()
	if d.Phase == custody.DayOpen {
		c.must(0, &record.StopDay{Date: d.Date})
	}
	for step := uint16(1); step <= custody.StepsOfDay; step++ {
		c.must(0, &record.StepDone{Date: d.Date, Step: step, OK: 1})
	}
	c.must(0, &record.DayCleared{Date: d.Date})
	after, err := rules(c.t).Calendar.Next(calendar.Date(d.Next))
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	c.must(0, &record.OpenDay{Date: d.Next, Next: uint32(after)})
	c.now = calendar.Date(d.Next).UnixMilli(9*calendar.Hour) * 1_000_000
	for number := uint16(1); number <= 2; number++ {
		c.must(0, &record.BankSession{Bank: number, Date: d.Next})
	}
}

func (c *centre) cash(fund uint64) money.Amount {
	c.t.Helper()
	_, row, ok := c.live.Fund(fund)
	if !ok {
		c.t.Fatalf("no fund account %d", fund)
	}
	cash := c.live.CashOf(row)
	return money.Amount(cash.Balance)
}

// row is a line of a bank's transfer detail: an entry that stands there.
type row struct {
	ref    string
	ourRef uint64
	fund   uint64
	move   money.Amount
}

// list is a bank's detail of a day.
type list struct {
	bank uint16
	rows []row
}

// compare holds a bank's list against our transfers row by row, as the day end
// does: a row of theirs is matched by our serial or by theirs, once.
func (c *centre) compare(l *list) []difference.Difference {
	var found []difference.Difference
	matched := map[uint64]bool{}
	var ours []custody.Transfer
	for _, t := range c.live.Transfers() {
		if t.Bank == l.bank && t.Date == today {
			ours = append(ours, t)
		}
	}
	make := func(kind uint8, t *custody.Transfer, r *row) {
		d := difference.Difference{Type: kind, Subject: record.CaseTransfer, Bank: l.bank, Date: today}
		if t != nil {
			d.Ours, d.OurRef, d.Fund, d.TheirRef = moveOf(t), t.ID, c.live.FundAt(t.Fund).Number, serial(t)
		}
		if r != nil {
			d.Theirs, d.TheirRef, d.Fund = r.move, r.ref, r.fund
		}
		found = append(found, d)
	}
	for i := range l.rows {
		r := &l.rows[i]
		at := slices.IndexFunc(ours, func(t custody.Transfer) bool { return t.Initiator == custody.ByCorrection && serial(&t) == r.ref })
		if at < 0 {
			at = slices.IndexFunc(ours, func(t custody.Transfer) bool { return t.ID == r.ourRef })
		}
		if at < 0 {
			at = slices.IndexFunc(ours, func(t custody.Transfer) bool { return serial(&t) == r.ref })
		}
		if at < 0 || matched[ours[at].ID] {
			make(record.CaseMissingHere, nil, r)
			continue
		}
		t := &ours[at]
		matched[t.ID] = true
		switch {
		case c.live.FundAt(t.Fund).Number != r.fund:
			make(record.CaseAccount, t, r)
		case moveOf(t) != r.move:
			make(record.CaseAmount, t, r)
		case t.State != custody.TransferDone && t.State != custody.TransferReversed:
			make(record.CaseState, t, r)
		}
	}
	for i := range ours {
		t := &ours[i]
		switch {
		case matched[t.ID]:
		case t.Open():
			make(record.CaseState, t, nil)
		case t.Reverses != 0 && t.State == custody.TransferDone && matched[t.Reverses],
			t.State == custody.TransferReversed && matched[t.ReversedBy],
			t.Reverses == 0 && t.State == custody.TransferDone:
			make(record.CaseMissingThere, t, nil)
		}
	}
	return found
}

func moveOf(t *custody.Transfer) money.Amount {
	if (t.Direction == custody.Deposit) == (t.Reverses == 0) {
		return t.Amount
	}
	return -t.Amount
}

func serial(t *custody.Transfer) string {
	n := 0
	for n < len(t.BankRef) && t.BankRef[n] != 0 {
		n++
	}
	return string(t.BankRef[:n])
}

// balanced checks the total against the detail of every bank (row K7).
func (c *centre) balanced() {
	c.t.Helper()
	for _, total := range c.live.Totals() {
		if !total.Balanced() {
			c.t.Fatalf("totals out of balance: %+v", total)
		}
	}
}

// open counts the open cases.
func (c *centre) open() (n int) {
	for _, k := range c.live.Cases() {
		if k.State == custody.CaseOpen {
			n++
		}
	}
	return n
}

var ctx = context.Background()
