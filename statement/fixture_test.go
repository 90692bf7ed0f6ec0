package statement_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"sancun/books"
	"sancun/calendar"
	"sancun/custody"
	"sancun/journal"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
	"sancun/statement"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a machine whose blocks fill query tables.
type house struct {
	t       testing.TB
	machine *custody.Machine
	blocks  []*journal.Block
	head    journal.Position
	now     int64
	reports map[market.Market]uint64 // next execution report
	date    uint32
}

const (
	first   = 20230830 // a Wednesday; the month ends on the Thursday
	second  = 20230831
	third   = 20230901
	fourth  = 20230904
	opening = int64(1693360800) * 1_000_000_000 // 2023-08-30 10:00 in Beijing
	trader  = 880001                            // buys, sells, is paid interest and a dividend
	debtor  = 880002                            // whose fees are larger than what the sale brought
	nobody  = 880003                            // with nothing
)

var (
	shares, _ = market.ParseID("600000.SH")
	penny, _  = market.ParseID("000001.SZ")
)

func newHouse(t testing.TB) *house {
	h := &house{
		t: t, machine: custody.New(custody.Options{Sum: sha256.Sum256, Answers: 1000}), head: journal.Position{Cell: 1}, now: opening,
		reports: map[market.Market]uint64{}, date: first,
	}
	h.must(0, &record.OpenDay{Date: first, Next: second})
	h.must(0, &record.SetBank{Number: 1, Service: custody.BankOpen, WindowFrom: 8 * 3600_000, WindowTo: 17 * 3600_000, SingleMax: 1 << 40, Code: "ICBC", Name: "示例银行"})
	h.must(0, &record.BankSession{Bank: 1, Date: first})
	h.prices(120_000, 400)
	for n := uint64(1); n <= 3; n++ {
		fund := 880000 + n
		h.must(clerk, &record.OpenClients{Rows: []record.ClientData{{
			Number: n, Class: custody.Person, Document: 1, Branch: 7, ID: state.KeyOf(n, 1), Name: state.KeyOf(n, 2), Mobile: state.KeyOf(n, 3),
			Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		}}})
		h.must(clerk, &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: n, Currency: money.CNY, Main: 1}}})
		h.must(0, &record.SignContracts{Rows: []record.ContractData{{Fund: fund, Bank: 1, Card: state.KeyOf(n, 4)}}})
		for of, pbu := range map[market.Market]string{market.Shanghai: "23456", market.Shenzhen: "123456"} {
			row := record.SecuritiesData{Fund: fund, Market: uint8(of)}
			copy(row.Account[:], fmt.Sprintf("%c%09d", "?A0"[of], n))
			copy(row.PBU[:], pbu)
			h.must(clerk, &record.OpenSecurities{Rows: []record.SecuritiesData{row}})
		}
	}
	return h
}

var (
	clerk   = record.CallerOf(record.CallerStaff, 9)
	theBank = record.CallerOf(record.CallerBank, 1)
)

func (h *house) prices(a, b money.Price) {
	rows := []record.InstrumentData{
		{ID: uint32(shares), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: a},
		{ID: uint32(penny), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: b},
	}
	h.must(0, &record.LoadInstruments{Date: h.date, Rows: rows})
}

// do decides one command in a block of its own, a second after the one before.
func (h *house) do(caller record.Caller, cmd record.Command) state.Answer {
	h.t.Helper()
	h.now += 1_000_000_000
	h.machine.Begin(make([]byte, 0, 1<<20), h.head.Height+1, h.now)
	a := h.machine.Decide(record.Request{Caller: caller, Cmd: cmd})
	b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 1, Height: h.head.Height + 1, Time: h.now, Previous: h.head.Hash}, h.machine.Body())
	if err != nil {
		h.t.Fatal(err)
	}
	h.blocks = append(h.blocks, &b)
	h.head = b.Position()
	return a
}

func (h *house) must(caller record.Caller, cmd record.Command) uint64 {
	h.t.Helper()
	a := h.do(caller, cmd)
	if a.Code != 0 {
		h.t.Fatalf("%T: %s ref %d", cmd, record.Code(a.Code), a.Ref)
	}
	return a.Ref
}

func (h *house) deposit(fund uint64, ref string, amount money.Amount) uint64 {
	h.t.Helper()
	n := fund - 880000
	return h.must(theBank, &record.BankDeposit{
		Bank: 1, Date: h.date, BankRef: ref, Fund: fund, Currency: money.CNY, Amount: amount, Card: state.KeyOf(n, 4), Name: state.KeyOf(n, 2),
	})
}

