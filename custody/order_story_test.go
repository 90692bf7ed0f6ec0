package custody

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// The stories in testdata/order tell of orders, execution reports, clearing and
// the phases of a day, in the manner of those of transfers, whose lines they may
// use too. Reports take the next index of their partition unless one is given.

// orderStory is a run about orders told in lines.
type orderStory struct {
	*transferStory
	next map[uint64]uint64 // market and partition, to the last index used
}

// beyondStories are rejections that no story of an order can meet, and why.
var beyondStories = map[record.Code]string{
	record.OfVerdict(market.NotTradingDay):     "a business day opens on trading days only",
	record.OfVerdict(market.MarketOrderNotNow): "market orders are not taken at all yet",
	record.OfVerdict(market.CommissionTooHigh): "no order brings its own commission",
	record.OfVerdict(market.CommissionInvalid): "no order brings its own commission",
}

func TestOrderStories(t *testing.T) {
	seen := map[record.Code]bool{}
	datadriven.Walk(t, "testdata/order", func(t *testing.T, path string) {
		s := &orderStory{&transferStory{run: newRun(t), seen: seen}, map[uint64]uint64{}}
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
					s.checkUnits()
					s.checkOrderHolds()
				}
			}
			return out.String()
		})
	})
	for _, code := range record.Codes() {
		why, beyond := beyondStories[code]
		switch subject := code >= 500 && code < 700; {
		case beyond && seen[code]:
			t.Errorf("a story meets %d %s though %s", code, code, why)
		case subject && !beyond && !seen[code]:
			t.Errorf("no story meets %d %s", code, code)
		}
	}
}

// tell carries one line out and says what came of it.
func (s *orderStory) tell(cmd string, w words) string {
	if text, done := s.show(cmd, w); done {
		return text
	}
	command, caller := s.request(cmd, w)
	if command == nil {
		return s.line(cmd, w)
	}
	a := s.do(w.caller(caller), command)
	code := record.Code(a.Code)
	s.seen[code] = true
	if code != record.Accepted {
		return fmt.Sprintf("%s: %d %s", cmd, code, code)
	}
	if at := reportIn(command); at != nil && at.Index != 0 {
		s.next[stream(at)] = at.Index
	}
	if a.Ref != 0 {
		return fmt.Sprintf("%s: accepted %d", cmd, a.Ref)
	}
	return cmd + ": accepted"
}

// reportIn returns where a command stands in its stream, nil for other commands.
func reportIn(cmd record.Command) *record.Report {
	switch c := cmd.(type) {
	case *record.OrderReported:
		return &c.Report
	case *record.OrderFilled:
		return &c.Report
	case *record.OrderCancelled:
		return &c.Report
	case *record.OrderRefused:
		return &c.Report
	case *record.CancelRefused:
		return &c.Report
	}
	return nil
}

func stream(r *record.Report) uint64 { return uint64(r.Market)<<32 | uint64(r.Partition) }

func (w words) security() market.ID {
	return must(market.ParseID(w.text("id", "600000.SH")))
}

func (w words) price(name string) money.Price { return must(money.ParsePrice(w.text(name, "0"))) }

func (w words) quantity(name string) money.Quantity {
	return money.Quantity(must(strconv.ParseInt(w.text(name, "0"), 10, 64)))
}

func (w words) list(name string) []uint64 {
	var all []uint64
	for word := range strings.FieldsSeq(strings.ReplaceAll(w[name], ",", " ")) {
		all = append(all, must(strconv.ParseUint(word, 10, 64)))
	}
	return all
}

