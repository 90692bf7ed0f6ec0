package node

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sancun/issues"
)

// The file is read anew each time; one that is missing, damaged or out of date opens
// nothing and is said so.
func TestIssuesOf(t *testing.T) {
	var out bytes.Buffer
	path := filepath.Join(t.TempDir(), "issues.txt")
	of := IssuesOf(path, slog.New(slog.NewTextHandler(&out, nil)))
	if rows, err := of(20230825); rows != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v, %v", rows, err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const good = "issues|1|20230825|20230825|1\n20230825|730999.SH|603999.SH|示例发行|12.3400|500|18000|10000.00\n"
	write(good)
	rows, err := of(20230825)
	if err != nil || len(rows) != 1 || rows[0].Code != 1_730_999 || rows[0].Security != 1_603_999 || rows[0].Price != 12_3400 || rows[0].Unit != 500 || rows[0].Max != 18_000 {
		t.Errorf("%+v, %v", rows, err)
	}
	if _, err := of(20230828); !errors.Is(err, errNoCalendar) {
		t.Errorf("a date outside: %v", err)
	}
	write(strings.Replace(good, "|18000|", "|18001|", 1))
	if _, err := of(20230825); !errors.Is(err, issues.ErrFile) || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged file: %v", err)
	}
	if n := strings.Count(out.String(), "no issue is open"); n != 3 {
		t.Errorf("%d of 3 troubles are logged:\n%s", n, out.String())
	}
}