// trade places an order and fills all of it.
func (h *house) trade(fund uint64, id market.ID, side uint8, price money.Price, units money.Quantity) uint64 {
	h.t.Helper()
	order := h.must(record.CallerOf(record.CallerClient, fund-880000), &record.NewOrder{
		Fund: fund, Instrument: uint32(id), Side: side, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: record.ChannelWeb, Price: price, Quantity: units,
	})
	of := id.Market()
	h.reports[of]++
	fill := &record.OrderFilled{Report: record.Report{Market: uint8(of), Partition: 1, Index: h.reports[of]}, Price: price, Quantity: units}
	copy(fill.ClOrdID[:], fmt.Sprintf("%010d", order))
	copy(fill.ExecID[:], fmt.Sprintf("E%d%03d", of, h.reports[of]))
	h.must(record.CallerOf(record.CallerExchange, uint64(of)), fill)
	return order
}

// close ends the date as the day end does, and says at which height it closed.
func (h *house) close(a, b money.Price) (height uint64) {
	h.t.Helper()
	h.must(0, &record.Quotes{Rows: []record.QuoteData{
		{ID: uint32(shares), Status: uint8(market.Trading), Last: a, Close: a}, {ID: uint32(penny), Status: uint8(market.Trading), Last: b, Close: b},
	}})
	h.must(0, &record.StopDay{Date: h.date})
	for _, o := range h.machine.Orders() { // one command each, so that a sale may come behind a purchase
		h.must(0, &record.ClearOrders{Date: h.date, Orders: []uint64{o.ID}})
	}
	h.must(0, &record.StepDone{Date: h.date, Step: custody.StepInterest, OK: 1})
	return h.head.Height
}

// next clears the date and opens another.
func (h *house) next(date, after uint32, a, b money.Price) {
	h.t.Helper()
	for step := range uint16(custody.StepsOfDay) {
		h.must(0, &record.StepDone{Date: h.date, Step: step + 1, OK: 1})
	}
	h.must(0, &record.DayCleared{Date: h.date})
	h.must(0, &record.OpenDay{Date: date, Next: after})
	h.date, h.now = date, h.now+24*3600*1_000_000_000
	clear(h.reports)
	h.must(0, &record.BankSession{Bank: 1, Date: date})
	h.prices(a, b)
}

// books fills tables and opens them.
func (h *house) books() (*books.Books, string) {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "books.db")
	f, err := books.OpenFiller(books.FillerOptions{Path: path})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, b := range h.blocks {
		if err := f.Add(b); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		h.t.Fatal(err)
	}
	b, err := books.Open(path)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = b.Close() })
	return b, path
}

func (h *house) maker() *statement.Maker {
	h.t.Helper()
	b, _ := h.books()
	return makerOf(h.t, b)
}

func makerOf(t testing.TB, b *books.Books) *statement.Maker {
	t.Helper()
	years, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	return statement.NewMaker(b, market.Builtin(years))
}

// twoDays is two closed dates and the morning of a third.
func twoDays(t testing.TB) *house {
	h := newHouse(t)
	h.deposit(trader, "B1", 5_000_000)
	reversed := h.deposit(trader, "B2", 70_000)
	h.must(theBank, &record.BankReversal{Bank: 1, Date: first, BankRef: "B3", Transfer: reversed, Direction: custody.Deposit, Fund: trader, Amount: 70_000})
	h.trade(trader, shares, custody.Buy, 119_000, 1_000)
	h.must(0, &record.SecuritiesIn{Fund: debtor, Instrument: uint32(penny), Quantity: 100})
	h.trade(debtor, penny, custody.Sell, 400, 100)
	h.close(121_000, 400)
	// Behind the closing: the next statement has it.
	h.must(0, &record.PlaceFreeze{Fund: trader, Reason: record.FreezeCourt, Amount: 100_000, Partial: 1, Until: fourth, Order: "(2023)沪01执1号"})
	h.next(second, third, 121_000, 400)
	h.trade(trader, shares, custody.Sell, 122_000, 400)
	h.must(theBank, &record.BankWithdrawal{
		Bank: 1, Date: second, BankRef: "B4", Fund: trader, Currency: money.CNY, Amount: 250_000, Card: state.KeyOf(1, 4), Name: state.KeyOf(1, 2), PasswordOK: 1,
	})
	grant := &record.Entitlement{Fund: trader, Instrument: uint32(shares), Cash: 36_000}
	copy(grant.Event[:], "EV0001")
	h.must(0, grant)
	h.must(0, &record.InterestReceived{Bank: 1, Currency: money.CNY, Amount: 10_000})
	h.must(0, &record.CloseInterest{Fund: debtor, Rate: money.RateUnit / 1000, Base: 360})
	h.close(123_000, 400)
	h.next(third, fourth, 123_000, 400)
	h.deposit(trader, "B5", 4_200)
	h.trade(trader, shares, custody.Buy, 122_000, 100)
	return h
}
