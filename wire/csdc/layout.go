package csdc

import (
	"fmt"
	"io"
)

// Layout is a kind of file. The numbers are used in records and never change.
type Layout uint8

// The layouts built so far. The others of domain facts E.4 are not available yet.
const (
	LayoutGH     Layout = 1 // Shanghai trades, text
	LayoutJsmx   Layout = 2 // Shanghai settlement detail
	LayoutZqbd   Layout = 3 // Shanghai securities changes
	LayoutZjhz   Layout = 4 // Shanghai cash total
	LayoutSJSMX1 Layout = 5 // Shenzhen clearing detail
	LayoutSJSJG  Layout = 6 // Shenzhen settlement result
	LayoutSJSQS  Layout = 7 // Shenzhen cash clearing total
	LayoutSJSDZ  Layout = 8 // Shenzhen holdings check
	LayoutZqye   Layout = 9 // Shanghai holdings check
)

// Layouts returns every layout in the order a day's files are processed:
// trades, then details, then totals and checks.
func Layouts() []Layout {
	return []Layout{LayoutGH, LayoutJsmx, LayoutZqbd, LayoutZjhz, LayoutZqye, LayoutSJSMX1, LayoutSJSJG, LayoutSJSQS, LayoutSJSDZ}
}

// NoData is how a file says that there is nothing to say.
type NoData uint8

const (
	// EmptyTable: the file comes on every trading day, with zero records. If it
	// is not there, something is wrong.
	EmptyTable NoData = 1
	// NoFile: without data there is no file. Only the control file can tell
	// "nothing" from "lost".
	NoFile NoData = 2
)

// rule is what is the same for all files of a layout.
type rule struct {
	name   string
	noData NoData
}

var rules = [...]rule{
	LayoutGH:     {"gh", NoFile},
	LayoutJsmx:   {"jsmx", EmptyTable},
	LayoutZqbd:   {"zqbd", EmptyTable},
	LayoutZjhz:   {"zjhz", EmptyTable},
	LayoutSJSMX1: {"sjsmx1", EmptyTable},
	LayoutSJSJG:  {"sjsjg", EmptyTable},
	LayoutSJSQS:  {"sjsqs", EmptyTable},
	LayoutSJSDZ:  {"sjsdz", EmptyTable},
	LayoutZqye:   {"zqye", EmptyTable},
}

// Valid says whether l is a layout this package knows.
func (l Layout) Valid() bool { return l >= LayoutGH && l <= LayoutZqye }

func (l Layout) String() string {
	if l.Valid() {
		return rules[l].name
	}
	return fmt.Sprintf("layout %d", uint8(l))
}

// NoData says how a file of l looks when there is nothing to report. l must be valid.
func (l Layout) NoData() NoData { return rules[l].noData }

// SumColumn names the column that is added up for the control total.
func (l Layout) SumColumn() string { return l.scanner().sumColumn().Name }

// Columns describes the columns of l in file order. l must be valid.
func (l Layout) Columns() []Column { return l.scanner().Columns() }

// Participant is how the clearing house and the exchange number one broker.
type Participant struct {
	Shanghai string // clearing number, 5 to 8 digits
	Shenzhen string // settlement number, 6 digits
	PBU      string // Shanghai participant number of trade files, 5 digits
}

func (p Participant) check() error {
	for _, number := range []struct {
		of, text string
		min, max int
	}{{"Shanghai clearing", p.Shanghai, 5, 8}, {"Shenzhen settlement", p.Shenzhen, 6, 6}, {"PBU", p.PBU, 5, 5}} {
		if n := len(number.text); n < number.min || n > number.max || !allDigits(number.text) {
			return fmt.Errorf("%s number %q is not %d to %d digits: %w", number.of, number.text, number.min, number.max, ErrFigure)
		}
	}
	return nil
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// FileName names a participant's file of one day. Only the pattern of the trade
// file is public; the real clearing files carry no date and lie in a folder of
// the day, ours carry it so that an archive cannot mix days up (assumption A5).
func (l Layout) FileName(p Participant, date Date) string {
	switch l {
	case LayoutGH:
		return "gh00P" + p.PBU + "_" + string(date) + ".txt"
	case LayoutJsmx:
		return "jsmx03_" + p.Shanghai + "_" + string(date) + ".dbf" // 03: T+1 business and results
	case LayoutZqbd, LayoutZjhz, LayoutZqye:
		return rules[l].name + "_" + p.Shanghai + "_" + string(date) + ".dbf"
	case LayoutSJSMX1:
		return "SJSMX1_" + p.Shenzhen + "_" + string(date) + ".DBF"
	case LayoutSJSJG:
		return "SJSJG_" + p.Shenzhen + "_" + string(date) + ".DBF"
	case LayoutSJSQS:
		return "SJSQS_" + p.Shenzhen + "_" + string(date) + ".DBF"
	case LayoutSJSDZ:
		return "SJSDZ_" + p.Shenzhen + "_" + string(date) + ".DBF"
	}
	return ""
}

// ControlName names the control file of a participant's day.
func ControlName(p Participant, date Date) string {
	return "csdc_" + p.Shanghai + "_" + string(date) + ".ctl"
}

// scanner is the part of a table that does not depend on its row type.
type scanner interface {
	Columns() []Column
	sumColumn() Column
	sumPlaces() int
	scan(r io.Reader, day Date, bad func(error) error) (Control, error)
}

func (l Layout) scanner() scanner {
	return [...]scanner{
		LayoutGH: ghTable, LayoutJsmx: jsmxTable, LayoutZqbd: zqbdTable, LayoutZjhz: zjhzTable,
		LayoutSJSMX1: sjsmx1Table, LayoutSJSJG: sjsjgTable, LayoutSJSQS: sjsqsTable, LayoutSJSDZ: sjsdzTable,
		LayoutZqye: zqyeTable,
	}[l]
}

func (t *table[T]) sumColumn() Column { return t.columns[t.sum].Column }

func (t *table[T]) sumPlaces() int { return places[t.columns[t.sum].kind] }
