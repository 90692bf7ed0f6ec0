package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"sancun/money"
)

// fonts loads the faces that scripts/install.sh test installs.
func fonts(t testing.TB) *Fonts {
	t.Helper()
	f, err := LoadFonts("")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sample has every kind of cell, a column that breaks, figures of the largest
// size and more rows than a page holds.
func sample(rows int) *Document {
	at := time.Date(2023, 8, 25, 6, 56, 3, 0, time.UTC)
	d := &Document{
		Title: Words{"客户对账单（日）", "Client statement, day"}, Issuer: Words{"三存演练证券", "Sancun drill broker"},
		Facts: []Fact{
			{Words{"资金账号", "Fund account"}, Code("600000000001")}, {Words{"姓名", "Name"}, Plain("欧**")}, {Words{"日期", "Date"}, Date(20230825)},
			{Words{"期末余额", "Closing balance"}, money.Amount(123_456_789_01)},
		},
		Proof: Words{"高度 1234 · 哈希 0123456789abcdef", "height 1234 · hash 0123456789abcdef"}, Made: at,
		Notes: []Words{{"如有异议，请于三个交易日内提出。", "Objections within three trading days."}},
		Draft: Words{"未日终，仅供参考", "The day has not ended: not final"},
	}
	sec := Section{
		Title: Words{"资金流水", "Cash"}, Note: Words{"单位：元", "in yuan"},
		Columns: []Column{
			{Title: Words{"日期", "Date"}}, {Title: Words{"时间", "Time"}}, {Title: Words{"摘要", "What"}, Free: true}, {Title: Words{"数量", "Quantity"}},
			{Title: Words{"价格", "Price"}}, {Title: Words{"发生金额", "Amount of the posting"}}, {Title: Words{"余额", "Balance"}}, {Title: Words{"笔数", "Count"}},
		},
		Foot: []any{Words{"合计", "Total"}, nil, nil, money.Quantity(rows * 100), nil, money.Amount(-1), nil, rows},
	}
	for n := range rows {
		sec.Rows = append(sec.Rows, []any{
			Date(20230825), Clock(at.Add(time.Duration(n) * time.Second)), Words{fmt.Sprintf("证券买入 600%03d.SH，委托号 %d，一段说明文字要在列宽之内换行而不与旁边的数字重叠", n, n), fmt.Sprintf("bought 600%03d.SH under order %d with a remark that has to be broken", n, n)},
			money.Quantity(1_234_500), money.Price(123_456), money.Amount(-1_234_567_890_12), money.Amount(98_765_432_109_876), uint64(n),
		})
	}
	d.Sections = []Section{sec, {Title: Words{"冻结", "Holds"}, Columns: []Column{{Title: Words{"金额", "Amount"}}}, Empty: Words{"无", "none"}}, {Title: Words{"不印", "unseen"}}}
	return d
}

func TestPrinted(t *testing.T) {
	for _, x := range []struct {
		cell  any
		text  string
		right bool
	}{
		{nil, "", false}, {money.Amount(0), "0.00", true}, {money.Amount(-5), "-0.05", true}, {money.Amount(-123_456_789_01), "-123,456,789.01", true},
		{money.Price(123_450), "12.345", true}, {money.Price(120_000), "12.00", true}, {money.Price(12_000_0001), "12,000.0001", true},
		{money.Quantity(-1_000_000), "-1,000,000", true}, {uint64(999), "999", true}, {1_000, "1,000", true}, {Date(20230825), "2023-08-25", false},
		{Date(0), "", false}, {time.Time{}, "", false}, {time.Date(2023, 8, 25, 16, 0, 0, 0, time.UTC), "2023-08-26 00:00:00", false},
		{Clock(time.Date(2023, 8, 25, 1, 30, 0, 0, time.UTC)), "09:30:00", false}, {Clock{}, "", false}, {Code("600000"), "600000", false},
		{Words{"买", "buy"}, "买", false},
	} {
		text, right, err := printed(x.cell, Chinese)
		if text != x.text || right != x.right || err != nil {
			t.Errorf("%#v is printed %q %v %v, want %q %v", x.cell, text, right, err, x.text, x.right)
		}
	}
	if _, _, err := printed(1.5, Chinese); !errors.Is(err, ErrCell) {
		t.Errorf("a float is printed: %v", err)
	}
}

// The same document gives the same bytes, in both forms and both languages.
func TestSameDocumentSameBytes(t *testing.T) {
	faces := fonts(t)
	for _, l := range []Language{Chinese, English} {
		var pdfs, books []string
		for range 6 {
			pdf, err := sample(90).PDF(l, faces)
			if err != nil {
				t.Fatal(err)
			}
			book, err := sample(90).Workbook(l)
			if err != nil {
				t.Fatal(err)
			}
			pdfs, books = append(pdfs, fmt.Sprintf("%x", sha256.Sum256(pdf))), append(books, fmt.Sprintf("%x", sha256.Sum256(book)))
		}
		for i := range pdfs {
			if pdfs[i] != pdfs[0] || books[i] != books[0] {
				t.Errorf("language %d: copy %d differs", l, i)
			}
		}
	}
}

// extract has the text taken out of a PDF by an independent program.
func extract(t testing.TB, pdf []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (scripts/install.sh test installs it): %v", err)
	}
	return string(out)
}

