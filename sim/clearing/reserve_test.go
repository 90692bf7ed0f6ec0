package clearing

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// bigPurchase costs the broker 71,200.00 and 5.60 of fees.
func bigPurchase(t *testing.T) []Trade {
	t.Helper()
	trade := smallDay(t)[0]
	trade.Quantity = 10_000
	return []Trade{trade}
}

// settlements are the broker's on the open day.
func settlements(h *House) []Settlement {
	return slices.DeleteFunc(h.Report().Settlements, func(s Settlement) bool { return s.Member != "broker" })
}

// The net of a day is paid on the next trading day at 16:00, not before: from
// the client account, then from the member's own, then not at all.
func TestSettlement(t *testing.T) {
	const due money.Amount = 71_205_60
	for _, c := range []struct {
		name                string
		client, own         money.Amount
		code                Code
		fromOwn, short      money.Amount
		fundCode            Code
		clientLeft, ownLeft money.Amount
	}{
		{"enough", 80_000_00, 10_00, CodeOK, 0, 0, CodeOK, 80_000_00 - due, 10_00},
		{"to the fen", due, 0, CodeOK, 0, 0, CodeOK, 0, 0},
		{"drawn", 70_000_00, 5_000_00, CodeDrawn, due - 70_000_00, 0, CodeShort, 0, 5_000_00 - (due - 70_000_00)},
		{"default", 70_000_00, 1_000_00, CodeDefault, 1_000_00, due - 71_000_00, CodeShort, 0, 0},
	} {
		config := testConfig(t, newMemory())
		config.Members[1].Accounts[0].Balance, config.Members[1].Accounts[1].Balance = c.client, c.own
		h := newHouse(t, config)
		report := play(t, h, friday, bigPurchase(t))
		at := slices.IndexFunc(report.Checks, func(f FundCheck) bool { return f.Account == shClient })
		if f := report.Checks[at]; f.Code != c.fundCode || f.Payable != due || f.Available != c.client-due {
			t.Errorf("%s: fund check %+v", c.name, f)
		}
		if err := errors.Join(h.Open(monday), h.Release(16*calendar.Hour-1)); err != nil {
			t.Fatal(err)
		}
		if got := settlements(h); len(got) != 0 {
			t.Errorf("%s: settled before 16:00: %+v", c.name, got)
		}
		if err := h.Release(16 * calendar.Hour); err != nil {
			t.Fatal(err)
		}
		got := settlements(h)
		if len(got) != 1 || got[0].Code != c.code || got[0].Amount != -due || got[0].FromOwn != c.fromOwn || got[0].Short != c.short {
			t.Errorf("%s: %+v", c.name, got)
		}
		if a := h.Accounts(1); a[0].Balance != c.clientLeft || a[1].Balance != c.ownLeft || a[0].Overdraft != c.short {
			t.Errorf("%s: accounts %+v", c.name, a[:2])
		}
	}
}

// A default costs a thousandth each calendar day and is made up first.
func TestDefaultIsMadeUp(t *testing.T) {
	config := testConfig(t, newMemory())
	config.Members[1].Accounts[0].Balance, config.Members[1].Accounts[1].Balance = 70_205_60, 0
	config.Members[1].Accounts[0].Minimum = 0
	h := newHouse(t, config)
	play(t, h, friday, bigPurchase(t))
	play(t, h, monday, nil)
	if a := h.Accounts(1)[0]; a.Overdraft != 1_000_00 || a.Penalty != 1_00 {
		t.Errorf("after one day %+v", a)
	}
	if err := errors.Join(h.Open(20230829), h.Release(9*calendar.Hour)); err != nil {
		t.Fatal(err)
	}
	if code := h.Deposit(shClient, money.CNY, Client, 2_000_00); code != CodeOK {
		t.Errorf("deposit: %s", code)
	}
	if code := h.Withdraw(shClient, money.CNY, Client, 1_000_00); code != CodeShort {
		t.Errorf("withdrawal of what is owed: %s", code)
	}
	if err := h.Release(16 * calendar.Hour); err != nil {
		t.Fatal(err)
	}
	if a := h.Accounts(1)[0]; a.Overdraft != 0 || a.Penalty != 0 || a.Balance != 999_00 {
		t.Errorf("made up %+v", a)
	}
}

// Moving cash has its hours and limits; every refusal has a code with words.
func TestCashMovements(t *testing.T) {
	h := newHouse(t, testConfig(t, newMemory()))
	if code := h.Deposit(shClient, money.CNY, Client, 1); code != CodeClosed {
		t.Errorf("before the first day: %s", code)
	}
	if err := errors.Join(h.Open(friday), h.Clear(slices.Values(bigPurchase(t)))); err != nil {
		t.Fatal(err)
	}
	if code := h.Deposit(shClient, money.CNY, Client, 1); code != CodeClosed {
		t.Errorf("at midnight: %s", code)
	}
	if err := h.Release(cashFrom); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		got  Code
		want Code
	}{
		{"deposit", h.Deposit(shClient, money.CNY, Client, 500_00), CodeOK},
		{"nothing", h.Deposit(shClient, money.CNY, Client, 0), CodeAmount},
		{"too much", h.Deposit(shClient, money.CNY, Client, amountMax+1), CodeAmount},
		{"currency", h.Deposit(shClient, money.USD, Client, 1), CodeAccount},
		{"purpose", h.Deposit(shClient, money.CNY, Own, 1), CodeAccount},
		{"withdraw", h.Withdraw(shClient, money.CNY, Client, 500_00), CodeOK},
		{"all", h.Withdraw(shClient, money.CNY, Client, 100_000_01), CodeShort},
		{"minimum", h.Withdraw(shClient, money.CNY, Client, 99_000_01), CodeMinimum},
		{"to the minimum", h.Withdraw(shClient, money.CNY, Client, 99_000_00), CodeOK},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
		if c.got.Chinese() == "" || c.got.English() == "" {
			t.Errorf("code %s has no words", c.got)
		}
	}
	if err := h.Release(cashTo); err != nil {
		t.Fatal(err)
	}
	if code := h.Withdraw(szClient, money.CNY, Client, 1); code != CodeClosed {
		t.Errorf("at 17:00: %s", code)
	}
}

