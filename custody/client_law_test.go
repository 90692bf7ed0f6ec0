package custody

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"sancun/calendar"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// town draws commands about a few clients, accounts, cards, documents and banks, so
// that they meet each other often.
type town struct {
	*run
	rt     *rapid.T
	serial uint64
	drawn  uint64
}

// pick draws a number from 1 to n. The generator likes small numbers, which here
// stand for nothing, so what it draws is stirred with the count of draws.
func (w *town) pick(name string, n uint64) uint64 {
	w.drawn++
	h := (rapid.Uint64().Draw(w.rt, name) + w.drawn) * 0x9E3779B97F4A7C15
	h = (h ^ h>>31) * 0xBF58476D1CE4E5B9
	return 1 + (h^h>>29)%n
}

func (w *town) bit(name string) uint8 { return uint8(w.pick(name, 2) - 1) }

// mostly returns 1 nine times of ten, for what a command needs to get anywhere.
func (w *town) mostly(name string) uint8 { return uint8(min(1, w.pick(name, 10)-1)) }

func (w *town) client() uint64 { return w.pick("client", 4) }

// fund is an account that is there, or now and then the number of another one.
func (w *town) fund() uint64 {
	if n := uint64(w.live.funds.Len()); n > 0 && w.mostly("there") == 1 {
		return w.live.funds.At(uint32(w.pick("row", n) - 1)).Number
	}
	return 1000*w.pick("account", 3) + w.client()
}

func (w *town) bank() uint16     { return uint16(w.pick("bank", 3)) }
func (w *town) card() state.Key  { return state.KeyOf(w.pick("card", 2), 0xca4d) }
func (w *town) paper() state.Key { return state.KeyOf(w.pick("document", 5), 0x1d) }
func (w *town) name() state.Key  { return state.KeyOf(w.pick("name", 2), 0x4a3e) }

func (w *town) amount() money.Amount { return 1_00 * money.Amount(w.pick("amount", 20)) }

// bankSees returns what the bank knows of an account when it knows it rightly.
func (w *town) bankSees(number uint64) (bank uint16, id, name, card state.Key) {
	bank, id, name, card = w.bank(), w.paper(), w.name(), w.card()
	row, ok := w.live.fund(number)
	if !ok || w.mostly("rightly") == 0 {
		return bank, id, name, card
	}
	f := w.live.funds.At(row)
	c := w.live.clients.At(f.Client)
	if f.partner() != 0 && w.mostly("same bank") == 1 {
		bank = f.partner()
	}
	if f.Card != (state.Key{}) {
		card = f.Card
	}
	return bank, c.ID, c.Name, card
}

// opening draws a command that opens something.
func (w *town) opening() record.Command {
	client, fund := w.client(), w.fund()
	switch w.pick("opening", 5) {
	case 1:
		return &record.OpenClients{Rows: []record.ClientData{{
			Number: client, Class: Person, Document: 1, ID: w.paper(), Name: w.name(), Mobile: w.name(),
			Risk: 5, RiskUntil: w.live.today().Date, Permissions: PermitMain,
		}}}
	case 2:
		return &record.OpenFunds{Rows: []record.FundData{{Number: 1000 + client, Client: client, Currency: money.CNY, Main: 1}}}
	case 3:
		return &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: fund % 1000, Currency: money.CNY, Main: w.bit("main")}}}
	case 4:
		row := record.SecuritiesData{Fund: fund, Market: uint8(w.pick("market", 2)), PBU: [6]byte([]byte("012345"))}
		row.Account = clOrdID(w.pick("securities account", 3))
		return &record.OpenSecurities{Rows: []record.SecuritiesData{row}}
	}
	return &record.SignContracts{Rows: []record.ContractData{{Fund: fund, Bank: w.bank(), Card: w.card()}, {Fund: w.fund(), Bank: w.bank(), Card: w.card()}}}
}

