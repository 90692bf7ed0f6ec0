package bank

import "sancun/money"

// ProcessFlag is how far a settlement row has come at the bank.
type ProcessFlag uint8

// The states of a settlement row.
const (
	ProcessPending ProcessFlag = 1
	ProcessSent    ProcessFlag = 2
	ProcessDone    ProcessFlag = 3
)

// ClientNet is a row of sbusiMMDD: what the day's clearing gives or takes of
// one client's money, without bank transfers.
type ClientNet struct {
	Serial      string
	BankType    string
	BankAccount string
	BrokerCode  string
	Branch      string
	FundKind    string // kind of fund account
	FundAccount string
	Currency    money.Currency
	Net         money.Amount // minor units; positive is credited to the client
	Days        uint8        // T+N
	Remark      string
	Process     ProcessFlag
	Buy         money.Amount // bought today, minor units
	Sell        money.Amount // sold today, minor units
}

// ClientNetLayout is sbusi, 存管客户交易资金净额清算文件.
func ClientNetLayout() FileLayout {
	return set1("sbusi", "存管客户交易资金净额清算文件", Broker, "net", func() Row { return new(ClientNet) }, []Field{
		text("serial", 20), text("bank_type", 4), text("bank_account", 32), text("broker_code", 8), optional(text("branch", 8)),
		optional(text("fund_kind", 2)), text("fund_account", 20), setCurrency, signed(plainYuan("net")), number("days", 2),
		optional(text("remark", 60)), coded("process", 1, words("0", "1", "2")), plainYuan("buy"), plainYuan("sell"),
	})
}

func (r *ClientNet) slots() []slot {
	return []slot{
		textSlot("serial", &r.Serial), textSlot("bank_type", &r.BankType), textSlot("bank_account", &r.BankAccount),
		textSlot("broker_code", &r.BrokerCode), textSlot("branch", &r.Branch), textSlot("fund_kind", &r.FundKind),
		textSlot("fund_account", &r.FundAccount), wholeSlot("currency", &r.Currency), wholeSlot("net", &r.Net),
		wholeSlot("days", &r.Days), textSlot("remark", &r.Remark), wholeSlot("process", &r.Process),
		wholeSlot("buy", &r.Buy), wholeSlot("sell", &r.Sell),
	}
}

// setCurrency is the currency of set 1.
var setCurrency = coded("currency", 1, currencies("0", "1", "2"))

// plainYuan is an amount of a delimited line, not filled.
func plainYuan(name string) Field { return yuan(name, 20) }

// set1 is what the files of set 1 share: '|' after every field, CR LF, .dat.
func set1(name, chinese string, sender Initiator, amount string, row func() Row, fields []Field) FileLayout {
	return FileLayout{
		Name: name, Set: 1, Chinese: chinese, Sender: sender,
		Prefix: name, DateForm: NameMonthDay, Suffix: ".dat",
		Style: StyleDelimited, Separator: '|', Trailing: true, Charset: GB18030,
		Fields: fields, Amount: amount, NewRow: row,
	}
}
