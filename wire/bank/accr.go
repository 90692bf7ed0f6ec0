package bank

import "sancun/money"

// InterestEntry is a row of accrMMDD: interest posted to one client's ledger.
type InterestEntry struct {
	Serial      string
	BankAccount string
	BrokerCode  string
	Branch      string
	ClientKind  ClientKind
	FundAccount string
	Currency    money.Currency
	Interest    money.Amount // minor units, before tax
	Tax         money.Amount // minor units withheld
}

// InterestLayout is accr, 批量利息入帐.
func InterestLayout() FileLayout {
	return set1("accr", "批量利息入帐", Broker, "interest", func() Row { return new(InterestEntry) }, []Field{
		text("serial", 20), text("bank_account", 32), text("broker_code", 8), optional(text("branch", 8)),
		coded("client_kind", 1, words("0", "1")), text("fund_account", 20), setCurrency, plainYuan("interest"), plainYuan("tax"),
	})
}

func (r *InterestEntry) slots() []slot {
	return []slot{
		textSlot("serial", &r.Serial), textSlot("bank_account", &r.BankAccount), textSlot("broker_code", &r.BrokerCode),
		textSlot("branch", &r.Branch), wholeSlot("client_kind", &r.ClientKind), textSlot("fund_account", &r.FundAccount),
		wholeSlot("currency", &r.Currency), wholeSlot("interest", &r.Interest), wholeSlot("tax", &r.Tax),
	}
}
