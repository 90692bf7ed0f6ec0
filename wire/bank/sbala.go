package bank

import "sancun/money"

// LedgerBalance is a row of sbalaMMDD: the ledger balance of one client at the
// day's end, which the bank's management account must mirror.
type LedgerBalance struct {
	BankAccount string
	FundAccount string
	Currency    money.Currency
	Balance     money.Amount // minor units; negative when the client owes (B.7)
	BuyOpen     money.Amount // bought, not yet settled
	SellOpen    money.Amount // sold, not yet settled
	Frozen      money.Amount
	Date        Date
}

// LedgerBalanceLayout is sbala, 资金余额明细.
func LedgerBalanceLayout() FileLayout {
	return set1("sbala", "资金余额明细", Broker, "balance", func() Row { return new(LedgerBalance) }, []Field{
		text("bank_account", 32), text("fund_account", 20), setCurrency, signed(plainYuan("balance")),
		plainYuan("buy_open"), plainYuan("sell_open"), plainYuan("frozen"), date("date"),
	})
}

func (r *LedgerBalance) slots() []slot {
	return []slot{
		textSlot("bank_account", &r.BankAccount), textSlot("fund_account", &r.FundAccount), wholeSlot("currency", &r.Currency),
		wholeSlot("balance", &r.Balance), wholeSlot("buy_open", &r.BuyOpen), wholeSlot("sell_open", &r.SellOpen),
		wholeSlot("frozen", &r.Frozen), wholeSlot("date", &r.Date),
	}
}
