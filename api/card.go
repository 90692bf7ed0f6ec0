package api

import (
	"context"
	"errors"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// Cards takes the password of a bank card on its way to the bank (row K20, B.5). It
// may be called from several goroutines.
type Cards interface {
	// KeepPassword keeps the password of the card of a fund account at a bank for
	// the transfer that will be asked under a key of the journal, for a short time
	// and in memory alone. It returns ErrCards when it cannot take one now.
	KeepPassword(bank uint16, key state.Key, password vault.Secret) error
}

// ErrCards says that no password can be taken for a bank now.
var ErrCards = errors.New("no password of a card can be taken now")

// cardPasswordMax bounds the password of a card in bytes: what the longest PIN block
// holds.
const cardPasswordMax = 19

// keepCardPassword hands the password of a card to the gateway of the fund account's bank,
// before the transfer is asked: once that is durable, the message leaves at once. A
// key that was used before brings nothing new.
func (a *API) keepCardPassword(ctx context.Context, p *pass, key string, fund uint64, password string) error {
	switch {
	case password == "":
		return nil
	case len(password) > cardPasswordMax:
		return fieldProblem("body.card_password", "the password of a card has at most 19 characters", "银行卡密码至多19个字符")
	case a.config.Cards == nil:
		return noCards.problem("")
	}
	if err := a.ownFund(ctx, p, fund); err != nil {
		return err
	}
	done, err := a.answered(ctx, p, key)
	if err != nil || done {
		return err
	}
	var bank uint16
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		f, _, _ := m.Fund(fund)
		bank = f.Bank
	}); err != nil {
		return err
	}
	if bank == 0 {
		return nil // the machine says what is wrong with the account
	}
	err = a.config.Cards.KeepPassword(bank, record.KeyFor(p.caller(), key), vault.NewSecret(password))
	if errors.Is(err, ErrCards) {
		return busy.after(1, "")
	}
	return err
}
