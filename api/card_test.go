package api_test

import (
	"strings"
	"testing"

	"sancun/api"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// keeper keeps passwords of cards as a gateway does, or is full.
type keeper struct {
	kept map[state.Key]string
	bank uint16
	full bool
}

func (k *keeper) KeepPassword(bank uint16, key state.Key, password vault.Secret) error {
	if k.full {
		return api.ErrCards
	}
	k.bank, k.kept[key] = bank, password.Plain()
	return nil
}

// The password of a card goes to the gateway of the account's bank under the key of
// the request, once, and only for who may move that account's money.
func TestCardPasswordIsHandedOver(t *testing.T) {
	k := &keeper{kept: map[state.Key]string{}}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Cards = k })
	withMoney(c)
	deposit := map[string]any{"fund": 880001, "amount": 500, "card_password": "246810"}
	first := c.must("ming", "POST", "/v1/deposits", "d1", deposit)
	key := record.KeyFor(record.CallerOf(record.CallerClient, 1), "d1")
	if len(k.kept) != 1 || k.kept[key] != "246810" || k.bank != 1 {
		t.Errorf("kept %v for bank %d", k.kept, k.bank)
	}
	clear(k.kept)
	if again := c.must("ming", "POST", "/v1/deposits", "d1", deposit); string(again.raw) != string(first.raw) || len(k.kept) != 0 {
		t.Errorf("again: %s, kept %v", again.raw, k.kept)
	}
	c.must("hong", "POST", "/v1/withdrawals", "w1", map[string]any{"fund": 880002, "amount": 500, "fund_password": "Cash-Cow-57", "card_password": "135790"})
	if len(k.kept) != 1 || k.bank != 2 {
		t.Errorf("of a withdrawal: kept %v for bank %d", k.kept, k.bank)
	}
	clear(k.kept)
	for what, send := range map[string]func() reply{
		"unknown-object": func() reply { return c.send("hong", "POST", "/v1/deposits", "d2", deposit) },
		"bad-field": func() reply {
			return c.send("ming", "POST", "/v1/deposits", "d3", map[string]any{"fund": 880001, "amount": 500, "card_password": strings.Repeat("1", 20)})
		},
		"busy": func() reply {
			k.full = true
			return c.send("ming", "POST", "/v1/deposits", "d4", deposit)
		},
	} {
		if got := send(); got.code() != what || len(k.kept) != 0 || strings.Contains(string(got.raw), "246810") {
			t.Errorf("%s: %d %s, kept %v", what, got.status, got.raw, k.kept)
		}
		k.full = false
	}
	plain := withClients(t, 1000)
	if got := plain.send("ming", "POST", "/v1/deposits", "d1", deposit); got.status != 501 || got.code() != "no-card-passwords" {
		t.Errorf("without a gateway: %d %s", got.status, got.raw)
	}
}
