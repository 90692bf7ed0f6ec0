package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// decoding is how the name of a function begins that makes sense of bytes or text
// that somebody else wrote, or that lay on a disk.
var decoding = regexp.MustCompile(`^(?i:parse|read|decode|unmarshal|unescape|unwrap|scan|cut|verify)($|[A-Z0-9])`)

// spelling is the same of functions that take a plain string. Elsewhere a string is
// the name of a file, and what reads its content has a name of its own.
var spelling = regexp.MustCompile(`^(?i:parse|decode|unmarshal)($|[A-Z0-9])`)

// stepping are methods that read the next piece of a stream their receiver holds.
var stepping = []string{"Next", "Receive"}

// looked are decoders without a fuzz target of their own, and why none is needed.
var looked = map[string]string{
	"dr.ParseRole":                  "a word of a fixed list",
	"journal.ParseHashKind":         "a word of a fixed list",
	"journal/postgres.ParsePromise": "a word of a fixed list",
	"money.ParseCurrency":           "a word of a fixed list",
	"paper.ParseLanguage":           "a word of a fixed list",
	"replica.ParseMode":             "a word of a fixed list",
	"sim/bank.ParseFault":           "a word of a fixed list",
	"sim/clearing.ParseFault":       "a word of a fixed list",
	"sim/exchange.ParseFault":       "a word of a fixed list",
	"sim/identity.ParseFault":       "a word of a fixed list",
	"vault.ParseSuite":              "a word of a fixed list",
	"internal/planted.Parse":        "a word of a fixed list",
	"replica.Next":                  "makes messages and reads none",
	"vault.UnmarshalText":           "takes a secret as it is",
	"vault.readFile":                "fills slots from a file; each is decoded by decodeSlot",
	"wire/frame.Next":               "the frames under sse and szse, fed by FuzzReader of both",
	"custody.Decode":                "rows, fed whole by FuzzReadSnapshot and one by one by FuzzRows",
	"approval.Decode":               "rows, fed by FuzzRows of custody",
	"risk.Decode":                   "rows, fed by FuzzRows of custody",
	"ledger.Decode":                 "rows, fed by FuzzRows of custody",
	"node.UnmarshalText":            "settings, fed by FuzzSettings",
}

// doors are the packages that hear somebody on a line or over HTTP, and the fuzz
// targets that play the other side, whatever their functions are called.
var doors = map[string][]string{
	"api":              {"FuzzBody"},
	"dr":               {"FuzzOrder"},
	"gateway/bank":     {"FuzzSession"},
	"cmd/sancun":       {"FuzzScript"},
	"gateway/clearing": {"FuzzLog"},
	"gateway/exchange": {"FuzzSessionShenzhen", "FuzzSessionShanghai", "FuzzSessionEzSTEP"},
	"gateway/identity": {"FuzzAnswer"},
	"journal/postgres": {"FuzzRow"},
	"centre":           {"FuzzRole", "FuzzSnapshotFile"},
	"node":             {"FuzzSettings"},
	"replica":          {"FuzzParse", "FuzzReceive"},
	"sim/bank":         {"FuzzSession"},
	"sim/clearing":     {"FuzzReadTrades"},
	"sim/exchange":     {"FuzzSession"},
	"sim/identity":     {"FuzzQuestion"},
}

// room is what this test knows of one folder: its functions, and what stands in
// their bodies, by name.
type room struct {
	decoders map[string]token.Position
	says     map[string][]string // name of a function → names in its body
	tests    map[string][]string // the same of test files, qualified by the folder they mean
	fuzz     []string
}

// TestDecodersAreFuzzed finds every function whose name and parameters say that it
// decodes, and fails when no fuzz target names it. An exported one must be named by
// the target itself or by a test function that the target calls; one of the
// package's own is reached when a function that is named calls it.
func TestDecodersAreFuzzed(t *testing.T) {
	t.Chdir("../..")
	rooms, fset := map[string]*room{}, token.NewFileSet()
	walkRepository(t, func(name string, src []byte) {
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "internal/tidy/") {
			return
		}
		file, err := parser.ParseFile(fset, name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(name)
		if rooms[dir] == nil {
			rooms[dir] = &room{map[string]token.Position{}, map[string][]string{}, map[string][]string{}, nil}
		}
		rooms[dir].enter(fset, dir, file, strings.HasSuffix(name, "_test.go"))
	})
	fed := map[string]bool{}
	for dir, r := range rooms {
		r.feed(dir, fed)
		for _, want := range doors[dir] {
			if !slices.Contains(r.fuzz, want) {
				t.Errorf("%s hears somebody else and has no %s", dir, want)
			}
		}
	}
	used := map[string]bool{}
	for dir, r := range rooms {
		for name, pos := range r.decoders {
			id := dir + "." + name
			used[id] = true
			if !fed[id] && looked[id] == "" {
				t.Errorf("%s: no fuzz target reaches %s", pos, id)
			}
		}
	}
	for id := range looked {
		if !used[id] {
			t.Errorf("%s is excepted and is not there", id)
		}
	}
}

