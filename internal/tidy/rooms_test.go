package tidy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	functionLinesMax = 70
	fileLinesMax     = 1_000
	blobBytesMax     = 256 << 10
)

// generated are texts that the code writes and a test compares, with what they may
// have: they grow with what they describe.
var generated = map[string]int{"docs/openapi.yaml": 1 << 20}

// bannedWords maps a word that must not stand in Go code to what to write instead.
var bannedWords = map[string]string{
	"FIX" + "ME":  "finish it, or write it in docs/STATUS.md",
	"XX" + "X":    "finish it, or write it in docs/STATUS.md",
	"TO" + "DO":   "finish it, or write it in docs/STATUS.md",
	"/wo" + "rk/": "no path of a development machine",
}

// TestRooms keeps functions, files and blobs small, packages introduced and
// exported names documented.
func TestRooms(t *testing.T) {
	t.Chdir("../..")
	introduced, packages := map[string]bool{}, map[string]bool{}
	walkRepository(t, func(path string, src []byte) {
		if most := max(blobBytesMax, generated[path]); len(src) > most {
			t.Errorf("%s has %d bytes: the repository holds no blobs over %d", path, len(src), most)
		}
		for _, mark := range []string{"<<<<<<" + "< ", ">>>>>>" + "> "} {
			if bytes.HasPrefix(src, []byte(mark)) || bytes.Contains(src, []byte("\n"+mark)) {
				t.Errorf("%s holds both sides of a conflict", path)
			}
		}
		if !strings.HasSuffix(path, ".go") {
			return
		}
		if lines := bytes.Count(src, []byte("\n")); lines > fileLinesMax {
			t.Errorf("%s has %d lines, at most %d", path, lines, fileLinesMax)
		}
		for word, instead := range bannedWords {
			if bytes.Contains(src, []byte(word)) {
				t.Errorf("%s says %s: %s", path, word, instead)
			}
		}
		checkFile(t, path, src, packages, introduced)
	})
	for dir := range packages {
		if !introduced[dir] {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func checkFile(t *testing.T, path string, src []byte, packages, introduced map[string]bool) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	packages[dir] = true
	if doc := file.Doc.Text(); strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ") {
		introduced[dir] = true
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			lines := fset.Position(decl.End()).Line - fset.Position(decl.Pos()).Line + 1
			if lines > functionLinesMax && !test {
				t.Errorf("%s: %s has %d lines, at most %d", path, decl.Name.Name, lines, functionLinesMax)
			}
			if decl.Name.IsExported() && decl.Doc == nil && decl.Recv == nil && !test {
				t.Errorf("%s: %s is exported and undocumented", path, decl.Name.Name)
			}
		case *ast.GenDecl:
			checkTypes(t, path, decl, test)
		}
	}
}

func checkTypes(t *testing.T, path string, decl *ast.GenDecl, test bool) {
	t.Helper()
	if decl.Tok != token.TYPE || test {
		return
	}
	for _, spec := range decl.Specs {
		spec := spec.(*ast.TypeSpec)
		if spec.Name.IsExported() && decl.Doc == nil && spec.Doc == nil {
			t.Errorf("%s: type %s is exported and undocumented", path, spec.Name.Name)
		}
		if iface, ok := spec.Type.(*ast.InterfaceType); ok && iface.Methods.NumFields() > 7 {
			t.Errorf("%s: interface %s has %d methods, at most 7", path, spec.Name.Name, iface.Methods.NumFields())
		}
	}
}

func walkRepository(t *testing.T, visit func(path string, src []byte)) {
	t.Helper()
	skip := map[string]bool{".git": true, "out": true, "bin": true, "data": true, ".cache": true, "node_modules": true}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skip[path]:
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(path), src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
