package tidy

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pure lists the packages whose code runs while a block is decided or applied.
// Two centres applying the same block must reach the same bytes, so this code
// reads no clock, starts no goroutine, ranges over no map, uses no floats and
// does no I/O.
var pure = []string{"money", "calendar", "market", "record", "state", "ledger", "approval", "risk", "custody", "plan"}

// impureImports are packages the machine may not import, and why.
var impureImports = map[string]string{
	"crypto/rand":  "the machine draws no random numbers",
	"math/rand":    "the machine draws no random numbers",
	"math/rand/v2": "the machine draws no random numbers",
	"net":          "the machine does no I/O",
	"net/http":     "the machine does no I/O",
	"os":           "the machine does no I/O",
	"database/sql": "the machine does no I/O",
	"sync":         "the machine runs on one goroutine",
}

// compiled imports packages as the compiler left them in its cache: reading the
// sources of the standard library again would take as long as all other tests of
// this package.
func compiled(t *testing.T, fset *token.FileSet) types.Importer {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"}
	for _, pkg := range pure {
		args = append(args, "./"+pkg)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("compile the pure packages: %v", err)
	}
	places := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, place, _ := strings.Cut(strings.TrimSpace(line), "=")
		places[path] = place
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(places[path]) })
}

func TestPurity(t *testing.T) {
	t.Chdir("../..")
	fset := token.NewFileSet()
	source := compiled(t, fset)
	for _, pkg := range pure {
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		files := parsePackage(t, fset, pkg)
		if len(files) == 0 {
			continue
		}
		conf := types.Config{Importer: source}
		if _, err := conf.Check(module+"/"+pkg, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if why := impure(n, info); why != "" {
					t.Errorf("%s: %s", fset.Position(n.Pos()), why)
				}
				return true
			})
		}
	}
}

func impure(n ast.Node, info *types.Info) string {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return impureImports[strings.Trim(n.Path.Value, `"`)]
	case *ast.GoStmt:
		return "goroutine in the machine"
	case *ast.SelectStmt:
		return "select in the machine"
	case *ast.RangeStmt:
		if _, ok := info.TypeOf(n.X).Underlying().(*types.Map); ok {
			return "range over a map in the machine: sort the keys first"
		}
	case *ast.Ident:
		if n.Name == "float64" || n.Name == "float32" {
			return "float in the machine"
		}
	case *ast.BasicLit:
		if n.Kind == token.FLOAT {
			return "float in the machine"
		}
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Since") {
			return "clock in the machine: use the block's time"
		}
	}
	return ""
}

func parsePackage(t *testing.T, fset *token.FileSet, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(fset, name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}
