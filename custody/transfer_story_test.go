package custody

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/calendar"
	"sancun/ledger"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// The stories in testdata/transfer are conversations with the machine: each line
// is one command or a look at the books, and the answer stands below. Serials of
// the first day are written #1, #2, …; those of later days in full. After every
// command the blocks are replayed and the identity of every bank is checked.

// transferStory is a run told in lines.
type transferStory struct {
	*run
	seen map[record.Code]bool
}

func TestTransferStories(t *testing.T) {
	seen := map[record.Code]bool{}
	datadriven.Walk(t, "testdata/transfer", func(t *testing.T, path string) {
		s := &transferStory{run: newRun(t), seen: seen}
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
				if cmd == "" {
					continue
				}
				fmt.Fprintf(&out, "%s\n", s.line(cmd, wordsOf(args)))
				s.checkIdentity()
			}
			return out.String()
		})
	})
	for _, code := range record.Codes() {
		if code >= 400 && code < 500 && !seen[code] {
			t.Errorf("no story meets %d %s", code, code)
		}
	}
}

// words are the arguments of a line by name; a bare word has an empty value.
type words map[string]string

func wordsOf(args []datadriven.CmdArg) words {
	w := words{}
	for _, a := range args {
		w[a.Key] = strings.Join(a.Vals, " ")
	}
	return w
}

func (w words) has(name string) bool { _, ok := w[name]; return ok }

func (w words) text(name, otherwise string) string {
	if v, ok := w[name]; ok {
		return v
	}
	return otherwise
}

func (w words) number(name string, otherwise uint64) uint64 {
	v, err := strconv.ParseUint(w.text(name, strconv.FormatUint(otherwise, 10)), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s=%s: %v", name, w[name], err))
	}
	return v
}

func (w words) amount(name string) money.Amount {
	a, err := money.ParseAmount(w.text(name, "0"))
	if err != nil {
		panic(fmt.Sprintf("%s=%s: %v", name, w[name], err))
	}
	return a
}

func (w words) serial(name string) uint64 {
	id := w.number(name, 0)
	if id != 0 && id < serialsOfDay {
		id += testDate * serialsOfDay
	}
	return id
}

func (w words) flag(name string) uint8 {
	if w.has(name) {
		return 1
	}
	return 0
}

func (w words) direction() uint8 {
	return map[string]uint8{"in": Deposit, "out": Withdrawal}[w["direction"]]
}

func (w words) outcome() uint8 {
	for name, v := range map[string]uint8{
		"success": record.OutcomeSuccess, "refused": record.OutcomeRefused,
		"unknown": record.OutcomeUnknown, "not-arrived": record.OutcomeNotArrived,
	} {
		if w.has(name) {
			return v
		}
	}
	return 0
}

func (w words) caller(otherwise record.Caller) record.Caller {
	class, number, ok := strings.Cut(w["by"], ":")
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		panic(err)
	}
	return record.CallerOf(map[string]uint8{"client": record.CallerClient, "staff": record.CallerStaff, "bank": record.CallerBank, "exchange": record.CallerExchange}[class], n)
}

// line carries one line out and says what came of it.
func (s *transferStory) line(cmd string, w words) string {
	if text, done := s.look(cmd, w); done {
		return text
	}
	if s.set(cmd, w) {
		return cmd + ": ok"
	}
	command, caller := s.command(cmd, w)
	if command == nil {
		s.t.Fatalf("no such line: %s", cmd)
	}
	var key state.Key
	if w.has("key") {
		key = record.KeyFor(caller, w["key"])
	}
	a := s.keyed(w.caller(caller), key, command)
	s.seen[record.Code(a.Code)] = true
	if sentence, ok := record.Code(a.Code).Sentence(); !ok || sentence.ZH == "" || sentence.EN == "" {
		s.t.Fatalf("code %d has no sentence", a.Code)
	}
	switch {
	case a.Code != 0:
		return fmt.Sprintf("%s: %d %s", cmd, a.Code, record.Code(a.Code))
	case command.Kind() >= record.KindAccrueInterest && command.Kind() != record.KindAskRemittance && a.Ref != 0:
		return fmt.Sprintf("%s: accepted %s", cmd, money.Amount(a.Ref))
	case a.Ref != 0:
		return fmt.Sprintf("%s: accepted %s", cmd, serialText(a.Ref))
	}
	return cmd + ": accepted"
}

