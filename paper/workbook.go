package paper

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"sancun/money"
)

// exactMax is the largest figure that goes into a workbook as a number: a
// spreadsheet computes with 15 digits, so a larger one is a text with all of its.
const exactMax = 999_999_999_999_999

// Number formats of a workbook.
const (
	formatAmount = "#,##0.00"
	formatPrice  = "#,##0.00##"
	formatCount  = "#,##0"
	formatDate   = "yyyy-mm-dd"
	formatMoment = "yyyy-mm-dd hh:mm:ss"
	formatClock  = "hh:mm:ss"
)

// Bounds of a column's width, in characters.
const (
	columnLeast = 8
	columnMost  = 60
)

// workbook is a document that is being written as sheets.
type workbook struct {
	doc    *Document
	l      Language
	file   *excelize.File
	styles map[string]int
}

// Workbook lays the document out as a workbook: the head on the first sheet, each
// table on one of its own, figures as numbers that can be added. It returns
// ErrTooLong beyond WorkbookRowsMax rows and ErrCell for a cell it cannot write.
func (d *Document) Workbook(l Language) ([]byte, error) {
	if n := d.rows(); n > WorkbookRowsMax {
		return nil, fmt.Errorf("%d rows, at most %d: %w", n, WorkbookRowsMax, ErrTooLong)
	}
	w := &workbook{doc: d, l: l, file: excelize.NewFile(), styles: map[string]int{}}
	err := w.all()
	if err == nil {
		made := d.Made.UTC().Format(time.RFC3339)
		err = w.file.SetDocProps(&excelize.DocProperties{
			Title: d.Title.In(l), Creator: d.Issuer.In(l), Created: made, Modified: made, Language: map[Language]string{Chinese: "zh-CN", English: "en"}[l],
		})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("workbook %q: %w", d.Title.EN, err), w.file.Close())
	}
	out, err := w.file.WriteToBuffer()
	if err := errors.Join(err, w.file.Close()); err != nil {
		return nil, fmt.Errorf("workbook %q: %w", d.Title.EN, err)
	}
	content, err := ordered(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("workbook %q: %w", d.Title.EN, err)
	}
	return content, nil
}

// ordered lays the parts of a workbook in the order of their names, because the
// writer lays sheets in the order of a map. It dates none of them.
func ordered(content []byte) ([]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, part := range in.File {
		raw, err := part.OpenRaw()
		if err != nil {
			return nil, err
		}
		header := part.FileHeader
		w, err := to.CreateRaw(&header)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, raw); err != nil {
			return nil, err
		}
	}
	if err := to.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (w *workbook) all() error {
	front := Words{"概要", "Summary"}.In(w.l)
	if err := w.file.SetSheetName("Sheet1", front); err != nil {
		return err
	}
	if err := w.front(front); err != nil {
		return err
	}
	names := map[string]bool{strings.ToLower(front): true}
	for i := range w.doc.Sections {
		sec := &w.doc.Sections[i]
		if len(sec.Rows) == 0 && sec.Empty == (Words{}) {
			continue
		}
		name := sheetName(sec.Title.In(w.l), names)
		if _, err := w.file.NewSheet(name); err != nil {
			return err
		}
		if err := w.table(name, sec); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	return nil
}

// sheetNameMax is what spreadsheets allow.
const sheetNameMax = 31

// sheetName makes a title a name of a sheet: no signs that are forbidden, at most
// 31 characters, no name twice.
func sheetName(title string, taken map[string]bool) string {
	runes := []rune(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, c) {
			return ' '
		}
		return c
	}, title))
	name := string(runes[:min(len(runes), sheetNameMax)])
	for n := 2; name == "" || taken[strings.ToLower(name)]; n++ {
		end := fmt.Sprintf(" %d", n)
		name = string(runes[:min(len(runes), sheetNameMax-len(end))]) + end
	}
	taken[strings.ToLower(name)] = true
	return name
}

