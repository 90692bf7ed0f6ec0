package statement_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sancun/paper"
	"sancun/statement"
)

// figures asks the tables directly, past everything that makes statements, for
// the amounts that a paper must show.
func figures(t *testing.T, path string, fund uint64, date uint32) (want []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT amount FROM all_entries WHERE fund = ?1 AND date = ?2 AND code NOT IN (21, 22)
		UNION ALL SELECT sum(amount) FROM all_entries WHERE fund = ?1 AND date = ?2 AND code IN (21, 22) GROUP BY ref
		UNION ALL SELECT value FROM orders WHERE fund = ?1 AND date = ?2 AND filled > 0
		UNION ALL SELECT fees FROM orders WHERE fund = ?1 AND date = ?2 AND filled > 0
		UNION ALL SELECT c.balance FROM closings c JOIN accounts a ON a.row = c.row JOIN funds f ON f.row = a.owner WHERE a.kind = 101 AND f.number = ?1 AND c.date = ?2`, fund, date)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var fen int64
		if err := rows.Scan(&fen); err != nil {
			t.Fatal(err)
		}
		sign := ""
		if fen < 0 {
			sign, fen = "-", -fen
		}
		yuan := strconv.FormatInt(fen/100, 10)
		if len(yuan) > 3 {
			yuan = yuan[:len(yuan)-3] + "," + yuan[len(yuan)-3:]
		}
		want = append(want, fmt.Sprintf("%s%s.%02d", sign, yuan, fen%100))
	}
	if rows.Err() != nil || len(want) < 6 {
		t.Fatalf("the tables have %v: %v", want, rows.Err())
	}
	return want
}

// What the PDF says, read by an independent program, is what the tables have.
func TestPDFSaysWhatTheTablesHave(t *testing.T) {
	h := twoDays(t)
	b, path := h.books()
	fonts, err := paper.LoadFonts("")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		date     uint32
		language paper.Language
	}{{first, paper.Chinese}, {first, paper.English}, {second, paper.Chinese}} {
		s := of(t, makerOf(t, b), trader, fmt.Sprint(x.date))
		pdf, err := s.Paper(issuer).PDF(x.language, fonts)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("pdftotext", "-layout", "-", "-")
		cmd.Stdin = bytes.NewReader(pdf)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("pdftotext (scripts/install.sh test installs it): %v", err)
		}
		words := map[string]bool{}
		for _, w := range strings.Fields(string(out)) {
			words[w] = true
		}
		for _, want := range append(figures(t, path, trader, x.date), s.Hash, "欧**", "622202******0001", "600000.SH") {
			if !words[want] {
				t.Errorf("%d: %s is in the tables and not in the PDF", x.date, want)
			}
		}
	}
}

// sumsByOpenpyxl has an independent program add up a column of each sheet.
const sumsByOpenpyxl = `
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
out = {}
for sheet in book.worksheets[1:]:
    heads = [c.value for c in sheet[1]]
    out[sheet.title] = {h: round(sum(r[i].value for r in sheet.iter_rows(min_row=2) if r[0].value not in (None, "Total") and isinstance(r[i].value, (int, float))), 4)
                        for i, h in enumerate(heads) if h}
print(json.dumps(out))
`

// The workbook's figures are numbers that an independent program adds up to what
// the statement says.
func TestWorkbookAddsUp(t *testing.T) {
	s := of(t, twoDays(t).maker(), trader, "202308")
	book, err := s.Paper(issuer).Workbook(paper.English)
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/statement.xlsx"
	writeFile(t, path, book)
	out, err := exec.Command("/usr/bin/python3", "-c", sumsByOpenpyxl, path).CombinedOutput()
	if err != nil {
		t.Fatalf("openpyxl (scripts/install.sh test installs python3-openpyxl): %v\n%s", err, out)
	}
	var sums map[string]map[string]float64
	if err := json.Unmarshal(out, &sums); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	yuan := func(fen int64) float64 { return float64(fen) / 100 }
	c := s.Cash[0]
	for _, x := range []struct {
		sheet, column string
		want          float64
	}{
		{"Cash", "Opening", 0}, {"Cash", "Closing", yuan(int64(c.Closing))}, {"Cash", "Deposits", yuan(int64(c.Deposits))}, {"Cash ledger", "Amount", yuan(int64(c.Closing - c.Opening))},
		{"Trades by order", "Fees", yuan(int64(-c.Levies - c.Commission))}, {"Trades by order", "Net", yuan(int64(c.Sold + c.Bought + c.Levies + c.Commission))},
		{"Securities ledger", "Units", float64(s.Positions[0].Units)}, {"Positions at the closing", "Value", yuan(int64(s.MarketValue))}, {"Positions at the closing", "Gain", yuan(int64(s.MarketValue - s.Cost))},
	} {
		if got, ok := sums[x.sheet][x.column]; !ok || got != x.want {
			t.Errorf("%s of %s add up to %v, want %v", x.column, x.sheet, got, x.want)
		}
	}
}

// A month of a busy client goes onto paper without a table wider than the page,
// and with the bound of rows said.
func TestBusyStatementFits(t *testing.T) {
	s := of(t, twoDays(t).maker(), trader, "202308")
	big := *s
	for i := range big.Trades {
		x := &big.Trades[i]
		x.Order, x.Value, x.Net, x.Commission, x.Stamp, x.Handling, x.Regulatory, x.Transfer, x.Fees, x.Quantity = 20230830_00000001, 9_999_999_999_99, -9_999_999_999_99, 99_999_99, 99_999_99, 99_999_99, 99_999_99, 99_999_99, 999_999_99, 99_999_900
	}
	c := big.Cash[0]
	c.Opening, c.Deposits, c.Withdrawals, c.Sold, c.Bought, c.Closing, c.Other = 9_999_999_999_99, 9_999_999_999_99, -9_999_999_999_99, 9_999_999_999_99, -9_999_999_999_99, 9_999_999_999_99, -9_999_999_999_99
	big.Cash = []statement.Cash{c, c}
	fonts, err := paper.LoadFonts("")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []paper.Language{paper.Chinese, paper.English} {
		if _, err := big.Paper(issuer).PDF(l, fonts); err != nil {
			t.Errorf("language %d: %v", l, err)
		}
	}
}
