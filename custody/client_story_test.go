package custody

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/calendar"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// The stories in testdata/client and testdata/contract are told like those of
// transfers, whose lines they may use as well. Clients are numbered 1, 2, …, their
// fund accounts 1001, 1002, … as in the fixture, so that cards and names fit.

// clientStory is a run about clients and contracts told in lines.
type clientStory struct {
	*transferStory
	payloads [][]byte // of the proposals told, by their numbers less one
}

func TestClientAndContractStories(t *testing.T) {
	seen := map[record.Code]bool{}
	for _, dir := range []string{"testdata/client", "testdata/contract"} {
		datadriven.Walk(t, dir, func(t *testing.T, path string) {
			s := &clientStory{transferStory: &transferStory{run: newRun(t), seen: seen}}
			withClients(t, s.run, 0)
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				s.t = t
				if d.Cmd != "do" {
					t.Fatalf("%s: a story only says do", d.Pos)
				}
				var out strings.Builder
				for line := range strings.Lines(d.Input) {
					cmd, args, err := datadriven.ParseLine(line)
					if err != nil {
						t.Fatalf("%s: %s: %v", d.Pos, line, err)
					}
					if cmd != "" {
						fmt.Fprintf(&out, "%s\n", s.tell(cmd, wordsOf(args)))
						s.checkIdentity()
						checkRelations(t, s.live)
					}
				}
				return out.String()
			})
		})
	}
	for _, code := range record.Codes() {
		if (code >= 200 && code < 400 || code >= 1000) && !seen[code] {
			t.Errorf("no story meets %d %s", code, code)
		}
	}
}

// key reads a hash: a bare word stands for a hash of that word.
func (w words) key(name string, otherwise state.Key) state.Key {
	v, ok := w[name]
	switch {
	case !ok:
		return otherwise
	case v == "none":
		return state.Key{}
	}
	return record.KeyFor(0, v)
}

func (w words) rate(name string) money.Rate {
	v, err := strconv.ParseInt(w.text(name, "0"), 10, 64)
	if err != nil {
		panic(err)
	}
	return money.Rate(v)
}

// tell carries one line out and says what came of it.
func (s *clientStory) tell(cmd string, w words) string {
	switch cmd {
	case "client":
		if !w.has("state") {
			return s.showClient(w.number("number", 1))
		}
	case "fund":
		return s.showFund(w.number("number", 1001))
	case "freeze":
		return s.showFreeze(w.number("number", 1))
	case "comparison":
		return s.showComparison(w.number("number", s.live.ComparisonCount()))
	case "filings":
		return s.showFilings()
	case "bank-books":
		return s.showBank(uint16(w.number("bank", 1)))
	case "next-day":
		return s.nextDay(uint32(w.number("date", testNext)), uint32(w.number("next", 0)), w.has("accrue"))
	case "instrument":
		return s.loadInstrument(w)
	}
	if text, ok := s.twoPeople(cmd, w); ok {
		return text
	}
	command, caller := s.request(cmd, w)
	if command == nil {
		return s.line(cmd, w)
	}
	a := s.keyed(w.caller(caller), state.Key{}, command)
	code := record.Code(a.Code)
	s.seen[code] = true
	text := fmt.Sprintf("%s: %d %s", cmd, code, code)
	if code == record.Accepted {
		text = cmd + ": accepted"
	}
	switch {
	case code == record.FundNotClear:
		for _, b := range record.Blockers(a.Ref) {
			sentence, ok := b.Sentence()
			if !ok {
				s.t.Fatalf("blocker %d has no sentence", b)
			}
			text += " " + sentence.Name
		}
	case a.Ref != 0:
		text += fmt.Sprintf(" %d", a.Ref)
	}
	return text
}

