package statement_test

import (
	"database/sql"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/books"
	"sancun/ledger"
	"sancun/money"
	"sancun/paper"
	"sancun/statement"
)

var rewrite = flag.Bool("rewrite", false, "write what the statements say to testdata")

var issuer = paper.Words{ZH: "三存演练证券", EN: "Sancun drill broker"}

func of(t testing.TB, m *statement.Maker, fund uint64, period string) *statement.Statement {
	t.Helper()
	p, err := statement.ParsePeriod(period)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Of(t.Context(), fund, p, statement.Person{Name: "欧**", Document: "310***********1234", Card: "622202******0001"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What statements say stands in testdata as people read it.
func TestStatementsAsText(t *testing.T) {
	m := twoDays(t).maker()
	var b strings.Builder
	for _, x := range []struct {
		fund     uint64
		period   string
		language paper.Language
	}{
		{trader, "20230830", paper.Chinese}, {trader, "20230831", paper.English}, {trader, "202308", paper.Chinese}, {trader, "20230901", paper.Chinese},
		{debtor, "20230830", paper.Chinese}, {nobody, "202308", paper.English},
	} {
		s := of(t, m, x.fund, x.period)
		s.Hash = "…" // changes with every field of a record
		text, err := s.Paper(issuer).Text(x.language)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("== " + x.period + "\n" + text + "\n")
	}
	seen := of(t, m, trader, "202308").ForBank(1)
	seen.Hash = "…"
	text, err := seen.Paper(issuer).Text(paper.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("== for the bank\n" + text)
	const golden = "testdata/statements.txt"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the statements say something else (-want +got; go test ./statement -rewrite):\n%s", diff)
	}
}

// A statement of a closing says what the machine had at that height, and stays
// what it was when the journal goes on.
func TestStatementIsWhatTheMachineHad(t *testing.T) {
	h := newHouse(t)
	h.deposit(trader, "B1", 5_000_000)
	h.trade(trader, shares, 1, 119_000, 1_000)
	height := h.close(121_000, 400)
	f, row, _ := h.machine.Fund(trader)
	cash := h.machine.CashOf(row)
	early := of(t, h.maker(), trader, "20230830")
	if early.Height != height || !early.Final || early.Cash[0].Closing != money.Amount(cash.Balance) || early.Cash[0].Available != money.Amount(cash.Available()) || f.Number != early.Fund {
		t.Errorf("statement of height %d final %v with %+v; the machine at %d %+v", early.Height, early.Final, early.Cash[0], height, cash)
	}
	held := 0
	for x := range h.machine.Holdings() {
		if held++; x.Units.Balance != int64(early.Positions[0].Units) {
			t.Errorf("the machine holds %+v, the statement %+v", x, early.Positions)
		}
	}
	if held != 1 || len(early.Positions) != 1 {
		t.Errorf("%d positions, the machine has %d", len(early.Positions), held)
	}
	h.next(second, third, 121_000, 400)
	h.deposit(trader, "B9", 1)
	if diff := cmp.Diff(early, of(t, h.maker(), trader, "20230830")); diff != "" {
		t.Errorf("made later it says something else:\n%s", diff)
	}
}

// Fees are taken apart by the rules of the date and come to what was charged.
func TestFeesAreTakenApart(t *testing.T) {
	m := twoDays(t).maker()
	// 1,000 at 11.90: commission 0.018 % at least 5.00, transfer 0.001 %, handling
	// 0.00341 % since 2023-08-28, regulatory 0.002 %; stamp 0.05 % on the sale.
	buy, sale := of(t, m, trader, "20230830").Trades, of(t, m, trader, "20230831").Trades
	if len(buy) != 1 || len(sale) != 1 {
		t.Fatalf("trades %+v and %+v", buy, sale)
	}
	for _, x := range []struct {
		got                                                        statement.Trade
		value, stamp, transfer, handling, regulatory, commissioned money.Amount
	}{{buy[0], 1_190_000, 0, 12, 41, 24, 500}, {sale[0], 488_000, 244, 5, 17, 10, 500}} {
		g := x.got
		if g.Value != x.value || g.Stamp != x.stamp || g.Transfer != x.transfer || g.Handling != x.handling || g.Regulatory != x.regulatory || g.Commission != x.commissioned ||
			g.Fees != x.stamp+x.transfer+x.handling+x.regulatory+x.commissioned || g.Levies != g.Fees-g.Commission || !g.Cleared {
			t.Errorf("fees %+v, want %+v", g, x)
		}
	}
	if buy[0].Net != -1_190_577 || sale[0].Net != 488_000-776 {
		t.Errorf("nets %s and %s", buy[0].Net, sale[0].Net)
	}
}

// A charge that leaves the client in debt has one reason in the ledger whatever it
// was; the statement still tells value, levies and commission apart.
func TestDebtIsTold(t *testing.T) {
	s := of(t, twoDays(t).maker(), debtor, "20230830")
	c := s.Cash[0]
	if c.Sold != 400 || c.Commission != -500 || c.Closing != -100 || len(s.Lines) != 2 || s.Lines[1].Kind != statement.Commission {
		t.Errorf("cash %+v, lines %+v", c, s.Lines)
	}
}

func TestKindsByTheOtherSide(t *testing.T) {
	h := twoDays(t)
	s := of(t, h.maker(), trader, "20230831")
	var kinds []string
	for _, l := range s.Lines {
		kinds = append(kinds, string(l.Kind))
	}
	if got := strings.Join(kinds, " "); got != "withdrawal dividend sold levies commission" {
		t.Errorf("kinds %s", got)
	}
	if c := s.Cash[0]; c.Dividends != 36_000 || c.Withdrawals != -250_000 || c.HeldOther != 100_000 || c.Withdrawable != c.Closing-100_000 {
		t.Errorf("cash %+v", c)
	}
	if s.Positions[0].Opening != 1_000 || s.Positions[0].Units != 600 || s.Positions[0].Cost != 1_190_577-476_231 {
		t.Errorf("positions %+v", s.Positions)
	}
}

// The custodian bank sees cash and transfers with it, a date's trades as one line,
// and nothing that names a security.
func TestBankSeesCashOnly(t *testing.T) {
	full := of(t, twoDays(t).maker(), trader, "202308")
	s := full.ForBank(1)
	if !s.CashOnly || s.Positions != nil || s.Trades != nil || s.Fills != nil || s.Units != nil || s.Securities != nil || s.MarketValue != 0 || s.Assets != full.Cash[0].Closing {
		t.Errorf("the bank sees %+v", s)
	}
	balance := s.Cash[0].Opening
	nets := 0
	for _, l := range s.Lines {
		if balance += l.Amount; balance != l.Balance || l.Order != 0 {
			t.Errorf("line %+v behind a balance of %s", l, balance)
		}
		if l.Kind == statement.Settlement {
			nets++
		}
	}
	if nets != 2 || balance != s.Cash[0].Closing || len(s.Transfers) != 4 {
		t.Errorf("%d nets lead to %s of %s, %d transfers", nets, balance, s.Cash[0].Closing, len(s.Transfers))
	}
	for _, l := range []paper.Language{paper.Chinese, paper.English} {
		text, err := s.Paper(issuer).Text(l)
		if err != nil || strings.Contains(text, "600000") {
			t.Errorf("%v:\n%s", err, text)
		}
	}
	if other := full.ForBank(2); len(other.Cash)+len(other.Lines)+len(other.Transfers) != 0 {
		t.Errorf("another bank sees %+v", other)
	}
}

// Figures that do not add up are not given.
func TestDamagedTablesGiveNothing(t *testing.T) {
	for name, damage := range map[string]string{
		"an amount":   `UPDATE entry_lines SET amount = amount + 1 WHERE fund = 880001 AND code = 11`,
		"a line gone": `DELETE FROM entry_lines WHERE fund = 880001 AND code = 22`,
		"a closing":   `UPDATE closings SET balance = balance - 1 WHERE row IN (SELECT row FROM accounts WHERE kind = 101)`,
		"units":       `UPDATE unit_lines SET amount = amount - 1 WHERE fund = 880001`,
		"fees":        `UPDATE orders SET fees = fees + 1 WHERE fund = 880001`,
	} {
		h := twoDays(t)
		b, path := h.books()
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(damage); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := makerOf(t, b).Of(t.Context(), trader, statement.Day(first), statement.Person{}); !errors.Is(err, statement.ErrUnbalanced) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStatementRefuses(t *testing.T) {
	m := twoDays(t).maker()
	for _, x := range []struct {
		fund   uint64
		period statement.Period
		want   error
	}{
		{trader, statement.Day(20230902), books.ErrNoClosing}, {trader, statement.Day(20220830), books.ErrNoClosing}, {42, statement.Day(first), books.ErrUnknown},
	} {
		if s, err := m.Of(t.Context(), x.fund, x.period, statement.Person{}); !errors.Is(err, x.want) {
			t.Errorf("%d for %s: %+v %v", x.fund, x.period, s, err)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]statement.Period{
		"20230825": {From: 20230825, To: 20230825}, "202308": {From: 20230801, To: 20230831}, "202402": {From: 20240201, To: 20240231},
	} {
		p, err := statement.ParsePeriod(text)
		if err != nil || p != want || p.String() != text || p.Month() != (len(text) == 6) {
			t.Errorf("%s is %+v %v", text, p, err)
		}
	}
	for _, text := range []string{"", "2023", "202313", "20230230", "2023-08", "+20230825", "+2023082", "99999999999"} {
		if p, err := statement.ParsePeriod(text); !errors.Is(err, statement.ErrPeriod) {
			t.Errorf("%q is %+v %v", text, p, err)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, text := range []string{"20230825", "202308", "", "2023", "00000000"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := statement.ParsePeriod(text)
		if err == nil && (p.String() != text || p.From > p.To || p.From/100 != p.To/100) {
			t.Fatalf("%q is %+v", text, p)
		}
	})
}

// The postings of the ledger whose codes a client's cash may show have words.
func TestEveryKindHasWords(t *testing.T) {
	for _, code := range []ledger.Code{ledger.CodeDeposit, ledger.CodeInterest, ledger.CodeDeduction, ledger.CodeWriteOff, ledger.CodeSubscription} {
		if statement.KindOf(&books.Line{Code: code, Against: ledger.Pooled}, false) == statement.Other {
			t.Errorf("%s is other", code)
		}
	}
	for kind := range statement.KindWords {
		if w := statement.KindWords[kind]; w.ZH == "" || w.EN == "" {
			t.Errorf("%s has no words", kind)
		}
	}
}