// front writes title, facts and notes.
func (w *workbook) front(name string) error {
	rows := [][]any{{w.doc.Title}}
	if w.doc.Draft.In(w.l) != "" {
		rows = append(rows, []any{w.doc.Draft})
	}
	rows = append(rows, []any{w.doc.Issuer})
	for _, f := range w.doc.Facts {
		rows = append(rows, []any{f.Label, f.Value})
	}
	for _, n := range slices.Concat([]Words{w.doc.Proof}, w.doc.Notes) {
		rows = append(rows, []any{n})
	}
	wide := [2]int{columnLeast, columnLeast}
	for _, f := range w.doc.Facts {
		value, _, err := printed(f.Value, w.l)
		if err != nil {
			return fmt.Errorf("fact %q: %w", f.Label.EN, err)
		}
		wide = [2]int{max(wide[0], columnsOf(f.Label.In(w.l))), max(wide[1], columnsOf(value))}
	}
	if err := w.page(name); err != nil {
		return err
	}
	out, err := w.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, chars := range wide {
		if err := out.SetColWidth(i+1, i+1, float64(min(chars, columnMost)+3)); err != nil {
			return err
		}
	}
	for n, row := range rows {
		style := ""
		if n == 0 {
			style = "title"
		}
		if err := w.line(out, n+1, row, style); err != nil {
			return err
		}
	}
	return out.Flush()
}

// table writes one section on a sheet, its head fixed at the top.
func (w *workbook) table(name string, sec *Section) error {
	if err := w.page(name); err != nil {
		return err
	}
	out, err := w.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.widths(out, sec); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := w.heads(out, sec); err != nil {
		return err
	}
	at := 2
	for _, row := range sec.Rows {
		if len(row) != len(sec.Columns) {
			return fmt.Errorf("row %d: %d cells in %d columns: %w", at, len(row), len(sec.Columns), ErrCell)
		}
		if err := w.line(out, at, row, ""); err != nil {
			return err
		}
		at++
	}
	if len(sec.Rows) == 0 {
		if err := w.line(out, at, []any{sec.Empty}, ""); err != nil {
			return err
		}
		at++
	}
	if sec.Foot != nil {
		if err := w.line(out, at, sec.Foot, "foot"); err != nil {
			return err
		}
		at++
	}
	if note := sec.Note.In(w.l); note != "" {
		if err := w.line(out, at+1, []any{sec.Note}, ""); err != nil {
			return err
		}
	}
	return out.Flush()
}

// heads writes the titles of the columns, those of figures on the right as they are.
func (w *workbook) heads(out *excelize.StreamWriter, sec *Section) error {
	row := make([]any, len(sec.Columns))
	for i := range sec.Columns {
		place := "head"
		for _, cells := range sec.Rows {
			if i >= len(cells) {
				continue // told when the row is written
			}
			if _, right, err := printed(cells[i], w.l); right && err == nil {
				place = "head right"
				break
			}
		}
		id, err := w.styleOf("", place)
		if err != nil {
			return err
		}
		row[i] = excelize.Cell{StyleID: id, Value: sec.Columns[i].Title.In(w.l)}
	}
	return out.SetRow("A1", row)
}

// page sets a sheet up for a printer: on its side, as wide as the paper, the head
// on every page and the proof at its foot.
func (w *workbook) page(name string) error {
	landscape, fitWide, fitHigh, size := "landscape", 1, 0, 9 // 9 is A4
	fit := true
	proof := strings.ReplaceAll(w.doc.Proof.In(w.l), "&", "&&")
	return errors.Join(
		w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}),
		w.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &landscape, FitToWidth: &fitWide, FitToHeight: &fitHigh}),
		w.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L&8" + proof + "&R&8&P / &N"}),
	)
}

