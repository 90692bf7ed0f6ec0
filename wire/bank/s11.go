package bank

import "sancun/money"

// InterBankTotal is a row of S11: what moves between the legal-person
// settlement account and the pooled account of one bank. Its date is the
// settlement day, T+1 without holidays.
type InterBankTotal BankTotal

// Net returns the amount with its sign: positive flows into the pooled account.
func (r *InterBankTotal) Net() money.Amount { return (*BankTotal)(r).Net() }

// InterBankTotalLayout is S11, inter-bank settlement total.
func InterBankTotalLayout() FileLayout {
	return set2("S11", "行间交收汇总", Broker, "amount", func() Row { return new(InterBankTotal) }, settlementTotal())
}

func (r *InterBankTotal) slots() []slot { return (*BankTotal)(r).slots() }
