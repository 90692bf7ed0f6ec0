package csdc

import (
	"io"
	"iter"
)

// SJSMX1 is a row of the Shenzhen clearing detail (清算明细) of guaranteed net
// settlement: 48 columns with the prefix MX.
type SJSMX1 struct {
	SZDetail
	ErrorCode string
	MatchNo   string
}

var sjsmx1Table = newTable(LayoutSJSMX1, "MXSFJE", []string{"MXFSRQ"},
	insertAfter(szColumns("MX", Named, func(r *SJSMX1) *SZDetail { return &r.SZDetail }), "MXDDBH2",
		column[SJSMX1]{Column: Column{"MXCWDH", 'C', 4, 0, "错误代号 error code", Named}, field: func(r *SJSMX1) any { return &r.ErrorCode }},
		column[SJSMX1]{Column: Column{"MXPPHM", 'C', 10, 0, "匹配号码 match number", Named}, field: func(r *SJSMX1) any { return &r.MatchNo }},
	))

// WriteSJSMX1 writes the clearing detail sent on date: exactly count rows. It
// returns the control total, or an error naming the row and column.
func WriteSJSMX1(w io.Writer, date Date, count int, rows iter.Seq[SJSMX1]) (Control, error) {
	return sjsmx1Table.write(w, date, count, rows)
}

// ReadSJSMX1 calls fn for every row until one fails. An error of fn comes back
// as it is, any other wraps a RecordError.
func ReadSJSMX1(r io.Reader, fn func(SJSMX1) error) error { return sjsmx1Table.read(r, fn) }
