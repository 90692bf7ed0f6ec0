package plan

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var errHash = errors.New("a hash has 64 hexadecimal digits")

// Type is what a value may be.
type Type string

// The types of values.
const (
	Text     Type = "text"
	Centre   Type = "centre"   // the name of a centre
	RoleName Type = "role"     // primary, standby, drill, isolated, fenced or recovering
	Mode     Type = "mode"     // protect, fast, or available and a number of milliseconds
	Height   Type = "height"   // of a block
	Root     Type = "root"     // of a state, hexadecimal
	Number   Type = "number"   // a whole number from 0
	Duration Type = "duration" // such as 500ms or 2m
	Bool     Type = "bool"     // true or false
	Moment   Type = "moment"   // a time as 2026-03-02T09:00:00Z
	Line     Type = "line"     // the name of a counterparty, or all
	Path     Type = "path"     // the name of an access path, such as rs2
)

var types = []string{
	string(Text), string(Centre), string(RoleName), string(Mode), string(Height), string(Root), string(Number), string(Duration), string(Bool), string(Moment), string(Line), string(Path),
}

var (
	nameText  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	wordText  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	rootText  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	modeText  = regexp.MustCompile(`^(protect|fast|available( [0-9]{1,9})?)$`)
	rolesText = regexp.MustCompile(`^(primary|standby|drill|isolated|fenced|recovering)$`)
	errorOf   = map[Type]string{
		Text: "text", Centre: "the name of a centre", RoleName: "a role", Mode: "a mode: protect, fast, or available and milliseconds", Height: "a height",
		Root: "a root of 64 hexadecimal digits", Number: "a whole number", Duration: "a duration such as 500ms or 2m", Bool: "true or false",
		Moment: "a time such as 2026-03-02T09:00:00Z", Line: "the name of a line", Path: "the name of a path",
	}
)

// Takes tells whether a literal is a value of the type.
func (t Type) Takes(text string) error {
	ok := len(text) <= valueMax
	switch t {
	case Text:
	case Centre, Line, Path:
		ok = ok && len(text) <= nameMax && wordText.MatchString(text)
	case RoleName:
		ok = rolesText.MatchString(text)
	case Mode:
		ok = modeText.MatchString(text)
	case Height, Number:
		_, err := strconv.ParseUint(text, 10, 63)
		ok = err == nil
	case Root:
		ok = rootText.MatchString(text)
	case Duration:
		d, err := time.ParseDuration(text)
		ok = err == nil && d >= 0 && d <= WithinMax
	case Bool:
		ok = text == "true" || text == "false"
	case Moment:
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = err == nil
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("%q is not %s", text, errorOf[t])
	}
	return nil
}

// fits says whether a value of one type may stand where another is wanted.
func (t Type) fits(wanted Type) bool {
	return t == wanted || wanted == Text || t == Height && wanted == Number || t == Number && wanted == Height
}

// reference splits "$from" and "$hand-over.height"; ok is false for a literal.
func reference(text string) (name, output string, ok bool) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return "", "", false
	}
	if at := strings.LastIndexByte(rest, '.'); at >= 0 { // the name of a step in a contained plan has dots too
		return rest[:at], rest[at+1:], true
	}
	return rest, "", true
}

// Pair is a name with its value, in outputs, values of a run and resolved calls.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Find is the value of a name, and whether it is there.
func Find(pairs []Pair, name string) (string, bool) {
	for _, p := range pairs {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// With is a copy of the pairs in which a name has a value.
func With(pairs []Pair, name, value string) []Pair {
	out := make([]Pair, 0, len(pairs)+1)
	for _, p := range pairs {
		if p.Name != name {
			out = append(out, p)
		}
	}
	return append(out, Pair{name, value})
}