// request builds a command of clients or contracts and its usual caller.
func (s *clientStory) request(cmd string, w words) (record.Command, record.Caller) {
	client := w.number("client", 1)
	fund := w.number("fund", 1000+client)
	bank := uint16(w.number("bank", 1))
	staff := record.CallerOf(record.CallerStaff, 9)
	self := record.CallerOf(record.CallerClient, fund%1000)
	side, teller := record.SideBroker, self
	if w.has("at-bank") {
		side, teller = record.SideBank, record.CallerOf(record.CallerBank, uint64(bank))
	}
	if w.has("side") {
		side = uint8(w.number("side", 0))
	}
	verified := 1 - w.flag("unverified")
	name := state.Key{}
	if side == record.SideBank || cmd == "sign" {
		name = nameOf(fund % 1000)
	}
	name = w.key("name", name)
	card := w.key("card", cardOf(fund))
	switch cmd {
	case "sign":
		return &record.SignContract{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}, teller
	case "pre-designate":
		return &record.PreDesignate{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}, teller
	case "confirm":
		return &record.ConfirmDesignation{Fund: fund, Bank: bank, Side: side, Card: card, Name: name, Verified: verified}, teller
	case "change-card":
		return &record.ChangeCard{Fund: fund, Bank: bank, Side: side, Old: card, New: w.key("new", state.Key{}), Name: name}, teller
	case "cancel-relation":
		return &record.CancelRelation{Fund: fund, Bank: bank, Side: side}, teller
	case "ask-change-bank":
		return &record.AskChangeBank{Fund: fund, Verified: verified}, self
	case "confirm-change-bank":
		return &record.ConfirmChangeBank{Fund: fund, Bank: bank}, record.CallerOf(record.CallerBank, uint64(bank))
	case "ask-closing":
		return &record.AskClosing{Fund: fund, Verified: verified}, self
	case "confirm-closing":
		if w.has("no-bank") {
			return &record.ConfirmClosing{Fund: fund}, staff
		}
		return &record.ConfirmClosing{Fund: fund, Bank: bank}, record.CallerOf(record.CallerBank, uint64(bank))
	case "withdraw-application":
		return &record.WithdrawApplication{Fund: fund}, self
	case "bank-data":
		return &record.BankDataConfirmed{Fund: fund, Bank: bank, ID: w.key("id", state.KeyOf(fund%1000, 0x1d)), Name: w.key("name", nameOf(fund%1000))}, record.CallerOf(record.CallerBank, uint64(bank))
	case "bank-data-changed":
		return &record.BankDataChanged{Fund: fund, Bank: bank, ID: w.key("id", state.KeyOf(fund%1000, 0x1d)), Name: w.key("name", nameOf(fund%1000))}, record.CallerOf(record.CallerBank, uint64(bank))
	}
	return s.opening(cmd, w, staff)
}

func (s *clientStory) opening(cmd string, w words, staff record.Caller) (record.Command, record.Caller) {
	count := w.number("count", 1)
	switch cmd {
	case "open-clients":
		var c record.OpenClients
		for i := range count {
			number := w.number("number", 1) + i
			c.Rows = append(c.Rows, record.ClientData{
				Number: number, Class: uint8(w.number("class", 1)), Document: uint8(w.number("document", 1)), Branch: 1,
				ID: w.key("id", state.KeyOf(number, 0x1d)), Name: w.key("name", nameOf(number)), Mobile: w.key("mobile", state.KeyOf(number, 0x3b)),
				Risk: uint8(w.number("risk", 3)), RiskUntil: uint32(w.number("until", 20250825)), Permissions: uint32(w.number("permissions", 1)),
				Sealed: make([]byte, w.number("sealed", 100)),
			})
		}
		return &c, staff
	case "open-funds":
		var c record.OpenFunds
		for i := range count {
			client := w.number("client", 1)
			c.Rows = append(c.Rows, record.FundData{
				Number: w.number("number", 1000+client) + i, Client: client, Currency: money.Currency(w.number("currency", uint64(money.CNY))),
				Main: uint8(w.number("main", uint64(1-w.flag("aux")))), Commission: w.rate("commission"),
			})
		}
		return &c, staff
	case "open-securities":
		var c record.OpenSecurities
		for range count {
			row := record.SecuritiesData{Fund: w.number("fund", 1001), Market: uint8(w.number("market", 1))}
			copy(row.Account[:], w.text("account", "A000000001"))
			copy(row.PBU[:], w.text("pbu", "012345"))
			c.Rows = append(c.Rows, row)
		}
		return &c, staff
	case "close-securities":
		return &record.CloseSecurities{Fund: w.number("fund", 1001), Market: uint8(w.number("market", 1))}, staff
	case "sign-batch":
		var c record.SignContracts
		for _, text := range strings.Fields(w["funds"]) {
			fund, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			c.Rows = append(c.Rows, record.ContractData{Fund: fund, Bank: uint16(w.number("bank", 1)), Card: w.key("card", cardOf(fund))})
		}
		return &c, staff
	}
	return s.life(cmd, w, staff)
}

