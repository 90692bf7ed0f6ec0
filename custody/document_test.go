package custody

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// docs/formats/state.md has a row for every table with its width, and for no other.
func TestStateDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/formats/state.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(text), "| number | table |")
	tables, _, _ = strings.Cut(tables, "\n\n")
	rows := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| [^|]+ \| ([^|]+) \|`).FindAllStringSubmatch(tables, -1) {
		if rows[m[1]] != "" {
			t.Errorf("table %s has two rows", m[1])
		}
		rows[m[1]] = m[2]
	}
	for _, k := range newMachine().kept() {
		number := fmt.Sprint(k.Number())
		if want := fmt.Sprint(k.Width()); rows[number] != want {
			t.Errorf("table %s is %s bytes wide, docs/formats/state.md says %q", number, want, rows[number])
		}
		delete(rows, number)
	}
	for number, width := range rows {
		if width != "—" { // a number that was given away and is not used any more
			t.Errorf("docs/formats/state.md has a table %s that there is not", number)
		}
	}
}
