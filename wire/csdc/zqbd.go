package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// Zqbd is a row of the Shanghai securities changes (证券变动): one account's
// holding of one security went up or down.
type Zqbd struct {
	Market       string
	Member       string // clearing number of the custody participant
	Account      string
	Unit         string // designated trading unit
	Security     string
	SecurityKind string
	Circulation  string
	Entitlement  string
	ListingYear  string
	Change       money.Quantity // signed
	ChangeKind   string         // e.g. "00A" transfer by trade
	ChangeDate   Date
	Quantity     money.Quantity // reserved by the clearing house
	Serial       string         // reserved by the clearing house
	Spare        string
}

var zqbdTable = newTable(LayoutZqbd, "BDSL", []string{"BDRQ"}, []column[Zqbd]{
	{Column: Column{"SCDM", 'C', 2, 0, "市场代码 market", Published}, field: func(r *Zqbd) any { return &r.Market }},
	{Column: Column{"QSBH", 'C', 8, 0, "清算编号 custody participant", Published}, field: func(r *Zqbd) any { return &r.Member }},
	{Column: Column{"ZQZH", 'C', 10, 0, "证券账户 securities account", Published}, field: func(r *Zqbd) any { return &r.Account }},
	{Column: Column{"XWH", 'C', 5, 0, "交易单元 trading unit", Published}, field: func(r *Zqbd) any { return &r.Unit }},
	{Column: Column{"ZQDM", 'C', 6, 0, "证券代码 security", Published}, field: func(r *Zqbd) any { return &r.Security }},
	{Column: Column{"ZQLB", 'C', 2, 0, "证券类别 security kind", Published}, field: func(r *Zqbd) any { return &r.SecurityKind }},
	{Column: Column{"LTLX", 'C', 1, 0, "流通类型 circulation", Published}, field: func(r *Zqbd) any { return &r.Circulation }},
	{Column: Column{"QYLB", 'C', 2, 0, "权益类别 entitlement", Published}, field: func(r *Zqbd) any { return &r.Entitlement }},
	{Column: Column{"GPNF", 'C', 4, 0, "挂牌年份 listing year", Published}, field: func(r *Zqbd) any { return &r.ListingYear }},
	{Column: Column{"BDSL", 'C', 16, 0, "变动数量 change, signed", Published}, field: func(r *Zqbd) any { return &r.Change }},
	{Column: Column{"BDLX", 'C', 3, 0, "变动类型 kind of change", Published}, field: func(r *Zqbd) any { return &r.ChangeKind }},
	{Column: Column{"BDRQ", 'C', 8, 0, "变动日期 date of change", Published}, field: func(r *Zqbd) any { return &r.ChangeDate }},
	{Column: Column{"SL", 'C', 16, 0, "数量 quantity, reserved", Published}, field: func(r *Zqbd) any { return &r.Quantity }},
	{Column: Column{"BH", 'C', 20, 0, "编号 serial, reserved", Published}, field: func(r *Zqbd) any { return &r.Serial }},
	{Column: Column{"BY", 'C', 20, 0, "备用 spare", Published}, field: func(r *Zqbd) any { return &r.Spare }},
})

// WriteZqbd writes the securities changes of date: exactly count rows. It
// returns the control total, or an error naming the row and column.
func WriteZqbd(w io.Writer, date Date, count int, rows iter.Seq[Zqbd]) (Control, error) {
	return zqbdTable.write(w, date, count, rows)
}

// ReadZqbd calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadZqbd(r io.Reader, fn func(Zqbd) error) error { return zqbdTable.read(r, fn) }