func (s *clientStory) life(cmd string, w words, staff record.Caller) (record.Command, record.Caller) {
	client := w.number("client", 1)
	fund := w.number("fund", 1000+client)
	self := record.CallerOf(record.CallerClient, client)
	verified := 1 - w.flag("unverified")
	reference := w.text("order", "2023/7")
	which := map[string]uint8{"trade": record.PasswordTrade, "fund": record.PasswordFund}[w.text("which", "trade")]
	hash := make([]byte, w.number("hash", 96))
	to := map[string]uint8{
		"normal": Normal, "frozen": Frozen, "loss-reported": LossReported, "dormant": Dormant, "unqualified": Unqualified, "closed": Closed,
	}[w["to"]]
	switch cmd {
	case "change-contact":
		return &record.ChangeContact{Client: client, Mobile: w.key("mobile", state.Key{}), Sealed: make([]byte, w.number("sealed", 10))}, self
	case "change-identity":
		return &record.ChangeIdentity{
			Client: client, Document: uint8(w.number("document", 1)), ID: w.key("id", state.KeyOf(client, 0x1d)), Name: w.key("name", nameOf(client)),
			Verified: verified, Sealed: make([]byte, w.number("sealed", 10)),
		}, staff
	case "risk":
		return &record.RiskAnswered{Client: client, Risk: uint8(w.number("class", 3)), Until: uint32(w.number("until", 20250825))}, self
	case "investor":
		return &record.SetInvestor{Client: client, Investor: uint8(w.number("class", 2)), Reference: reference}, staff
	case "grant":
		return &record.GrantPermission{
			Client: client, Permission: uint32(w.number("permission", 0)), Assets: w.amount("assets"), Months: uint16(w.number("months", 0)),
			Disclosed: 1 - w.flag("undisclosed"),
		}, self
	case "revoke":
		return &record.RevokePermission{Client: client, Permission: uint32(w.number("permission", 0)), Reference: reference}, staff
	case "client-state":
		return &record.ChangeClientState{Client: client, To: to, Verified: verified, Reference: reference}, staff
	case "fund-state":
		return &record.ChangeFundState{Fund: fund, To: to, Verified: verified, Reference: reference}, staff
	case "commission":
		return &record.SetCommission{Fund: fund, Rate: w.rate("rate"), Reference: reference}, staff
	case "close-client":
		return &record.CloseClient{Client: client, Verified: verified}, staff
	case "set-password":
		return &record.SetPassword{Client: client, Which: which, Old: w.flag("old"), Hash: hash}, self
	case "tried":
		return &record.PasswordTried{Client: client, Which: which, OK: w.flag("right")}, 0
	case "unlock":
		return &record.UnlockPassword{Client: client, Which: which, Verified: verified}, staff
	case "reset":
		return &record.ResetPassword{Client: client, Which: which, Verified: verified, Hash: hash}, staff
	case "end-sessions":
		return &record.EndSessions{Client: client}, self
	case "place":
		return s.placing(w, fund), staff
	case "release":
		return &record.ReleaseFreeze{Freeze: w.number("number", 1), Order: reference}, staff
	case "deduct":
		return &record.DeductFrozen{Freeze: w.number("number", 1), Amount: w.amount("amount"), Order: reference}, staff
	case "deduction-paid":
		return &record.DeductionPaid{Freeze: w.number("number", 1), Amount: w.amount("amount"), BankRef: w.text("ref", "P1")}, record.CallerOf(record.CallerBank, w.number("bank", 1))
	case "units-in":
		return &record.SecuritiesIn{Fund: fund, Instrument: story600000(w), Quantity: money.Quantity(w.number("quantity", 0))}, staff
	case "order":
		return &record.NewOrder{
			Fund: fund, Instrument: story600000(w), Side: uint8(w.number("side", uint64(Buy))), Category: CategoryAuction, Type: uint8(market.LimitOrder),
			Price: 10_0000, Quantity: money.Quantity(w.number("quantity", 100)), Channel: record.ChannelCounter,
		}, staff
	}
	return s.checking(cmd, w, staff)
}

