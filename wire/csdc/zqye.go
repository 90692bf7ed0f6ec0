package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// Zqye is a row of the Shanghai securities balance (证券余额对账): what one account
// holds of one security at the end of the day.
type Zqye struct {
	Market       string
	Member       string // clearing number of the custody participant
	Account      string
	Unit         string // designated trading unit
	Security     string
	SecurityKind string
	Circulation  string
	Entitlement  string
	ListingYear  string
	Holding      money.Quantity // all of it
	Frozen       money.Quantity // part of Holding that is frozen or restricted
	Spare        string
	AsOf         Date
}

var zqyeTable = newTable(LayoutZqye, "YE1", []string{"JZRQ"}, []column[Zqye]{
	{Column: Column{"SCDM", 'C', 2, 0, "市场代码 market", Published}, field: func(r *Zqye) any { return &r.Market }},
	{Column: Column{"QSBH", 'C', 8, 0, "清算编号 custody participant", Published}, field: func(r *Zqye) any { return &r.Member }},
	{Column: Column{"ZQZH", 'C', 10, 0, "证券账户 securities account", Published}, field: func(r *Zqye) any { return &r.Account }},
	{Column: Column{"XWH", 'C', 5, 0, "指定交易单元 designated trading unit", Published}, field: func(r *Zqye) any { return &r.Unit }},
	{Column: Column{"ZQDM", 'C', 6, 0, "证券代码 security", Published}, field: func(r *Zqye) any { return &r.Security }},
	{Column: Column{"ZQLB", 'C', 2, 0, "证券类别 security kind", Published}, field: func(r *Zqye) any { return &r.SecurityKind }},
	{Column: Column{"LTLX", 'C', 1, 0, "流通类型 circulation", Published}, field: func(r *Zqye) any { return &r.Circulation }},
	{Column: Column{"QYLB", 'C', 2, 0, "权益类别 entitlement", Published}, field: func(r *Zqye) any { return &r.Entitlement }},
	{Column: Column{"GPNF", 'C', 4, 0, "挂牌年份 listing year", Published}, field: func(r *Zqye) any { return &r.ListingYear }},
	{Column: Column{"YE1", 'C', 16, 0, "余额1 holding", Published}, field: func(r *Zqye) any { return &r.Holding }},
	{Column: Column{"YE2", 'C', 16, 0, "余额2 of it frozen", Published}, field: func(r *Zqye) any { return &r.Frozen }},
	{Column: Column{"BY", 'C', 12, 0, "备用 spare", Published}, field: func(r *Zqye) any { return &r.Spare }},
	{Column: Column{"JZRQ", 'C', 8, 0, "截止日期 as of", Published}, field: func(r *Zqye) any { return &r.AsOf }},
})

// WriteZqye writes the securities balances of date: exactly count rows. It
// returns the control total, or an error naming the row and column.
func WriteZqye(w io.Writer, date Date, count int, rows iter.Seq[Zqye]) (Control, error) {
	return zqyeTable.write(w, date, count, rows)
}

// ReadZqye calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadZqye(r io.Reader, fn func(Zqye) error) error { return zqyeTable.read(r, fn) }