// contracting draws a command about a contract.
func (w *town) contracting() record.Command {
	fund := w.fund()
	bank, id, name, card := w.bankSees(fund)
	side := uint8(w.pick("side", 2))
	verified := w.mostly("verified")
	what := w.pick("contract", 12)
	if row, ok := w.live.fund(fund); ok && w.bit("what is due") == 1 {
		what = due(w.live.funds.At(row), what)
	}
	switch what {
	case 1:
		return &record.SignContract{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}
	case 2:
		return &record.PreDesignate{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}
	case 3, 4:
		return &record.ConfirmDesignation{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}
	case 5:
		return &record.ChangeCard{Fund: fund, Bank: bank, Side: side, Old: card, New: w.card(), Name: name}
	case 6:
		return &record.AskChangeBank{Fund: fund, Verified: verified}
	case 7:
		return &record.ConfirmChangeBank{Fund: fund, Bank: bank}
	case 8:
		return &record.CancelRelation{Fund: fund, Bank: bank, Side: side}
	case 9:
		return &record.AskClosing{Fund: fund, Verified: verified}
	case 10:
		return &record.ConfirmClosing{Fund: fund, Bank: bank * uint16(w.mostly("has bank"))}
	case 11:
		return &record.WithdrawApplication{Fund: fund}
	}
	return &record.BankDataConfirmed{Fund: fund, Bank: bank, ID: id, Name: name}
}

// due returns the contract command that an account waits for, or else what was
// drawn.
func due(f *Fund, drawn uint64) uint64 {
	switch {
	case f.Closing == ClosingBank:
		return 7
	case f.Closing == ClosingFund:
		return 10
	case f.Relation == RelationPreDesignated:
		return 3
	case f.Relation != RelationDesignated:
		return 1 + drawn%2
	}
	return drawn
}

// living draws a command about a client's data, states, passwords and freezes.
func (w *town) living() record.Command {
	client, fund, verified := w.client(), w.fund(), w.mostly("verified")
	to := uint8(w.pick("to", uint64(Closed)))
	freeze := w.pick("freeze", max(1, uint64(w.live.freezes.Len())))
	which := uint8(w.pick("password", 2))
	switch w.pick("life", 22) {
	case 19, 20:
		var d record.CheckData
		d.Client, d.ID, d.Name = client, w.paper(), w.name()
		for check := record.CheckName; check < record.CheckCount; check++ {
			if w.bit("asked") == 1 {
				d.Results = append(d.Results, record.CheckResult{Check: check, Outcome: max(1, 1+w.mostly("contrary")*uint8(w.pick("outcome", 4)-1))})
			}
		}
		return &record.ClientsChecked{Rows: []record.CheckData{d}}
	case 21:
		return &record.ReviewClient{Client: client, Release: w.bit("release"), Reference: "r"}
	case 22:
		return &record.SetCheckRule{Class: Person, Required: w.bit("name") << record.CheckName, Days: uint16(w.bit("days")), From: w.live.today().Date, Source: "s"}
	case 1:
		return &record.ChangeIdentity{Client: client, Document: 1, ID: w.paper(), Name: w.name(), Verified: verified}
	case 2:
		bank, _, _, _ := w.bankSees(fund)
		return &record.BankDataChanged{Fund: fund, Bank: bank, ID: w.paper(), Name: w.name()}
	case 3:
		return &record.ChangeClientState{Client: client, To: to, Verified: verified, Reference: "r"}
	case 4, 5:
		return &record.ChangeClientState{Client: client, To: Normal, Verified: verified, Reference: "r"}
	case 6:
		return &record.ChangeFundState{Fund: fund, To: to, Verified: verified, Reference: "r"}
	case 7:
		return &record.ChangeFundState{Fund: fund, To: Normal, Verified: verified, Reference: "r"}
	case 8:
		return &record.CloseClient{Client: client, Verified: verified}
	case 9:
		return &record.SetPassword{Client: client, Which: which, Old: w.bit("old"), Hash: []byte{1}}
	case 10:
		return &record.PasswordTried{Client: client, Which: which, OK: w.bit("right")}
	case 11:
		return &record.ResetPassword{Client: client, Which: which, Verified: verified, Hash: []byte{1}}
	case 12, 17, 18:
		return &record.PlaceFreeze{
			Fund: fund, Reason: uint8(w.pick("reason", 2)), Whole: w.bit("whole"), Amount: int64(w.amount()) * int64(w.mostly("amount")), Partial: w.bit("partial"), Order: "o",
			Instrument: uint32(w.bit("units")) * uint32(w.instrument()),
		}
	case 13, 14:
		return &record.ReleaseFreeze{Freeze: freeze, Order: "o"}
	case 15:
		return &record.DeductFrozen{Freeze: freeze, Amount: w.amount(), Order: "o"}
	}
	return &record.DeductionPaid{Freeze: freeze, Amount: w.amount(), BankRef: "p"}
}

