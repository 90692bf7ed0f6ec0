package tidy

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// TestReadmesSayTheSame finds what one of the two READMEs leads to and the other does
// not, and links to files that are not there.
func TestReadmesSayTheSame(t *testing.T) {
	t.Chdir("../..")
	names := []string{"README.md", "README.zh-CN.md"}
	links := make([]map[string]bool, len(names))
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		links[i] = map[string]bool{}
		for _, m := range link.FindAllSubmatch(text, -1) {
			to := string(m[1])
			links[i][to] = true
			if path, _, _ := strings.Cut(to, "#"); !strings.Contains(to, "://") {
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%s leads to %s, which is not there", name, to)
				}
			}
		}
	}
	for i, name := range names {
		for to := range links[i] {
			if other := names[1-i]; !links[1-i][to] && to != other && to != name {
				t.Errorf("%s leads to %s, %s does not", name, to, other)
			}
		}
	}
}
