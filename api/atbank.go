package api

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"

	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// Banks asks a bank what is no transfer (rows K16, K19, K23, K24). It may be called
// from several goroutines.
type Banks interface {
	// AskBank says a question to a bank and returns its answer, whatever that is.
	// It returns ErrBankUnreached or ErrBankUnsayable when the bank has certainly
	// not been told, and ErrBankSilent when nobody knows.
	AskBank(ctx context.Context, bank uint16, q BankQuestion) (BankWord, error)
}

// BankQuestion is something to ask a bank of a fund account's owner.
type BankQuestion struct {
	Fund     uint64
	Card     string                          // that the message names; empty is that of the contract
	NewCard  string                          // when set, the password is that of this card
	Say      func(p wire.Party) wire.Message // makes the message of the client's data
	Serial   string                          // the same for the same question asked again; empty when that does no harm
	Password vault.Secret                    // of the card, empty for none
	Then     *record.Request                 // decided after the bank's success; nil for none
}

// BankWord is what a bank answered.
type BankWord struct {
	Message wire.Message
	Decided bool         // Then was decided
	Answer  state.Answer // of Then
}

// The reasons why there is no word of a bank.
var (
	ErrBankUnreached = errors.New("the bank could not be told, nothing was sent")
	ErrBankUnsayable = errors.New("the bank could not be told in its format, nothing was sent")
	ErrBankSilent    = errors.New("the bank has not answered, the outcome is unknown")
)

// The problems of asking a bank.
var (
	noBanks       = door{http.StatusNotImplemented, record.Sentence{Name: "no-bank-to-ask", ZH: "本中心不能向银行发起此业务", EN: "no bank can be asked here", AdviceZH: "请在连接银行的中心办理", AdviceEN: "ask at a centre that speaks to banks"}}
	bankRefused   = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bank-refused", ZH: "银行拒绝，业务未办理", EN: "the bank refused, nothing was done on either side", AdviceZH: "按detail中银行的答复更正后，以新的幂等键重新提交", AdviceEN: "correct what the bank says in detail, and send it under a new key"}}
	bankUnreached = door{http.StatusServiceUnavailable, record.Sentence{Name: "bank-unreached", ZH: "与银行无连接，业务未办理", EN: "there is no line to the bank, nothing was sent", AdviceZH: "银行签到后以同一幂等键重试", AdviceEN: "try again under the same key when the bank has signed in"}}
	bankUnsayable = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bank-unsayable", ZH: "无法按银行格式组成报文，业务未办理", EN: "the bank's format cannot say this, nothing was sent", AdviceZH: "请核对银行卡、密码和客户资料是否齐全", AdviceEN: "check that card, password and the client's data are there and of the bank's form"}}
)

// asking is one act at a bank, from the request to the answer.
type asking struct {
	key  string
	bank uint16
	by   record.Caller // whom the journal names: staff, or the bank whose word it is
	cmd  record.Command
	keep string // a card to keep sealed before the bank is told of it
	q    BankQuestion
}

// told has the bank do something and then the machine decide it. The bank is asked
// only for what the machine would take. A key that was decided brings its answer
// again; one that was not is asked again under the same serial, which the bank
// answers as the first time.
func (a *API) told(ctx context.Context, p *pass, x asking) (Signed, error) {
	if err := a.speaksToBanks(); err != nil {
		return Signed{}, err
	}
	key := record.KeyFor(p.caller(), x.key)
	if x.q.Serial == "" {
		x.q.Serial = "Q" + hex.EncodeToString(key[:])[:19]
	}
	x.q.Then = &record.Request{Caller: x.by, Key: key, Cmd: x.cmd}
	done, err := a.answered(ctx, p, x.key)
	if err != nil {
		return Signed{}, err
	}
	var got state.Answer
	if done {
		all, err := a.config.Core.Submit(ctx, *x.q.Then)
		if err != nil {
			return Signed{}, err
		}
		got = all[0]
	} else if got, err = a.askAndDecide(ctx, p, &x); err != nil {
		return Signed{}, err
	}
	if got.Code != uint16(record.Accepted) {
		return Signed{}, rejected(got)
	}
	s := Signed{Outcome: accepted(got)}
	s.Card, err = a.cardNote(ctx, x.keep, x.bank)
	return s, err
}

func (a *API) askAndDecide(ctx context.Context, p *pass, x *asking) (state.Answer, error) {
	var code record.Code
	var ref uint64
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { code, ref = m.Foresee(x.by, x.cmd) }); err != nil {
		return state.Answer{}, err
	}
	if code != record.Accepted {
		return state.Answer{}, rejected(state.Answer{Code: uint16(code), Ref: ref})
	}
	if _, ok := x.cmd.(*record.CloseInterest); ok {
		x.q.Say = closingInterest(ref)
	}
	if x.q.Say == nil { // there is nothing that the bank must know
		all, err := a.config.Core.Submit(ctx, *x.q.Then)
		if err != nil {
			return state.Answer{}, err
		}
		return all[0], nil
	}
	if x.keep != "" {
		if err := a.keepCard(ctx, p, x.q.Fund, x.keep); err != nil {
			return state.Answer{}, err
		}
	}
	word, err := a.word(ctx, p, x.bank, x.q)
	if err != nil {
		return state.Answer{}, err
	}
	if word.Answer.Code != uint16(record.Accepted) { // between asking and deciding something has changed here
		a.config.Log.Error("a bank has done what we then refused: people must look", slog.Int("bank", int(x.bank)), slog.Uint64("fund", x.q.Fund),
			slog.String("act", kindName(x.cmd.Kind())), slog.String("code", record.Code(word.Answer.Code).String()))
	}
	return word.Answer, nil
}