func (w *town) instrument() market.ID {
	id, err := market.NewID(market.Shanghai, 600000)
	if err != nil {
		w.rt.Fatal(err)
	}
	return id
}

// moving draws a command that moves money or units.
func (w *town) moving() record.Command {
	fund := w.fund()
	bank, _, name, card := w.bankSees(fund)
	w.serial++
	ref := "T" + money.Amount(w.serial).String()
	date := w.live.today().Date
	switch w.pick("movement", 6) {
	case 1, 2:
		return &record.BankDeposit{Bank: bank, Date: date, BankRef: ref, Fund: fund, Currency: money.CNY, Amount: w.amount(), Card: card, Name: name}
	case 3:
		amount := w.amount()
		if row, ok := w.live.fund(fund); ok && w.live.funds.At(row).Cash != 0 {
			amount = max(1, money.Amount(w.live.Ledger.At(w.live.funds.At(row).Cash-1).Withdrawable()))
		}
		return &record.BankWithdrawal{Bank: bank, Date: date, BankRef: ref, Fund: fund, Currency: money.CNY, Amount: amount, Card: card, Name: name, PasswordOK: 1}
	case 4:
		return &record.InternalTransfer{From: fund, To: w.fund(), Amount: w.amount()}
	case 5:
		return &record.CloseInterest{Fund: fund, Rate: 0, Base: 360}
	}
	return &record.SecuritiesIn{Fund: fund, Instrument: uint32(w.instrument()), Quantity: money.Quantity(w.amount())}
}

// settle opens the first clients with accounts, contracts and some money.
func (w *town) settle() {
	for client := uint64(1); client <= 3; client++ {
		w.must(0, &record.OpenClients{Rows: []record.ClientData{{
			Number: client, Class: Person, Document: 1, ID: state.KeyOf(client, 0x1d), Name: w.name(), Mobile: w.name(), Permissions: PermitMain,
		}}})
		w.must(0, &record.OpenFunds{Rows: []record.FundData{
			{Number: 1000 + client, Client: client, Currency: money.CNY, Main: 1}, {Number: 2000 + client, Client: client, Currency: money.CNY},
		}})
		w.must(0, &record.SignContracts{Rows: []record.ContractData{{Fund: 1000 + client, Bank: 1, Card: w.card()}, {Fund: 2000 + client, Bank: 2, Card: w.card()}}})
		for range 4 {
			w.do(0, w.moving())
		}
	}
}

// night ends the day and opens the next.
func (w *town) night() {
	d := w.live.today()
	next, err := w.live.rules.book.Calendar.Next(calendar.Date(d.Next))
	if err != nil {
		w.rt.Fatal(err)
	}
	until, err := calendar.Date(d.Next).AddDays(-1)
	if err != nil {
		w.rt.Fatal(err)
	}
	w.must(0, &record.StopDay{Date: d.Date})
	w.must(0, &record.AccrueInterest{Date: d.Date, Until: uint32(until), Count: 100})
	w.change(func(m *Machine) {
		d := m.today()
		d.Phase = DayCleared
		put(m, m.day, 0, d)
	})
	w.must(0, &record.OpenDay{Date: d.Next, Next: uint32(next)})
	for bank := uint16(1); bank <= 2; bank++ {
		w.must(0, &record.BankSession{Bank: bank, Date: d.Next})
	}
}

// reload takes the live machine through a snapshot: what follows from the rows
// alone must answer as before.
func (w *town) reload() {
	w.live = loadedFrom(w.rt, w.live)
}

// Whatever is asked of clients, accounts, contracts and freezes, in any order and
// over several days: replay reaches the same state, a machine that was loaded from
// a snapshot decides as one that was not, rows and indexes agree, one document has
// one client, holds are what freezes say, and each bank's identity stands.
func TestRelationsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &town{run: newRun(rt), rt: rt}
		withClients(rt, w.run, 0)
		w.must(0, &record.LoadInstruments{Date: testDate, Rows: []record.InstrumentData{{
			ID: uint32(w.instrument()), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000,
		}}})
		w.settle()
		for range rapid.IntRange(10, 100).Draw(rt, "steps") {
			switch w.pick("step", 20) {
			case 1, 2, 3:
				w.do(0, w.opening())
			case 4, 5, 6, 7, 8, 9:
				w.do(0, w.contracting())
			case 10, 11, 12, 13:
				w.do(0, w.living())
			case 14, 15, 16, 17:
				w.do(0, w.moving())
			case 18, 19:
				w.night()
			case 20:
				w.reload()
			}
			checkRelations(rt, w.live)
			checkRelations(rt, w.replay)
			w.checkIdentity()
		}
	})
}