func (s *clientStory) placing(w words, fund uint64) *record.PlaceFreeze {
	c := &record.PlaceFreeze{
		Fund: fund, Reason: uint8(w.number("reason", uint64(record.FreezeCourt))), Whole: w.flag("whole"), Amount: int64(w.amount("amount")),
		Partial: w.flag("partial"), Until: uint32(w.number("until", 0)), Order: w.text("order", "2023/7"),
	}
	if w.has("units") {
		c.Instrument, c.Amount = story600000(w), int64(w.number("units", 0))
	}
	return c
}

// story600000 is the security of the stories, or the one of a code.
func story600000(w words) uint32 {
	id, err := market.NewID(market.Shanghai, uint32(w.number("code", 600000)))
	if err != nil {
		panic(err)
	}
	return uint32(id)
}

func (s *clientStory) loadInstrument(w words) string {
	s.must(0, &record.LoadInstruments{Date: s.live.today().Date, Rows: []record.InstrumentData{{
		ID: story600000(w), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000,
	}}})
	return "instrument: ok"
}

// nextDay ends the day, lets orders expire, reckons the day-products if it should,
// and opens the next day with both banks signed in.
func (s *clientStory) nextDay(date, next uint32, accrue bool) string {
	today := s.live.today()
	s.must(0, &record.StopDay{Date: today.Date})
	for row := range s.live.orders.Len() {
		if o := s.live.orders.At(row); o.Open() {
			s.must(0, &record.ExpireOrders{Orders: []uint64{o.ID}})
		}
	}
	if accrue {
		until, err := calendar.Date(today.Next).AddDays(-1)
		if err != nil {
			s.t.Fatal(err)
		}
		s.must(0, &record.AccrueInterest{Date: today.Date, Until: uint32(until), Count: 100})
	}
	s.change(func(m *Machine) {
		d := m.today()
		d.Phase = DayCleared
		put(m, m.day, 0, d)
	})
	s.must(0, &record.OpenDay{Date: date, Next: next})
	for bank := uint16(1); bank <= 2; bank++ {
		s.must(0, &record.BankSession{Bank: bank, Date: date})
	}
	return "next-day: ok"
}

var storyStates = map[uint8]string{
	Normal: "normal", PreDesignated: "pre-designated", Frozen: "frozen", LossReported: "loss-reported", Dormant: "dormant",
	Unqualified: "unqualified", Closed: "closed", Held: "held",
}

func (s *clientStory) showClient(number uint64) string {
	row, ok := s.live.client(number)
	if !ok {
		return "client: none"
	}
	c := s.live.clients.At(row)
	state := storyStates[c.State]
	if c.Held != 0 {
		state += fmt.Sprintf(" %03b", c.Held)
	}
	return fmt.Sprintf("client %d: %s, risk C%d until %d, permissions %07b, unconfirmed %d, trade %d/%d/%d, fund %d/%d/%d, sessions %d",
		number, state, c.Risk, c.RiskUntil, c.Permissions, c.Mismatch,
		c.TradeSet, c.TradeTries, c.TradeLocked, c.FundSet, c.FundTries, c.FundLocked, c.Sessions)
}

func (s *clientStory) showFund(number uint64) string {
	row, ok := s.live.fund(number)
	if !ok {
		return "fund: none"
	}
	f := s.live.funds.At(row)
	relation := map[uint8]string{
		RelationNone: "no relation", RelationPreDesignated: "pre-designated", RelationDesignated: "designated", RelationCancelled: "cancelled",
	}[f.Relation]
	text := fmt.Sprintf("fund %d: %s, %s with bank %d", number, storyStates[f.State], relation, f.partner())
	if f.Cash != 0 {
		a := s.live.Ledger.At(f.Cash - 1)
		text += fmt.Sprintf(", balance %s available %s frozen %s", money.Amount(a.Balance), money.Amount(a.Available()), money.Amount(a.In(ledger.HeldOther)))
	}
	if f.ClosingDate != 0 {
		text += map[uint8]string{ClosingBank: ", leaving the bank", ClosingFund: ", closing"}[f.Closing] + fmt.Sprintf(" since %d", f.ClosingDate)
	}
	if f.Unconfirmed != 0 {
		text += ", unconfirmed"
	}
	return text
}

