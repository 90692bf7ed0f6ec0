package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// Jsmx is a row of the Shanghai settlement detail (结算明细): one trade, fee or
// result of a clearing participant. Amounts are seen from the participant:
// positive is receivable, negative payable.
type Jsmx struct {
	Market           string // "01" Shanghai
	RecordKind       string // "001" clearing, "003" settlement result of non-guaranteed business
	TradeMethod      string
	SettleMethod     string
	Business         string // "001" trade; others as domain facts E.4
	ClearingFlag     string
	TransferKind     string
	SettlementNo     string
	ExecNo           string
	RequestNo        string
	OrderNo          string
	TradeDate        Date
	ClearingDate     Date
	SettlementDate   Date
	OtherDate        Date
	OrderTime        string // HHMMSS
	ExecTime         string // HHMMSS
	Unit1            string // trading unit, former seat
	Unit2            string
	UnitMember       string // participant that owns Unit1
	SettlementMember string
	CustodyMember    string
	Account          string // securities account
	Security         string
	Security2        string
	SecurityKind     string
	Circulation      string
	Entitlement      string
	ListingYear      string
	Side             string         // "B" buy, "S" sell
	Quantity         money.Quantity // to settle, signed: positive arrives
	TradedQuantity   money.Quantity
	CashAccount      string
	Currency         string // "RMB"
	Price1           FinePrice
	Price2           FinePrice
	ClearingAmount   money.Amount
	StampDuty        money.Amount
	HandlingFee      money.Amount
	TransferFee      money.Amount
	RegulatoryFee    money.Amount
	Commission       money.Amount
	OtherAmount1     money.Amount
	OtherAmount2     money.Amount
	OtherAmount3     money.Amount
	NetAmount        money.Amount // what is really received or paid
	ResultCode       string       // "0000" is good
	Note             string
}