func serialText(id uint64) string {
	if id/serialsOfDay == testDate {
		return fmt.Sprintf("#%d", id%serialsOfDay)
	}
	return strconv.FormatUint(id, 10)
}

// command builds the command of a line and its usual caller.
func (s *transferStory) command(cmd string, w words) (record.Command, record.Caller) {
	fund := w.number("fund", 1001)
	client := record.CallerOf(record.CallerClient, fund%1000)
	bank := uint16(w.number("bank", uint64(bankOf(fund%1000))))
	atBank := record.CallerOf(record.CallerBank, uint64(bank))
	staff := record.CallerOf(record.CallerStaff, 9)
	if row, ok := s.live.remittance(w.serial("id")); ok {
		atBank = record.CallerOf(record.CallerBank, uint64(s.live.remittances.At(row).Bank))
	} else if row, ok := s.live.transfer(w.serial("id")); ok {
		atBank = record.CallerOf(record.CallerBank, uint64(s.live.transfers.At(row).Bank))
	}
	channel := uint8(w.number("channel", uint64(record.ChannelMobile)))
	date := uint32(w.number("date", uint64(s.live.today().Date)))
	currency := map[string]money.Currency{"CNY": money.CNY, "USD": money.USD}[w.text("currency", "CNY")]
	card, name := cardOf(fund), nameOf(fund%1000)
	if w.has("other-card") {
		card = cardOf(1)
	}
	if w.has("other-name") {
		name = nameOf(99)
	}
	id := state.KeyOf(fund%1000, 0x1d)
	if w.has("other-document") {
		id = state.KeyOf(99, 0x1d)
	}
	if w.has("card-alone") { // a format that has room for nothing else
		name, id = state.Key{}, state.Key{}
	}
	switch cmd {
	case "deposit":
		return &record.AskDeposit{Fund: fund, Amount: w.amount("amount"), Channel: channel, SecondFactor: w.flag("factor")}, client
	case "withdraw":
		return &record.AskWithdrawal{Fund: fund, Amount: w.amount("amount"), Channel: channel, SecondFactor: w.flag("factor"), PasswordOK: 1 - w.flag("wrong-password")}, client
	case "answer":
		return &record.BankAnswered{Transfer: w.serial("id"), Outcome: w.outcome(), Error: uint16(w.number("error", 0)), BankRef: w["ref"]}, atBank
	case "timeout":
		return &record.TransferTimedOut{Transfer: w.serial("id")}, atBank
	case "enquiry":
		return &record.EnquiryResult{Transfer: w.serial("id"), Outcome: w.outcome(), Error: uint16(w.number("error", 0)), BankRef: w["ref"]}, atBank
	case "bank-deposit":
		return &record.BankDeposit{Bank: bank, Date: date, BankRef: w["ref"], Fund: fund, Currency: currency, Amount: w.amount("amount"), Card: card, Name: name, ID: id}, atBank
	case "bank-withdraw":
		return &record.BankWithdrawal{Bank: bank, Date: date, BankRef: w["ref"], Fund: fund, Currency: currency, Amount: w.amount("amount"), Card: card, Name: name, ID: id, PasswordOK: 1 - w.flag("wrong-password")}, atBank
	case "reverse":
		return &record.AskReversal{Transfer: w.serial("id"), Amount: w.amount("amount")}, staff
	case "bank-reverse":
		return &record.BankReversal{Bank: bank, Date: date, BankRef: w["ref"], Original: w["original"], Transfer: w.serial("id"), Direction: w.direction(), Fund: fund, Amount: w.amount("amount")}, atBank
	case "resolve":
		return &record.ResolveTransfer{Transfer: w.serial("id"), Outcome: w.outcome(), BankRef: w["ref"], Case: w.number("case", 0)}, staff
	case "correct":
		return &record.CorrectTransfer{Bank: bank, Date: date, BankRef: w["ref"], Fund: fund, Direction: w.direction(), Amount: w.amount("amount"), Case: w.number("case", 0)}, staff
	case "undo":
		return &record.UndoTransfer{Transfer: w.serial("id"), Case: w.number("case", 0)}, staff
	}
	return otherCommand(cmd, w, date), staff
}

