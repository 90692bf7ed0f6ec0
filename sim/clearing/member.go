package clearing

import (
	"fmt"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Member is a clearing participant.
type Member struct {
	Name string
	// Participant numbers the member in files. It may be empty for members that
	// get none.
	Participant csdc.Participant
	// ShanghaiUnits and ShenzhenUnits are the trading units (PBUs) it clears for.
	ShanghaiUnits, ShenzhenUnits []string
	// Accounts are its cash accounts at the house. A member without one for a
	// market and currency is netted, but pays and receives nothing.
	Accounts []Account
}

// Purpose says whose money is on a cash account (row K4). The numbers are used
// in records and never change.
type Purpose uint8

// The purposes.
const (
	Client Purpose = 1 // 客户备付金
	Own    Purpose = 2 // 自营备付金; pays when the client account cannot
	Margin Purpose = 3 // 信用备付金
)

var purposeNames = [...]string{Client: "client", Own: "own", Margin: "margin"}

func (p Purpose) String() string {
	if p >= Client && p <= Margin {
		return purposeNames[p]
	}
	return fmt.Sprintf("purpose %d", uint8(p))
}

// Account is a cash account of a member at the house (结算备付金账户) and its state.
// Amounts are in minor units of its currency.
type Account struct {
	No       string // 18 digits in Shanghai, B001 and the settlement number in Shenzhen
	Market   market.Market
	Currency money.Currency
	Purpose  Purpose
	Balance  money.Amount
	Frozen   money.Amount // part of Balance that cannot pay
	Minimum  money.Amount // 最低备付, to be there at the end of every day
	// Overdraft is what a default left unpaid, Penalty what that cost so far.
	Overdraft, Penalty money.Amount
}

// free is what the account can pay with.
func (a *Account) free() money.Amount { return max(a.Balance-a.Frozen, 0) }

func (a *Account) check() error {
	known := false
	switch a.Market {
	case market.Shanghai:
		known = csdc.ValidShanghaiAccount(a.No)
	case market.Shenzhen:
		kind, _, err := csdc.ParseShenzhenAccount(a.No)
		known = err == nil && kind == csdc.Reserve
	}
	switch {
	case !known:
		return fmt.Errorf("cash account %q on %s: %w", a.No, a.Market, ErrConfig)
	case !a.Currency.Valid(), a.Purpose < Client || a.Purpose > Margin:
		return fmt.Errorf("cash account %s for %s in %s: %w", a.No, a.Purpose, a.Currency, ErrConfig)
	case !inRange(a.Balance) || !inRange(a.Frozen) || !inRange(a.Minimum) || a.Frozen > a.Balance:
		return fmt.Errorf("cash account %s has %s, %s of it frozen, minimum %s: %w", a.No, a.Balance, a.Frozen, a.Minimum, ErrConfig)
	case a.Overdraft != 0 || a.Penalty != 0:
		return fmt.Errorf("cash account %s begins overdrawn: %w", a.No, ErrConfig)
	}
	return nil
}

// amountMax bounds every amount that enters the house, a hundred times the money
// of the whole market: sums of 100,000 of them still fit.
const amountMax money.Amount = 9e13

func inRange(a money.Amount) bool { return a >= 0 && a <= amountMax }

// account finds a member's account, or returns nil.
func (m *Member) account(mk market.Market, currency money.Currency, purpose Purpose) *Account {
	for i := range m.Accounts {
		if a := &m.Accounts[i]; a.Market == mk && a.Currency == currency && a.Purpose == purpose {
			return a
		}
	}
	return nil
}

func (m *Member) units(mk market.Market) []string {
	if mk == market.Shanghai {
		return m.ShanghaiUnits
	}
	return m.ShenzhenUnits
}
