package bank

import "sancun/money"

// InterBankTotal is a row of S11: what moves between the legal-person
// settlement account and the pooled account of one bank. Its date is the
// settlement day, T+1 without holidays.
type InterBankTotal struct {
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
func (r *InterBankTotal) Net() money.Amount { return netOf(r.NetBuy, r.Amount) }

// InterBankTotalLayout is S11, inter-bank settlement total.
func InterBankTotalLayout() FileLayout {
	return set2("S11", "行间交收汇总", Broker, "amount", func() Row { return new(InterBankTotal) }, settlementTotal())
}

func (r *InterBankTotal) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), wholeSlot("date", &r.Date),
		textSlot("pooled_name", &r.Pooled.Name), textSlot("pooled_number", &r.Pooled.Number), textSlot("pooled_bank", &r.Pooled.Bank),
		textSlot("legal_name", &r.LegalPerson.Name), textSlot("legal_number", &r.LegalPerson.Number), textSlot("legal_bank", &r.LegalPerson.Bank),
		flagSlot("net_buy", &r.NetBuy), wholeSlot("currency", &r.Currency), wholeSlot("amount", &r.Amount),
	}
}
