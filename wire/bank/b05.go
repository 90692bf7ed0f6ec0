package bank

import "sancun/money"

// AbnormalBalance is a row of B05: a client whose ledger and management account
// disagree at the bank.
type AbnormalBalance struct {
	BankCode    string
	BrokerCode  string
	Date        Date
	Ledger      string
	FundAccount string
	Name        string
	Currency    money.Currency
	LedgerSays  money.Amount // the broker's figure, minor units
	BankSays    money.Amount // the management account, minor units
}

// AbnormalBalanceLayout is B05, abnormal sub-account balances.
func AbnormalBalanceLayout() FileLayout {
	return set2("B05", "分户余额异常", Bank, "ledger_says", func() Row { return new(AbnormalBalance) }, []Field{
		text("bank_code", 4), text("broker_code", 8), date("date"), text("ledger", 22), text("fund_account", 14), text("name", 32),
		set2Currency, signed(yuan("ledger_says", 20)), signed(yuan("bank_says", 20)),
	})
}

func (r *AbnormalBalance) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), wholeSlot("date", &r.Date),
		textSlot("ledger", &r.Ledger), textSlot("fund_account", &r.FundAccount), textSlot("name", &r.Name),
		wholeSlot("currency", &r.Currency), wholeSlot("ledger_says", &r.LedgerSays), wholeSlot("bank_says", &r.BankSays),
	}
}
