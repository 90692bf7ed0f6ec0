package bank

import "sancun/money"

// PooledSettlement is a row of spayMMDD: what moves over the broker's pooled
// account, and what it consists of.
type PooledSettlement struct {
	BrokerCode      string
	Business        string // business type
	SettlementCode  string
	CompanyCode     string
	CompanyName     string
	ProductCode     string
	ProductName     string
	BankAccount     string // pooled account
	BankAccountName string
	Currency        money.Currency
	Amount          money.Amount // minor units; positive flows into the pooled account
	TradeDate       Date
	Opening         money.Amount // brought by new signings
	Cancelled       money.Amount // taken away by cancellations
	ClosingInterest money.Amount
	QuarterInterest money.Amount
	Trade           money.Amount
	Other           money.Amount
	Remark          string
}

// PooledSettlementLayout is spay, 汇总账户资金交收汇总.
func PooledSettlementLayout() FileLayout {
	return set1("spay", "汇总账户资金交收汇总", Broker, "amount", func() Row { return new(PooledSettlement) }, []Field{
		text("broker_code", 8), text("business", 4), optional(text("settlement_code", 12)),
		optional(text("company_code", 12)), optional(text("company_name", 80)), optional(text("product_code", 12)), optional(text("product_name", 80)),
		text("bank_account", 32), text("bank_account_name", 80), setCurrency, signed(plainYuan("amount")),
		date("trade_date"), signed(plainYuan("opening")), signed(plainYuan("cancelled")), signed(plainYuan("closing_interest")),
		signed(plainYuan("quarter_interest")), signed(plainYuan("trade")), signed(plainYuan("other")), optional(text("remark", 60)),
	})
}

func (r *PooledSettlement) slots() []slot {
	return []slot{
		textSlot("broker_code", &r.BrokerCode), textSlot("business", &r.Business), textSlot("settlement_code", &r.SettlementCode),
		textSlot("company_code", &r.CompanyCode), textSlot("company_name", &r.CompanyName),
		textSlot("product_code", &r.ProductCode), textSlot("product_name", &r.ProductName),
		textSlot("bank_account", &r.BankAccount), textSlot("bank_account_name", &r.BankAccountName),
		wholeSlot("currency", &r.Currency), wholeSlot("amount", &r.Amount), wholeSlot("trade_date", &r.TradeDate),
		wholeSlot("opening", &r.Opening), wholeSlot("cancelled", &r.Cancelled), wholeSlot("closing_interest", &r.ClosingInterest),
		wholeSlot("quarter_interest", &r.QuarterInterest), wholeSlot("trade", &r.Trade), wholeSlot("other", &r.Other),
		textSlot("remark", &r.Remark),
	}
}
