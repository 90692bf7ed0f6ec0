// Package paper lays figures out for people: one Document becomes a PDF with an
// embedded font, a workbook or a text for a terminal, in Chinese or English.
//
// The same document gives the same bytes: no clock is read and nothing is
// numbered at random, so a file of the day can be made again and compared by its
// hash. It must never compute a figure, know what a figure means, or round one:
// what it is given is what is printed.
package paper

import (
	"errors"
	"time"
)

// Language is the language of one copy of a document.
type Language uint8

// The languages.
const (
	Chinese Language = 1
	English Language = 2
)

// ParseLanguage reads zh or en; ok is false for anything else.
func ParseLanguage(code string) (l Language, ok bool) {
	switch code {
	case "zh":
		return Chinese, true
	case "en":
		return English, true
	}
	return 0, false
}

// Words is a text in both languages.
type Words struct{ ZH, EN string }

// Plain is a text that is the same in both languages.
func Plain(text string) Words { return Words{text, text} }

// In returns the text in one language.
func (w Words) In(l Language) string {
	if l == English {
		return w.EN
	}
	return w.ZH
}

// Document is what is laid out.
type Document struct {
	Title    Words
	Issuer   Words // who answers for it
	Facts    []Fact
	Sections []Section
	Notes    []Words
	// Proof stands at the foot of every page: the height and hash that the figures
	// can be checked against.
	Proof Words
	// Made is the moment the document says it was made, UTC: a block's time and
	// never a clock's. It may be zero.
	Made time.Time
	// Draft prints a warning beside the title, when it is not empty.
	Draft Words
}

// Fact is one line of the head: what it is and what it says. Value is a cell.
type Fact struct {
	Label Words
	Value any
}

// Section is a table under a title.
type Section struct {
	Title   Words
	Note    Words // under the title; empty prints none
	Columns []Column
	Rows    [][]any // cells, one for each column; see cell.go
	Foot    []any   // the line of sums; nil prints none
	Empty   Words   // instead of a table without rows
}

// Column is one column of a table.
type Column struct {
	Title Words
	// Free says that its texts may be broken into lines: names and remarks, never
	// figures or numbers of things.
	Free bool
}

// The bounds of one document. A person reads no more, and a larger one would take
// memory from the machine that does business.
const (
	// PDFRowsMax is some two hundred pages.
	PDFRowsMax = 5_000
	// WorkbookRowsMax is a tenth of what a sheet can hold.
	WorkbookRowsMax = 100_000
)

var (
	// ErrTooLong reports a document of more rows than its form allows. Ask for a
	// shorter period, or for a workbook instead of a PDF.
	ErrTooLong = errors.New("the document has too many rows for this form")
	// ErrTooWide reports a table that the smallest letters do not bring onto a page.
	// Take some of its columns out.
	ErrTooWide = errors.New("the table is wider than the page")
	// ErrNoFont reports that no font with Chinese characters is installed. Install
	// the Debian package fonts-lxgw-wenkai, or name a folder that holds
	// LXGWWenKai-Regular.ttf and LXGWWenKai-Bold.ttf.
	ErrNoFont = errors.New("no font with Chinese characters: install the Debian package fonts-lxgw-wenkai (apt-get install fonts-lxgw-wenkai)")
	// ErrCell reports a cell of a type that nobody can print.
	ErrCell = errors.New("a cell that cannot be printed")
)

// rows counts the rows of all tables.
func (d *Document) rows() int {
	n := 0
	for i := range d.Sections {
		n += len(d.Sections[i].Rows)
	}
	return n
}
