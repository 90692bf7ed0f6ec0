package bank

import "sancun/money"

// ClientSettlement is a row of S06: the day's trades of one client with
// commission and tax, netted.
type ClientSettlement struct {
	BankCode    string
	BrokerCode  string
	Region      string
	Date        Date
	Serial      string
	Ledger      string
	FundAccount string
	Name        string
	Currency    money.Currency
	Remit       bool
	NetBuy      bool         // difference flag: the client bought more than he sold
	Amount      money.Amount // minor units, without sign
}

// Net returns the amount with its sign: positive is credited to the client.
func (r *ClientSettlement) Net() money.Amount { return netOf(r.NetBuy, r.Amount) }

// ClientSettlementLayout is S06, client settlement detail.
func ClientSettlementLayout() FileLayout {
	return set2("S06", "客户交收明细", Broker, "amount", func() Row { return new(ClientSettlement) }, append(set2Client(),
		set2Currency, set2Remit, set2NetBuy, yuan("amount", 18),
	))
}

func (r *ClientSettlement) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), textSlot("region", &r.Region),
		wholeSlot("date", &r.Date), textSlot("serial", &r.Serial), textSlot("ledger", &r.Ledger),
		textSlot("fund_account", &r.FundAccount), textSlot("name", &r.Name), wholeSlot("currency", &r.Currency),
		flagSlot("remit", &r.Remit), flagSlot("net_buy", &r.NetBuy), wholeSlot("amount", &r.Amount),
	}
}
