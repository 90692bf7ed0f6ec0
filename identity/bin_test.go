package identity

import (
	"errors"
	"strings"
	"testing"
)

const sampleCardBanks = `sancun-card-banks 1
# invented
date 20230801
source invented

999901|19|debit|BANK0001|甲银行|Bank A
99990123|19|prepaid|BANK0001|甲银行礼品卡|Bank A gift card
999901|16|credit|BANK0001|甲银行信用卡|Bank A credit card
9999|19|debit||某银行|Some bank
`

// The longest first digits of cards of the same length say whose a card is.
func TestCardBanks(t *testing.T) {
	table, err := ParseCardBanks([]byte(sampleCardBanks))
	if err != nil {
		t.Fatal(err)
	}
	for card, want := range map[string]CardBank{
		"9999010000000000001": {"BANK0001", DebitCard, "甲银行", "Bank A"}, "9999 0123 0000 0000 001": {"BANK0001", PrepaidCard, "甲银行礼品卡", "Bank A gift card"},
		"9999010000000001": {"BANK0001", CreditCard, "甲银行信用卡", "Bank A credit card"}, "9999990000000000001": {"", DebitCard, "某银行", "Some bank"},
		"99990100000000001": {}, "6200000000000000001": {}, "99": {}, "": {},
	} {
		if got, known := table.Of(card); got != want || known != (want != CardBank{}) {
			t.Errorf("%s is of %+v %v, want %+v", card, got, known, want)
		}
	}
	versions := []CardBanks{{Date: 20230801}, {Date: 20230901}, {Date: 20230701}}
	for today, want := range map[Day]Day{20230630: 0, 20230701: 20230701, 20230831: 20230801, 20240101: 20230901} {
		var got Day
		if holds := CardBanksOn(versions, today); holds != nil {
			got = holds.Date
		}
		if got != want {
			t.Errorf("on %d the table of %d holds, want %d", today, got, want)
		}
	}
}

func TestCardBanksRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"mark": {"sancun-card-banks 1", "sancun-card-banks 2"}, "date": {"date 20230801", "date 20230832"}, "no date": {"date 20230801\n", ""}, "two dates": {"date 20230801", "date 20230801\ndate 20230801"},
		"no source": {"source invented\n", ""}, "fields": {"|Some bank", ""}, "length": {"|16|", "|14|"}, "spelled length": {"|16|", "|016|"}, "kind": {"|prepaid|", "|gift|"},
		"digits": {"\n9999|", "\n9x99|"}, "few digits": {"\n9999|", "\n99|"}, "twice": {"\n9999|19", "\n999901|19"}, "code": {"BANK0001|甲银行|", "BANK00010|甲银行|"}, "no name": {"|某银行|", "||"},
		"bytes": {"某银行", "\xff"},
	} {
		if _, err := ParseCardBanks([]byte(strings.Replace(sampleCardBanks, change[0], change[1], 1))); !errors.Is(err, ErrCardBanks) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The invented table reads back and names the banks of invented cards.
func TestInventedCardBanks(t *testing.T) {
	table, err := ParseCardBanks(InventedCardBanks(20230801, []CardBank{{"A", DebitCard, "甲", "A"}, {"B", DebitCard, "乙", "B"}}))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := table.Of(NewPeople(1, 20230825).PersonOf(7, 2).Card); !ok || got.Bank != "B" || !strings.Contains(table.Source, "invented") {
		t.Errorf("%+v %v of %q", got, ok, table.Source)
	}
}

func FuzzCardBanks(f *testing.F) {
	f.Add([]byte(sampleCardBanks), "9999010000000000001")
	f.Fuzz(func(t *testing.T, text []byte, card string) {
		table, err := ParseCardBanks(text)
		if err != nil {
			return
		}
		if got, known := table.Of(card); known && (got.Chinese == "" || got.Kind == "") {
			t.Errorf("%q is of %+v", card, got)
		}
	})
}
