package bank

import (
	"fmt"

	"sancun/money"
	wire "sancun/wire/bank"
)

// customer is a Customer with what happens to it.
type customer struct {
	Customer
	account *account // the management account, nil when none was ever opened
}

// account is a management account (管理账户): a record of what the broker owes the
// client, not money the bank owes.
type account struct {
	fund      string
	owner     *customer
	currency  money.Currency
	balance   money.Amount // may fall below zero: it is a mirror
	state     wire.CustodyState
	movedOn   wire.Date // date of the last transfer: no change of card that day
	openedOn  wire.Date
	byBroker  bool         // the broker did the first of two signing steps
	ledgerSum money.Amount // what the broker last said of its ledger, by sbala
	told      bool         // ledgerSum was said for the current date
}

// pool is the broker's pooled account of one currency and what belongs beside it
// in the identity of totals (domain facts B.1).
type pool struct {
	balance  money.Amount    // real money
	reserve  money.Amount    // paid out ahead for this bank's clients
	inCourse money.Amount    // applied to management accounts, not yet moved; signed
	due      money.Amount    // moves with the next day
	arrived  [4]money.Amount // came back from the reserve and is not confirmed yet, by market
}

// currencies are those a pool can be in, in the order of their numbers.
var currencies = []money.Currency{money.CNY, money.HKD, money.USD}

func (b *Bank) addCustomer(c Customer) error {
	if c.Card == "" || b.cards[c.Card] != nil || !c.Currency.Valid() || c.Balance < 0 {
		return fmt.Errorf("customer with card of %d characters, taken or of no currency: %w", len(c.Card), ErrConfig)
	}
	k := &customer{Customer: c}
	if c.Fund != "" {
		if b.accounts[c.Fund] != nil {
			return fmt.Errorf("fund account %s twice: %w", c.Fund, ErrConfig)
		}
		a := b.openAccount(k, c.Fund, wire.CustodyDesignated)
		a.balance = c.Managed
		b.pool(c.Currency).balance += c.Managed
	}
	b.cards[c.Card] = k
	b.customers = append(b.customers, k)
	return nil
}

// openAccount opens or re-opens the management account of a fund account.
func (b *Bank) openAccount(k *customer, fund string, state wire.CustodyState) *account {
	a := b.accounts[fund]
	if a == nil {
		a = &account{fund: fund}
		b.accounts[fund] = a
		b.managed = append(b.managed, a)
	}
	a.owner, a.currency, a.state, a.openedOn = k, k.Currency, state, b.date
	k.account = a
	return a
}

func (b *Bank) pool(c money.Currency) *pool {
	p := b.pools[c]
	if p == nil {
		p = &pool{}
		b.pools[c] = p
	}
	return p
}

// party is the customer as messages say it.
func (k *customer) party(fund string) wire.Party {
	return wire.Party{
		Name: k.Name, Kind: k.Kind, IDKind: k.IDKind, IDNumber: k.IDNumber, Mobile: k.Mobile,
		FundAccount: fund, BankAccount: k.Card, Currency: k.Currency,
	}
}

// match compares what the broker says of a client with what the bank knows.
func (b *Bank) match(p *wire.Party) wire.Match {
	k := b.cards[p.BankAccount]
	switch {
	case k == nil || k.Currency != p.Currency:
		return wire.MatchAccount
	case k.Name != p.Name:
		return wire.MatchName
	case k.IDKind != p.IDKind || k.IDNumber != p.IDNumber:
		return wire.MatchPaper
	case k.account != nil && k.account.state != wire.CustodyCancelled && k.account.fund != p.FundAccount:
		return wire.MatchAccount
	}
	return wire.MatchSame
}

// related finds the management account of a fund account and card that belong
// together and are designated.
func (b *Bank) related(fund, card string, currency money.Currency) (*account, string) {
	a := b.accounts[fund]
	switch {
	case a == nil || a.state == wire.CustodyCancelled:
		return nil, "未签约"
	case a.state != wire.CustodyDesignated:
		return nil, "尚未确认指定"
	case a.owner.Card != card:
		return nil, "银行账户与签约不符"
	case a.currency != currency:
		return nil, "币种不符"
	}
	return a, ""
}

// passwordRight opens a PIN block and compares the card's password.
func (b *Bank) passwordRight(keySet uint32, k *customer, card string, block wire.PINBlock) bool {
	if len(block) == 0 {
		return false
	}
	secret, err := b.codec.OpenPIN(keySet, card, block)
	return err == nil && secret.Reveal() == k.Password
}