// speaksToBanks refuses where no bank can be asked.
func (a *API) speaksToBanks() error {
	switch {
	case a.config.Banks == nil:
		return noBanks.problem("")
	case a.config.Standing != nil && !a.config.Standing().Writes:
		return notWriting.problem("")
	}
	return nil
}

// word asks a bank and returns its success; a definite refusal and an unknown
// outcome are problems of their own. Who asked stands in the log.
func (a *API) word(ctx context.Context, p *pass, bank uint16, q BankQuestion) (BankWord, error) {
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	default:
		return BankWord{}, busy.after(1, "")
	}
	word, err := a.config.Banks.AskBank(ctx, bank, q)
	log := a.config.Log.With(slog.Int("bank", int(bank)), slog.Uint64("fund", q.Fund), slog.String("by", callerName(p.caller())))
	if err != nil {
		log.Warn("a bank was asked and there is no word of it", slog.Any("error", err))
	}
	switch {
	case errors.Is(err, ErrBankUnreached):
		return word, bankUnreached.after(5, "")
	case errors.Is(err, ErrBankUnsayable):
		return word, bankUnsayable.problem("")
	case errors.Is(err, ErrBankSilent):
		return word, unknown.problem("")
	case err != nil:
		return word, err
	}
	r := word.Message.Result()
	log.Info("a bank was asked", slog.String("what", word.Message.Function().String()), slog.String("outcome", r.Final().String()))
	switch final := r.Final(); {
	case final.Definite():
		return word, bankRefused.problem(r.ErrorCode + " " + r.ErrorText)
	case final != wire.Success:
		return word, unknown.problem(r.ErrorCode + " " + r.ErrorText)
	}
	return word, nil
}

// ContractAtBank signs at the bank in one step.
type ContractAtBank struct {
	NewContract
	CardPassword string `json:"card_password" minLength:"1" maxLength:"19" format:"password" doc:"Of the bank card. It goes to the bank in a PIN block and is written nowhere"`
}

// StepAtBank is the first or second of two steps, told to the bank.
type StepAtBank struct {
	Bank         uint16 `json:"bank" minimum:"1" maximum:"255"`
	Card         string `json:"card" minLength:"1" maxLength:"40" doc:"Bank settlement account"`
	Verified     bool   `json:"verified" doc:"The person was checked"`
	CardPassword string `json:"card_password,omitempty" maxLength:"19" format:"password" doc:"Of the bank card, for a second step at a bank that asks for it; written nowhere"`
}

// CardAtBank changes the bank settlement account at the bank.
type CardAtBank struct {
	NewCard
	CardPassword string `json:"card_password" minLength:"1" maxLength:"19" format:"password" doc:"Of the new card; written nowhere"`
}

// LeaveBank tells a bank that a client goes to another one.
type LeaveBank struct {
	NewBank string `json:"new_bank" minLength:"1" maxLength:"20" pattern:"^[A-Za-z0-9]+$" doc:"Institution code of the bank the client goes to"`
}

// hangAtBank hangs an act on a fund account that is told to the bank.
func hangAtBank[B any](a *API, path, summary string, make func(ctx context.Context, p *pass, fund uint64, b *B) (asking, error)) {
	hang(a, route{
		method: "POST", path: "/v1/funds/{fund}/at-bank/" + path, summary: summary, tag: "At the bank",
		about: "The bank is asked first, then the machine decides. bank-refused and bank-unreached mean that nothing was done; after outcome-unknown send the same request under the same key.",
	}, func(ctx context.Context, p *pass, in *onFund[B]) (Signed, error) {
		if err := a.ownFund(ctx, p, in.Fund); err != nil {
			return Signed{}, err
		}
		if err := in.check(true); err != nil {
			return Signed{}, err
		}
		x, err := make(ctx, p, in.Fund, &in.Body)
		if err != nil {
			return Signed{}, err
		}
		x.key, x.q.Fund = in.Key, in.Fund
		if x.by == 0 {
			x.by = p.caller()
		}
		return a.told(ctx, p, x)
	})
}

