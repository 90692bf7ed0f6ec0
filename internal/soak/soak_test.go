package soak_test

import (
	"os/exec"
	"strings"
	"testing"

	"sancun/internal/soak"
)

// The variables make a run long, and without them it is the ordinary one.
func TestBegin(t *testing.T) {
	if r := soak.Begin(t, 7, 5); r.Count != 7 || r.Seed != 5 || r.Long {
		t.Errorf("ordinary: %+v", r)
	}
	t.Setenv(soak.CountVariable, "900")
	t.Setenv(soak.SeedVariable, "12345678901234567890")
	if r := soak.Begin(t, 7, 5); r.Count != 900 || r.Seed != 12345678901234567890 || !r.Long {
		t.Errorf("long: %+v", r)
	}
}

// The script makes of a run's output one line of the record, also when the run
// ended without saying anything.
func TestRecord(t *testing.T) {
	for name, c := range map[string]struct{ output, want string }{
		"well":   {"--- PASS\n    x.go:1: " + soak.Line(1000, false, 42) + "\nok", ",node.TestX,1000,0,42,3,"},
		"failed": {"    x.go:1: " + soak.Line(17, true, 42) + "\n--- FAIL", ",node.TestX,17,1,42,3,"},
		"died":   {"panic: out of memory", ",node.TestX,0,1,9,3,"},
	} {
		script := exec.Command("../../scripts/soak.sh", "--line", "node.TestX", "9", "3")
		script.Stdin = strings.NewReader(c.output)
		out, err := script.Output()
		if err != nil || !strings.Contains(string(out), c.want) || strings.Count(string(out), "\n") != 1 || strings.Count(string(out), ",") != 6 {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}
