package settle_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sancun/settle"
)

// A folder and memory keep the same contract: a file is replaced whole, names are
// sorted, what a crash left is not there.
func TestOutputs(t *testing.T) {
	dir := t.TempDir()
	for name, out := range map[string]settle.Outputs{"folder": &settle.Folder{Dir: filepath.Join(dir, "day")}, "memory": settle.Memory{}} {
		if names, err := out.List(); err != nil || len(names) != 0 {
			t.Errorf("%s: empty: %q, %v", name, names, err)
		}
		for _, f := range [][2]string{{"b.txt", "1"}, {"bank-1/a.dat", "2"}, {"b.txt", "three"}} {
			if err := out.Write(f[0], []byte(f[1])); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if names, err := out.List(); err != nil || !slices.Equal(names, []string{"b.txt", "bank-1/a.dat"}) {
			t.Errorf("%s: %q, %v", name, names, err)
		}
		if content, err := out.Read("b.txt"); err != nil || string(content) != "three" {
			t.Errorf("%s: %q, %v", name, content, err)
		}
		if _, err := out.Read("c"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a file that is not there: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "day", "b.txt.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if names, err := (&settle.Folder{Dir: filepath.Join(dir, "day")}).List(); err != nil || len(names) != 2 {
		t.Errorf("with a leftover: %q, %v", names, err)
	}
}