func TestPDFSaysWhatItWasGiven(t *testing.T) {
	pdf, err := sample(90).PDF(Chinese, fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	text := extract(t, pdf)
	for _, want := range []string{"客户对账单（日）", "欧**", "-1,234,567,890.12", "987,654,321,098.76", "12.3456", "未日终，仅供参考", "单位：元", "合计", "9,000", "如有异议"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the PDF", want)
		}
	}
	pages := strings.Count(text, "\f")
	if pages < 2 {
		t.Fatalf("%d pages", pages)
	}
	for n := 1; n <= pages; n++ {
		if !strings.Contains(text, fmt.Sprintf("第 %d 页，共 %d 页", n, pages)) {
			t.Errorf("page %d of %d has no number", n, pages)
		}
	}
	if heads := strings.Count(text, "发生金额"); heads != pages {
		t.Errorf("%d heads of the table on %d pages", heads, pages)
	}
	if proofs := strings.Count(text, "高度 1234"); proofs != pages {
		t.Errorf("%d proofs on %d pages", proofs, pages)
	}
	if strings.Contains(text, "不印") {
		t.Error("a section with nothing to say is printed")
	}
}

// No figure is broken or cut, and nothing lies over its neighbour: every cell of
// a wide table comes out whole.
func TestWideTableShrinks(t *testing.T) {
	const wide = 14
	d := sample(1)
	sec := &Section{Title: Plain("wide")}
	row := []any{}
	for n := range wide {
		sec.Columns = append(sec.Columns, Column{Title: Words{fmt.Sprintf("第%d列", n), fmt.Sprintf("column %d", n)}})
		row = append(row, money.Amount(1_000_000_000_00+int64(n)))
	}
	sec.Rows = [][]any{row}
	d.Sections = []Section{*sec}
	pdf, err := d.PDF(English, fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(extract(t, pdf))
	for n := range wide {
		want := fmt.Sprintf("1,000,000,000.%02d", n)
		found := 0
		for _, f := range fields {
			if f == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s stands %d times", want, found)
		}
	}
}

func TestWorkbookHoldsFigures(t *testing.T) {
	d := sample(3)
	d.Sections[0].Rows[2][6] = money.Amount(exactMax + 1)
	content, err := d.Workbook(Chinese)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := fmt.Sprint(f.GetSheetList()); got != "[概要 资金流水 冻结]" {
		t.Errorf("sheets %s", got)
	}
	for _, x := range []struct{ sheet, cell, shown, raw string }{
		{"概要", "A1", "客户对账单（日）", "客户对账单（日）"}, {"概要", "A2", "未日终，仅供参考", "未日终，仅供参考"}, {"概要", "B7", "123,456,789.01", "123456789.01"},
		{"资金流水", "F1", "发生金额", "发生金额"}, {"资金流水", "A2", "2023-08-25", "45163"}, {"资金流水", "B2", "14:56:03", ""}, {"资金流水", "B3", "14:56:04", ""}, {"资金流水", "B4", "14:56:05", ""},
		{"资金流水", "D2", "1,234,500", "1234500"}, {"资金流水", "E2", "12.3456", "12.3456"}, {"资金流水", "F2", "-1,234,567,890.12", "-1234567890.12"},
		{"资金流水", "G2", "987,654,321,098.76", "987654321098.76"}, {"资金流水", "G4", "10,000,000,000,000.00", "10,000,000,000,000.00"},
		{"资金流水", "F5", "-0.01", "-0.01"}, {"冻结", "A2", "无", "无"},
	} {
		shown, err := f.GetCellValue(x.sheet, x.cell)
		if err != nil || shown != x.shown {
			t.Errorf("%s!%s shows %q %v, want %q", x.sheet, x.cell, shown, err, x.shown)
		}
		raw, err := f.GetCellValue(x.sheet, x.cell, excelize.Options{RawCellValue: true})
		if err != nil || x.raw != "" && raw != x.raw {
			t.Errorf("%s!%s holds %q %v, want %q", x.sheet, x.cell, raw, err, x.raw)
		}
	}
	if wide, err := f.GetColWidth("资金流水", "G"); err != nil || wide < 22 {
		t.Errorf("the column of balances is %v wide: %v", wide, err)
	}
}

// Every second of a day is shown as itself, also by a program that cuts off what
// it does not show.
func TestSheetSeconds(t *testing.T) {
	begin := midnight(time.Date(2023, 8, 25, 3, 0, 0, 0, time.UTC))
	for second := range 86_400 {
		at := begin.Add(time.Duration(second) * time.Second)
		clock := sheetDays(at) - sheetDays(midnight(at))
		if moment := sheetDays(at); int(clock*86_400) != second || int((moment-45163)*86_400) != second {
			t.Fatalf("second %d is %v of the day and moment %v", second, clock, moment)
		}
	}
}

func TestSheetNames(t *testing.T) {
	taken := map[string]bool{}
	long := strings.Repeat("长", 40)
	for _, want := range []string{strings.Repeat("长", 31), strings.Repeat("长", 29) + " 2", strings.Repeat("长", 29) + " 3"} {
		if got := sheetName(long, taken); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := sheetName("a/b:c", taken); got != "a b c" {
		t.Errorf("got %q", got)
	}
}

func TestTextStandsInColumns(t *testing.T) {
	text, err := sample(2).Text(Chinese)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"!! 未日终，仅供参考", "  期末余额  123,456,789.01", "987,654,321,098.76     0\n", "-0.01", "冻结\n  无\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestRefusals(t *testing.T) {
	long := sample(PDFRowsMax + 1)
	if _, err := long.PDF(Chinese, fonts(t)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a PDF of %d rows: %v", PDFRowsMax+1, err)
	}
	rows := make([][]any, WorkbookRowsMax+1)
	if _, err := (&Document{Sections: []Section{{Rows: rows}}}).Workbook(Chinese); !errors.Is(err, ErrTooLong) {
		t.Errorf("a workbook of %d rows: %v", WorkbookRowsMax+1, err)
	}
	if _, err := sample(1).PDF(Chinese, nil); !errors.Is(err, ErrNoFont) {
		t.Errorf("a PDF without a font: %v", err)
	}
	if _, err := LoadFonts(t.TempDir()); !errors.Is(err, ErrNoFont) || !strings.Contains(err.Error(), "apt-get install fonts-lxgw-wenkai") {
		t.Errorf("fonts of an empty folder: %v", err)
	}
	whole := fonts(t)
	for _, cut := range []int{4, 60, 3_000, 3_000_000} { // a damaged font gives a PDF or an error, and never ends the process
		if _, err := sample(1).PDF(Chinese, &Fonts{regular: whole.regular[:cut], bold: whole.bold}); err != nil {
			t.Logf("a font of %d bytes: %v", cut, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/LXGWWenKai-Regular.ttf", []byte("OTTO"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFonts(dir); err == nil || !strings.Contains(err.Error(), "TrueType") {
		t.Errorf("a font of another kind: %v", err)
	}
	table := &sample(1).Sections[0]
	for range 20 {
		table.Columns, table.Rows[0] = append(table.Columns, Column{Title: Plain("more")}), append(table.Rows[0], money.Amount(1_000_000_000_00))
	}
	table.Foot = nil
	if _, err := (&Document{Sections: []Section{*table}}).PDF(Chinese, whole); !errors.Is(err, ErrTooWide) {
		t.Errorf("a table of 28 columns: %v", err)
	}
	for name, spoil := range map[string]func(*Document){
		"a float":       func(d *Document) { d.Sections[0].Rows[0][0] = 1.5 },
		"too few cells": func(d *Document) { d.Sections[0].Rows[0] = d.Sections[0].Rows[0][:3] },
		"a bad fact":    func(d *Document) { d.Facts[0].Value = []byte{} },
	} {
		d := sample(1)
		spoil(d)
		_, pdf := d.PDF(Chinese, fonts(t))
		_, book := d.Workbook(Chinese)
		_, text := d.Text(Chinese)
		for _, err := range []error{pdf, book, text} {
			if !errors.Is(err, ErrCell) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The page says what the text says, and what came from outside cannot become markup.
func TestPage(t *testing.T) {
	d := sample(3)
	d.Facts = append(d.Facts, Fact{Words{"备注", "Remark"}, Plain(`<script>alert("1")</script>`)})
	for _, l := range []Language{Chinese, English} {
		page, err := d.Page(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Page(l)
		if err != nil || !bytes.Equal(page, again) {
			t.Errorf("another page of the same document: %v", err)
		}
		for _, want := range []string{d.Title.In(l), d.Proof.In(l), d.Draft.In(l), "123,456,789.01", "-1,234,567,890.12", d.Sections[0].Title.In(l), `<td class="right foot">`} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("the page has no %q", want)
			}
		}
		if bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte("http")) || bytes.Contains(page, []byte(d.Sections[2].Title.In(l))) {
			t.Errorf("the page has what it may not have:\n%s", page)
		}
	}
	d.Sections[0].Rows[0] = d.Sections[0].Rows[0][1:]
	if _, err := d.Page(Chinese); !errors.Is(err, ErrCell) {
		t.Errorf("a row that is too short: %v", err)
	}
}

// A fact that is too long for its place has lines of its own, and none runs out of the
// page.
func TestLongFactsHaveLinesOfTheirOwn(t *testing.T) {
	d := sample(1)
	middle, long := strings.Repeat("word ", 20)+"END1", strings.Repeat("数据中心与调用者同在一台机器上，", 12)+"完"
	d.Facts = append(d.Facts, Fact{Words{"环境", "Ground"}, Plain(middle)}, Fact{Words{"说明", "Remark"}, Plain(long)}, Fact{Words{"编号", "Number"}, Code("77")})
	pdf, err := d.PDF(Chinese, fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	text := extract(t, pdf)
	if !strings.Contains(text, middle) || strings.Contains(text, long) || !strings.Contains(strings.Join(strings.Fields(text), ""), long) || !strings.Contains(text, "77") {
		t.Errorf("long facts are not there whole, or not broken:\n%.2000s", text)
	}
}
