// Package tidy checks the repository itself: the drawing of the house, the
// purity of the machine, and the sizes that keep rooms small. It has tests only,
// so that nobody needs a tool to know what the house rules are.
package tidy

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "sancun"

// sameFloor lists the imports allowed between packages of one floor. Every
// other import must go down. Each line is a debt with its reason.
var sameFloor = map[string][]string{
	"internal/durable": {"internal/planted"}, // planted stands below everything that can be wrong
	"internal/faultfs": {"internal/durable"}, // it is the other implementation of durable.FS, whose methods name durable.File
}

// never lists imports forbidden although they would go down, and why.
var never = map[[2]string]string{
	{"verify", "ledger"}: "the second opinion must not share code with the first",
	{"verify", "state"}:  "the second opinion hashes the state by itself",
}

// onlyBy lists packages that a few named packages may import: node wires the house,
// centre decides what becomes of a journal that has parted, and sim/pair wires two
// houses in one goroutine.
var onlyBy = map[string][]string{
	"journal/disk":     {"node", "centre", "sim/pair"},
	"journal/postgres": {"node"},
	"gateway/bank":     {"node", "sim/pair"},
	"gateway/exchange": {"node"},
	"gateway/clearing": {"node"},
	"api":              {"node"},
}

// TestFloors reads the drawing in docs/ARCHITECTURE.md and fails when a
// package is missing from it or imports upward or sideways.
func TestFloors(t *testing.T) {
	floor := readFloors(t, "../../docs/ARCHITECTURE.md")
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], module+"/")
		if _, ok := floor[from]; !ok {
			t.Errorf("%s stands on no floor of docs/ARCHITECTURE.md", from)
			continue
		}
		for _, imported := range fields[1:] {
			if to, ours := strings.CutPrefix(imported, module+"/"); ours {
				checkImport(t, floor, from, to)
			}
		}
	}
}

func checkImport(t *testing.T, floor map[string]int, from, to string) {
	t.Helper()
	if why, bad := never[[2]string{from, to}]; bad {
		t.Errorf("%s imports %s: %s", from, to, why)
	}
	if by, fenced := onlyBy[to]; fenced && !slices.Contains(by, from) {
		t.Errorf("%s imports %s, which is for %v alone", from, to, by)
	}
	if floor[to] >= floor[from] && !slices.Contains(sameFloor[from], to) {
		t.Errorf("%s (floor %d) imports %s (floor %d): imports go down", from, floor[from], to, floor[to])
	}
}

func readFloors(t *testing.T, path string) map[string]int {
	t.Helper()
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "```floors\n")
	if !ok {
		t.Fatalf("%s has no floors block", path)
	}
	drawing, _, _ := strings.Cut(rest, "```")
	floor := map[string]int{}
	for line := range strings.Lines(drawing) {
		fields := strings.Fields(line)
		n, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range fields[1:] {
			floor[pkg] = n
		}
	}
	return floor
}
