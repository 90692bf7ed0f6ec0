package identity

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CardKind says what a card is good for.
type CardKind string

// The kinds of cards. Only a debit card is a bank settlement account.
const (
	DebitCard   CardKind = "debit"
	CreditCard  CardKind = "credit"
	PrepaidCard CardKind = "prepaid"
)

// CardBank is what the first digits of a card say (发卡行标识): whose card it is.
type CardBank struct {
	Bank    string // institution code as banks are configured with; empty for a bank the house has no contract with
	Kind    CardKind
	Chinese string
	English string
}

// CardBanks is one dated version of a table of first digits.
// docs/formats/card-banks.md draws its text.
type CardBanks struct {
	Date   Day    // first business date it holds
	Source string // where it was taken from, for people
	rows   map[string]CardBank
}

// The bounds of a table. The tables of the card scheme have some thousand rows.
const (
	CardBanksBytesMax = 8 << 20
	cardBanksRowsMax  = 100_000
	binMin, binMax    = 3, 12 // digits that name a bank
	bankNameMax       = 80
)

// ErrCardBanks says that a text is no table of first digits.
var ErrCardBanks = errors.New("not a table of card banks")

const cardBanksMark = "sancun-card-banks 1"

// ParseCardBanks reads the text of a table. Its error says the line.
func ParseCardBanks(text []byte) (t CardBanks, err error) {
	t.rows = map[string]CardBank{}
	form := dated{mark: cardBanksMark, bytesMax: CardBanksBytesMax, lineMax: bufio.MaxScanTokenSize, wrong: ErrCardBanks, head: t.head, row: t.row}
	if err := form.read(text); err != nil {
		return t, err
	}
	if t.Date == 0 || t.Source == "" || len(t.rows) == 0 {
		return t, fmt.Errorf("date, source or rows are missing: %w", ErrCardBanks)
	}
	return t, nil
}

// head reads a line such as "date 20230801".
func (t *CardBanks) head(key, value string) error {
	if taken, err := takeHead(key, value, &t.Date, &t.Source); taken {
		return err
	}
	return errors.New("want date or source once each, or a row with bars")
}

// row reads a line such as "620001|19|debit|BANK0001|甲银行|Bank A".
func (t *CardBanks) row(line string) error {
	part := strings.Split(line, "|")
	if len(part) != 6 || len(t.rows) >= cardBanksRowsMax {
		return errors.New("a row has six fields")
	}
	digits := part[0]
	length, err := strconv.Atoi(part[1])
	if err != nil || strconv.Itoa(length) != part[1] || length < cardMin || length > cardMax {
		return fmt.Errorf("a card has %d to %d digits", cardMin, cardMax)
	}
	b := CardBank{Kind: CardKind(part[2]), Bank: part[3], Chinese: part[4], English: part[5]}
	switch {
	case !digitsOnly(digits) || len(digits) < binMin || len(digits) > binMax:
		return fmt.Errorf("%d to %d first digits name a bank", binMin, binMax)
	case !slices.Contains([]CardKind{DebitCard, CreditCard, PrepaidCard}, b.Kind):
		return errors.New("a card is debit, credit or prepaid")
	case len(b.Bank) > 8 || b.Chinese == "" || b.English == "" || len(b.Chinese) > bankNameMax || len(b.English) > bankNameMax:
		return fmt.Errorf("a code has at most 8 bytes, a name 1 to %d", bankNameMax)
	}
	key := part[1] + ":" + digits
	if _, twice := t.rows[key]; twice {
		return errors.New("the same digits stand there twice")
	}
	t.rows[key] = b
	return nil
}

// Of returns whose card a number is: the longest first digits of cards of that
// length that the table has. An unknown one says nothing against the card: tables
// are never complete.
func (t *CardBanks) Of(card string) (CardBank, bool) {
	card = Normalise(card)
	for n := min(binMax, len(card)); n >= binMin; n-- {
		if b, ok := t.rows[strconv.Itoa(len(card))+":"+card[:n]]; ok {
			return b, true
		}
	}
	return CardBank{}, false
}

// CardBanksOn returns the newest of some versions that has begun on a date, nil
// before the first.
func CardBanksOn(versions []CardBanks, today Day) (holds *CardBanks) {
	for i := range versions {
		if v := &versions[i]; v.Date <= today && (holds == nil || v.Date > holds.Date) {
			holds = v
		}
	}
	return holds
}

// InventedCardBanks writes a table for simulated worlds: bank n has the digits of
// InventedBIN, which no bank issues. At most InventedBanks have different ones.
func InventedCardBanks(date Day, banks []CardBank) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n# Invented for a simulation: no bank issues cards with these digits.\ndate %d\nsource invented by the simulator, not for real business\n", cardBanksMark, date)
	for i, bank := range banks {
		fmt.Fprintf(&b, "%s|%d|%s|%s|%s|%s\n", InventedBIN(i+1), cardMax, bank.Kind, bank.Bank, bank.Chinese, bank.English)
	}
	return b.Bytes()
}
