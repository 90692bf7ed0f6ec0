package bank

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const document = "../../docs/formats/bank.md"

// functionTable is the table of function codes that the document must hold.
func functionTable() string {
	var b strings.Builder
	b.WriteString("| Message | Business | No. | fixed24 broker / bank | fixed10 broker / bank | delim, xml |\n| --- | --- | --- | --- | --- | --- |\n")
	code := func(c string) string {
		if c == "" {
			return "–"
		}
		return c
	}
	for _, t := range traits {
		fmt.Fprintf(&b, "| %s | %s | %d |", strings.TrimPrefix(fmt.Sprintf("%T", t.make()), "*bank."), t.chinese, t.function)
		for _, f := range formats()[:2] {
			l := f.layout(t.function)
			fmt.Fprintf(&b, " %s / %s |", code(l.BrokerCode), code(l.BankCode))
		}
		d, x := Delim(), XML()
		l := d.layout(t.function)
		if m := x.layout(t.function); m.BrokerCode != l.BrokerCode || m.BankCode != l.BankCode {
			panic("delim and xml no longer share their codes: give xml a column of its own")
		}
		word := l.BrokerCode
		if word == "" {
			word = l.BankCode
		}
		fmt.Fprintf(&b, " %s |\n", word)
	}
	return b.String()
}

// fileTable is the table of day-end files that the document must hold.
func fileTable() string {
	var b strings.Builder
	b.WriteString("| File of 2023-08-25 | From | Row | Fields in order (width in bytes) |\n| --- | --- | --- | --- |\n")
	for _, l := range FileLayouts() {
		fields := make([]string, len(l.Fields))
		for i, f := range l.Fields {
			fields[i] = fmt.Sprintf("%s %d", f.Name, f.Width)
			if f.Name == l.Amount {
				fields[i] = "**" + fields[i] + "**"
			}
		}
		fmt.Fprintf(&b, "| `%s` %s | %v | %s | %s |\n", l.FileName(20230825), l.Chinese, l.Sender, strings.TrimPrefix(fmt.Sprintf("%T", l.NewRow()), "*bank."), strings.Join(fields, ", "))
	}
	return b.String()
}

// TestDocument: the tables in the document are the tables of the program. With
// -update they are written into it between their markers.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for name, table := range map[string]string{"functions": functionTable(), "files": fileTable()} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->\n"
		before, rest, ok := strings.Cut(string(text), begin)
		old, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for the table of %s", document, name)
		}
		if *update {
			text = []byte(before + begin + table + end + after)
			if err := os.WriteFile(document, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if old != table {
			t.Errorf("the table of %s in %s is not the one of the program; run with -update", name, document)
		}
	}
}
