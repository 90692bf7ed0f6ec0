package csdc

import (
	"io"
	"iter"

	"sancun/money"
)

// SJSJG is a row of the Shenzhen settlement result (明细结果): the detail with
// the prefix JG, and what became of it. It has no MXCWDH and MXPPHM.
type SJSJG struct {
	SZDetail
	SettledQuantity money.Quantity // signed
	Circulation     string         // "0" no special limit
	Settled         string         // "Y" or "N"
	Reason          string         // error code when Settled is "N"
}

var sjsjgTable = newTable(LayoutSJSJG, "JGSFJE", []string{"JGFSRQ"}, sjsjgColumns())

func sjsjgColumns() []column[SJSJG] {
	columns := szColumns("JG", Published, func(r *SJSJG) *SZDetail { return &r.SZDetail })
	columns = insertAfter(columns, "JGQSSL",
		column[SJSJG]{Column: Column{"JGJSSL", 'N', 15, 2, "交收数量 settled quantity", Published}, field: func(r *SJSJG) any { return &r.SettledQuantity }})
	columns = insertAfter(columns, "JGGFXZ",
		column[SJSJG]{Column: Column{"JGLTLX", 'C', 1, 0, "流通类型 circulation", Named}, field: func(r *SJSJG) any { return &r.Circulation }})
	return insertAfter(columns, "JGSFJE",
		column[SJSJG]{Column: Column{"JGJSBZ", 'C', 1, 0, "交收标志 settled", Published}, field: func(r *SJSJG) any { return &r.Settled }},
		column[SJSJG]{Column: Column{"JGZYDH", 'C', 4, 0, "摘要代号 reason code", Published}, field: func(r *SJSJG) any { return &r.Reason }})
}

// WriteSJSJG writes the settlement results sent on date: exactly count rows. It
// returns the control total, or an error naming the row and column.
func WriteSJSJG(w io.Writer, date Date, count int, rows iter.Seq[SJSJG]) (Control, error) {
	return sjsjgTable.write(w, date, count, rows)
}

// ReadSJSJG calls fn for every row until one fails. An error of fn comes back
// as it is, any other wraps a RecordError.
func ReadSJSJG(r io.Reader, fn func(SJSJG) error) error { return sjsjgTable.read(r, fn) }
