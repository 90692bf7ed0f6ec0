package bank

import (
	"strconv"
	"testing"
	"time"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

func (s *side) bankDeposit(fund uint64, amount money.Amount) string {
	s.w.t.Helper()
	serial, err := s.ctl.Deposit(cardNumber(fund), amount)
	s.must(err)
	return serial
}

func (s *side) bankWithdraw(fund uint64, amount money.Amount) string {
	s.w.t.Helper()
	serial, err := s.ctl.Withdraw(cardNumber(fund), fundPIN, amount)
	s.must(err)
	return serial
}

func (s *side) entry(serial string) sim.Entry {
	s.w.t.Helper()
	e, ok := s.ctl.Entry(serial)
	if !ok {
		s.w.t.Fatalf("no entry %s", serial)
	}
	return e
}

func TestTransfersOfTheBank(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		in := s.bankDeposit(1001, 4_000)
		out := s.bankWithdraw(1002, 3_000)
		w.drain()
		if s.entry(in).State != wire.TransferDone || s.entry(out).State != wire.TransferDone {
			t.Fatalf("%s", s.story())
		}
		if w.balance(1001) != openingCash+4_000 || w.balance(1002) != openingCash-3_000 {
			t.Errorf("balances %v %v", w.balance(1001), w.balance(1002))
		}
		wrong, err := s.ctl.Withdraw(cardNumber(1002), "111111", 3_000)
		s.must(err)
		much := s.bankWithdraw(1002, openingCash)
		w.drain()
		if s.entry(wrong).State != wire.TransferRefused || s.entry(much).State != wire.TransferRefused {
			t.Errorf("%s", s.story())
		}
		if answer := s.ctl.Answer(wrong); answer == nil || answer.Result().ErrorText == "" {
			t.Errorf("a refusal without words")
		}
		w.compare()
	})
}

// The same serial sent again gets the same answer and moves nothing.
func TestSameSerialSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		in := s.bankDeposit(1001, 4_000)
		w.drain()
		first, height := s.ctl.Answer(in), w.height
		for range 3 {
			s.must(s.ctl.Resend(in))
			w.drain()
		}
		if w.balance(1001) != openingCash+4_000 {
			t.Errorf("balance %v", w.balance(1001))
		}
		e := s.entry(in)
		if first.Head().PlatformSerial == "" || e.PlatformSerial != first.Head().PlatformSerial || w.height != height+3 {
			t.Errorf("%+v, height %d after %d", e, w.height, height)
		}
		refused := s.bankWithdraw(1001, 2*openingCash)
		w.drain()
		s.must(s.ctl.Resend(refused))
		w.drain()
		if s.entry(refused).State != wire.TransferRefused {
			t.Error("refused first, then not")
		}
		w.compare()
	})
}

// A withdrawal that is sent again under keys that no longer open its password
// block gets the answer it had, because only the answer was lost.
func TestSameSerialUnderNewKeys(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		s.must(s.ctl.Inject(wire.FunctionWithdrawal, sim.FaultDropAfter, 1))
		out := s.bankWithdraw(1001, 800)
		w.drain()
		if w.balance(1001) != openingCash-800 || s.entry(out).State != wire.TransferProcessing {
			t.Fatalf("balance %v\n%s", w.balance(1001), s.story())
		}
		for range 2 { // two exchanges: the keys of the block are gone
			w.pass(10 * time.Second)
			s.must(s.ctl.ExchangeKeys())
			w.drain()
		}
		s.must(s.ctl.Resend(out))
		w.drain()
		if s.entry(out).State != wire.TransferDone || w.balance(1001) != openingCash-800 {
			t.Errorf("balance %v\n%s", w.balance(1001), s.story())
		}
		w.compare()
	})
}

// The bank reverses a transfer of ours of which we never had an answer.
func TestReversedBeforeItWasAnswered(t *testing.T) {
	w := newWorld(t, 1, wire.Fixed24())
	defer w.close()
	w.drain()
	s := w.banks[0]
	s.must(s.ctl.Inject(0, sim.FaultNoAnswer, 1))
	s.must(s.ctl.Inject(wire.FunctionQueryTransfer, sim.FaultSilent, 2))
	id := w.withdraw(1001, 800)
	w.drain()
	_, err := s.ctl.Reverse(s.ctl.Entries()[0].BankSerial)
	s.must(err)
	w.settle()
	if got := w.state(id); got != custody.TransferReversed || w.balance(1001) != openingCash {
		t.Errorf("state %d, balance %v", got, w.balance(1001))
	}
	if h := s.gw.Health(); h.Unknown != 0 || h.GivenUp != 0 || h.Flying != 0 {
		t.Errorf("%+v", h)
	}
	w.compare()
}

