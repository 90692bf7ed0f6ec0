package csdc

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// dbfreadScript prints every row of a table with the library of the Debian
// package python3-dbfread, which shares nothing with ours. It takes the text of
// the figures raw, because the library would make floats of them.
const dbfreadScript = `
import sys
try:
    from dbfread import DBF, FieldParser
except ImportError:
    sys.exit(77)
class Raw(FieldParser):
    def parseN(self, field, data): return data.decode("ascii").strip(" ")
table = DBF(sys.argv[1], encoding=sys.argv[2] or None, parserclass=Raw, char_decode_errors="strict")
sys.stdout.reconfigure(encoding="utf-8")
print(table.header.numrecords, table.date.strftime("%Y%m%d"), table.encoding)
for row in table:
    print("|".join(row.values()))
`

// ourRows prints the golden rows of a layout as dbfreadScript does.
func ourRows[T any](t *table[T], rows ...T) string {
	var out strings.Builder
	for i := range rows {
		for j := range t.columns {
			if j > 0 {
				out.WriteByte('|')
			}
			text, err := t.columns[j].appendTo(nil, &rows[i], nil)
			if err != nil {
				panic(err)
			}
			out.Write(text)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// An independent reader finds in every table exactly the rows we wrote.
func TestDBFReadByDbfread(t *testing.T) {
	for name, want := range map[string]string{
		"jsmx":   ourRows(jsmxTable, sampleRow(jsmxTable, 1), sampleRow(jsmxTable, 2)),
		"zqbd":   ourRows(zqbdTable, sampleRow(zqbdTable, 1), sampleRow(zqbdTable, 2)),
		"zjhz":   ourRows(zjhzTable, sampleRow(zjhzTable, 1), sampleRow(zjhzTable, 2)),
		"sjsmx1": ourRows(sjsmx1Table, sampleRow(sjsmx1Table, 1), sampleRow(sjsmx1Table, 2)),
		"sjsjg":  ourRows(sjsjgTable, sampleRow(sjsjgTable, 1), sampleRow(sjsjgTable, 2)),
		"sjsqs":  ourRows(sjsqsTable, sampleRow(sjsqsTable, 1), sampleRow(sjsqsTable, 2)),
		"sjsdz":  ourRows(sjsdzTable, sampleRow(sjsdzTable, 1), sampleRow(sjsdzTable, 2)),
	} {
		got := runDbfread(t, filepath.Join("testdata", name+".golden"), "gb18030")
		if want := "2 20230825 gb18030\n" + want; got != want {
			t.Errorf("%s: dbfread says\n%s\nwant\n%s", name, got, want)
		}
	}
}

// The code page byte leads tools to GBK, which is right for all but four-byte letters.
func TestDBFCodePageIsGBK(t *testing.T) {
	row := sampleRow(zqbdTable, 1)
	row.Spare = "存管清算"
	path := filepath.Join(t.TempDir(), "zqbd.dbf")
	var file bytes.Buffer
	if _, err := WriteZqbd(&file, testDay, 1, seq([]Zqbd{row})); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, want := runDbfread(t, path, ""), "1 20230825 cp936\n"+ourRows(zqbdTable, row); got != want {
		t.Errorf("dbfread says\n%s\nwant\n%s", got, want)
	}
}

func runDbfread(t *testing.T, path, encoding string) string {
	t.Helper()
	// The package belongs to Debian's own python3, which need not be the first in PATH.
	python := "/usr/bin/python3"
	if _, err := os.Stat(python); err != nil {
		t.Skip("Debian package python3-dbfread is not installed: there is no " + python)
	}
	out, err := exec.Command(python, "-c", dbfreadScript, path, encoding).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 77 {
		t.Skip("Debian package python3-dbfread is not installed")
	}
	if err != nil {
		t.Fatalf("dbfread of %s: %v\n%s", path, err, out)
	}
	return string(out)
}

// dbview, a second independent reader, agrees on header and figures.
func TestDBFReadByDbview(t *testing.T) {
	dbview, err := exec.LookPath("dbview")
	if err != nil {
		t.Skip("Debian package dbview is not installed")
	}
	out, err := exec.Command(dbview, "--trim", "--browse", "--delimiter", "|", filepath.Join("testdata", "sjsdz.golden")).Output()
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.ReplaceAll(ourRows(sjsdzTable, sampleRow(sjsdzTable, 1), sampleRow(sjsdzTable, 2)), "\n", "|\n")
	if string(out) != rows {
		t.Errorf("dbview says\n%s\nwant\n%s", out, rows)
	}
	out, err = exec.Command(dbview, "--omit", "--info", filepath.Join("testdata", "jsmx.golden")).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "File version : 3 Last update : 08/25/2023 Number of recs: 2 Header length : 1569 Record length : 513"
	if got := strings.Join(strings.Fields(string(out)), " "); got != want {
		t.Errorf("dbview says %q, want %q", got, want)
	}
}
