package books_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sancun/books"
	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// evening stops a date, clears its orders, closes it and opens the next one.
func (h *house) evening(date, following, after uint32, close money.Price, before func()) {
	h.t.Helper()
	h.must(0, &record.Quotes{Rows: []record.QuoteData{{ID: uint32(stock), Status: uint8(market.Trading), Last: close, Close: close}}})
	h.must(0, &record.StopDay{Date: date})
	var all []uint64
	for _, o := range h.machine.Orders() {
		all = append(all, o.ID)
	}
	if len(all) > 0 {
		h.must(0, &record.ClearOrders{Date: date, Orders: all})
	}
	h.must(0, &record.StepDone{Date: date, Step: custody.StepInterest, OK: 1})
	before()
	for step := range uint16(custody.StepsOfDay) {
		h.must(0, &record.StepDone{Date: date, Step: step + 1, OK: 1})
	}
	h.must(0, &record.DayCleared{Date: date})
	h.must(0, &record.OpenDay{Date: following, Next: after})
	for n := range uint16(2) {
		h.must(0, &record.BankSession{Bank: n + 1, Date: following})
	}
	h.must(0, &record.LoadInstruments{Date: following, Rows: []record.InstrumentData{{ID: uint32(stock), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: close}}})
}

// twoDays is client 1 through two closings and into a third date: a purchase, a
// sale of part of it, transfers, and a freeze that falls between a closing and
// the opening of the next date.
func twoDays(t testing.TB) *house {
	h := newHouse(t)
	h.begin(2)
	h.deposit(1, "D1", 500_000)
	h.filled(h.buy(1, 100_000, 300).Ref, 1, 99_000, 300)
	h.evening(today, next, 20230829, 98_000, func() {
		h.must(0, &record.PlaceFreeze{Fund: fundOf(1), Reason: record.FreezeCourt, Amount: 77, Partial: 1, Until: 20991231, Order: "(2023)沪01执1号"})
	})
	h.now += int64(72 * 3600 * 1e9)
	sale := h.do(investor(1), &record.NewOrder{
		Fund: fundOf(1), Instrument: uint32(stock), Side: custody.Sell, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
		Channel: record.ChannelAPI, Price: 97_000, Quantity: 100,
	})
	h.filled(sale.Ref, 1, 97_500, 100)
	h.evening(next, 20230829, 20230830, 97_000, func() {})
	h.now += int64(24 * 3600 * 1e9)
	h.do(bank(bankOf(1)), &record.BankDeposit{
		Bank: bankOf(1), Date: 20230829, BankRef: "D3", Fund: fundOf(1), Currency: money.CNY, Amount: 4_200, Card: cardOf(1), Name: nameOf(1),
	})
	return h
}

