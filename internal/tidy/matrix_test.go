package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// matrixColumns are the columns of docs/failure-matrix.md, in their order.
var matrixColumns = []string{"fault", "detection", "effect", "automatic action", "human action", "test"}

var (
	testReference = regexp.MustCompile("`([a-z/0-9]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")
	testFunction  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestFailureMatrix fails on a row of docs/failure-matrix.md that is not whole or
// names no test, or one that does not exist in its package.
func TestFailureMatrix(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("docs/failure-matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for number, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if strings.Join(cells, "|") == strings.Join(matrixColumns, "|") {
			continue
		}
		rows++
		for _, problem := range rowProblems(cells) {
			t.Errorf("docs/failure-matrix.md:%d: %s", number+1, problem)
		}
	}
	if rows < 50 {
		t.Errorf("%d rows: the table was not read", rows)
	}
}

// rowProblems says what is wrong with a row.
func rowProblems(cells []string) (problems []string) {
	if len(cells) != len(matrixColumns) {
		return []string{"it has not the six columns " + strings.Join(matrixColumns, ", ")}
	}
	for i, cell := range cells {
		if cell == "" {
			problems = append(problems, "nothing stands under "+matrixColumns[i])
		}
	}
	named := testReference.FindAllStringSubmatch(cells[5], -1)
	if len(named) == 0 {
		problems = append(problems, "it names no test as `package.TestName`")
	}
	for _, n := range named {
		if !testExists(n[1], n[2]) {
			problems = append(problems, "there is no test "+n[2]+" in "+n[1])
		}
	}
	return problems
}

func testExists(dir, name string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		for _, found := range testFunction.FindAllStringSubmatch(string(src), -1) {
			if found[1] == name {
				return true
			}
		}
	}
	return false
}

// The check itself notices what it is there for.
func TestFailureMatrixIsChecked(t *testing.T) {
	t.Chdir("../..")
	good := []string{"f", "d", "e", "a", "h", "`internal/tidy.TestFailureMatrix`"}
	if got := rowProblems(good); len(got) != 0 {
		t.Errorf("a good row: %v", got)
	}
	for name, test := range map[string]string{"none": "", "words": "see the code", "unknown": "`internal/tidy.TestOfNothing`", "elsewhere": "`node.TestFailureMatrix`"} {
		if got := rowProblems(append(good[:5:5], test)); len(got) == 0 {
			t.Errorf("%s: a row with the test %q was taken", name, test)
		}
	}
	if got := rowProblems(good[:4]); len(got) == 0 {
		t.Error("a short row was taken")
	}
}
