package api

import (
	"context"

	"sancun/identity"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// BankBalance is what the bank says of a card.
type BankBalance struct {
	Bank      uint16 `json:"bank"`
	Balance   int64  `json:"balance" doc:"Minor units"`
	Available int64  `json:"available" doc:"Minor units"`
}

// BankMatch is what the bank says of a client's data.
type BankMatch struct {
	Bank  uint16 `json:"bank"`
	Match string `json:"match" enum:"same,name,document,card" doc:"same, or the first thing that differs; card also when the bank does not know it"`
}

// matchWords are the words of wire.Match.
var matchWords = []string{wire.MatchSame: "same", wire.MatchName: "name", wire.MatchPaper: "document", wire.MatchAccount: "card"}

func (a *API) mountBankEnquiries() {
	const tag = "At the bank"
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/at-bank/balance", summary: "Ask the bank for the balance of the card, with the card's password", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Body struct {
				CardPassword string `json:"card_password" minLength:"1" maxLength:"19" format:"password" doc:"Of the bank card. It goes to the bank in a PIN block and is written nowhere"`
			}
		}) (BankBalance, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return BankBalance{}, err
			}
			said, bank, err := a.enquire(ctx, p, 0, BankQuestion{Fund: in.Fund, Password: vault.NewSecret(in.Body.CardPassword), Say: func(p wire.Party) wire.Message {
				return &wire.QueryBankBalance{FundAccount: p.FundAccount, BankAccount: p.BankAccount, Currency: p.Currency}
			}})
			if err != nil {
				return BankBalance{}, err
			}
			m, ok := said.Message.(*wire.QueryBankBalance)
			if !ok {
				return BankBalance{}, bankUnsayable.problem("")
			}
			return BankBalance{bank, int64(m.Balance), int64(m.Available)}, nil
		})
	hang(a, route{
		method: "POST", path: "/v1/funds/{fund}/at-bank/identity", summary: "Ask the bank whether it knows the client by the same name, document and card", tag: tag,
		about: "Before a contract the body names the bank and the card to ask about.",
	}, func(ctx context.Context, p *pass, in *struct {
		OfFund
		Body struct {
			Bank uint16 `json:"bank,omitempty" maximum:"255" doc:"The bank of the contract when there is none"`
			Card string `json:"card,omitempty" maxLength:"40" doc:"The card of the contract when there is none"`
		}
	}) (BankMatch, error) {
		if err := checkCard("body.card", in.Body.Card); err != nil {
			return BankMatch{}, err
		}
		said, bank, err := a.enquire(ctx, p, in.Body.Bank, BankQuestion{Fund: in.Fund, Card: identity.Normalise(in.Body.Card), Say: func(p wire.Party) wire.Message {
			return &wire.IdentityCheck{Party: p}
		}})
		if err != nil {
			return BankMatch{}, err
		}
		m, ok := said.Message.(*wire.IdentityCheck)
		if !ok {
			return BankMatch{}, bankUnsayable.problem("")
		}
		return BankMatch{bank, word(matchWords, m.Match)}, nil
	})
}

// enquire asks a bank, that of the contract when none is named. Nothing changes by
// it, so it may be asked again without a key.
func (a *API) enquire(ctx context.Context, p *pass, bank uint16, q BankQuestion) (BankWord, uint16, error) {
	if err := a.speaksToBanks(); err != nil {
		return BankWord{}, 0, err
	}
	if bank == 0 {
		var err error
		if bank, err = a.partner(ctx, q.Fund); err != nil {
			return BankWord{}, 0, err
		}
	}
	word, err := a.word(ctx, p, bank, q)
	return word, bank, err
}
