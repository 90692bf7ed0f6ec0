package bank

import "sancun/money"

// InterestNet is a row of S05: interest of one client.
type InterestNet struct {
	BankCode    string // 4 characters
	BrokerCode  string // 8 characters
	Region      string
	Date        Date
	Serial      string // the broker's
	Ledger      string // broker code and fund account together
	FundAccount string
	Name        string
	Batch       bool // posted in the batch, not on line
	Currency    money.Currency
	Remit       bool // foreign currency by remittance, not cash
	Amount      money.Amount
}

// InterestNetLayout is S05, client interest net. Widths of bank code, broker
// code, ledger, fund account and name are from the source, the others are our
// assumption, and so are the fixed columns.
func InterestNetLayout() FileLayout {
	return set2("S05", "客户利息净额", Broker, "amount", func() Row { return new(InterestNet) }, append(set2Client(),
		coded("batch", 1, yesNo("0", "1")), set2Currency, set2Remit, yuan("amount", 18),
	))
}

func (r *InterestNet) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), textSlot("region", &r.Region),
		wholeSlot("date", &r.Date), textSlot("serial", &r.Serial), textSlot("ledger", &r.Ledger),
		textSlot("fund_account", &r.FundAccount), textSlot("name", &r.Name), flagSlot("batch", &r.Batch),
		wholeSlot("currency", &r.Currency), flagSlot("remit", &r.Remit), wholeSlot("amount", &r.Amount),
	}
}

// The columns of set 2 that several files share.
var (
	set2Currency = coded("currency", 3, currencies("001", "013", "014"))
	set2Remit    = coded("remit", 1, yesNo("0", "1"))
	// set2NetBuy is the difference flag: 0 net sell, 1 net buy.
	set2NetBuy = coded("net_buy", 1, yesNo("0", "1"))
)

func set2Client() []Field {
	return []Field{
		text("bank_code", 4), text("broker_code", 8), optional(text("region", 6)), date("date"), text("serial", 20),
		text("ledger", 22), text("fund_account", 14), text("name", 32),
	}
}

// set2 is what the files of set 2 share: fixed columns, CR LF, the short name
// and the full date as file name.
func set2(name, chinese string, sender Initiator, amount string, row func() Row, fields []Field) FileLayout {
	return FileLayout{
		Name: name, Set: 2, Chinese: chinese, Sender: sender,
		Prefix: name, DateForm: NameFullDate,
		Style: StyleFixed, Charset: GB18030,
		Fields: fields, Amount: amount, NewRow: row,
	}
}

// netOf gives a flagged amount its sign: what is bought is paid.
func netOf(netBuy bool, amount money.Amount) money.Amount {
	if netBuy {
		return -amount // never overflows: a file's amount is not negative
	}
	return amount
}
