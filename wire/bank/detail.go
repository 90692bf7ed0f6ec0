package bank

import "sancun/money"

// TransferDetail is a row of the bank's list of the day's transfers, the truth
// about the card (B.7).
type TransferDetail struct {
	Initiator    Initiator
	Function     Function // a transfer or a reversal
	BankAccount  string
	FundAccount  string
	Amount       money.Amount // minor units
	Currency     money.Currency
	BankSerial   string
	BrokerSerial string
	Date         Date
	Time         Time
	BankType     string
	BrokerCode   string
	Business     string // business type
}

// TransferDetailLayout is the transfer detail, 银证转账明细. Trade codes 01 and 02
// are from the source; 03 and 04 for reversals and the file name strans are our
// assumption.
func TransferDetailLayout() FileLayout {
	codes := []Code{
		{"01", int64(FunctionDeposit)}, {"02", int64(FunctionWithdrawal)},
		{"03", int64(FunctionReverseDeposit)}, {"04", int64(FunctionReverseWithdrawal)},
	}
	return set1("strans", "银证转账明细", Bank, "amount", func() Row { return new(TransferDetail) }, []Field{
		coded("initiator", 1, words("0", "1")), coded("trade_code", 2, codes), text("bank_account", 32), text("fund_account", 20),
		plainYuan("amount"), setCurrency, optional(text("bank_serial", 32)), optional(text("broker_serial", 32)),
		date("date"), clock("time"), optional(text("bank_type", 4)), text("broker_code", 8), optional(text("business", 4)),
	})
}

// Key returns the idempotency key of the transfer, to match it with the
// broker's own records, or ErrMissing.
func (r *TransferDetail) Key() (Key, error) {
	o := Original{Initiator: r.Initiator, Date: r.Date, BankSerial: r.BankSerial, BrokerSerial: r.BrokerSerial}
	return o.Key()
}

func (r *TransferDetail) slots() []slot {
	return []slot{
		wholeSlot("initiator", &r.Initiator), wholeSlot("trade_code", &r.Function), textSlot("bank_account", &r.BankAccount),
		textSlot("fund_account", &r.FundAccount), wholeSlot("amount", &r.Amount), wholeSlot("currency", &r.Currency),
		textSlot("bank_serial", &r.BankSerial), textSlot("broker_serial", &r.BrokerSerial), wholeSlot("date", &r.Date),
		wholeSlot("time", &r.Time), textSlot("bank_type", &r.BankType), textSlot("broker_code", &r.BrokerCode),
		textSlot("business", &r.Business),
	}
}
