package api_test

import (
	"fmt"
	"strings"
	"testing"

	"sancun/api"
	"sancun/identity"
)

// The first digits of a card name its bank, at the opening and at the signing; what
// is wrong warns and never refuses.
func TestCardNamesItsBank(t *testing.T) {
	table, err := identity.ParseCardBanks(identity.InventedCardBanks(20230801, []identity.CardBank{
		{Bank: "B", Kind: identity.DebitCard, Chinese: "甲银行", English: "Bank A"},
		{Bank: "B", Kind: identity.CreditCard, Chinese: "乙银行", English: "Bank B"},
		{Kind: identity.DebitCard, Chinese: "丙银行", English: "Bank C"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	later := table
	later.Date = 20991231
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.CardBanks = []identity.CardBanks{table, later} })
	card := func(n uint64, bank int) string { return identity.NewPeople(1, today).PersonOf(n, bank).Card }
	wrong := card(15, 1)
	wrong = wrong[:18] + string('0'+(wrong[18]-'0'+1)%10)
	for n, want := range map[uint64]struct {
		card string
		has  string
	}{
		11: {card(11, 1), `"bank":"甲银行","bank_en":"Bank A","code":"B","kind":"debit"}`}, 12: {card(12, 2), "card-not-debit"},
		13: {card(13, 4), "card-bank-unknown"}, 14: {"", "accepted"}, 15: {wrong, "card-check-digit"},
	} {
		body := client(n)
		body["card"] = want.card
		got := c.must("maker", "POST", "/v1/clients", fmt.Sprint("k", n), body)
		if !strings.Contains(string(got.raw), want.has) || got.code() != "accepted" || want.card == "" && got.body["cards"] != nil {
			t.Errorf("client %d: %s", n, got.raw)
		}
	}
	for n, want := range map[uint64]struct {
		bank int
		has  string
	}{11: {1, `"bank":"甲银行"`}, 12: {3, "card-of-another-bank"}, 14: {9, "card-bank-unknown"}} {
		c.must("maker", "POST", "/v1/funds", fmt.Sprint("f", n), map[string]any{"number": 880000 + n, "client": n, "currency": "CNY", "main": true})
		c.fill()
		path := fmt.Sprintf("/v1/funds/%d/contract", 880000+n)
		contract := map[string]any{"bank": 1, "card": card(n, want.bank), "name": person(n).Name, "verified": true}
		got := c.must("maker", "POST", path, fmt.Sprint("s", n), contract)
		if !strings.Contains(string(got.raw), want.has) || got.code() != "accepted" || n == 11 && strings.Contains(string(got.raw), "warnings") {
			t.Errorf("contract of client %d: %s", n, got.raw)
		}
		c.fill()
	}
}
