//go:build planted

package pair

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sancun/internal/planted"
)

// kills reads which seed finds which bug.
func kills(t *testing.T) map[planted.Bug]uint64 {
	t.Helper()
	text, err := os.ReadFile("testdata/planted.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[planted.Bug]uint64{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var seed uint64
		if _, err := fmt.Sscan(line, &name, &seed); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		bug, known := planted.Parse(name)
		if !known {
			t.Fatalf("there is no bug %q", name)
		}
		all[bug] = seed
	}
	return all
}

// Every planted bug is found by the seed that stands beside it, and that seed holds
// without the bug. A bug that survives fails the build: the simulation would be blind.
func TestPlanted(t *testing.T) {
	seeds := kills(t)
	for _, bug := range planted.All() {
		seed, listed := seeds[bug]
		if !listed {
			t.Errorf("%s stands beside no seed in testdata/planted.txt", bug)
			continue
		}
		if k := Hunt(bug, seed, 1); k.Failure == nil {
			t.Errorf("%s survives seed %d; make planted SEEDS=2000 finds another", bug, seed)
		} else {
			t.Logf("%s, %v: %v", bug, k.Took, k.Failure)
		}
		if k := Hunt(planted.None, seed, 1); k.Failure != nil {
			t.Errorf("seed %d breaks a promise without any bug: %v", seed, k.Failure)
		}
	}
}

// TestHunt finds the first seed for every bug, for testdata/planted.txt.
func TestHunt(t *testing.T) {
	text := os.Getenv("SANCUN_HUNT_SEEDS")
	if text == "" {
		t.Skip("make planted hunts")
	}
	seeds, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	only := strings.Split(os.Getenv("SANCUN_HUNT"), ",")
	for _, bug := range planted.All() {
		if only[0] != "" && !slices.Contains(only, bug.String()) {
			continue
		}
		k := Hunt(bug, 1, seeds)
		if k.Failure == nil {
			t.Errorf("%s survives %d seeds", bug, k.Seeds)
		}
		fmt.Printf("%-20s %d # %d seeds in %v: %v\n", bug, k.Seed, k.Seeds, k.Took, k.Failure)
	}
}
