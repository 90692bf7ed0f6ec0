package tidy

import (
	"regexp"
	"strings"
	"testing"
)

var (
	rejection = regexp.MustCompile(`(?m)^\s+([A-Z]\w+)\s+Code = \d+$`)
	sentence  = regexp.MustCompile(`(?m)^\s+([A-Z]\w+):\s+\{"([a-z0-9-]+)"`)
)

// TestRejectionsAreGivenAndMet finds every code with which the house refuses: the
// program gives it somewhere, and a story or another test meets it.
func TestRejectionsAreGivenAndMet(t *testing.T) {
	t.Chdir("../..")
	names, given, met := map[string]string{}, map[string]bool{}, map[string]bool{}
	use := regexp.MustCompile(`\brecord\.([A-Z]\w+)\b`)
	var stories strings.Builder
	walkRepository(t, func(path string, src []byte) {
		switch {
		case strings.HasPrefix(path, "record/reject") && !strings.HasSuffix(path, "_test.go"):
			for _, m := range rejection.FindAllSubmatch(src, -1) {
				names[string(m[1])] += ""
			}
			for _, m := range sentence.FindAllSubmatch(src, -1) {
				names[string(m[1])] = string(m[2])
			}
		case strings.HasPrefix(path, "custody/testdata/"):
			stories.Write(src)
		case strings.HasSuffix(path, ".go"):
			into := given
			if strings.HasSuffix(path, "_test.go") {
				into = met
			}
			for _, m := range use.FindAllSubmatch(src, -1) {
				into[string(m[1])] = true
			}
		}
	})
	delete(names, "OrderVerdict") // a base, to which the market's verdict is added
	for code, name := range names {
		if !given[code] {
			t.Errorf("nothing in the house refuses with %s (%s)", code, name)
		}
		if !met[code] && !strings.Contains(stories.String(), name) {
			t.Errorf("no story or test meets %s (%s)", code, name)
		}
	}
	if len(names) < 150 {
		t.Errorf("only %d rejections were found", len(names))
	}
}