// request builds the command of a line and its usual caller.
func (s *orderStory) request(cmd string, w words) (record.Command, record.Caller) {
	fund := w.number("fund", 1001)
	self := record.CallerOf(record.CallerClient, fund%1000)
	staff := record.CallerOf(record.CallerStaff, 9)
	switch cmd {
	case "buy", "sell", "subscribe", "order":
		c := &record.NewOrder{
			Fund: fund, Instrument: uint32(w.security()), Side: uint8(w.number("side", uint64(map[string]uint8{"buy": Buy, "sell": Sell, "subscribe": Subscribe}[cmd]))),
			Category: CategoryAuction, Type: uint8(w.number("type", uint64(market.LimitOrder))), Channel: record.ChannelWeb,
			Price: w.price("price"), Quantity: w.quantity("qty"),
		}
		if cmd == "subscribe" {
			c.Category = CategoryNonTrading
		}
		c.Category = uint8(w.number("category", uint64(c.Category)))
		if w.has("for") {
			return &record.DatedOrder{NewOrder: *c, Date: uint32(w.number("for", 0))}, self
		}
		return c, self
	case "release":
		return &record.ReleaseOrders{
			Date: uint32(w.number("date", uint64(s.live.today().Date))), Market: uint8(w.number("market", 1)),
			First: uint32(w.number("first", 0)), Count: uint16(w.number("count", record.ReleaseMax)),
		}, record.CallerOf(record.CallerExchange, w.number("market", 1))
	case "freeze":
		c := &record.PlaceFreeze{Fund: fund, Reason: record.FreezeCourt, Whole: w.flag("whole"), Amount: int64(w.amount("amount")), Order: "2023/7"}
		if w.has("units") {
			c.Instrument, c.Amount = uint32(w.security()), int64(w.number("units", 0))
		}
		return c, staff
	case "take-off":
		return &record.CloseSecurities{Fund: fund, Market: uint8(w.number("market", 1))}, staff
	case "ask-change-bank":
		return &record.AskChangeBank{Fund: fund, Verified: 1}, staff
	case "cancel":
		return &record.CancelOrder{Order: w.number("order", 0), Fund: fund}, self
	case "units":
		return &record.SecuritiesIn{Fund: fund, Instrument: uint32(w.security()), Quantity: w.quantity("qty")}, staff
	case "load":
		return s.load(w), staff
	case "issue":
		return &record.LoadIssues{Date: uint32(w.number("date", uint64(s.live.today().Date))), Rows: []record.IssueData{{
			Code: uint32(w.security()), Security: uint32(must(market.ParseID(w.text("security", w.security().String())))),
			Price: w.price("price"), Unit: uint32(w.number("unit", 500)), Max: w.quantity("max"),
		}}}, record.CallerOf(record.CallerExchange, uint64(w.security().Market()))
	case "quote":
		return &record.Quotes{Rows: []record.QuoteData{{
			ID: uint32(w.security()), Status: uint8(w.number("status", uint64(market.Trading))),
			Last: w.price("last"), Bid: w.price("bid"), Ask: w.price("ask"), Close: w.price("close"),
		}}}, record.CallerOf(record.CallerExchange, uint64(w.security().Market()))
	case "expire":
		return &record.ExpireOrders{Orders: w.list("orders")}, 0
	}
	if c := s.report(cmd, w); c != nil {
		return c, record.CallerOf(record.CallerExchange, w.number("market", uint64(s.marketOf(w))))
	}
	return clearingLine(cmd, w, s.live.today().Date), 0
}

func (s *orderStory) load(w words) record.Command {
	d := record.InstrumentData{
		ID: uint32(w.security()), Standing: uint8(w.number("standing", 1)), Status: uint8(w.number("status", 1)),
		Flags: uint16(w.number("flags", 0)), PrevClose: w.price("prev"), Lot: uint32(w.number("lot", 0)),
	}
	board, _ := market.Classify(w.security())
	d.Board = uint8(w.number("board", uint64(board)))
	return &record.LoadInstruments{Date: uint32(w.number("date", uint64(s.live.today().Date))), Rows: []record.InstrumentData{d}}
}

// marketOf is the exchange of the order that a line names.
func (s *orderStory) marketOf(w words) market.Market {
	if o, ok := s.live.OrderBy(w.number("order", 0)); ok {
		return s.live.InstrumentAt(o.Instrument).ID.Market()
	}
	return market.Shanghai
}

// report builds an execution report of the order that a line names.
func (s *orderStory) report(cmd string, w words) record.Command {
	r := record.Report{Market: uint8(w.number("market", uint64(s.marketOf(w)))), Partition: uint32(w.number("partition", 1)), ClOrdID: clOrdID(w.number("order", 0))}
	r.Index = w.number("index", s.next[stream(&r)]+1)
	reason := uint16(w.number("reason", 0))
	switch cmd {
	case "reported":
		return &record.OrderReported{Report: r, OrderID: [16]byte{'E', byte('0' + w.number("order", 0)%10)}}
	case "filled":
		return &record.OrderFilled{Report: r, Price: w.price("price"), Quantity: w.quantity("qty")}
	case "cancelled":
		return &record.OrderCancelled{Report: r, Quantity: w.quantity("qty")}
	case "refused":
		return &record.OrderRefused{Report: r, Reason: reason}
	case "cancel-refused":
		return &record.CancelRefused{Report: r, Reason: reason}
	}
	return nil
}

