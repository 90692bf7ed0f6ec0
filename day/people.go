package day

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"

	"sancun/identity"
	"sancun/internal/durable"
	"sancun/money"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// investor is one invented client with one main fund account.
type investor struct {
	person  identity.Person
	number  uint64
	fund    uint64
	bank    uint16
	opened  money.Amount // opening balance
	cash    money.Amount // what the player thinks is left of it
	wealth  int          // 0 small to 3 large: how much they hold and how big they trade
	opening []holding
	stocks  []holding // what is left to sell
}

// holding is an opening position.
type holding struct {
	stock int // place in the list of stocks
	units money.Quantity
}

// Numbers of invented clients and accounts begin here.
const (
	clientBase = 100_000_000
	fundBase   = 880_000_000_000
	bankCards  = 1_000_000 // what every card holds at the bank, in yuan
)

// invent makes the clients: many small ones and a few large ones.
func invent(c Config, stocks []stock) []investor {
	rng := dice(c.Seed, diceClients)
	people := identity.NewPeople(c.Seed, identity.Day(c.Date))
	all := make([]investor, c.Clients)
	for n := range all {
		v := &all[n]
		v.bank = uint16(1 + n%c.Banks)
		v.person = people.PersonOf(uint64(n), int(v.bank))
		v.number, v.fund = clientBase+uint64(n), fundBase+uint64(n)
		switch p := rng.IntN(1000); {
		case p < 5:
			v.wealth = 3
		case p < 80:
			v.wealth = 2
		case p < 400:
			v.wealth = 1
		}
		scale := [...]int64{2_000_000, 15_000_000, 120_000_000, 2_000_000_000}[v.wealth] // fen
		v.opened = money.Amount(scale/4 + rng.Int64N(scale*2))
		v.cash = v.opened
		v.opening = holdings(rng, stocks, v.wealth)
		v.stocks = slices.Clone(v.opening)
	}
	return all
}

// holdings draws opening positions, weighted towards what the market trades.
func holdings(rng *rand.Rand, stocks []stock, wealth int) []holding {
	count := 2 + rng.IntN(3+2*wealth)
	var own []holding
	for range count {
		at := pick(rng, stocks)
		lots := 1 + rng.IntN([...]int{10, 40, 200, 2000}[wealth])
		own = append(own, holding{at, money.Quantity(100*lots + 100)})
	}
	return own
}

// sealer seals personal fields and hashes what must be found again.
type sealer struct {
	vault *vault.Vault
	store *vault.FileStore
}

// seeded is the randomness of a played day: drawn from the seed, because the same
// day must give the same bytes. A real centre draws from the operating system.
type seeded struct{ rng *rand.ChaCha8 }

func (s seeded) Read(p []byte) (int, error) { return s.rng.Read(p) }

func newSealer(c Config) (*sealer, error) {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], c.Seed)
	random := seeded{rand.NewChaCha8(seed)}
	if err := os.MkdirAll(c.Dir+"/vault", 0o700); err != nil {
		return nil, err
	}
	if err := vault.CreateKeyFile(c.Dir+"/vault/master.key", random); err != nil {
		return nil, fmt.Errorf("key file of the day: %w", err)
	}
	keys, err := vault.LoadKeyFile(c.Dir + "/vault/master.key")
	if err != nil {
		return nil, err
	}
	store, err := vault.OpenFileStore(durable.OS{}, c.Dir+"/vault/keys")
	if err != nil {
		return nil, err
	}
	v, err := vault.New(vault.Config{Keys: keys, Store: store, Rand: random, Audit: func(vault.Revelation) error { return nil }})
	if err != nil {
		return nil, err
	}
	return &sealer{vault: v, store: store}, nil
}

