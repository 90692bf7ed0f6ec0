package node

import (
	"context"
	"errors"
	"fmt"

	"sancun/api"
	"sancun/gateway/bank"
	wire "sancun/wire/bank"
)

// asker lets the door ask banks what is no transfer: it fills in the client's data,
// hands the question to the bank's gateway and waits for what came of it.
type asker struct{ n *Node }

var _ api.Banks = asker{}

// AskBank implements api.Banks.
func (a asker) AskBank(ctx context.Context, number uint16, q api.BankQuestion) (api.BankWord, error) {
	gateway := a.n.Bank(number)
	if gateway == nil {
		return api.BankWord{}, fmt.Errorf("bank %d is not in the configuration: %w", number, api.ErrBankUnreached)
	}
	party, err := a.n.Owners.PartyWith(ctx, q.Fund, q.Card)
	if err != nil {
		return api.BankWord{}, fmt.Errorf("what bank %d must be told of a client: %w: %w", number, api.ErrBankUnsayable, err)
	}
	ask := bank.Question{Message: q.Say(party), Serial: q.Serial, Account: party.BankAccount, Then: q.Then}
	if q.NewCard != "" {
		ask.Account = q.NewCard
	}
	if password := q.Password.Plain(); password != "" {
		ask.Password, ask.HasPIN = wire.NewSecret(password), true
	}
	type end struct {
		reply bank.Reply
		err   error
	}
	done := make(chan end, 1) // the gateway never waits for who asked
	ask.Done = func(r bank.Reply, err error) { done <- end{r, err} }
	if err := gateway.Ask(ask); err != nil {
		return api.BankWord{}, fmt.Errorf("bank %d: %w: %w", number, api.ErrBankUnreached, err)
	}
	select {
	case <-ctx.Done():
		return api.BankWord{}, fmt.Errorf("bank %d: %w: %w", number, api.ErrBankSilent, ctx.Err())
	case e := <-done:
		return api.BankWord{Message: e.reply.Message, Decided: e.reply.Decided, Answer: e.reply.Answer}, wordError(number, e.reply, e.err)
	}
}

// wordError sorts how a question ended without an answer that counts. Only what was
// certainly not sent is told as such.
func wordError(number uint16, r bank.Reply, err error) error {
	switch {
	case err == nil:
		return nil
	case r.Message != nil, errors.Is(err, bank.ErrTimeout): // done there and not written here, or nobody knows
		return fmt.Errorf("bank %d: %w: %w", number, api.ErrBankSilent, err)
	case errors.Is(err, bank.ErrDown):
		return fmt.Errorf("bank %d: %w: %w", number, api.ErrBankUnreached, err)
	}
	return fmt.Errorf("bank %d: %w: %w", number, api.ErrBankUnsayable, err)
}