// Clearing rows are of the file's day by clearing date; results of
// non-guaranteed business (record kind 003) by settlement date.
var jsmxTable = newTable(LayoutJsmx, "SJSF", []string{"QSRQ", "JSRQ"}, []column[Jsmx]{
	{Column: Column{"SCDM", 'C', 2, 0, "市场代码 market", Published}, field: func(r *Jsmx) any { return &r.Market }},
	{Column: Column{"JLLX", 'C', 3, 0, "记录类型 record kind", Published}, field: func(r *Jsmx) any { return &r.RecordKind }},
	{Column: Column{"JYFS", 'C', 3, 0, "交易方式 trade method", Published}, field: func(r *Jsmx) any { return &r.TradeMethod }},
	{Column: Column{"JSFS", 'C', 3, 0, "交收方式 settlement method", Published}, field: func(r *Jsmx) any { return &r.SettleMethod }},
	{Column: Column{"YWLX", 'C', 3, 0, "业务类型 business", Published}, field: func(r *Jsmx) any { return &r.Business }},
	{Column: Column{"QSBZ", 'C', 3, 0, "清算标志 clearing flag", Published}, field: func(r *Jsmx) any { return &r.ClearingFlag }},
	{Column: Column{"GHLX", 'C', 3, 0, "过户类型 transfer kind", Published}, field: func(r *Jsmx) any { return &r.TransferKind }},
	{Column: Column{"JSBH", 'C', 16, 0, "交收编号 settlement number", Published}, field: func(r *Jsmx) any { return &r.SettlementNo }},
	{Column: Column{"CJBH", 'C', 16, 0, "成交编号 execution number", Published}, field: func(r *Jsmx) any { return &r.ExecNo }},
	{Column: Column{"SQBH", 'C', 16, 0, "申请编号 request number", Published}, field: func(r *Jsmx) any { return &r.RequestNo }},
	{Column: Column{"WTBH", 'C', 16, 0, "委托编号 order number", Published}, field: func(r *Jsmx) any { return &r.OrderNo }},
	{Column: Column{"JYRQ", 'C', 8, 0, "交易日期 trade date", Published}, field: func(r *Jsmx) any { return &r.TradeDate }},
	{Column: Column{"QSRQ", 'C', 8, 0, "清算日期 clearing date", Published}, field: func(r *Jsmx) any { return &r.ClearingDate }},
	{Column: Column{"JSRQ", 'C', 8, 0, "交收日期 settlement date", Published}, field: func(r *Jsmx) any { return &r.SettlementDate }},
	{Column: Column{"QTRQ", 'C', 8, 0, "其它日期 other date", Published}, field: func(r *Jsmx) any { return &r.OtherDate }},
	{Column: Column{"WTSJ", 'C', 6, 0, "委托时间 order time", Published}, field: func(r *Jsmx) any { return &r.OrderTime }},
	{Column: Column{"CJSJ", 'C', 6, 0, "成交时间 execution time", Published}, field: func(r *Jsmx) any { return &r.ExecTime }},
	{Column: Column{"XWH1", 'C', 5, 0, "业务单元1 trading unit 1", Published}, field: func(r *Jsmx) any { return &r.Unit1 }},
	{Column: Column{"XWH2", 'C', 5, 0, "业务单元2 trading unit 2", Published}, field: func(r *Jsmx) any { return &r.Unit2 }},
	{Column: Column{"XWHY", 'C', 8, 0, "业务单元1所属参与人 participant of unit 1", Published}, field: func(r *Jsmx) any { return &r.UnitMember }},
	{Column: Column{"JSHY", 'C', 8, 0, "结算参与人清算编号 clearing participant", Published}, field: func(r *Jsmx) any { return &r.SettlementMember }},
	{Column: Column{"TGHY", 'C', 8, 0, "托管银行清算编号 custody participant", Published}, field: func(r *Jsmx) any { return &r.CustodyMember }},
	{Column: Column{"ZQZH", 'C', 10, 0, "证券账号 securities account", Published}, field: func(r *Jsmx) any { return &r.Account }},
	{Column: Column{"ZQDM1", 'C', 6, 0, "证券代码1 security", Published}, field: func(r *Jsmx) any { return &r.Security }},
	{Column: Column{"ZQDM2", 'C', 6, 0, "证券代码2 second security", Published}, field: func(r *Jsmx) any { return &r.Security2 }},
	{Column: Column{"ZQLB", 'C', 2, 0, "证券类别 security kind", Published}, field: func(r *Jsmx) any { return &r.SecurityKind }},
	{Column: Column{"LTLX", 'C', 1, 0, "流通类型 circulation", Published}, field: func(r *Jsmx) any { return &r.Circulation }},
	{Column: Column{"QYLB", 'C', 2, 0, "权益类别 entitlement", Published}, field: func(r *Jsmx) any { return &r.Entitlement }},
	{Column: Column{"GPNF", 'C', 4, 0, "挂牌年份 listing year", Published}, field: func(r *Jsmx) any { return &r.ListingYear }},
	{Column: Column{"MMBZ", 'C', 1, 0, "买卖标志 side", Published}, field: func(r *Jsmx) any { return &r.Side }},
	{Column: Column{"SL", 'C', 16, 0, "交收数量 quantity to settle", Published}, field: func(r *Jsmx) any { return &r.Quantity }},
	{Column: Column{"CJSL", 'C', 16, 0, "成交数量 traded quantity", Published}, field: func(r *Jsmx) any { return &r.TradedQuantity }},
	{Column: Column{"ZJZH", 'C', 25, 0, "资金账号 cash account", Published}, field: func(r *Jsmx) any { return &r.CashAccount }},
	{Column: Column{"BZ", 'C', 3, 0, "币种 currency", Published}, field: func(r *Jsmx) any { return &r.Currency }},
	{Column: Column{"JG1", 'C', 17, 9, "价格1 price 1", Published}, field: func(r *Jsmx) any { return &r.Price1 }},
	{Column: Column{"JG2", 'C', 17, 9, "价格2 price 2", Published}, field: func(r *Jsmx) any { return &r.Price2 }},
	{Column: Column{"QSJE", 'C', 19, 2, "清算金额 clearing amount", Published}, field: func(r *Jsmx) any { return &r.ClearingAmount }},
	{Column: Column{"YHS", 'C', 17, 2, "印花税 stamp duty", Published}, field: func(r *Jsmx) any { return &r.StampDuty }},
	{Column: Column{"JSF", 'C', 17, 2, "经手费 handling fee", Published}, field: func(r *Jsmx) any { return &r.HandlingFee }},
	{Column: Column{"GHF", 'C', 17, 2, "过户费 transfer fee", Published}, field: func(r *Jsmx) any { return &r.TransferFee }},
	{Column: Column{"ZGF", 'C', 17, 2, "证管费 regulatory fee", Published}, field: func(r *Jsmx) any { return &r.RegulatoryFee }},
	{Column: Column{"SXF", 'C', 17, 2, "手续费 commission", Published}, field: func(r *Jsmx) any { return &r.Commission }},
	{Column: Column{"QTJE1", 'C', 19, 2, "其它金额1 other amount 1", Published}, field: func(r *Jsmx) any { return &r.OtherAmount1 }},
	{Column: Column{"QTJE2", 'C', 19, 2, "其它金额2 other amount 2", Published}, field: func(r *Jsmx) any { return &r.OtherAmount2 }},
	{Column: Column{"QTJE3", 'C', 19, 2, "其它金额3 other amount 3", Published}, field: func(r *Jsmx) any { return &r.OtherAmount3 }},
	{Column: Column{"SJSF", 'C', 19, 2, "实际收付 net receivable or payable", Published}, field: func(r *Jsmx) any { return &r.NetAmount }},
	{Column: Column{"JGDM", 'C', 4, 0, "结果代码 result code", Published}, field: func(r *Jsmx) any { return &r.ResultCode }},
	{Column: Column{"FJSM", 'C', 40, 0, "附加说明 note", Published}, field: func(r *Jsmx) any { return &r.Note }},
})

// WriteJsmx writes the settlement detail of date: exactly count rows. It returns
// the control total of the bytes written, or an error naming the row and column.
func WriteJsmx(w io.Writer, date Date, count int, rows iter.Seq[Jsmx]) (Control, error) {
	return jsmxTable.write(w, date, count, rows)
}

// ReadJsmx calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadJsmx(r io.Reader, fn func(Jsmx) error) error { return jsmxTable.read(r, fn) }