// The minimum is looked at every day, also when nobody opens it.
func TestMinimumEveryDay(t *testing.T) {
	config := testConfig(t, newMemory())
	config.Members[1].Accounts[0].Minimum = 100_000_01
	h := newHouse(t, config)
	play(t, h, friday, nil)
	if err := h.Open(monday); err != nil {
		t.Fatal(err)
	}
	var dates []string
	for _, c := range h.Report().Minimums {
		if c.Account == shClient && c.Code == CodeMinimum {
			dates = append(dates, c.Date.Compact())
		}
	}
	if got := strings.Join(dates, " "); got != "20230826 20230827" {
		t.Errorf("short over the weekend on %q", got)
	}
}

// The formula, and its taking effect on the sixth trading day of the month.
func TestMinimumReserve(t *testing.T) {
	for _, c := range []struct {
		habit PayHabit
		early bool
		want  money.Rate
	}{{PaysByNine, false, 130_000_000}, {PaysByEleven, true, 153_000_000}, {PaysLater, true, 160_000_000}, {PaysLater, false, 151_000_000}} {
		if got := EquityRatio(c.habit, c.early); got != c.want {
			t.Errorf("ratio %d, %v: %d, want %d", c.habit, c.early, got, c.want)
		}
	}
	h := newHouse(t, testConfig(t, newMemory()))
	want, err := MinimumReserve(71_200_00, 31, 160_000_000)
	if err != nil || want != 367_48 {
		t.Fatalf("minimum %s, %v", want, err)
	}
	date, seen := calendar.Date(20230801), 0
	for date < 20230909 {
		trades := []Trade(nil)
		if date == 20230815 {
			trades = bigPurchase(t)
		}
		play(t, h, date, trades)
		minimum := h.Accounts(1)[0].Minimum
		if after := date >= 20230908; after != (minimum == want) || !after && minimum != 1_000_00 {
			t.Errorf("%s: minimum %s", date, minimum)
		}
		if date >= 20230901 {
			seen++
		}
		if date, err = h.config.Calendar.Next(date); err != nil {
			t.Fatal(err)
		}
	}
	if seen != 6 {
		t.Errorf("%d trading days of September played", seen)
	}
}

// What was settled stands in the next evening's files, with its code.
func TestSettledStandsInFiles(t *testing.T) {
	out := newMemory()
	config := testConfig(t, out)
	config.Members[1].Accounts[0].Balance = 70_000_00
	h := newHouse(t, config)
	trades := bigPurchase(t)
	trades = append(trades, smallDay(t)[5])
	play(t, h, friday, trades)
	play(t, h, monday, nil)
	jsmx := rows(t, out.file(monday, csdc.LayoutJsmx), csdc.ReadJsmx)
	if len(jsmx) != 1 || jsmx[0].RecordKind != csdc.JsmxResult || jsmx[0].Business != csdc.BusinessNet || jsmx[0].NetAmount != -71_205_60 ||
		jsmx[0].ResultCode != csdc.ResultDrawn || jsmx[0].ClearingDate != "20230825" || jsmx[0].SettlementDate != "20230828" {
		t.Errorf("jsmx %+v", jsmx)
	}
	jg := rows(t, out.file(monday, csdc.LayoutSJSJG), csdc.ReadSJSJG)
	if len(jg) != 1 || jg[0].Business != csdc.SZNet || jg[0].NetAmount <= 0 || jg[0].Settled != "Y" {
		t.Errorf("SJSJG %+v", jg)
	}
	if found := check(t, out, monday, 19, 0); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// B shares settle in their currency on the third day. The built-in rules have no
// fees for them, so without a rule of one's own they are refused.
func TestBShares(t *testing.T) {
	cal, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	rules := market.Builtin(cal)
	for _, kind := range []market.FeeKind{market.Stamp, market.Transfer, market.Handling, market.Regulatory} {
		rules.Fees = append(rules.Fees, market.FeeRule{Scope: market.Scope{From: 20200824, Boards: []market.Board{market.BShare}, Source: "test"}, Kind: kind})
	}
	config := testConfig(t, newMemory())
	config.Rules = rules
	config.Members[1].Accounts = append(config.Members[1].Accounts, Account{No: shClient, Market: market.Shanghai, Currency: money.USD, Purpose: Client, Balance: 1_000_00})
	h := newHouse(t, config)
	trade := smallDay(t)[0]
	trade.Security, trade.Price = id(t, "900901.SH"), 6_000
	report := play(t, h, friday, []Trade{trade})
	at := slices.IndexFunc(report.Nets, func(n Net) bool { return n.Member == "broker" })
	if n := report.Nets[at]; n.Currency != money.USD || n.Settles != 20230830 || n.Bought != 180_00 {
		t.Errorf("net %+v", n)
	}
	config = testConfig(t, newMemory())
	config.Rules = rules
	bare := newHouse(t, config)
	if err := errors.Join(bare.Open(friday), bare.Clear(slices.Values([]Trade{trade}))); err != nil {
		t.Fatal(err)
	}
	if err := bare.Release(17 * calendar.Hour); !errors.Is(err, ErrTrade) {
		t.Errorf("no account in the currency: %v", err)
	}
}