func (a *API) mountAtBank() {
	hangAtBank(a, "contract", "Sign with a bank in one step, at the bank too (一步式签约)", func(_ context.Context, _ *pass, fund uint64, b *ContractAtBank) (asking, error) {
		card := identity.Normalise(b.Card)
		return asking{
			bank: b.Bank, keep: card, cmd: &record.SignContract{
				Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card), Name: state.Key(a.config.Vault.NameIndex(vault.NewSecret(b.Name))), Verified: bit(b.Verified),
			},
			q: BankQuestion{Card: card, Password: vault.NewSecret(b.CardPassword), Say: func(p wire.Party) wire.Message { return &wire.SignOneStep{Party: p} }},
		}, checkCard("body.card", b.Card)
	})
	hangAtBank(a, "pre-designation", "First of two steps, told to the bank (预指定)", func(_ context.Context, _ *pass, fund uint64, b *StepAtBank) (asking, error) {
		card := identity.Normalise(b.Card)
		return asking{
			bank: b.Bank, keep: card, cmd: &record.PreDesignate{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card), Verified: bit(b.Verified)},
			q: BankQuestion{Card: card, Say: func(p wire.Party) wire.Message { return &wire.PreDesignate{Party: p} }},
		}, checkCard("body.card", b.Card)
	})
	hangAtBank(a, "confirmation", "Second of two steps, told to the bank (指定确认)", func(_ context.Context, _ *pass, fund uint64, b *StepAtBank) (asking, error) {
		card := identity.Normalise(b.Card)
		return asking{
			bank: b.Bank, keep: card, cmd: &record.ConfirmDesignation{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Card: a.card(b.Card), Verified: bit(b.Verified)},
			q: BankQuestion{Card: card, Password: vault.NewSecret(b.CardPassword), Say: func(p wire.Party) wire.Message { return &wire.Confirm{Party: p} }},
		}, checkCard("body.card", b.Card)
	})
	hangAtBank(a, "card", "Change the bank settlement account, at the bank too", func(_ context.Context, _ *pass, fund uint64, b *CardAtBank) (asking, error) {
		fresh := identity.Normalise(b.New)
		return asking{
			bank: b.Bank, keep: fresh, cmd: &record.ChangeCard{Fund: fund, Bank: b.Bank, Side: record.SideBroker, Old: a.card(b.Old), New: a.card(b.New)},
			q: BankQuestion{Card: identity.Normalise(b.Old), NewCard: fresh, Password: vault.NewSecret(b.CardPassword), Say: func(p wire.Party) wire.Message {
				return &wire.ChangeBankAccount{Party: p, NewBankAccount: fresh}
			}},
		}, errors.Join(checkCard("body.old", b.Old), checkCard("body.new", b.New))
	})
	a.mountLeaving()
	a.mountClosingInterest()
	a.mountBankEnquiries()
}

// mountLeaving hangs what ends a relation.
func (a *API) mountLeaving() {
	hangAtBank(a, "cancellation", "End the relation of an empty auxiliary account, or take a pre-designation back, at the bank too", func(_ context.Context, _ *pass, fund uint64, b *struct {
		Bank uint16 `json:"bank" minimum:"1" maximum:"255"`
	}) (asking, error) {
		return asking{
			bank: b.Bank, cmd: &record.CancelRelation{Fund: fund, Bank: b.Bank, Side: record.SideBroker},
			q: BankQuestion{Say: func(p wire.Party) wire.Message { return &wire.CancelContract{Party: p} }},
		}, nil
	})
	hangAtBank(a, "change-of-bank", "Have the former bank end its side of a change of bank that was asked for (变更存管银行)", func(ctx context.Context, _ *pass, fund uint64, b *LeaveBank) (asking, error) {
		bank, err := a.partner(ctx, fund)
		return asking{
			bank: bank, by: record.CallerOf(record.CallerBank, uint64(bank)), cmd: &record.ConfirmChangeBank{Fund: fund, Bank: bank},
			q: BankQuestion{Say: func(p wire.Party) wire.Message { return &wire.ChangeCustodyBank{Party: p, NewBank: b.NewBank} }},
		}, err
	})
	hangAtBank(a, "closing", "Have the bank close its side of a closing that was asked for, and close the fund account (销户)", func(ctx context.Context, _ *pass, fund uint64, _ *struct{}) (asking, error) {
		bank, err := a.partner(ctx, fund)
		return asking{
			bank: bank, by: record.CallerOf(record.CallerBank, uint64(bank)), cmd: &record.ConfirmClosing{Fund: fund, Bank: bank},
			q: BankQuestion{Say: func(p wire.Party) wire.Message { return &wire.CancelContract{Party: p} }},
		}, err
	})
}

// partner returns the bank that a fund account has a relation with, in force or
// before its second step, or the one it had.
func (a *API) partner(ctx context.Context, fund uint64) (bank uint16, err error) {
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		switch f, _, _ := m.Fund(fund); f.Relation {
		case custody.RelationDesignated, custody.RelationCancelled: // what ended it may be asked for again
			bank = f.Bank
		case custody.RelationPreDesignated:
			bank = f.Next
		}
	})
	if err == nil && bank == 0 {
		err = rejected(state.Answer{Code: uint16(record.NotSigned)})
	}
	return bank, err
}
