package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// Zjhz is a row of the Shanghai cash total (资金汇总): what one cash account
// receives or pays for one business on one settlement date, the figure the
// broker's own first-level clearing must reach.
type Zjhz struct {
	Market         string
	Member         string // clearing participant
	CashAccount    string
	Currency       string
	ClearingFlag   string
	Business       string
	ClearingDate   Date
	SettlementDate Date
	Records        money.Quantity // detail rows behind the total
	BuyAmount      money.Amount
	SellAmount     money.Amount
	StampDuty      money.Amount
	HandlingFee    money.Amount
	TransferFee    money.Amount
	RegulatoryFee  money.Amount
	Commission     money.Amount
	OtherAmount    money.Amount
	NetAmount      money.Amount // positive is receivable
	Note           string
}

// Only the file and its columns QSBZ, QSRQ and JSRQ are public; the rest follows
// the columns of jsmx that it adds up.
var zjhzTable = newTable(LayoutZjhz, "SJSF", []string{"QSRQ", "JSRQ"}, []column[Zjhz]{
	{Column: Column{"SCDM", 'C', 2, 0, "市场代码 market", Assumed}, field: func(r *Zjhz) any { return &r.Market }},
	{Column: Column{"JSHY", 'C', 8, 0, "结算参与人清算编号 clearing participant", Assumed}, field: func(r *Zjhz) any { return &r.Member }},
	{Column: Column{"ZJZH", 'C', 25, 0, "资金账号 cash account", Assumed}, field: func(r *Zjhz) any { return &r.CashAccount }},
	{Column: Column{"BZ", 'C', 3, 0, "币种 currency", Assumed}, field: func(r *Zjhz) any { return &r.Currency }},
	{Column: Column{"QSBZ", 'C', 3, 0, "清算标志 clearing flag", Named}, field: func(r *Zjhz) any { return &r.ClearingFlag }},
	{Column: Column{"YWLX", 'C', 3, 0, "业务类型 business", Assumed}, field: func(r *Zjhz) any { return &r.Business }},
	{Column: Column{"QSRQ", 'C', 8, 0, "清算日期 clearing date", Named}, field: func(r *Zjhz) any { return &r.ClearingDate }},
	{Column: Column{"JSRQ", 'C', 8, 0, "交收日期 settlement date", Named}, field: func(r *Zjhz) any { return &r.SettlementDate }},
	{Column: Column{"BS", 'C', 16, 0, "笔数 detail rows", Assumed}, field: func(r *Zjhz) any { return &r.Records }},
	{Column: Column{"MRJE", 'C', 19, 2, "买入金额 bought", Assumed}, field: func(r *Zjhz) any { return &r.BuyAmount }},
	{Column: Column{"MCJE", 'C', 19, 2, "卖出金额 sold", Assumed}, field: func(r *Zjhz) any { return &r.SellAmount }},
	{Column: Column{"YHS", 'C', 17, 2, "印花税 stamp duty", Assumed}, field: func(r *Zjhz) any { return &r.StampDuty }},
	{Column: Column{"JSF", 'C', 17, 2, "经手费 handling fee", Assumed}, field: func(r *Zjhz) any { return &r.HandlingFee }},
	{Column: Column{"GHF", 'C', 17, 2, "过户费 transfer fee", Assumed}, field: func(r *Zjhz) any { return &r.TransferFee }},
	{Column: Column{"ZGF", 'C', 17, 2, "证管费 regulatory fee", Assumed}, field: func(r *Zjhz) any { return &r.RegulatoryFee }},
	{Column: Column{"SXF", 'C', 17, 2, "手续费 commission", Assumed}, field: func(r *Zjhz) any { return &r.Commission }},
	{Column: Column{"QTJE", 'C', 19, 2, "其它金额 other amount", Assumed}, field: func(r *Zjhz) any { return &r.OtherAmount }},
	{Column: Column{"SJSF", 'C', 19, 2, "实际收付 net receivable or payable", Assumed}, field: func(r *Zjhz) any { return &r.NetAmount }},
	{Column: Column{"FJSM", 'C', 40, 0, "附加说明 note", Assumed}, field: func(r *Zjhz) any { return &r.Note }},
})

// WriteZjhz writes the cash totals of date: exactly count rows. It returns the
// control total, or an error naming the row and column.
func WriteZjhz(w io.Writer, date Date, count int, rows iter.Seq[Zjhz]) (Control, error) {
	return zjhzTable.write(w, date, count, rows)
}

// ReadZjhz calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadZjhz(r io.Reader, fn func(Zjhz) error) error { return zjhzTable.read(r, fn) }
