package bank

import "sancun/money"

// AccountAt is an account of the broker with its name and the bank it is at.
type AccountAt struct {
	Name   string
	Number string
	Bank   string
}

// BankTotal is a row of S08: what one bank's clients settle together, between
// the pooled account and the legal-person settlement account.
type BankTotal struct {
	BankCode    string
	BrokerCode  string
	Date        Date
	Pooled      AccountAt
	LegalPerson AccountAt
	NetBuy      bool
	Currency    money.Currency
	Amount      money.Amount // minor units, without sign
}

// Net returns the amount with its sign: positive flows into the pooled account.
func (r *BankTotal) Net() money.Amount { return netOf(r.NetBuy, r.Amount) }

// BankTotalLayout is S08, per-bank settlement total.
func BankTotalLayout() FileLayout {
	return set2("S08", "银行交收汇总", Broker, "amount", func() Row { return new(BankTotal) }, settlementTotal())
}

func settlementTotal() []Field {
	return []Field{
		text("bank_code", 4), text("broker_code", 8), date("date"),
		text("pooled_name", 60), text("pooled_number", 32), text("pooled_bank", 60),
		text("legal_name", 60), text("legal_number", 32), text("legal_bank", 60),
		set2NetBuy, set2Currency, yuan("amount", 18),
	}
}

func (r *BankTotal) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), wholeSlot("date", &r.Date),
		textSlot("pooled_name", &r.Pooled.Name), textSlot("pooled_number", &r.Pooled.Number), textSlot("pooled_bank", &r.Pooled.Bank),
		textSlot("legal_name", &r.LegalPerson.Name), textSlot("legal_number", &r.LegalPerson.Number), textSlot("legal_bank", &r.LegalPerson.Bank),
		flagSlot("net_buy", &r.NetBuy), wholeSlot("currency", &r.Currency), wholeSlot("amount", &r.Amount),
	}
}