func otherCommand(cmd string, w words, date uint32) record.Command {
	bank := uint16(w.number("bank", 0))
	first, count := uint32(w.number("first", 0)), uint32(w.number("count", 100))
	rate := money.Rate(w.number("rate", 0))
	base := uint16(w.number("base", 360))
	switch cmd {
	case "remit":
		return &record.AskRemittance{Bank: bank, Market: uint8(w.number("market", 1)), Currency: money.Currency(w.number("currency", 1)), Amount: w.amount("amount")}
	case "internal":
		return &record.InternalTransfer{From: w.number("from", 0), To: w.number("to", 0), Amount: w.amount("amount")}
	case "between":
		return &record.SettleBetweenBanks{From: uint16(w.number("from", 0)), To: uint16(w.number("to", 0)), Currency: money.CNY, Amount: w.amount("amount")}
	case "limit":
		return &record.SetLimit{
			Bank: bank, Channel: uint8(w.number("channel", 0)), Client: w.number("client", 0), From: uint32(w.number("from", uint64(date))),
			SingleMin: w.amount("single-min"), SingleMax: w.amount("single-max"), DailyMax: w.amount("daily-max"),
			DailyCount: uint16(w.number("daily-count", 0)), MinRemaining: w.amount("min-remaining"), SecondFactor: w.amount("second-factor"),
			Source: w.text("source", "agreement 7"),
		}
	case "session":
		return &record.BankSession{Bank: bank, Date: date}
	case "stop-day":
		return &record.StopDay{Date: date}
	case "open-day":
		return &record.OpenDay{Date: date, Next: uint32(w.number("next", 0))}
	case "accrue":
		return &record.AccrueInterest{Date: date, Until: uint32(w.number("until", uint64(date))), First: first, Count: count}
	case "post-interest":
		return &record.PostInterest{Date: date, Currency: money.CNY, Rate: rate, Base: base, First: first, Count: count}
	case "close-interest":
		return &record.CloseInterest{Fund: w.number("fund", 1001), Rate: rate, Base: base}
	case "interest-received":
		return &record.InterestReceived{Bank: bank, Currency: money.CNY, Amount: w.amount("amount")}
	}
	return nil
}

// set changes what a story needs changed without a command of this subject.
func (s *transferStory) set(cmd string, w words) bool {
	states := map[string]uint8{
		"normal": Normal, "pre-designated": PreDesignated, "frozen": Frozen, "loss-reported": LossReported,
		"dormant": Dormant, "unqualified": Unqualified, "closed": Closed,
	}
	fund, found := s.live.fund(w.number("fund", 1001))
	edit := func(change func(f *Fund, c *Client)) {
		s.change(func(m *Machine) {
			f := *m.funds.At(fund)
			c := *m.clients.At(f.Client)
			change(&f, &c)
			put(m, m.funds, fund, f)
			put(m, m.clients, f.Client, c)
		})
	}
	switch cmd {
	case "with-clients":
		withClients(s.t, s.run, w.number("count", 1))
		return true
	case "time":
		at, err := calendar.ParseTimeOfDay(w["at"])
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = calendar.Date(s.live.today().Date).UnixMilli(at) * 1_000_000
		return true
	case "add-fund":
		s.addFund(w.number("number", 0), uint32(w.number("client", 1)-1), uint16(w.number("bank", 1)), w.flag("main"))
		return true
	case "day-cleared":
		s.change(func(m *Machine) {
			d := m.today()
			d.Phase = DayCleared
			put(m, m.day, 0, d)
		})
		return true
	}
	if !found {
		return false
	}
	switch cmd {
	case "account":
		edit(func(f *Fund, c *Client) { s.edit(f, c, w, states) })
	case "client":
		edit(func(_ *Fund, c *Client) { c.State = states[w["state"]] })
	case "trade":
		s.change(func(m *Machine) {
			cash := m.cashOf(fund)
			m.Ledger.Shift(ledger.Receivable, cash, int64(w.amount("receivable")))
			m.Ledger.Shift(ledger.Payable, cash, int64(w.amount("payable")))
			m.Ledger.Shift(ledger.HeldOrder, cash, int64(w.amount("held")))
		})
	case "to-reserve":
		s.change(func(m *Machine) {
			bank := m.funds.At(fund).Bank
			reserve := m.Ledger.Ensure(ledger.Key{Kind: ledger.ClientReserve, Bank: bank, Unit: uint32(money.CNY), Owner: 1})
			m.Ledger.Post(ledger.CodeReserve, reserve, m.pooledAt(bank, money.CNY), int64(w.amount("amount")))
		})
	case "bank-service":
		s.change(func(m *Machine) {
			row, _ := m.bank(uint16(w.number("bank", 1)))
			b := *m.banks.At(row)
			b.Service = uint8(w.number("service", 1))
			put(m, m.banks, row, b)
		})
	default:
		return false
	}
	return true
}

