package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// GH is a line of the Shanghai trade file gh00P….txt that replaces the old
// gh….dbf during 2026: one execution as the exchange reported it, 22 fields.
type GH struct {
	BizID           string // "100010" auction
	Security        string
	ExecType        string // "F" trade
	PBU             string // trading unit that entered the order
	ClOrdID         string
	Account         string
	OwnerType       string
	OrderEntryTime  string // HHMMSSsssnnnn
	LastPrice       money.Price
	LastQuantity    money.Quantity
	TradedValue     FineAmount
	Side            string // "1" buy, "2" sell
	OrderQuantity   money.Quantity
	OrdStatus       string
	CreditTradeType string // XY, RZ, RQ, PC or blank
	ClearingFirm    string
	BranchCode      string
	ExecID          string
	OrderID         string
	TradeDate       Date
	TransactTime    string // HHMMSSsssnnnn
	UserInfo        string
}

// The field names are public, their lengths are those of the binary interface
// (price N13(5), quantity N15(3), amount N18(5)) written as decimals.
var ghTable = textTable(newTable(LayoutGH, "TotalValueTraded", []string{"TradeDate"}, []column[GH]{
	{Column: Column{"BizID", 'N', 6, 0, "业务编号 business", Named}, field: func(r *GH) any { return &r.BizID }},
	{Column: Column{"SecurityID", 'C', 12, 0, "证券代码 security", Named}, field: func(r *GH) any { return &r.Security }},
	{Column: Column{"ExecType", 'C', 1, 0, "执行类型 execution type", Named}, field: func(r *GH) any { return &r.ExecType }},
	{Column: Column{"PBUCode", 'C', 8, 0, "登录或订阅交易单元 trading unit", Named}, field: func(r *GH) any { return &r.PBU }},
	{Column: Column{"ClOrdID", 'C', 10, 0, "会员内部订单编号 member's order number", Named}, field: func(r *GH) any { return &r.ClOrdID }},
	{Column: Column{"Account", 'C', 13, 0, "证券账户 securities account", Named}, field: func(r *GH) any { return &r.Account }},
	{Column: Column{"OwnerType", 'N', 5, 0, "订单所有者类型 owner type", Named}, field: func(r *GH) any { return &r.OwnerType }},
	{Column: Column{"OrderEntryTime", 'N', 13, 0, "申报时间 order entry time", Named}, field: func(r *GH) any { return &r.OrderEntryTime }},
	{Column: Column{"LastPx", 'N', 15, 5, "成交价格 price", Named}, field: func(r *GH) any { return &r.LastPrice }},
	{Column: Column{"LastQty", 'N', 17, 3, "成交数量 quantity", Named}, field: func(r *GH) any { return &r.LastQuantity }},
	{Column: Column{"TotalValueTraded", 'N', 20, 5, "成交金额 traded value", Named}, field: func(r *GH) any { return &r.TradedValue }},
	{Column: Column{"Side", 'C', 1, 0, "买卖方向 side", Named}, field: func(r *GH) any { return &r.Side }},
	{Column: Column{"OrderQty", 'N', 17, 3, "申报数量 order quantity", Named}, field: func(r *GH) any { return &r.OrderQuantity }},
	{Column: Column{"OrdStatus", 'C', 1, 0, "订单状态 order status", Named}, field: func(r *GH) any { return &r.OrdStatus }},
	{Column: Column{"CreditTradeType", 'C', 2, 0, "信用标签 credit tag", Named}, field: func(r *GH) any { return &r.CreditTradeType }},
	{Column: Column{"ClearingFirm", 'C', 8, 0, "结算会员代码 clearing firm", Named}, field: func(r *GH) any { return &r.ClearingFirm }},
	{Column: Column{"BranchCode", 'C', 8, 0, "营业部代码 branch", Named}, field: func(r *GH) any { return &r.BranchCode }},
	{Column: Column{"ExecID", 'C', 16, 0, "成交编号 execution number", Named}, field: func(r *GH) any { return &r.ExecID }},
	{Column: Column{"OrderID", 'C', 16, 0, "交易所订单编号 exchange's order number", Named}, field: func(r *GH) any { return &r.OrderID }},
	{Column: Column{"TradeDate", 'C', 8, 0, "交易日期 trade date", Named}, field: func(r *GH) any { return &r.TradeDate }},
	{Column: Column{"TZTransactTime", 'N', 13, 0, "成交时间 time of the trade", Named}, field: func(r *GH) any { return &r.TransactTime }},
	{Column: Column{"UserInfo", 'C', 32, 0, "用户私有信息 user information", Named}, field: func(r *GH) any { return &r.UserInfo }},
}))

func textTable[T any](t *table[T]) *table[T] {
	t.text = true
	return t
}

// WriteGH writes the trades of date: exactly count lines, at least one, because
// a day without trades has no file. It returns the control total, or an error
// naming the row and field.
func WriteGH(w io.Writer, date Date, count int, rows iter.Seq[GH]) (Control, error) {
	return ghTable.write(w, date, count, rows)
}

// ReadGH calls fn for every line until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadGH(r io.Reader, fn func(GH) error) error { return ghTable.read(r, fn) }
