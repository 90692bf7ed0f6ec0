package csdc

import (
	"slices"

	"sancun/internal/invariant"
	"sancun/money"
)

// SZDetail is what a Shenzhen clearing detail and its settlement result have in
// common: 46 columns that differ only in their prefix. Amounts are seen from
// the participant: positive is receivable, negative payable.
type SZDetail struct {
	SettlementNo     string // 6-digit settlement number of the participant
	ReserveAccount   string // B001… and so on, domain facts E.4
	DataKind         string
	Business         string // "JY00" trade; others as domain facts E.4
	Security         string
	TradingUnit      string
	CustodyUnit      string
	Account          string // securities account
	OrderNo          string
	Branch           string
	ExecNo           string
	BusinessSerial   string
	TradedQuantity   money.Quantity
	ClearedQuantity  money.Quantity // signed: positive arrives
	TradePrice       money.Price
	ClearingPrice    FinePrice
	CreditFlag       string
	CloseOutFlag     string
	SecurityKind     string
	SecuritySubkind  string
	ShareNature      string
	SettleMethod     string
	Currency         string // "RMB"
	Principal        money.Amount
	StampDuty        money.Amount
	HandlingFee      money.Amount
	RegulatoryFee    money.Amount
	TransferFee      money.Amount
	SettlementFee    money.Amount
	ServiceFee       money.Amount
	MemberCommission money.Amount // for the participant's own use
	OtherFee         money.Amount
	CashAmount       money.Amount
	NetAmount        money.Amount
	TradeDate        Date
	ClearingDate     Date
	SettlementDate   Date
	SendDate         Date
	OtherDate        Date
	Market           string
	TradeMethod      string
	Security2        string
	CustodyUnit2     string
	OrderNo2         string
	Note             string
	SpareFlag        string // for the participant's own use
}

// szColumns returns the common columns with a prefix; at finds the common part
// of a row. The published widths are those of the settlement result; the detail
// names the same elements, so for it they count as named only.
func szColumns[T any](prefix string, source Source, at func(*T) *SZDetail) []column[T] {
	out := make([]column[T], 0, len(szShared)+4)
	for _, shared := range szShared {
		description, field := shared.Column, shared.field
		description.Name, description.Source = prefix+description.Name, source
		out = append(out, column[T]{Column: description, field: func(r *T) any { return field(at(r)) }})
	}
	return out
}

// insertAfter puts extra columns behind the one of the given name.
func insertAfter[T any](columns []column[T], name string, extra ...column[T]) []column[T] {
	at := slices.IndexFunc(columns, func(c column[T]) bool { return c.Name == name })
	invariant.Assert(at >= 0, "no column %s to insert after", name)
	return slices.Insert(columns, at+1, extra...)
}