func (s *clientStory) showFreeze(number uint64) string {
	z := s.live.freezes.At(uint32(number - 1))
	text := fmt.Sprintf("freeze %d: of %d, held %d", number, z.Amount, z.Held)
	if z.Whole == 1 {
		text += ", whole, before " + storyStates[z.Before]
	}
	if z.Deducted != 0 {
		text += fmt.Sprintf(", deducted %d paid %d", z.Deducted, z.Paid)
	}
	if z.Released != 0 {
		text += fmt.Sprintf(", released %d", z.Released)
	}
	return text
}

func (s *clientStory) showBank(bank uint16) string {
	suspense := s.live.balanceOf(ledger.Key{Kind: ledger.Suspense, Bank: bank, Unit: uint32(money.CNY), Owner: deductions})
	return fmt.Sprintf("bank-books %d: pooled %s, owed to courts %s", bank, money.Amount(s.live.pooledBalance(bank, money.CNY)), money.Amount(-suspense))
}

// checkRelations checks what ties rows and indexes together: every client and
// account is found by its number, every document leads to the one client who holds
// it, the count of unconfirmed accounts is right, at most one main account of a
// currency is open, and freezes add up to what is held.
func checkRelations(t reporter, m *Machine) {
	t.Helper()
	holders := map[state.Key]uint32{}
	for row := range m.clients.Len() {
		c := m.clients.At(row)
		if found, ok := m.client(c.Number); !ok || found != row {
			t.Fatalf("client %d is found at row %d, lies at %d", c.Number, found, row)
		}
		if c.State == Closed {
			continue
		}
		if other, twice := holders[c.ID]; twice {
			t.Fatalf("clients in rows %d and %d hold one document", other, row)
		}
		holders[c.ID] = row
		if (c.State == Held) != (c.Held != 0) {
			t.Fatalf("client %d in state %d is held for %03b", c.Number, c.State, c.Held)
		}
		if found, ok := m.byIdentity(c.ID); !ok || found != row {
			t.Fatalf("the document of row %d leads to %d %v", row, found, ok)
		}
		checkFundsOf(t, m, row, c)
	}
	held := map[uint32]int64{}
	for row := range m.freezes.Len() {
		if z := m.freezes.At(row); z.Held != 0 {
			held[z.Account-1] += z.Held
		}
	}
	for row := range m.Ledger.Len() {
		if got := m.Ledger.At(row).In(ledger.HeldOther); got != held[row] {
			t.Fatalf("account %d holds %d, its freezes %d", row, got, held[row])
		}
	}
}

func checkFundsOf(t reporter, m *Machine, client uint32, c *Client) {
	t.Helper()
	var waiting uint8
	mains := map[money.Currency]int{}
	banks := map[string]int{}
	m.eachFund(client, func(row uint32, f *Fund) bool {
		if found, ok := m.fund(f.Number); !ok || found != row || f.Client != client {
			t.Fatalf("account %d is found at row %d of client %d, lies at %d of %d", f.Number, found, f.Client, row, client)
		}
		waiting += f.Unconfirmed
		if f.Main == 1 && f.State != Closed {
			mains[f.Currency]++
		}
		if f.Relation == RelationDesignated || f.Relation == RelationPreDesignated {
			banks[fmt.Sprint(f.Currency, f.partner())]++
		}
		if f.Relation == RelationDesignated && (f.Cash == 0 || m.cashBank(f) != f.Bank) {
			t.Fatalf("account %d is with bank %d and its ledger is not", f.Number, f.Bank)
		}
		if f.State == Closed && (f.Relation == RelationDesignated || f.Cash != 0 && !m.empty(f.Cash-1)) {
			t.Fatalf("account %d is closed with something left", f.Number)
		}
		return true
	})
	if c.Funds != 0 && waiting != c.Mismatch {
		t.Fatalf("client %d counts %d unconfirmed accounts, has %d", c.Number, c.Mismatch, waiting)
	}
	for currency, n := range mains {
		if n > 1 {
			t.Fatalf("client %d has %d main accounts in %s", c.Number, n, currency)
		}
	}
	for bank, n := range banks {
		if n > 1 {
			t.Fatalf("client %d has %d accounts with bank %s", c.Number, n, bank)
		}
	}
}
