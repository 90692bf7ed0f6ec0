package csdc

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const documentPath = "../../docs/formats/csdc.md"

// columnTables draws the column tables of the document from the code.
func columnTables() string {
	var out strings.Builder
	for _, l := range Layouts() {
		example := l.FileName(Participant{Shanghai: "00123", Shenzhen: "000456", PBU: "12345"}, testDay)
		noData := "a table with zero records"
		if l.NoData() == NoFile {
			noData = "no file"
		}
		fmt.Fprintf(&out, "\n### %s\n\n`%s` · control total: %s · without data: %s\n\n", l, example, l.SumColumn(), noData)
		out.WriteString("| # | Column | Type | Width | Decimals | Meaning | Source |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for i, c := range l.Columns() {
			fmt.Fprintf(&out, "| %d | %s | %c | %d | %d | %s | %s |\n", i+1, c.Name, c.Type, c.Width, c.Decimals, c.Meaning, c.Source)
		}
	}
	return out.String()
}

// The document shows the columns as the code has them.
func TestDocumentShowsTheColumns(t *testing.T) {
	doc, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- columns -->\n", "\n<!-- end of columns -->\n"
	before, rest, ok := strings.Cut(string(doc), begin)
	drawn, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the column tables", documentPath)
	}
	if *update {
		if err := os.WriteFile(documentPath, []byte(before+begin+columnTables()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if drawn != columnTables() {
		t.Errorf("%s shows other columns than the code: run go test ./wire/csdc -update", documentPath)
	}
}
