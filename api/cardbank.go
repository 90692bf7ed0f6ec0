package api

import (
	"context"
	"strings"

	"sancun/custody"
	"sancun/identity"
)

// CardNote is what the number of a card says before anybody is asked (row K10). It
// never refuses anything: tables are never complete, and the bank itself checks
// the card when the contract is signed.
type CardNote struct {
	Client   uint64        `json:"client,omitempty"`
	Bank     string        `json:"bank,omitempty" doc:"Name of the bank by the first digits, in Chinese; none when the table does not have them"`
	English  string        `json:"bank_en,omitempty"`
	Code     string        `json:"code,omitempty" doc:"Its institution code, when the house has a contract with it"`
	Kind     string        `json:"kind,omitempty" doc:"debit, credit or prepaid"`
	Warnings []CardWarning `json:"warnings,omitempty"`
}

// CardWarning is something a person should look at.
type CardWarning struct {
	Name    string `json:"code" doc:"card-bank-unknown, card-of-another-bank, card-not-debit or card-check-digit"`
	English string `json:"en"`
	Chinese string `json:"zh"`
}

var (
	cardUnknown  = CardWarning{"card-bank-unknown", "The first digits of the card are not in the table; ask which bank it is of.", "卡号前几位不在发卡行表中，请向客户核实开户银行。"}
	cardOfOther  = CardWarning{"card-of-another-bank", "The card is not of the bank of this contract; the bank will refuse it unless the table is wrong.", "该卡不是签约银行的卡，除非发卡行表有误，银行将拒绝签约；请核对。"}
	cardNotDebit = CardWarning{"card-not-debit", "The card is no debit card; a bank settlement account needs one.", "该卡不是借记卡，银行结算账户须为借记卡。"}
)

// cardNote says what a card's number says, nil when there is no card, or neither a
// table nor anything wrong. bank is that of a contract, 0 without one.
func (a *API) cardNote(ctx context.Context, card string, bank uint16) (*CardNote, error) {
	if card == "" {
		return nil, nil
	}
	var note CardNote
	if v := identity.CheckCard(identity.Normalise(card)); v.Warning() {
		note.Warnings = append(note.Warnings, CardWarning{"card-check-digit", v.English(), v.Chinese()})
	}
	if len(a.config.CardBanks) > 0 {
		if err := a.cardBank(ctx, &note, card, bank); err != nil {
			return nil, err
		}
	}
	if note.Bank == "" && len(note.Warnings) == 0 {
		return nil, nil
	}
	return &note, nil
}

// cardBank adds what the table that holds today says.
func (a *API) cardBank(ctx context.Context, note *CardNote, card string, bank uint16) error {
	today, err := a.today(ctx)
	if err != nil {
		return err
	}
	table := identity.CardBanksOn(a.config.CardBanks, identity.Day(today))
	if table == nil {
		return nil // the first version has not begun
	}
	of, known := table.Of(card)
	if !known {
		note.Warnings = append(note.Warnings, cardUnknown)
		return nil
	}
	note.Bank, note.English, note.Code, note.Kind = of.Chinese, of.English, of.Bank, string(of.Kind)
	if of.Kind != identity.DebitCard {
		note.Warnings = append(note.Warnings, cardNotDebit)
	}
	if bank == 0 {
		return nil
	}
	var code string
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		for _, b := range m.Banks() {
			if b.Number == bank {
				code = strings.TrimRight(string(b.Code[:]), "\x00")
			}
		}
	}); err != nil {
		return err
	}
	if code != of.Bank {
		note.Warnings = append(note.Warnings, cardOfOther)
	}
	return nil
}