// seal turns an investor into the row that opens them.
func (s *sealer) seal(v *investor, key *vault.ClientKey, until uint32) (record.ClientData, error) {
	var sealed []byte
	for _, f := range []struct {
		field vault.Field
		text  string
	}{
		{vault.FieldName, v.person.Name}, {vault.FieldDocument, v.person.Number}, {vault.FieldMobile, v.person.Mobile},
		{vault.FieldCard, v.person.Card}, {vault.FieldAddress, v.person.Address},
	} {
		text, err := key.Seal(f.field, vault.NewSecret(f.text))
		if err != nil {
			return record.ClientData{}, err
		}
		sealed = append(binary.LittleEndian.AppendUint16(sealed, uint16(len(text))), text...)
	}
	return record.ClientData{
		Number: v.number, Class: 1, Document: uint8(v.person.Kind), Branch: uint16(1 + v.number%20),
		ID:     state.Key(s.vault.DocumentIndex(v.person.Kind, vault.NewSecret(v.person.Number))),
		Name:   state.Key(s.vault.NameIndex(vault.NewSecret(v.person.Name))),
		Mobile: state.Key(s.vault.MobileIndex(vault.NewSecret(v.person.Mobile))),
		Risk:   uint8(3 + v.number%3), RiskUntil: until,
		Permissions: permissions(v.number),
		Sealed:      sealed,
	}, nil
}

// permissions gives everyone the main board, most ChiNext, many STAR, few the
// risk-warning board: orders beyond them are refused, as in life.
func permissions(number uint64) uint32 {
	p := uint32(1) // custody.PermitMain
	if number%10 < 8 {
		p |= 2 // custody.PermitChiNext
	}
	if number%10 < 4 {
		p |= 4 // custody.PermitSTAR
	}
	if number%10 < 2 {
		p |= 16 // custody.PermitRisk
	}
	return p
}

func (s *sealer) card(number string) state.Key {
	return state.Key(s.vault.CardIndex(vault.NewSecret(number)))
}

// batches calls send with the rows of n items, at most record.BatchMax at a time.
func batches[T any](n int, row func(i int) (T, error), send func([]T) error) error {
	for first := 0; first < n; first += record.BatchMax {
		var rows []T
		for i := first; i < min(n, first+record.BatchMax); i++ {
			r, err := row(i)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		if err := send(rows); err != nil {
			return err
		}
	}
	return nil
}

// settle opens the clients in the centre: people, fund accounts, securities
// accounts, contracts, opening balances and positions.
func (p *player) openClients(ctx context.Context) error {
	numbers := make([]uint64, len(p.investors))
	for i := range p.investors {
		numbers[i] = p.investors[i].number
	}
	keys, err := p.sealer.vault.Enrol(numbers)
	if err != nil {
		return fmt.Errorf("keys of clients: %w", err)
	}
	until := uint32(p.config.Date) + 10_000 // a year on
	people := func(i int) (record.ClientData, error) { return p.sealer.seal(&p.investors[i], keys[i], until) }
	if err := batches(len(numbers), people, func(rows []record.ClientData) error {
		return p.system(ctx, &record.OpenClients{Rows: rows})
	}); err != nil {
		return err
	}
	funds := func(i int) (record.FundData, error) {
		v := &p.investors[i]
		return record.FundData{Number: v.fund, Client: v.number, Currency: money.CNY, Main: 1, Commission: commission(v)}, nil
	}
	if err := batches(len(numbers), funds, func(rows []record.FundData) error {
		return p.system(ctx, &record.OpenFunds{Rows: rows})
	}); err != nil {
		return err
	}
	contracts := func(i int) (record.ContractData, error) {
		v := &p.investors[i]
		return record.ContractData{Fund: v.fund, Bank: v.bank, Card: p.sealer.card(v.person.Card)}, nil
	}
	if err := batches(len(numbers), contracts, func(rows []record.ContractData) error {
		return p.system(ctx, &record.SignContracts{Rows: rows})
	}); err != nil {
		return err
	}
	balances := func(i int) (record.OpeningBalance, error) {
		return record.OpeningBalance{Fund: p.investors[i].fund, Amount: p.investors[i].opened}, nil
	}
	return batches(len(numbers), balances, func(rows []record.OpeningBalance) error {
		return p.system(ctx, &record.TakeOver{Rows: rows})
	})
}

// commission gives the wealthy a lower rate, in thousand-millionths.
func commission(v *investor) money.Rate {
	return [...]money.Rate{0, 250_000, 180_000, 120_000}[v.wealth]
}
