package paper

import (
	"bytes"
	"fmt"
	"io"

	"codeberg.org/go-pdf/fpdf"
)

// The sheet is A4 on its side, because a table of fills with its fees is wide.
// Lengths are in millimetres, sizes of letters in points.
const (
	pageWide    = 297.0
	pageHigh    = 210.0
	marginSide  = 12.0
	marginTop   = 14.0
	marginFoot  = 14.0
	printWide   = pageWide - 2*marginSide
	titleSize   = 15.0
	sectionSize = 10.5
	factSize    = 8.5
	noteSize    = 7.5
	tableSize   = 8.0
	tableLeast  = 5.0 // smaller is not read by people over forty
	cellPad     = 1.4
	pointHigh   = 0.3528 // millimetres in a point
	lineFactor  = 1.45   // height of a line by the size of its letters
	face        = "wenkai"
)

// Shades of grey, 0 black to 255 white.
const (
	greyText = 95
	greyLine = 200
	greyFill = 236
)

// PDF lays the document out as a PDF with the characters it uses embedded. It
// returns ErrTooLong beyond PDFRowsMax rows and ErrCell for a cell it cannot print.
func (d *Document) PDF(l Language, fonts *Fonts) (content []byte, err error) {
	if fonts == nil {
		return nil, ErrNoFont
	}
	if n := d.rows(); n > PDFRowsMax {
		return nil, fmt.Errorf("%d rows, at most %d: %w", n, PDFRowsMax, ErrTooLong)
	}
	defer func() {
		// The PDF writer trusts a font's tables; a damaged file makes it read
		// outside them.
		if r := recover(); r != nil {
			content, err = nil, fmt.Errorf("lay out %q, is the font file damaged? %v", d.Title.EN, r)
		}
	}()
	// Laid out twice: the first time tells how many pages there are.
	first, err := lay(d, l, fonts, 0)
	if err != nil {
		return nil, err
	}
	sheet, err := lay(d, l, fonts, first.pdf.PageNo())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := sheet.pdf.Output(io.Writer(&out)); err != nil {
		return nil, fmt.Errorf("write %q as PDF: %w", d.Title.EN, err)
	}
	return out.Bytes(), nil
}

// sheet is a document that is being laid out.
type sheet struct {
	doc   *Document
	l     Language
	pdf   *fpdf.Fpdf
	pages int     // 0 in the first pass
	y     float64 // the next line begins here
	lines map[lineKey][]string
}

type lineKey struct {
	text string
	wide float64
	size float64
}

func lay(d *Document, l Language, fonts *Fonts, pages int) (*sheet, error) {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "L", UnitStr: "mm", SizeStr: "A4"})
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(d.Made.UTC())
	pdf.SetModificationDate(d.Made.UTC())
	pdf.SetProducer("sancun", true)
	pdf.SetTitle(d.Title.In(l), true)
	pdf.SetAuthor(d.Issuer.In(l), true)
	pdf.SetLang(map[Language]string{Chinese: "zh-CN", English: "en"}[l])
	pdf.SetMargins(marginSide, marginTop, marginSide)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes(face, "", fonts.regular)
	pdf.AddUTF8FontFromBytes(face, "B", fonts.bold)
	s := &sheet{doc: d, l: l, pdf: pdf, pages: pages, lines: map[lineKey][]string{}}
	s.newPage()
	if err := s.head(); err != nil {
		return nil, err
	}
	for i := range d.Sections {
		if err := s.section(&d.Sections[i]); err != nil {
			return nil, fmt.Errorf("section %q: %w", d.Sections[i].Title.EN, err)
		}
	}
	s.notes()
	if err := pdf.Error(); err != nil {
		return nil, fmt.Errorf("lay out %q: %w", d.Title.EN, err)
	}
	return s, nil
}

// high is the height of a line of letters of a size.
func high(size float64) float64 { return size * pointHigh * lineFactor }

// write puts a text at a place; align is L, R or C within the width.
func (s *sheet) write(x, y, wide, size float64, style, align, text string) {
	s.pdf.SetFont(face, style, size)
	s.pdf.SetXY(x, y)
	s.pdf.CellFormat(wide, high(size), text, "", 0, align+"M", false, 0, "")
}

func (s *sheet) ink(grey int) { s.pdf.SetTextColor(grey, grey, grey) }

