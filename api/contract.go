package api

import (
	"context"
	"slices"

	"sancun/books"
	"sancun/custody"
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

// Signed is the answer to an act on a contract that names a card.
type Signed struct {
	Outcome
	Card *CardNote `json:"card,omitempty" doc:"What the number of the card says, when it says something"`
}

// A request that names a card also names the bank of the contract.
func (b *NewContract) with() uint16    { return b.Bank }
func (b *PreDesignation) with() uint16 { return b.Bank }
func (b *NewCard) with() uint16        { return b.Bank }

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

// cards are the cards that a request on a contract names, by their places. The
// last one is the card of the contract from then on.
type cards []struct{ location, number string }

// withCards checks cards, keeps the last one sealed with the client's data, and
// has the machine decide. A gateway that owes the bank the number finds it there;
// that it is kept although the contract is refused does no harm.
func (a *API) withCards(ctx context.Context, p *pass, key string, fund uint64, bank uint16, named cards, cmd record.Command) (s Signed, err error) {
	for _, card := range named {
		if err := checkCard(card.location, card.number); err != nil {
			return s, err
		}
	}
	last := named[len(named)-1].number
	if last != "" {
		if err := a.keepCard(ctx, p, fund, identity.Normalise(last)); err != nil {
			return s, err
		}
	}
	if s.Outcome, err = a.decide(ctx, p, key, cmd); err != nil {
		return s, err
	}
	s.Card, err = a.cardNote(ctx, last, bank)
	return s, err
}

// keepCard seals a card with the contact data of a fund account's owner, unless
// it is there.
func (a *API) keepCard(ctx context.Context, p *pass, fund uint64, card string) error {
	client, err := a.owner(ctx, fund)
	if err != nil || client == 0 {
		return err // the machine says that there is no such account
	}
	if err := a.caughtUp(ctx); err != nil {
		return err
	}
	keys, err := a.config.Vault.Enrol([]uint64{client})
	if err != nil {
		return err
	}
	if known, err := a.texts(ctx, keys[0], vault.FieldCard); err != nil || slices.Contains(known, card) {
		return err
	}
	sealed, err := seal(keys[0], personal{vault.FieldCard, vault.NewSecret(card)})
	if err == nil {
		sealed, err = a.carry(ctx, client, sealed)
	}
	if err != nil {
		return err
	}
	var mobile state.Key
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		c, _ := m.Client(client)
		mobile = c.Mobile
	}); err != nil {
		return err
	}
	_, err = a.decide(ctx, p, "", &record.ChangeContact{Client: client, Mobile: mobile, Sealed: sealed})
	return err
}

// hangContract hangs an act on a contract whose request names cards.
func hangContract[B any, P interface {
	*B
	with() uint16
}](a *API, path, summary string, named func(b *B) cards, make func(fund uint64, b *B) record.Command) {
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/contract" + path, summary: summary, tag: "Contracts"},
		func(ctx context.Context, p *pass, in *onFund[B]) (Signed, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Signed{}, err
			}
			if err := in.check(false); err != nil {
				return Signed{}, err
			}
			return a.withCards(ctx, p, in.Key, in.Fund, P(&in.Body).with(), named(&in.Body), make(in.Fund, &in.Body))
		})
}

func (a *API) mountContracts() {
	const tag = "Contracts"
	hangRows(a, tag, "/v1/contracts/batch", "Sign up to 500 contracts, all or none (批量签约); the cards were given when the clients were opened", func(rows []SignedContract) record.Command {
		cmd := &record.SignContracts{}
		for _, r := range rows {
			cmd.Rows = append(cmd.Rows, record.ContractData{Fund: r.Fund, Bank: r.Bank, Card: a.card(r.Card)})
		}
		return cmd
	})
	hangContract(a, "", "Sign in one step (一步式签约)", func(b *NewContract) cards { return cards{{"body.card", b.Card}} },
		func(fund uint64, b *NewContract) record.Command {
			return &record.SignContract{
				Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card),
				Name: state.Key(a.config.Vault.NameIndex(vault.NewSecret(b.Name))), Verified: bit(b.Verified),
			}
		})
	cardOf := func(b *PreDesignation) cards { return cards{{"body.card", b.Card}} }
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/contract/pre-designation", summary: "First of two steps (预指定)", tag: tag},
		func(ctx context.Context, p *pass, in *onFund[PreDesignation]) (Signed, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Signed{}, err
			}
			if err := in.check(false); err != nil {
				return Signed{}, err
			}
			verified := in.Body.Verified && p.may(maker) || p.may(investor) // an investor was checked by signing in
			return a.withCards(ctx, p, in.Key, in.Fund, in.Body.Bank, cardOf(&in.Body), &record.PreDesignate{
				Fund: in.Fund, Bank: in.Body.Bank, Side: record.SideBroker, Card: a.card(in.Body.Card), Verified: bit(verified),
			})
		})
	hangContract(a, "/confirmation", "Second of two steps (指定确认)", cardOf, func(fund uint64, b *PreDesignation) record.Command {
		return &record.ConfirmDesignation{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card), Verified: bit(b.Verified)}
	})
	hangContract(a, "/card", "Change the bank settlement account", func(b *NewCard) cards {
		return cards{{"body.old", b.Old}, {"body.new", b.New}}
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
	hangOnFund(a, tag, "contract/closing/confirmation", "Close a fund account that has no bank, after its closing was asked for", func(_ *pass, fund uint64, _ *struct{}) record.Command {
		return &record.ConfirmClosing{Fund: fund}
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