func TestReversalsOfTheBank(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		in := s.bankDeposit(1001, 4_000)
		ours := w.withdraw(1001, 500)
		w.drain()
		r, err := s.ctl.Reverse(in)
		s.must(err)
		ref := w.transfer(ours).BankRef
		r2, err := s.ctl.Reverse(string(ref[:17]))
		s.must(err)
		w.drain()
		if s.entry(in).State != wire.TransferReversed || s.entry(r).State != wire.TransferDone || s.entry(r2).State != wire.TransferDone {
			t.Fatalf("%s", s.story())
		}
		if w.balance(1001) != openingCash || w.state(ours) != custody.TransferReversed {
			t.Errorf("balance %v, ours %d", w.balance(1001), w.state(ours))
		}
		s.must(s.ctl.Resend(r))
		w.drain()
		w.compare()
	})
}

// A reversal that overtakes its original poisons it.
func TestReversalBeforeOriginal(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		s.must(s.ctl.Inject(wire.FunctionDeposit, sim.FaultDelay, 1))
		in := s.bankDeposit(1001, 4_000)
		r, err := s.ctl.Reverse(in)
		s.must(err)
		w.drain()
		if s.entry(r).State != wire.TransferDone {
			t.Fatalf("%s", s.story())
		}
		w.pass(30 * time.Second)
		if answer := s.ctl.Answer(in); answer == nil || answer.Result().Status != wire.Refused {
			t.Errorf("the original was answered %v", answer)
		}
		if w.balance(1001) != openingCash {
			t.Errorf("balance %v", w.balance(1001))
		}
		w.compare()
	})
}

func TestEveryFaultOfTheBanksTransfers(t *testing.T) {
	for _, c := range []struct {
		fault sim.Fault
		state wire.TransferState
		find  sim.Finding
	}{
		{sim.FaultDelay, wire.TransferDone, sim.FindNothing},
		{sim.FaultSilent, wire.TransferRefused, sim.FindNothing},
		{sim.FaultTwice, wire.TransferDone, sim.FindNothing},
		{sim.FaultDropBefore, wire.TransferRefused, sim.FindNothing},
		{sim.FaultDropAfter, wire.TransferDone, sim.FindNothing},
		{sim.FaultBankOnly, wire.TransferDone, sim.FindBankHas},
		{sim.FaultBrokerOnly, wire.TransferDone, sim.FindBrokerHas},
	} {
		for _, deposit := range []bool{true, false} {
			t.Run(c.fault.String(), func(t *testing.T) {
				w := newWorld(t, 1, wire.Delim())
				defer w.close()
				w.drain()
				s := w.banks[0]
				s.must(s.ctl.Inject(0, c.fault, 1))
				serial := ""
				if deposit {
					serial = s.bankDeposit(1001, 600)
				} else {
					serial = s.bankWithdraw(1001, 600)
				}
				w.pass(time.Minute)
				if s.entry(serial).State == wire.TransferProcessing {
					_, err := s.ctl.Enquire(serial)
					s.must(err)
					w.drain()
				}
				if got := s.entry(serial).State; got != c.state {
					t.Errorf("%v, want %v\n%s", got, c.state, s.story())
				}
				if log := s.ctl.Log(); len(log) != 1 || log[0].Finding != c.find {
					t.Errorf("log %+v", log)
				}
				w.compare()
			})
		}
	}
}

