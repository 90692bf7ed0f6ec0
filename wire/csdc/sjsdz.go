package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// SJSDZ is a row of the Shenzhen holdings check (股份对账): what one account
// holds of one security at the end of the day.
type SJSDZ struct {
	CustodyUnit string
	Security    string
	Account     string
	ShareNature string // "00" tradable without limit
	Circulation string // "0" no special limit
	Holding     money.Quantity
	SendDate    Date
	SpareFlag   string
}

var sjsdzTable = newTable(LayoutSJSDZ, "DZZYGS", []string{"DZFSRQ"}, []column[SJSDZ]{
	{Column: Column{"DZTGDY", 'C', 6, 0, "托管单元 custody unit", Published}, field: func(r *SJSDZ) any { return &r.CustodyUnit }},
	{Column: Column{"DZZQDM", 'C', 8, 0, "证券代码 security", Published}, field: func(r *SJSDZ) any { return &r.Security }},
	{Column: Column{"DZZQZH", 'C', 20, 0, "证券账户 securities account", Published}, field: func(r *SJSDZ) any { return &r.Account }},
	{Column: Column{"DZGFXZ", 'C', 2, 0, "股份性质 share nature", Published}, field: func(r *SJSDZ) any { return &r.ShareNature }},
	{Column: Column{"DZLTLX", 'C', 1, 0, "流通类型 circulation", Published}, field: func(r *SJSDZ) any { return &r.Circulation }},
	{Column: Column{"DZZYGS", 'N', 17, 2, "总拥股数 holding", Published}, field: func(r *SJSDZ) any { return &r.Holding }},
	{Column: Column{"DZFSRQ", 'C', 8, 0, "发送日期 send date", Published}, field: func(r *SJSDZ) any { return &r.SendDate }},
	{Column: Column{"DZBYBZ", 'C', 1, 0, "备用标志 spare flag", Published}, field: func(r *SJSDZ) any { return &r.SpareFlag }},
})

// WriteSJSDZ writes the holdings sent on date: exactly count rows. It returns
// the control total, or an error naming the row and column.
func WriteSJSDZ(w io.Writer, date Date, count int, rows iter.Seq[SJSDZ]) (Control, error) {
	return sjsdzTable.write(w, date, count, rows)
}

// ReadSJSDZ calls fn for every row until one fails. An error of fn comes back as
// it is, any other wraps a RecordError.
func ReadSJSDZ(r io.Reader, fn func(SJSDZ) error) error { return sjsdzTable.read(r, fn) }