// clearingLine builds a command of clearing.
func clearingLine(cmd string, w words, today uint32) record.Command {
	date, bank, of := uint32(w.number("date", uint64(today))), uint16(w.number("bank", 1)), uint8(w.number("market", 1))
	currency := money.Currency(w.number("currency", uint64(money.CNY)))
	switch cmd {
	case "clear":
		return &record.ClearOrders{Date: date, Orders: w.list("orders")}
	case "step":
		return &record.StepDone{Date: date, Step: uint16(w.number("number", 0)), OK: 1 - w.flag("failed"), Rows: 7, Input: [32]byte{byte(w.number("input", 1))}}
	case "end-day":
		return &record.DayCleared{Date: date}
	case "settle":
		return &record.SettleNet{TradeDate: date, Bank: bank, Market: of, Currency: currency, Amount: w.amount("amount")}
	case "reserve":
		return &record.MoveReserve{Bank: bank, Market: of, Currency: currency, Amount: w.amount("amount")}
	case "draw":
		return &record.DrawFees{Bank: bank, Currency: currency, Amount: w.amount("amount")}
	case "rounding":
		return &record.BookRounding{TradeDate: date, Bank: bank, Market: of, Currency: currency, Amount: w.amount("amount")}
	case "adopt":
		return &record.AdoptFiles{Date: date, Input: [32]byte{byte(w.number("input", 1))}}
	case "entitle":
		c := &record.Entitlement{Fund: w.number("fund", 1001), Instrument: uint32(w.security()), Cash: w.amount("cash"), Tax: w.amount("tax"), Units: w.quantity("units")}
		copy(c.Event[:], w["event"])
		return c
	}
	return nil
}

// show says what stands in the books, or prepares what a story needs.
func (s *orderStory) show(cmd string, w words) (string, bool) {
	switch cmd {
	case "with-instruments":
		withInstruments(s.t, s.run, w.number("clients", 1))
		return cmd + ": ok", true
	case "steps":
		for step := range uint16(StepsOfDay) {
			if row, ok := s.live.step(step + 1); ok && s.live.steps.At(row).OK == 1 && s.live.steps.At(row).Date == s.live.today().Date {
				continue
			}
			s.must(0, &record.StepDone{Date: s.live.today().Date, Step: step + 1, OK: 1})
		}
		return cmd + ": ok", true
	case "permit":
		s.change(func(m *Machine) {
			row, _ := m.client(w.number("client", 1))
			c := *m.clients.At(row)
			c.Permissions, c.Risk, c.RiskUntil = uint32(w.number("bits", uint64(permitAll))), uint8(w.number("risk", 5)), uint32(w.number("until", 20991231))
			put(m, m.clients, row, c)
		})
		return cmd + ": ok", true
	case "no-bank":
		s.change(func(m *Machine) {
			put(m, m.funds, m.funds.Len(), Fund{Number: w.number("number", 0), Main: 1, State: Normal, Currency: money.CNY})
		})
		return cmd + ": ok", true
	case "currency":
		s.change(func(m *Machine) {
			row, _ := m.fund(w.number("fund", 1001))
			f := *m.funds.At(row)
			f.Currency = must(money.ParseCurrency(w.text("is", "CNY")))
			put(m, m.funds, row, f)
		})
		return cmd + ": ok", true
	case "date":
		s.change(func(m *Machine) {
			d := m.today()
			d.Date = uint32(w.number("is", 0))
			put(m, m.day, 0, d)
		})
		return cmd + ": ok", true
	case "owing":
		s.change(func(m *Machine) {
			row, _ := m.fund(w.number("fund", 1001))
			m.Ledger.Post(ledger.CodeForced, m.cashOf(row), m.pooledAt(m.funds.At(row).Bank, money.CNY), int64(w.amount("amount")))
		})
		return cmd + ": ok", true
	case "next":
		o, ok := s.live.NextOrderBy(w.number("order", 0))
		if !ok {
			return "next: none", true
		}
		return o.nextStory(), true
	case "many": // small orders for the next day
		for range w.number("count", 0) {
			s.must(record.CallerOf(record.CallerClient, 1), &record.NewOrder{
				Fund: w.number("fund", 1001), Instrument: uint32(stockSH), Side: Buy, Category: CategoryAuction, Type: uint8(market.LimitOrder),
				Channel: record.ChannelWeb, Price: 100, Quantity: 100,
			})
		}
		return cmd + ": ok", true
	case "others": // rows of others, until so many are left free
		s.change(func(m *Machine) {
			for row := m.nextOrders.Len(); row < nextOrdersMax-uint32(w.number("free", 0)); row++ {
				put(m, m.nextOrders, row, Order{ID: m.today().Orders + uint64(row) + 1, Fund: 2, State: OrderCancelled})
			}
		})
		return cmd + ": ok", true
	case "money":
		return moneyText(s.cashFor(w.number("fund", 1001))), true
	case "position":
		a := s.positionFor(w.number("fund", 1001), w.security())
		return fmt.Sprintf("position: %d sellable %d (same day %d) held %d out %d in %d", a.Balance, a.Sellable(false), a.Sellable(true), a.Held(), a.In(ledger.Payable), a.In(ledger.Receivable)), true
	case "show":
		o, ok := s.live.OrderBy(w.number("order", 0))
		if !ok {
			return "show: none", true
		}
		return o.story(), true
	case "books":
		return s.books(uint16(w.number("bank", 1)), w.security()), true
	}
	return "", false
}

