package bank

import "sancun/money"

// TotalDetail is a row of B04: the bank's total-vs-detail supervision of one
// currency (B.1).
type TotalDetail struct {
	BankCode     string
	BrokerCode   string
	Date         Date
	Currency     money.Currency
	LedgerTotal  money.Amount // sum of management accounts; minor units
	Pooled       money.Amount // balance of the pooled account
	Reserve      money.Amount // reserve already paid out for this bank's clients
	NetBuy       bool         // difference flag of InSettlement
	InSettlement money.Amount // in course of settlement, without sign
}

// Difference returns how much the detail is above the total, zero when balanced
// (B.1): ledger total − (pooled + reserve ± in settlement). What clients bought
// still lies in the pooled account and lowers the detail; what they sold is
// already in the detail and raises it. It returns money.ErrOverflow for figures
// that cannot be.
func (r *TotalDetail) Difference() (money.Amount, error) {
	total, err := r.Pooled.Add(r.Reserve)
	if err == nil {
		total, err = total.Add(netOf(r.NetBuy, r.InSettlement))
	}
	if err != nil {
		return 0, err
	}
	return r.LedgerTotal.Sub(total)
}

// TotalDetailLayout is B04, 总分平衡监管.
func TotalDetailLayout() FileLayout {
	return set2("B04", "总分平衡监管", Bank, "ledger_total", func() Row { return new(TotalDetail) }, []Field{
		text("bank_code", 4), text("broker_code", 8), date("date"), set2Currency, signed(yuan("ledger_total", 20)),
		signed(yuan("pooled", 20)), signed(yuan("reserve", 20)), set2NetBuy, yuan("in_settlement", 20),
	})
}

func (r *TotalDetail) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), wholeSlot("date", &r.Date),
		wholeSlot("currency", &r.Currency), wholeSlot("ledger_total", &r.LedgerTotal), wholeSlot("pooled", &r.Pooled),
		wholeSlot("reserve", &r.Reserve), flagSlot("net_buy", &r.NetBuy), wholeSlot("in_settlement", &r.InSettlement),
	}
}