// openBooks fills tables from a house and opens them.
func openBooks(t testing.TB, h *house) *books.Books {
	t.Helper()
	path := bookPath(t)
	f := openFiller(t, path)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func extract(t testing.TB, b *books.Books, from, to uint32) books.Extract {
	t.Helper()
	x, _, err := b.Extract(t.Context(), fundOf(1), from, to, 1000)
	if err != nil {
		t.Fatalf("%d to %d: %v", from, to, err)
	}
	return x
}

// Spans that follow each other fit: the closing figures of one are the opening
// figures of the next, the lines between them add up, and the month is its days.
func testSpansFit(t *testing.T) {
	h := twoDays(t)
	b := openBooks(t, h)
	first, second, third := extract(t, b, today, today), extract(t, b, next, next), extract(t, b, 20230829, 20230829)
	month := extract(t, b, 20230801, 20230831)
	if first.Open || second.Open || !third.Open || month.Open || first.From.Height != 0 || first.To.Date != today || second.From != first.To || third.From != second.To || month.To != second.To {
		t.Errorf("spans %+v, %+v, %+v, month %+v", first.Span, second.Span, third.Span, month.Span)
	}
	last := money.Amount(0)
	for name, x := range map[string]books.Extract{"first": first, "second": second, "third": third, "month": month} {
		sum := x.Cash[0].Opening
		for _, l := range x.Lines {
			if l.Height <= x.From.Height || l.Height > x.To.Height {
				t.Errorf("%s: a line of block %d in %+v", name, l.Height, x.Span)
			}
			sum += l.Amount
		}
		if len(x.Cash) != 1 || int64(sum) != x.Cash[0].Closing.Balance {
			t.Errorf("%s: the lines lead to %d, the closing is %+v", name, sum, x.Cash)
		}
	}
	for _, x := range []books.Extract{first, second, third} {
		if x.Cash[0].Opening != last {
			t.Errorf("opens with %s behind %s", x.Cash[0].Opening, last)
		}
		last = money.Amount(x.Cash[0].Closing.Balance)
	}
	if len(month.Lines) != len(first.Lines)+len(second.Lines) || len(month.Fills) != 2 || len(month.Orders) != 2 || len(month.Units) != 2 || len(month.Transfers) != 1 {
		t.Errorf("the month has %d lines of %d and %d, %d fills, %d orders, %d postings of units, %d transfers", len(month.Lines), len(first.Lines), len(second.Lines),
			len(month.Fills), len(month.Orders), len(month.Units), len(month.Transfers))
	}
}

// A freeze behind the closing of a date belongs to the next one, and prices are
// those of the closing, whatever came later.
func testExtractIsAsOfItsClosing(t *testing.T) {
	b := openBooks(t, twoDays(t))
	first, second, third := extract(t, b, today, today), extract(t, b, next, next), extract(t, b, 20230829, 20230829)
	if held := first.Cash[0].Closing.HeldOther; held != 0 {
		t.Errorf("the closing holds %d, the freeze came behind it", held)
	}
	if held := second.Cash[0].Closing.HeldOther; held != 77 {
		t.Errorf("the second closing holds %d", held)
	}
	fees := func(x books.Extract) (sum money.Amount) {
		for _, o := range x.Orders {
			sum += o.Fees
		}
		return sum
	}
	cost := money.Amount(300*990) + fees(first)
	kept := cost - (cost*100+150)/300
	for i, want := range []books.Holding{
		{Instrument: uint32(stock), Closing: books.Figures{Balance: 300}, Cost: cost, Close: 98_000},
		{Instrument: uint32(stock), Opening: 300, Closing: books.Figures{Balance: 200}, Cost: kept, Close: 97_000},
		{Instrument: uint32(stock), Opening: 200, Closing: books.Figures{Balance: 200}, Cost: kept, Close: 97_000},
	} {
		x := []books.Extract{first, second, third}[i]
		if len(x.Positions) != 1 || x.Positions[0] != want {
			t.Errorf("date %d: positions %+v, want %+v", x.To.Date, x.Positions, want)
		}
	}
	if u := second.Units; len(u) != 1 || u[0].Amount != -100 || u[0].Balance != 200 || u[0].Order != second.Orders[0].ID || u[0].Code != ledger.CodeTradeUnits || u[0].Cost != kept {
		t.Errorf("postings of units %+v", u)
	}
	for _, l := range first.Lines {
		if l.Ref == first.Orders[0].ID && l.Against != ledger.InSettlement && l.Against != ledger.FeesDue || l.Code == ledger.CodeDeposit && l.Against != ledger.Pooled {
			t.Errorf("line %+v", l)
		}
	}
	if first.Bank != bankOf(1) || len(first.Securities) != 1 {
		t.Errorf("bank %d, securities accounts %+v", first.Bank, first.Securities)
	}
}

// Units that come from elsewhere cost what they were worth at the close before.
func testUnitsFromElsewhere(t *testing.T) {
	h := newHouse(t)
	h.begin(1)
	h.must(0, &record.SecuritiesIn{Fund: fundOf(1), Instrument: uint32(stock), Quantity: 700})
	b := openBooks(t, h)
	x := extract(t, b, today, today)
	if !x.Open || len(x.Positions) != 1 || x.Positions[0].Cost != 700*1_000 || x.Positions[0].Close != 100_000 {
		t.Errorf("positions %+v", x.Positions)
	}
}

func testExtractRefuses(t *testing.T) {
	b := openBooks(t, twoDays(t))
	for _, x := range []struct {
		from, to uint32
		fund     uint64
		most     int
		want     error
	}{
		{20230826, 20230827, fundOf(1), 10, books.ErrNoClosing}, {20230830, 20230830, fundOf(1), 10, books.ErrNoClosing},
		{20230701, 20230731, fundOf(1), 10, books.ErrNoClosing}, {today, today, 4711, 10, books.ErrUnknown}, {today, today, fundOf(1), 2, books.ErrTooLong},
	} {
		if _, _, err := b.Extract(t.Context(), x.fund, x.from, x.to, x.most); !errors.Is(err, x.want) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	if _, err := b.Extracts(t.Context(), today, today, 2, func(*books.Extract) error { return nil }); !errors.Is(err, books.ErrTooLong) {
		t.Errorf("all with a bound of 2: %v", err)
	}
	if _, err := b.Span(t.Context(), 20230826, 20230827); !errors.Is(err, books.ErrNoClosing) {
		t.Errorf("a weekend: %v", err)
	}
}

// Going through all fund accounts gives what asking for each does.
func testExtractsAreExtracts(t *testing.T) {
	b := openBooks(t, twoDays(t))
	var funds []uint64
	span, err := b.Extracts(t.Context(), today, today, 1000, func(x *books.Extract) error {
		funds = append(funds, x.Fund.Number)
		if x.Fund.Number == fundOf(1) {
			one := extract(t, b, today, today)
			if len(x.Lines) != len(one.Lines) || len(x.Positions) != 1 || x.Positions[0] != one.Positions[0] || x.Cash[0] != one.Cash[0] {
				t.Errorf("among all %+v, alone %+v", x, one)
			}
		}
		return nil
	})
	if err != nil || len(funds) != 2 || funds[0] != fundOf(1) || funds[1] != fundOf(2) || span.To.Date != today {
		t.Errorf("went through %v to %+v: %v", funds, span, err)
	}
	list, err := b.Closings(t.Context(), books.Page{})
	if err != nil || len(list.Rows) != 2 || list.Rows[0].Date != next || list.Rows[1] != span.To {
		t.Errorf("closings %+v: %v", list.Rows, err)
	}
}

// A restart between any two blocks changes nothing in what is closed.
func testClosingsSurviveRestarts(t *testing.T) {
	h := twoDays(t)
	whole := bookPath(t)
	f := openFiller(t, whole)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cut := bookPath(t)
	step := 1
	if place != nil {
		step = 7 // opening a database takes longer than a file
	}
	for blocks := range slices.Chunk(h.blocks, step) {
		f := openFiller(t, cut)
		for _, b := range blocks {
			if err := f.Add(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want, got := dump(t, whole), dump(t, cut)
	for _, table := range []string{"all_units", "closed", "closings", "closes", "accounts", "all_entries"} {
		if len(want[table]) == 0 || len(got[table]) != len(want[table]) {
			t.Fatalf("%s: %d rows, in one go %d", table, len(got[table]), len(want[table]))
		}
		for i := range want[table] {
			if got[table][i] != want[table][i] {
				t.Errorf("%s: %s, in one go %s", table, got[table][i], want[table][i])
			}
		}
	}
}

// Shares of a cost are exact: the parts of a position that is sold bit by bit add
// up to the whole.
func TestCostIsShared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cost, of := rapid.Int64Range(0, 1<<60).Draw(t, "cost"), rapid.Int64Range(1, 1<<50).Draw(t, "of")
		units := rapid.Int64Range(1, of).Draw(t, "units")
		want := new(big.Int).Mul(big.NewInt(cost), big.NewInt(units))
		want.Add(want, big.NewInt(of/2)).Div(want, big.NewInt(of))
		if got := books.Share(cost, units, of); got != want.Int64() || units == of && got != cost {
			t.Fatalf("%d of %d units of cost %d: %d, want %d", units, of, cost, got, want)
		}
	})
}