func moneyText(a *ledger.Account) string {
	return fmt.Sprintf("money: balance %s available %s withdrawable %s held %s out %s in %s", money.Amount(a.Balance), money.Amount(a.Available()),
		money.Amount(a.Withdrawable()), money.Amount(a.Held()), money.Amount(a.In(ledger.Payable)), money.Amount(a.In(ledger.Receivable)))
}

func (s *orderStory) books(bank uint16, id market.ID) string {
	of := func(k ledger.Kind, owner uint64) money.Amount {
		return money.Amount(s.live.balanceOf(ledger.Key{Kind: k, Bank: bank, Unit: uint32(money.CNY), Owner: owner}))
	}
	row, _ := s.live.instrument(id)
	m := uint64(id.Market())
	return fmt.Sprintf("books: pooled %s reserve %s in settlement %s fees due %s, own bank %s income %s rounding %s, units %d", of(ledger.Pooled, 0), of(ledger.ClientReserve, m), of(ledger.InSettlement, m),
		of(ledger.FeesDue, 0), of(ledger.OwnBank, 0), money.Amount(s.live.balanceOf(ledger.Key{Kind: ledger.FeeIncome, Unit: uint32(money.CNY)})),
		money.Amount(s.live.balanceOf(ledger.Key{Kind: ledger.Rounding, Unit: uint32(money.CNY)})), s.live.balanceOf(custodyKey(id.Market(), row)))
}

func (o *Order) story() string {
	text := fmt.Sprintf("order %d: %s %d of %d at %s is %s", o.ID, map[uint8]string{Buy: "bought", Sell: "sold", Subscribe: "subscribed"}[o.Side], o.Filled, o.Quantity, o.Price,
		map[uint8]string{
			OrderNew: "new", OrderReported: "reported", OrderPartFilled: "part filled", OrderFilled: "filled",
			OrderPartCancelled: "part cancelled", OrderCancelled: "cancelled", OrderRefused: "refused", OrderExpired: "expired",
		}[o.State])
	text += fmt.Sprintf(", value %s fees %s held %d", o.Value, o.Fees, o.Held)
	if o.Cancelled != 0 {
		text += fmt.Sprintf(" cancelled %d", o.Cancelled)
	}
	for _, f := range []struct {
		is   bool
		text string
	}{{o.Cancelling != 0, ", cancelling"}, {o.Cleared != 0, ", cleared"}, {o.Reason != 0, ", reason " + strconv.Itoa(int(o.Reason))}, {o.OrderID != ([16]byte{}), ", known at the exchange"}} {
		if f.is {
			text += f.text
		}
	}
	return text
}

// nextStory tells of an order for the next day.
func (o *Order) nextStory() string {
	text := fmt.Sprintf("next: order %d for %d is %s, keeps %d", o.ID, o.Date,
		map[uint8]string{OrderNew: "waiting", OrderCancelled: "cancelled", OrderRefused: "refused", OrderReleased: "released"}[o.State], o.Held)
	if o.Reason != 0 {
		text += ", " + record.Code(o.Reason).String()
	}
	return text
}

// The reports of a machine loaded from a snapshot go on where they stopped.
func TestSnapshotKeepsOrders(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 1)
	withInstruments(t, r, 1)
	r.must(0, &record.NewOrder{Fund: 1001, Instrument: uint32(stockSH), Side: Buy, Category: CategoryAuction, Type: uint8(market.LimitOrder), Price: 10_0000, Quantity: 200, Channel: record.ChannelWeb})
	fill := func(index uint64) record.Command {
		return &record.OrderFilled{Report: record.Report{Market: 1, Partition: 3, Index: index, ClOrdID: clOrdID(1)}, Price: 10_0000, Quantity: 100}
	}
	r.must(0, fill(1))
	var file bytes.Buffer
	if err := r.live.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	loaded := newMachine()
	if err := loaded.ReadSnapshot(&file, r.live.Root()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cmd  record.Command
		want record.Code
	}{{fill(1), record.ReportRepeated}, {fill(3), record.ReportGap}, {fill(2), record.Accepted}, {fill(3), record.ReportImpossible}} {
		live := r.do(0, c.cmd)
		loaded.Begin(nil, r.height, r.now)
		again := loaded.Decide(Request{Cmd: c.cmd})
		if live != again || record.Code(live.Code) != c.want || r.live.Root() != loaded.Root() {
			t.Errorf("%T: live %s, loaded %s, want %s", c.cmd, record.Code(live.Code), record.Code(again.Code), c.want)
		}
	}
	if o, ok := loaded.OrderBy(1); !ok || o.State != OrderFilled {
		t.Errorf("order 1: %+v, %v", o, ok)
	}
}