// widths gives each column the width of its widest text.
func (w *workbook) widths(out *excelize.StreamWriter, sec *Section) error {
	for i := range sec.Columns {
		chars := max(columnLeast, columnsOf(sec.Columns[i].Title.In(w.l)))
		for _, row := range slices.Concat(sec.Rows, [][]any{sec.Foot}) {
			if i >= len(row) {
				continue
			}
			text, _, err := printed(row[i], w.l)
			if err != nil {
				return fmt.Errorf("column %q: %w", sec.Columns[i].Title.EN, err)
			}
			chars = max(chars, columnsOf(text))
		}
		if err := out.SetColWidth(i+1, i+1, float64(min(chars, columnMost)+3)); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf is how many columns of a terminal or sheet a text takes: a Chinese
// character takes two.
func columnsOf(text string) int {
	n := 0
	for _, c := range text {
		n++
		if unicode.Is(unicode.Han, c) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xff60 {
			n++
		}
	}
	return n
}

// line writes one row of cells; style is a word of styleOf.
func (w *workbook) line(out *excelize.StreamWriter, at int, cells []any, style string) error {
	name, err := excelize.CoordinatesToCellName(1, at)
	if err != nil {
		return err
	}
	row := make([]any, len(cells))
	for i, cell := range cells {
		value, format, err := w.value(cell)
		if err != nil {
			return err
		}
		id, err := w.styleOf(format, style)
		if err != nil {
			return err
		}
		row[i] = excelize.Cell{StyleID: id, Value: value}
	}
	return out.SetRow(name, row)
}

// value is what a cell holds and how it is shown. Moments are Beijing's, as days
// since the last of 1899, which is how sheets count.
func (w *workbook) value(cell any) (value any, format string, err error) {
	switch v := cell.(type) {
	case money.Amount:
		if v >= -exactMax && v <= exactMax {
			return float64(v) / 100, formatAmount, nil
		}
	case money.Price:
		if v >= -exactMax && v <= exactMax {
			return float64(v) / float64(money.PriceUnit), formatPrice, nil
		}
	case money.Quantity:
		if v >= -exactMax && v <= exactMax {
			return int64(v), formatCount, nil
		}
	case uint64:
		if v <= exactMax {
			return v, formatCount, nil
		}
	case int:
		return v, formatCount, nil
	case Date:
		if v != 0 {
			return sheetDays(time.Date(int(v/10000), time.Month(v/100%100), int(v%100), 0, 0, 0, 0, Beijing)), formatDate, nil
		}
	case time.Time:
		if !v.IsZero() {
			return sheetDays(v), formatMoment, nil
		}
	case Clock:
		if !time.Time(v).IsZero() {
			return sheetDays(time.Time(v)) - sheetDays(midnight(time.Time(v))), formatClock, nil
		}
	}
	text, _, err := printed(cell, w.l)
	return text, "", err
}

// sheetDays counts a moment in days since the last of 1899, to the second. A hair
// is added so that a sheet that cuts off what it does not show cuts off the hair and
// not a second.
func sheetDays(t time.Time) float64 {
	_, shift := t.In(Beijing).Zone()
	const epoch, hair = 25_569, 1e-9 // 1970-01-01, and less than a tenth of a millisecond
	seconds := t.Unix() + int64(shift)
	days := float64(epoch + seconds/86_400)
	if rest := seconds % 86_400; rest != 0 {
		days += float64(rest)/86_400 + hair
	}
	return days
}

// midnight is the beginning of a moment's day in Beijing.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(Beijing).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Beijing)
}

// styleOf returns the style of a number format in a place of the sheet.
func (w *workbook) styleOf(format, place string) (int, error) {
	key := place + "|" + format
	if id, ok := w.styles[key]; ok {
		return id, nil
	}
	style := &excelize.Style{Font: &excelize.Font{Size: 10}, Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "left"}}
	switch format {
	case formatAmount, formatPrice, formatCount:
		style.Alignment.Horizontal, style.Alignment.Indent = "right", 1
	}
	if format != "" {
		style.CustomNumFmt = &format
	}
	switch place {
	case "title":
		style.Font.Bold, style.Font.Size = true, 14
	case "head", "head right":
		if style.Font.Bold, style.Alignment.WrapText = true, true; place == "head right" {
			style.Alignment.Horizontal, style.Alignment.Indent = "right", 1
		}
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"ECECEC"}}
	case "foot":
		style.Font.Bold = true
		style.Border = []excelize.Border{{Type: "top", Color: "000000", Style: 1}}
	}
	id, err := w.file.NewStyle(style)
	w.styles[key] = id
	return id, err
}