// A batch of the greatest size with the longest sealed fields fits a record, and a
// row read back is the row that was written.
func TestBatchFitsRecord(t *testing.T) {
	clients, funds, securities, contracts := batches(1, record.BatchMax)
	for i := range clients.Rows {
		clients.Rows[i].Sealed = make([]byte, record.SealedMax)
	}
	r := newRun(t)
	withClients(t, r, 0)
	for _, cmd := range []record.Command{clients, funds, securities, contracts} {
		r.live.Begin(nil, r.height, r.now)
		r.must(0, cmd)
		if got := len(r.live.Body()); got > record.MaxBytes {
			t.Errorf("%T takes %d bytes of at most %d", cmd, got, record.MaxBytes)
		}
	}
}

func TestClientRowsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		readBack(t, rapid.Make[Client]().Draw(t, "client"), clientWidth)
		readBack(t, rapid.Make[Fund]().Draw(t, "fund"), fundWidth)
		readBack(t, rapid.Make[SecuritiesAccount]().Draw(t, "securities"), securitiesWidth)
		readBack(t, rapid.Make[Freeze]().Draw(t, "freeze"), freezeWidth)
		readBack(t, rapid.Make[Check]().Draw(t, "check"), checkWidth)
		readBack(t, rapid.Make[Factor]().Draw(t, "factor"), factorWidth)
		readBack(t, rapid.Make[CheckRule]().Draw(t, "rule"), checkRuleWidth)
	})
}

// readBack checks that every field of a row survives its encoding.
func readBack[R comparable, P state.Bytes[R]](t reporter, row R, width int) {
	t.Helper()
	b := make([]byte, width)
	P(&row).Encode(b)
	var back R
	if P(&back).Decode(b); back != row {
		t.Fatalf("%+v read back as %+v", row, back)
	}
}

// Deductions and differences of a bank lie in suspense accounts of their own.
func TestDeductionsHaveTheirOwnSuspense(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 1)
	a := r.must(0, &record.PlaceFreeze{Fund: 1001, Reason: record.FreezeCourt, Amount: 700, Order: "o"})
	r.must(0, &record.DeductFrozen{Freeze: a.Ref, Amount: 700, Order: "o"})
	for owner, want := range map[uint64]int64{0: 0, deductions: -700} {
		if got := r.live.balanceOf(ledger.Key{Kind: ledger.Suspense, Bank: 1, Unit: uint32(money.CNY), Owner: owner}); got != want {
			t.Errorf("suspense of owner %d is %d, want %d", owner, got, want)
		}
	}
}

// A document that went from one client to another, who then closed, and back again
// leads to its holder also in a machine that was loaded from a snapshot, where rows
// are indexed in their order and not in that of the events.
func TestDocumentLeadsToItsHolderAfterALoad(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 0)
	clients, _, _, _ := batches(1, 2)
	paper, other := clients.Rows[0].ID, state.KeyOf(9, 0x1d)
	carry := func(client uint64, id state.Key) {
		r.must(0, &record.ChangeIdentity{Client: client, Document: 1, ID: id, Name: nameOf(client), Verified: 1})
	}
	r.must(0, clients)
	carry(1, other)
	carry(2, paper)
	r.must(0, &record.CloseClient{Client: 2, Verified: 1})
	carry(1, paper)
	for _, m := range []*Machine{r.live, r.replay, loadedFrom(t, r.live)} {
		if row, ok := m.byIdentity(paper); !ok || row != 0 {
			t.Errorf("the document leads to row %d, %v", row, ok)
		}
		if row, ok := m.byIdentity(other); ok {
			t.Errorf("the document given up leads to row %d", row)
		}
	}
}

// loadedFrom returns a machine loaded from a snapshot of another one.
func loadedFrom(t reporter, m *Machine) *Machine {
	t.Helper()
	var file bytes.Buffer
	if err := m.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	loaded := newMachine()
	if err := loaded.ReadSnapshot(&file, m.Root()); err != nil {
		t.Fatal(err)
	}
	if loaded.Root() != m.Root() {
		t.Fatal("the root changed on the way through a snapshot")
	}
	return loaded
}
