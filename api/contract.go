package api

import (
	"context"

	"sancun/books"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// NewContract signs with a bank in one step.
type NewContract struct {
	Bank     uint16 `json:"bank" minimum:"1" maximum:"255"`
	Card     string `json:"card" minLength:"1" maxLength:"40" doc:"Bank settlement account"`
	Name     string `json:"name" minLength:"1" maxLength:"120" doc:"Name as the bank has it"`
	Verified bool   `json:"verified" doc:"The person was checked"`
}

// SignedContract is one row of a batch of contracts, checked by the bank before.
type SignedContract struct {
	Fund uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Bank uint16 `json:"bank" minimum:"1" maximum:"255"`
	Card string `json:"card" minLength:"1" maxLength:"40"`
}

// PreDesignation is the first or second of two steps, at the broker's side.
type PreDesignation struct {
	Bank     uint16 `json:"bank" minimum:"1" maximum:"255"`
	Card     string `json:"card,omitempty" maxLength:"40" doc:"Bank settlement account, when the broker knows it"`
	Verified bool   `json:"verified" doc:"The person was checked"`
}

// NewCard changes the bank settlement account.
type NewCard struct {
	Bank uint16 `json:"bank" minimum:"1" maximum:"255"`
	Old  string `json:"old" minLength:"1" maxLength:"40"`
	New  string `json:"new" minLength:"1" maxLength:"40"`
}

// Contract is one change of a fund account's relation to a bank.
type Contract struct {
	Height   uint64 `json:"height"`
	Date     uint32 `json:"date"`
	Act      string `json:"act" doc:"The command that made it"`
	Bank     uint16 `json:"bank,omitempty"`
	Relation string `json:"relation"`
	Asked    string `json:"asked,omitempty"`
}

// card is the keyed hash of a card, none for an empty one.
func (a *API) card(number string) state.Key {
	if number == "" {
		return state.Key{}
	}
	return state.Key(a.config.Vault.CardIndex(vault.NewSecret(number)))
}

// checkCard checks the form of a card that is there.
func checkCard(location, number string) error {
	if v := identity.CheckCard(identity.Normalise(number)); number != "" && !v.OK() {
		return fieldProblem(location, v.English(), v.Chinese())
	}
	return nil
}

// withCards checks cards and then decides.
func (a *API) withCards(ctx context.Context, p *pass, key string, cards map[string]string, cmd record.Command) (Outcome, error) {
	for _, location := range []string{"body.card", "body.old", "body.new"} {
		if err := checkCard(location, cards[location]); err != nil {
			return Outcome{}, err
		}
	}
	return a.decide(ctx, p, key, cmd)
}

// hangContract hangs an act on a contract whose request names cards.
func hangContract[B any](a *API, path, summary string, cards func(b *B) map[string]string, make func(fund uint64, b *B) record.Command) {
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/contract" + path, summary: summary, tag: "Contracts"},
		func(ctx context.Context, p *pass, in *onFund[B]) (Outcome, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Outcome{}, err
			}
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.withCards(ctx, p, in.Key, cards(&in.Body), make(in.Fund, &in.Body))
		})
}

func (a *API) mountContracts() {
	const tag = "Contracts"
	hangRows(a, tag, "/v1/contracts/batch", "Sign up to 500 contracts, all or none (批量签约)", func(rows []SignedContract) record.Command {
		cmd := &record.SignContracts{}
		for _, r := range rows {
			cmd.Rows = append(cmd.Rows, record.ContractData{Fund: r.Fund, Bank: r.Bank, Card: a.card(r.Card)})
		}
		return cmd
	})
	hangContract(a, "", "Sign in one step (一步式签约)", func(b *NewContract) map[string]string { return map[string]string{"body.card": b.Card} },
		func(fund uint64, b *NewContract) record.Command {
			return &record.SignContract{
				Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card),
				Name: state.Key(a.config.Vault.NameIndex(vault.NewSecret(b.Name))), Verified: bit(b.Verified),
			}
		})
	cardOf := func(b *PreDesignation) map[string]string { return map[string]string{"body.card": b.Card} }
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/contract/pre-designation", summary: "First of two steps (预指定)", tag: tag},
		func(ctx context.Context, p *pass, in *onFund[PreDesignation]) (Outcome, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Outcome{}, err
			}
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			verified := in.Body.Verified && p.may(maker) || p.may(investor) // an investor was checked by signing in
			return a.withCards(ctx, p, in.Key, cardOf(&in.Body), &record.PreDesignate{
				Fund: in.Fund, Bank: in.Body.Bank, Side: record.SideBroker, Card: a.card(in.Body.Card), Verified: bit(verified),
			})
		})
	hangContract(a, "/confirmation", "Second of two steps (指定确认)", cardOf, func(fund uint64, b *PreDesignation) record.Command {
		return &record.ConfirmDesignation{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card), Verified: bit(b.Verified)}
	})
	hangContract(a, "/card", "Change the bank settlement account", func(b *NewCard) map[string]string {
		return map[string]string{"body.old": b.Old, "body.new": b.New}
	}, func(fund uint64, b *NewCard) record.Command {
		return &record.ChangeCard{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Old: a.card(b.Old), New: a.card(b.New)}
	})
	a.mountApplications(tag)
}

// mountApplications hangs what leaves a bank.
func (a *API) mountApplications(tag string) {
	hangOnFund(a, tag, "contract/change-of-bank", "Ask to leave the bank (变更存管银行)", func(_ *pass, fund uint64, b *Checked) record.Command {
		return &record.AskChangeBank{Fund: fund, Verified: bit(b.Verified)}
	})
	hangOnFund(a, tag, "contract/closing", "Ask to close the fund account (销户)", func(_ *pass, fund uint64, b *Checked) record.Command {
		return &record.AskClosing{Fund: fund, Verified: bit(b.Verified)}
	})
	hangOnFund(a, tag, "contract/cancellation", "Take a pre-designation back, or end the relation of an empty auxiliary account", func(_ *pass, fund uint64, b *struct {
		Bank uint16 `json:"bank" minimum:"1" maximum:"255"`
	}) record.Command {
		return &record.CancelRelation{Fund: fund, Bank: b.Bank, Side: record.SideBroker}
	})
	hangOnFund(a, tag, "contract/withdraw-application", "Take an application to leave or to close back", func(_ *pass, fund uint64, _ *struct{}) record.Command {
		return &record.WithdrawApplication{Fund: fund}
	})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/contracts", summary: "The history of a contract", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Paged
		}) (Page[Contract], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Contract]{}, err
			}
			l, err := a.config.Books.Contracts(ctx, in.Fund, in.page())
			return list(l, func(c books.Contract) Contract {
				return Contract{c.Height, c.Date, kindName(record.Kind(c.Kind)), c.Bank, word(relationWords, c.Relation), word(closingWords, c.Closing)}
			}), err
		})
}