func (s *transferStory) edit(f *Fund, c *Client, w words, states map[string]uint8) {
	today := s.live.today().Date
	f.State = states[w.text("state", "normal")]
	f.Relation = uint8(w.number("relation", uint64(RelationDesignated)))
	f.ClosingDate = uint32(w.flag("closing")) * today
	f.CardDate = uint32(w.flag("new-card")) * today
	c.Mismatch = w.flag("mismatch")
	c.FundLocked = w.flag("locked")
}

// look says what stands in the books.
func (s *transferStory) look(cmd string, w words) (string, bool) {
	switch cmd {
	case "cash":
		var all []string
		for _, number := range strings.Fields(w.text("fund", "1001")) {
			n, _ := strconv.ParseUint(number, 10, 64)
			a := s.cashFor(n)
			row, _ := s.live.fund(n)
			c := s.live.counted(s.live.funds.At(row))
			text := fmt.Sprintf("cash %d: balance %s available %s withdrawable %s, today in %s/%d out %s/%d", n,
				money.Amount(a.Balance), money.Amount(a.Available()), money.Amount(a.Withdrawable()), c.inSum, c.inCount, c.outSum, c.outCount)
			if s.live.owes(row) {
				text += ", owes"
			}
			all = append(all, text)
		}
		return strings.Join(all, "\n"), true
	case "transfer":
		row, ok := s.live.transfer(w.serial("id"))
		if !ok {
			return "transfer: none", true
		}
		return s.live.transfers.At(row).story(), true
	case "remittance":
		r, ok := s.live.RemittanceBy(w.serial("id"))
		if !ok {
			return "remittance: none", true
		}
		return fmt.Sprintf("remittance %s: %s of bank %d for market %d is %s, ref %q error %d case %d", serialText(r.ID), r.Amount, r.Bank, r.Market,
			map[uint8]string{TransferSent: "sent", TransferDone: "done", TransferRefused: "refused", TransferUnknown: "unknown"}[r.State],
			strings.TrimRight(string(r.BankRef[:]), "\x00"), r.BankError, r.Case), true
	case "reserve":
		bank := uint16(w.number("bank", 1))
		return fmt.Sprintf("reserve %d: %s on market 1, %s on market 2, pooled %s", bank, money.Amount(s.live.balanceOf(reserveKey(bank, 1, money.CNY))),
			money.Amount(s.live.balanceOf(reserveKey(bank, 2, money.CNY))), money.Amount(s.live.pooledBalance(bank, money.CNY))), true
	case "pool":
		bank := uint16(w.number("bank", 1))
		return fmt.Sprintf("pool %d: pooled %s in course %s interest due %s", bank, money.Amount(s.live.pooledBalance(bank, money.CNY)),
			money.Amount(s.live.balanceOf(courseKey(bank, money.CNY))), money.Amount(s.live.balanceOf(interestKey(bank, money.CNY)))), true
	case "product":
		row, _ := s.live.fund(w.number("fund", 1001))
		f := s.live.funds.At(row)
		return fmt.Sprintf("product %d: %d fen-days until %d", f.Number, f.DayProduct, f.AccruedTo), true
	}
	return "", false
}

func (t *Transfer) story() string {
	text := fmt.Sprintf("transfer %s: %s %s by %s is %s", serialText(t.ID), map[uint8]string{Deposit: "in", Withdrawal: "out"}[t.Direction], t.Amount,
		map[uint8]string{ByBroker: "broker", ByBank: "bank", ByCorrection: "correction"}[t.Initiator],
		map[uint8]string{
			TransferSent: "sent", TransferDone: "done", TransferRefused: "refused", TransferUnknown: "unknown",
			TransferReversed: "reversed", TransferPoisoned: "poisoned",
		}[t.State])
	if t.BankRef != ([20]byte{}) {
		text += " ref " + strings.TrimRight(string(t.BankRef[:]), "\x00")
	}
	if t.BankError != 0 {
		text += fmt.Sprintf(" error %d", t.BankError)
	}
	if t.Reverses != 0 {
		text += " reverses " + serialText(t.Reverses)
	}
	if t.ReversedBy != 0 {
		text += " reversed by " + serialText(t.ReversedBy)
	}
	if t.Case != 0 {
		text += fmt.Sprintf(" case %d", t.Case)
	}
	return text
}