// newPage begins a page with its foot, and from the second on with a line that
// says what it is a page of.
func (s *sheet) newPage() {
	s.pdf.AddPage()
	s.y = marginTop
	foot := pageHigh - marginFoot + 3
	s.pdf.SetDrawColor(greyLine, greyLine, greyLine)
	s.pdf.SetLineWidth(0.2)
	s.pdf.Line(marginSide, foot-1, pageWide-marginSide, foot-1)
	s.ink(greyText)
	s.write(marginSide, foot, printWide, noteSize, "", "L", s.doc.Proof.In(s.l))
	s.write(marginSide, foot, printWide, noteSize, "", "R", s.pageOf())
	if s.pdf.PageNo() > 1 {
		text := s.doc.Title.In(s.l)
		for _, f := range s.doc.Facts[:min(len(s.doc.Facts), 3)] {
			if value, _, err := printed(f.Value, s.l); err == nil {
				text += "   " + f.Label.In(s.l) + " " + value
			}
		}
		s.write(marginSide, s.y-4, printWide, noteSize, "", "L", text)
		s.y += high(noteSize)
	}
	s.ink(0)
}

func (s *sheet) pageOf() string {
	if s.l == English {
		return fmt.Sprintf("page %d of %d", s.pdf.PageNo(), s.pages)
	}
	return fmt.Sprintf("第 %d 页，共 %d 页", s.pdf.PageNo(), s.pages)
}

// room begins a new page unless a height is left on this one.
func (s *sheet) room(need float64) bool {
	if s.y+need <= pageHigh-marginFoot {
		return false
	}
	s.newPage()
	return true
}

// factColumns is how many facts of the head stand beside each other.
const factColumns = 3

// head writes title, issuer and facts.
func (s *sheet) head() error {
	s.write(marginSide, s.y, printWide, titleSize, "B", "L", s.doc.Title.In(s.l))
	s.write(marginSide, s.y, printWide, sectionSize, "", "R", s.doc.Issuer.In(s.l))
	s.y += high(titleSize)
	if draft := s.doc.Draft.In(s.l); draft != "" {
		s.pdf.SetTextColor(176, 32, 32)
		s.write(marginSide, s.y, printWide, sectionSize, "B", "L", draft)
		s.ink(0)
		s.y += high(sectionSize)
	}
	s.pdf.SetDrawColor(0, 0, 0)
	s.pdf.SetLineWidth(0.5)
	s.pdf.Line(marginSide, s.y+1, pageWide-marginSide, s.y+1)
	s.y += 2.5
	if err := s.facts(); err != nil {
		return err
	}
	s.y += 1.5
	return nil
}

// facts writes the facts side by side; one that is too long for its place has a line, or
// as many as it needs, of its own.
func (s *sheet) facts() error {
	const wide = printWide / factColumns
	column := 0
	next := func() {
		if column > 0 {
			s.y, column = s.y+high(factSize)+0.4, 0
		}
	}
	for _, f := range s.doc.Facts {
		value, _, err := printed(f.Value, s.l)
		if err != nil {
			return fmt.Errorf("fact %q: %w", f.Label.EN, err)
		}
		label := f.Label.In(s.l)
		s.pdf.SetFont(face, "", factSize)
		labelWide := max(s.pdf.GetStringWidth(label)+3, wide*0.30)
		lines, room := []string{value}, wide-labelWide
		if s.pdf.GetStringWidth(value) > room {
			next()
			room = printWide - labelWide
			lines = s.broken(value, room, factSize, "")
		}
		x := marginSide + wide*float64(column)
		s.ink(greyText)
		s.write(x, s.y, labelWide, factSize, "", "L", label)
		s.ink(0)
		for i, line := range lines {
			if i > 0 {
				s.y += high(factSize)
			}
			s.write(x+labelWide, s.y, room, factSize, "", "L", line)
		}
		if column++; column == factColumns || room > wide {
			next()
		}
	}
	next()
	return nil
}

// notes writes the remarks at the end.
func (s *sheet) notes() {
	if len(s.doc.Notes) == 0 {
		return
	}
	s.y += 2
	s.ink(greyText)
	for _, n := range s.doc.Notes {
		for _, line := range s.broken(n.In(s.l), printWide, noteSize, "") {
			s.room(high(noteSize))
			s.ink(greyText)
			s.write(marginSide, s.y, printWide, noteSize, "", "L", line)
			s.y += high(noteSize)
		}
	}
	s.ink(0)
}
