package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// SJSQS is a row of the Shenzhen cash clearing total (资金清算汇总): what one
// reserve account receives or pays for one business and security class.
type SJSQS struct {
	SettlementNo   string
	ReserveAccount string
	DataKind       string
	Business       string // "JY00" trade
	Security       string // security class for "JY00", else a security
	CustodyUnit    string // for the kinds that are not netted
	SettleMethod   string // "A" net as A shares
	Currency       string
	BuyAmount      money.Amount
	SellAmount     money.Amount
	StampDuty      money.Amount
	HandlingFee    money.Amount
	RegulatoryFee  money.Amount
	TransferFee    money.Amount
	SettlementFee  money.Amount
	ServiceFee     money.Amount
	OtherFee       money.Amount
	NetAmount      money.Amount // positive is receivable
	TradeDate      Date
	ClearingDate   Date
	SettlementDate Date
	SendDate       Date
	Market         string
	SpareFlag      string
}

var sjsqsTable = newTable(LayoutSJSQS, "QSSFJE", []string{"QSFSRQ"}, []column[SJSQS]{
	{Column: Column{"QSJSZH", 'C', 6, 0, "结算账号 settlement number", Assumed}, field: func(r *SJSQS) any { return &r.SettlementNo }},
	{Column: Column{"QSBFZH", 'C', 25, 0, "备付金账户 reserve account", Assumed}, field: func(r *SJSQS) any { return &r.ReserveAccount }},
	{Column: Column{"QSSJLX", 'C', 2, 0, "数据类型 data kind", Assumed}, field: func(r *SJSQS) any { return &r.DataKind }},
	{Column: Column{"QSYWLB", 'C', 4, 0, "业务类别 business", Assumed}, field: func(r *SJSQS) any { return &r.Business }},
	{Column: Column{"QSZQDM", 'C', 8, 0, "证券代码或类别 security or class", Named}, field: func(r *SJSQS) any { return &r.Security }},
	{Column: Column{"QSTGDY", 'C', 6, 0, "托管单元 custody unit", Assumed}, field: func(r *SJSQS) any { return &r.CustodyUnit }},
	{Column: Column{"QSJSFS", 'C', 1, 0, "交收方式 settlement method", Assumed}, field: func(r *SJSQS) any { return &r.SettleMethod }},
	{Column: Column{"QSHBDH", 'C', 3, 0, "货币代号 currency", Assumed}, field: func(r *SJSQS) any { return &r.Currency }},
	{Column: Column{"QSMRJE", 'N', 17, 2, "买入金额 bought", Assumed}, field: func(r *SJSQS) any { return &r.BuyAmount }},
	{Column: Column{"QSMCJE", 'N', 17, 2, "卖出金额 sold", Named}, field: func(r *SJSQS) any { return &r.SellAmount }},
	{Column: Column{"QSYHS", 'N', 17, 2, "印花税 stamp duty", Assumed}, field: func(r *SJSQS) any { return &r.StampDuty }},
	{Column: Column{"QSJYJSF", 'N', 17, 2, "交易经手费 handling fee", Assumed}, field: func(r *SJSQS) any { return &r.HandlingFee }},
	{Column: Column{"QSJGGF", 'N', 17, 2, "监管规费 regulatory fee", Assumed}, field: func(r *SJSQS) any { return &r.RegulatoryFee }},
	{Column: Column{"QSGHF", 'N', 17, 2, "过户费 transfer fee", Assumed}, field: func(r *SJSQS) any { return &r.TransferFee }},
	{Column: Column{"QSJSF", 'N', 17, 2, "结算费 settlement fee", Assumed}, field: func(r *SJSQS) any { return &r.SettlementFee }},
	{Column: Column{"QSSXF", 'N', 17, 2, "手续费 service fee", Assumed}, field: func(r *SJSQS) any { return &r.ServiceFee }},
	{Column: Column{"QSQTFY", 'N', 17, 2, "其它费用 other fee", Assumed}, field: func(r *SJSQS) any { return &r.OtherFee }},
	{Column: Column{"QSSFJE", 'N', 18, 2, "收付净额 net amount", Assumed}, field: func(r *SJSQS) any { return &r.NetAmount }},
	{Column: Column{"QSCJRQ", 'C', 8, 0, "成交日期 trade date", Assumed}, field: func(r *SJSQS) any { return &r.TradeDate }},
	{Column: Column{"QSQSRQ", 'C', 8, 0, "清算日期 clearing date", Assumed}, field: func(r *SJSQS) any { return &r.ClearingDate }},
	{Column: Column{"QSJSRQ", 'C', 8, 0, "交收日期 settlement date", Assumed}, field: func(r *SJSQS) any { return &r.SettlementDate }},
	{Column: Column{"QSFSRQ", 'C', 8, 0, "发送日期 send date", Assumed}, field: func(r *SJSQS) any { return &r.SendDate }},
	{Column: Column{"QSSCDM", 'C', 2, 0, "市场代码 market", Assumed}, field: func(r *SJSQS) any { return &r.Market }},
	{Column: Column{"QSBYBZ", 'C', 1, 0, "备用标志 spare flag", Assumed}, field: func(r *SJSQS) any { return &r.SpareFlag }},
})

// WriteSJSQS writes the cash clearing totals sent on date: exactly count rows.
// It returns the control total, or an error naming the row and column.
func WriteSJSQS(w io.Writer, date Date, count int, rows iter.Seq[SJSQS]) (Control, error) {
	return sjsqsTable.write(w, date, count, rows)
}

// ReadSJSQS calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadSJSQS(r io.Reader, fn func(SJSQS) error) error { return sjsqsTable.read(r, fn) }
