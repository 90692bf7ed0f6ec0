package runner

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed plans/*.yaml
var shipped embed.FS

// Shipped lists the names of the plans that come with the program.
func Shipped() []string {
	names, err := fs.Glob(shipped, "plans/*.yaml")
	if err != nil {
		return nil // the pattern is a constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".yaml")
	}
	return names
}

// ShippedText is the text of a plan that comes with the program. Two people of the
// house approve it, or their own edition of it, before it can run.
func ShippedText(name string) ([]byte, error) {
	text, err := shipped.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no plan %q comes with the program; there are %s", name, strings.Join(Shipped(), ", "))
	}
	return text, nil
}
