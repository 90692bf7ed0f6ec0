package node

import (
	"fmt"

	"sancun/api"
	"sancun/state"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// cards lets the door hand the password of a bank card to the gateway of the bank,
// which seals it into the message. It lies nowhere but in the gateway's memory.
type cards struct{ n *Node }

var _ api.Cards = cards{}

// KeepPassword implements api.Cards.
func (c cards) KeepPassword(number uint16, key state.Key, password vault.Secret) error {
	gateway := c.n.Bank(number)
	if gateway == nil {
		return fmt.Errorf("bank %d: %w", number, ErrNotAvailable)
	}
	if err := gateway.KeepPassword(key, wire.NewSecret(password.Plain())); err != nil {
		return fmt.Errorf("bank %d: %w: %w", number, api.ErrCards, err)
	}
	return nil
}