var szShared = []column[SZDetail]{
	{Column: Column{"JSZH", 'C', 6, 0, "结算账号 settlement number", Published}, field: func(r *SZDetail) any { return &r.SettlementNo }},
	{Column: Column{"BFZH", 'C', 25, 0, "备付金账户 reserve account", Published}, field: func(r *SZDetail) any { return &r.ReserveAccount }},
	{Column: Column{"SJLX", 'C', 2, 0, "数据类型 data kind", Published}, field: func(r *SZDetail) any { return &r.DataKind }},
	{Column: Column{"YWLB", 'C', 4, 0, "业务类别 business", Published}, field: func(r *SZDetail) any { return &r.Business }},
	{Column: Column{"ZQDM", 'C', 8, 0, "证券代码 security", Published}, field: func(r *SZDetail) any { return &r.Security }},
	{Column: Column{"JYDY", 'C', 6, 0, "交易单元 trading unit", Published}, field: func(r *SZDetail) any { return &r.TradingUnit }},
	{Column: Column{"TGDY", 'C', 6, 0, "托管单元 custody unit", Published}, field: func(r *SZDetail) any { return &r.CustodyUnit }},
	{Column: Column{"ZQZH", 'C', 20, 0, "证券账户 securities account", Published}, field: func(r *SZDetail) any { return &r.Account }},
	{Column: Column{"DDBH", 'C', 24, 0, "订单编号 order number", Published}, field: func(r *SZDetail) any { return &r.OrderNo }},
	{Column: Column{"YYB", 'C', 4, 0, "营业部代码 branch", Published}, field: func(r *SZDetail) any { return &r.Branch }},
	{Column: Column{"ZXBH", 'C', 16, 0, "执行编号 execution number", Published}, field: func(r *SZDetail) any { return &r.ExecNo }},
	{Column: Column{"YWLSH", 'C', 16, 0, "业务流水号 business serial", Published}, field: func(r *SZDetail) any { return &r.BusinessSerial }},
	{Column: Column{"CJSL", 'N', 15, 2, "成交数量 traded quantity", Published}, field: func(r *SZDetail) any { return &r.TradedQuantity }},
	{Column: Column{"QSSL", 'N', 15, 2, "清算数量 cleared quantity, signed", Published}, field: func(r *SZDetail) any { return &r.ClearedQuantity }},
	{Column: Column{"CJJG", 'N', 13, 4, "成交价格 trade price", Published}, field: func(r *SZDetail) any { return &r.TradePrice }},
	{Column: Column{"QSJG", 'N', 18, 9, "清算价格 clearing price", Published}, field: func(r *SZDetail) any { return &r.ClearingPrice }},
	{Column: Column{"XYJY", 'C', 1, 0, "信用交易标识 credit flag", Published}, field: func(r *SZDetail) any { return &r.CreditFlag }},
	{Column: Column{"PCBS", 'C', 1, 0, "平仓标识 close-out flag", Published}, field: func(r *SZDetail) any { return &r.CloseOutFlag }},
	{Column: Column{"ZQLB", 'C', 2, 0, "证券类别 security kind", Published}, field: func(r *SZDetail) any { return &r.SecurityKind }},
	{Column: Column{"ZQZL", 'C', 2, 0, "证券子类 security sub-kind", Published}, field: func(r *SZDetail) any { return &r.SecuritySubkind }},
	{Column: Column{"GFXZ", 'C', 2, 0, "股份性质 share nature", Published}, field: func(r *SZDetail) any { return &r.ShareNature }},
	{Column: Column{"JSFS", 'C', 1, 0, "交收方式 settlement method", Published}, field: func(r *SZDetail) any { return &r.SettleMethod }},
	{Column: Column{"HBDH", 'C', 3, 0, "货币代号 currency", Published}, field: func(r *SZDetail) any { return &r.Currency }},
	{Column: Column{"QSBJ", 'N', 17, 2, "清算本金 principal", Published}, field: func(r *SZDetail) any { return &r.Principal }},
	{Column: Column{"YHS", 'N', 12, 2, "印花税 stamp duty", Published}, field: func(r *SZDetail) any { return &r.StampDuty }},
	{Column: Column{"JYJSF", 'N', 12, 2, "交易经手费 handling fee", Published}, field: func(r *SZDetail) any { return &r.HandlingFee }},
	{Column: Column{"JGGF", 'N', 12, 2, "监管规费 regulatory fee", Published}, field: func(r *SZDetail) any { return &r.RegulatoryFee }},
	{Column: Column{"GHF", 'N', 12, 2, "过户费 transfer fee", Published}, field: func(r *SZDetail) any { return &r.TransferFee }},
	{Column: Column{"JSF", 'N', 12, 2, "结算费 settlement fee", Published}, field: func(r *SZDetail) any { return &r.SettlementFee }},
	{Column: Column{"SXF", 'N', 12, 2, "手续费 service fee", Published}, field: func(r *SZDetail) any { return &r.ServiceFee }},
	{Column: Column{"QSYJ", 'N', 12, 2, "结算参与人佣金 participant's commission", Published}, field: func(r *SZDetail) any { return &r.MemberCommission }},
	{Column: Column{"QTFY", 'N', 12, 2, "其它费用 other fee", Published}, field: func(r *SZDetail) any { return &r.OtherFee }},
	{Column: Column{"ZJJE", 'N', 17, 2, "资金金额 cash amount", Published}, field: func(r *SZDetail) any { return &r.CashAmount }},
	{Column: Column{"SFJE", 'N', 18, 2, "收付净额 net amount", Published}, field: func(r *SZDetail) any { return &r.NetAmount }},
	{Column: Column{"CJRQ", 'C', 8, 0, "成交日期 trade date", Published}, field: func(r *SZDetail) any { return &r.TradeDate }},
	{Column: Column{"QSRQ", 'C', 8, 0, "清算日期 clearing date", Published}, field: func(r *SZDetail) any { return &r.ClearingDate }},
	{Column: Column{"JSRQ", 'C', 8, 0, "交收日期 settlement date", Published}, field: func(r *SZDetail) any { return &r.SettlementDate }},
	{Column: Column{"FSRQ", 'C', 8, 0, "发送日期 send date", Published}, field: func(r *SZDetail) any { return &r.SendDate }},
	{Column: Column{"QTRQ", 'C', 8, 0, "其它日期 other date", Published}, field: func(r *SZDetail) any { return &r.OtherDate }},
	{Column: Column{"SCDM", 'C', 2, 0, "市场代码 market", Published}, field: func(r *SZDetail) any { return &r.Market }},
	{Column: Column{"JYFS", 'C', 2, 0, "交易方式 trade method", Published}, field: func(r *SZDetail) any { return &r.TradeMethod }},
	{Column: Column{"ZQDM2", 'C', 8, 0, "证券代码2 second security", Published}, field: func(r *SZDetail) any { return &r.Security2 }},
	{Column: Column{"TGDY2", 'C', 6, 0, "托管单元2 second custody unit", Published}, field: func(r *SZDetail) any { return &r.CustodyUnit2 }},
	{Column: Column{"DDBH2", 'C', 16, 0, "订单编号2 second order number", Published}, field: func(r *SZDetail) any { return &r.OrderNo2 }},
	{Column: Column{"FJSM", 'C', 100, 0, "附加说明 note", Published}, field: func(r *SZDetail) any { return &r.Note }},
	{Column: Column{"BYBZ", 'C', 1, 0, "备用标志 spare flag", Published}, field: func(r *SZDetail) any { return &r.SpareFlag }},
}