// enter notes the functions of a file.
func (r *room) enter(fset *token.FileSet, dir string, file *ast.File, test bool) {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		place, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/")
		if !ours {
			continue
		}
		name := path.Base(place)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = place
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			r.enterValues(decl, dir, imports, test)
			continue
		}
		name, names := fn.Name.Name, mentioned(fn.Body, dir, imports)
		switch {
		case !test:
			r.says[name] = append(r.says[name], names...)
			if decodes(fn) {
				r.decoders[name] = fset.Position(fn.Pos())
			}
		case strings.HasPrefix(name, "Fuzz"):
			r.fuzz = append(r.fuzz, name)
			fallthrough
		default:
			r.tests[name] = append(r.tests[name], names...)
		}
	}
}

// enterValues notes what stands in the variables of a file, as if each were a function.
func (r *room) enterValues(decl ast.Decl, dir string, imports map[string]string, test bool) {
	all, ok := decl.(*ast.GenDecl)
	if !ok {
		return
	}
	into := r.says
	if test {
		into = r.tests
	}
	for _, spec := range all.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok {
			for _, name := range v.Names {
				for _, value := range v.Values {
					into[name.Name] = append(into[name.Name], mentioned(value, dir, imports)...)
				}
			}
		}
	}
}

// mentioned lists what a body names: of this folder, of another one, or a method
// of either, which is counted as one of this folder.
func mentioned(body ast.Node, dir string, imports map[string]string) (names []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && imports[x.Name] != "" {
				names = append(names, imports[x.Name]+"."+n.Sel.Name)
				return false
			}
			names = append(names, dir+"."+n.Sel.Name)
		case *ast.Ident:
			names = append(names, dir+"."+n.Name)
		}
		return true
	})
	return names
}

// feed notes what the folder's fuzz targets reach: through its test functions
// whatever is named there, and from that on the functions of the folder itself.
func (r *room) feed(dir string, fed map[string]bool) {
	seen, queue := map[string]bool{}, slices.Clone(r.fuzz)
	var named []string
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, id := range r.tests[at] {
			named = append(named, id)
			if name, here := strings.CutPrefix(id, dir+"."); here && !seen[name] {
				seen[name] = true
				queue = append(queue, name)
			}
		}
	}
	reached := map[string]bool{}
	for len(named) > 0 {
		id := named[0]
		named = named[1:]
		if reached[id] {
			continue
		}
		reached[id], fed[id] = true, true
		name, here := strings.CutPrefix(id, dir+".")
		if !here {
			continue
		}
		for _, inner := range r.says[name] {
			if own, here := strings.CutPrefix(inner, dir+"."); here && !ast.IsExported(own) {
				named = append(named, inner)
			}
		}
	}
}

// decodes says whether a function takes bytes, a text or a stream and has a name
// that says that it makes sense of them.
func decodes(fn *ast.FuncDecl) bool {
	name := fn.Name.Name
	if fn.Type.Params.NumFields() == 0 {
		return fn.Recv != nil && slices.Contains(stepping, name) && fails(fn)
	}
	if !decoding.MatchString(name) || isReader(fn) {
		return false
	}
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
		switch of := p.Type.(type) {
		case *ast.ArrayType:
			elem, ok := of.Elt.(*ast.Ident)
			return ok && of.Len == nil && elem.Name == "byte"
		case *ast.Ident:
			return of.Name == "string" && spelling.MatchString(name)
		case *ast.SelectorExpr:
			return of.Sel.Name == "Reader" || of.Sel.Name == "RawMessage" || of.Sel.Name == "Conn"
		case *ast.StarExpr:
			inner, ok := of.X.(*ast.SelectorExpr)
			return ok && (inner.Sel.Name == "Reader" || inner.Sel.Name == "Decoder")
		}
		return false
	})
}

// fails says whether a function returns something and an error.
func fails(fn *ast.FuncDecl) bool {
	n := fn.Type.Results.NumFields()
	if n < 2 {
		return false
	}
	last, ok := fn.Type.Results.List[len(fn.Type.Results.List)-1].Type.(*ast.Ident)
	return ok && last.Name == "error"
}

// isReader says whether a method is one of io's, which fill bytes and read none.
func isReader(fn *ast.FuncDecl) bool {
	results := fn.Type.Results
	if fn.Recv == nil || results.NumFields() != 2 || fn.Name.Name != "Read" && fn.Name.Name != "ReadAt" {
		return false
	}
	count, ok := results.List[0].Type.(*ast.Ident)
	return ok && count.Name == "int"
}
