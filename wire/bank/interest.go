package bank

import "sancun/money"

// InterestKind says why interest is posted.
type InterestKind uint8

// The reasons for posting interest (row K42).
const (
	InterestQuarter InterestKind = 1
	InterestClosing InterestKind = 2
)

// PostInterest posts interest of one ledger on line (B.3 3.7), at closing or
// for a client the batch file missed.
type PostInterest struct {
	Envelope
	FundAccount string
	BankAccount string
	Currency    money.Currency
	Kind        InterestKind
	Interest    money.Amount // minor units, before tax
	Tax         money.Amount // minor units withheld
}

// Function returns FunctionPostInterest.
func (*PostInterest) Function() Function { return FunctionPostInterest }

func (m *PostInterest) slots() []slot {
	return append(m.Envelope.slots(),
		textSlot("fund_account", &m.FundAccount),
		textSlot("bank_account", &m.BankAccount),
		wholeSlot("currency", &m.Currency),
		wholeSlot("interest_kind", &m.Kind),
		wholeSlot("interest", &m.Interest),
		wholeSlot("tax", &m.Tax),
	)
}