func TestEnquiriesOfTheBank(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		ask := func(m wire.Message) wire.Message {
			t.Helper()
			serial, err := s.ctl.Ask(m)
			s.must(err)
			w.drain()
			answer := s.ctl.Answer(serial)
			if answer == nil {
				t.Fatalf("%v was not answered", m.Function())
			}
			return answer
		}
		serial, err := s.ctl.AskLedger(cardNumber(1001), fundPIN)
		s.must(err)
		w.drain()
		balance, ok := s.ctl.Answer(serial).(*wire.QueryLedgerBalance)
		if !ok || balance.Status != wire.Success || balance.Balance != openingCash || balance.Withdrawable != openingCash {
			t.Errorf("balance %+v", balance)
		}
		serial, err = s.ctl.AskLedger(cardNumber(1001), "000000")
		s.must(err)
		w.drain()
		if answer := s.ctl.Answer(serial); answer.Result().Status != wire.Refused {
			t.Errorf("a wrong password was answered %v", answer.Result().Status)
		}
		p := s.ctl.Party(cardNumber(1001), "1001")
		for _, c := range []struct {
			change func(p *wire.Party)
			want   wire.Match
		}{
			{func(*wire.Party) {}, wire.MatchSame},
			{func(p *wire.Party) { p.Name = "别人" }, wire.MatchName},
			{func(p *wire.Party) { p.IDNumber = "110101190001019999" }, wire.MatchPaper},
			{func(p *wire.Party) { p.BankAccount = cardNumber(9) }, wire.MatchAccount},
			{func(p *wire.Party) { p.FundAccount = "99999" }, wire.MatchAccount},
		} {
			q := p
			c.change(&q)
			if got := ask(&wire.IdentityCheck{Party: q}).(*wire.IdentityCheck).Match; got != c.want {
				t.Errorf("match %v, want %v", got, c.want)
			}
		}
		absent := ask(&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Bank, Date: testDate, BankSerial: "B9"}})
		if got := absent.(*wire.QueryTransfer).State; got != wire.TransferAbsent {
			t.Errorf("state %v", got)
		}
		id := w.deposit(1001, 77)
		w.drain()
		known := ask(&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Broker, Date: testDate, BrokerSerial: strconv.FormatUint(id, 10)}})
		if q := known.(*wire.QueryTransfer); q.State != wire.TransferDone || q.Amount != 77 {
			t.Errorf("state %v %v", q.State, q.Amount)
		}
	})
}

func TestRelations(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		cell := hasher{}
		fresh := func(fund uint64) wire.Party { // a client of ours with a card at the bank and no relation
			t.Helper()
			p, _ := vaultOf{}.Party(t.Context(), fund)
			w.must(&record.OpenClients{Rows: []record.ClientData{{
				Number: fund, Class: 1, Document: 1, Branch: 1, ID: cell.DocumentIndex(p.IDKind, p.IDNumber), Name: cell.NameIndex(p.Name),
				Mobile: hashOf(p.Name), Sealed: []byte{1},
			}}})
			w.must(&record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: fund, Currency: money.CNY, Main: 1}}})
			s.must(s.ctl.AddCustomer(sim.Customer{
				Name: p.Name, Kind: p.Kind, IDKind: p.IDKind, IDNumber: p.IDNumber, Card: p.BankAccount, Currency: money.CNY, Balance: onCard, Password: cardPIN,
			}))
			return p
		}
		relation := func(fund uint64) (ours uint8, theirs wire.CustodyState) {
			a, _ := s.ctl.Account(strconv.FormatUint(fund, 10))
			w.mu.Lock()
			defer w.mu.Unlock()
			row, _, _ := w.m.Fund(fund)
			return row.Relation, a.State
		}
		check := func(what string, fund uint64, ours uint8, theirs wire.CustodyState) {
			t.Helper()
			if a, b := relation(fund); a != ours || b != theirs {
				t.Errorf("%s: ours %d, theirs %d, want %d and %d", what, a, b, ours, theirs)
			}
		}

		// One step, begun at the bank, with the fund password.
		p := fresh(1100)
		for _, password := range []string{"000000", fundPIN} {
			block, err := s.ctl.SealFund("1100", password)
			s.must(err)
			_, err = s.ctl.Ask(&wire.SignOneStep{Party: p, FundPassword: block})
			s.must(err)
			w.drain()
			if password != fundPIN {
				check("wrong password", 1100, custody.RelationNone, 0)
			}
		}
		check("one step by the bank", 1100, custody.RelationDesignated, wire.CustodyDesignated)

		// Two steps: the broker names the client, the client confirms at the bank.
		p = fresh(1101)
		w.must(&record.PreDesignate{Fund: 1101, Bank: 1, Side: record.SideBroker, Verified: 1, Card: cell.CardIndex(p.BankAccount)})
		s.ask(Question{Message: &wire.PreDesignate{Party: p}, Serial: "PRE1101"})
		check("first step by the broker", 1101, custody.RelationPreDesignated, wire.CustodyPreDesignated)
		_, err := s.ctl.Ask(&wire.Confirm{Party: p})
		s.must(err)
		w.drain()
		check("second step by the bank", 1101, custody.RelationDesignated, wire.CustodyDesignated)

		// Two steps the other way round.
		p = fresh(1102)
		_, err = s.ctl.Ask(&wire.PreDesignate{Party: p})
		s.must(err)
		w.drain()
		check("first step by the bank", 1102, custody.RelationPreDesignated, wire.CustodyPreDesignated)
		r := s.ask(Question{Message: &wire.Confirm{Party: p}, Serial: "CON1102", Then: &record.Request{Cmd: &record.ConfirmDesignation{
			Fund: 1102, Bank: 1, Side: record.SideBroker, Verified: 1, Card: cell.CardIndex(p.BankAccount),
		}}})
		if !r.Decided || record.Code(r.Answer.Code) != record.Accepted {
			t.Errorf("%+v", r)
		}
		check("second step by the broker", 1102, custody.RelationDesignated, wire.CustodyDesignated)

		// One step, begun by the broker with the card's password.
		p = fresh(1103)
		s.ask(Question{
			Message: &wire.SignOneStep{Party: p}, Account: p.BankAccount, Password: wire.NewSecret(cardPIN), HasPIN: true, Serial: "ONE1103",
			Then: &record.Request{Cmd: &record.SignContract{
				Fund: 1103, Bank: 1, Side: record.SideBroker, Verified: 1, Card: cell.CardIndex(p.BankAccount), Name: cell.NameIndex(p.Name),
			}},
		})
		check("one step by the broker", 1103, custody.RelationDesignated, wire.CustodyDesignated)

		// Another card, begun at the bank; then no transfer that day.
		second := p
		second.BankAccount = cardNumber(1999)
		s.must(s.ctl.AddCustomer(sim.Customer{
			Name: p.Name, Kind: p.Kind, IDKind: p.IDKind, IDNumber: p.IDNumber, Card: second.BankAccount, Currency: money.CNY, Password: cardPIN,
		}))
		_, err = s.ctl.Ask(&wire.ChangeBankAccount{Party: p, NewBankAccount: second.BankAccount})
		s.must(err)
		w.drain()
		if a, _ := s.ctl.Account("1103"); a.Card != second.BankAccount {
			t.Errorf("card %q", a.Card)
		}
		if _, code := w.ask("today", &record.AskDeposit{Fund: 1103, Amount: 5, Channel: 1}); code != record.CardChangedToday {
			t.Errorf("%v", code)
		}

		// Other data at the bank stop transfers until we have them too.
		p, _ = vaultOf{}.Party(t.Context(), 1100)
		_, err = s.ctl.Ask(&wire.ChangeClientData{Party: p, NewName: "测试改名"})
		s.must(err)
		w.drain()
		if _, code := w.ask("data", &record.AskDeposit{Fund: 1100, Amount: 5, Channel: 1}); code != record.DataMismatch {
			t.Errorf("%v", code)
		}

		// An enquiry of ours, with the card's password.
		q := &wire.QueryBankBalance{FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY}
		r = s.ask(Question{Message: q, Account: cardNumber(1001), Password: wire.NewSecret(cardPIN), HasPIN: true})
		if b, ok := r.Message.(*wire.QueryBankBalance); !ok || b.Balance != onCard {
			t.Errorf("%+v", r.Message)
		}
		p, _ = vaultOf{}.Party(t.Context(), 1001)
		p.Name = "别人"
		if m := s.ask(Question{Message: &wire.IdentityCheck{Party: p}}).Message.(*wire.IdentityCheck); m.Match != wire.MatchName {
			t.Errorf("match %v", m.Match)
		}
	})
}

// ask asks the bank and returns what came of it.
func (s *side) ask(q Question) (reply Reply) {
	s.w.t.Helper()
	done := false
	q.Done = func(r Reply, err error) {
		s.must(err)
		reply, done = r, true
	}
	s.must(s.gw.Ask(q))
	s.w.drain()
	if !done {
		s.w.t.Fatalf("%v was not answered", q.Message.Function())
	}
	return reply
}

func TestKeysOfTheBank(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		before := s.gw.Health().KeySet
		s.must(s.ctl.ExchangeKeys())
		w.drain()
		if got := s.gw.Health().KeySet; got != before+1 {
			t.Errorf("key set %d after %d", got, before)
		}
		id := w.deposit(1001, 9)
		w.drain()
		if w.state(id) != custody.TransferDone {
			t.Error("not done under the new keys")
		}
	})
}
