package node

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problem is one thing wrong with a configuration.
type Problem struct {
	Line int    // of the file, 0 when the key is missing
	Key  string // such as banks[1].terms.single_max
	What string // what is wrong and what to write instead
}

// String is one line of a list.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Key + ": " + p.What
	}
	return fmt.Sprintf("%s (line %d): %s", p.Key, p.Line, p.What)
}

// ConfigError lists everything wrong with a configuration.
type ConfigError struct {
	Name     string
	Problems []Problem
}

// Error lists the problems, one a line.
func (e *ConfigError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s cannot be used, %d to put right:", e.Name, len(e.Problems))
	for _, p := range e.Problems {
		text.WriteString("\n  " + p.String())
	}
	return text.String()
}

const (
	// configBytesMax bounds the file: a hundred banks take 100 KB.
	configBytesMax = 1 << 20
	// configListMax bounds a list in it.
	configListMax = 255
)

// ReadConfig reads a configuration file and checks it. The error is a
// *ConfigError with every problem, or that the file cannot be read.
func ReadConfig(name string) (Config, error) {
	f, err := os.Open(name)
	if err != nil {
		return Config{}, err
	}
	defer f.Close() // read only: nothing to lose
	text, err := io.ReadAll(io.LimitReader(f, configBytesMax+1))
	if err != nil {
		return Config{}, err
	}
	if len(text) > configBytesMax {
		return Config{}, fmt.Errorf("%s is longer than %d bytes", name, configBytesMax)
	}
	return ParseConfig(name, text)
}

// ParseConfig reads a configuration from its text. Its name is for messages, and
// relative paths begin at its folder.
func ParseConfig(name string, text []byte) (Config, error) {
	c := Defaults()
	r := reader{lines: map[string]int{}}
	var document yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(text))
	err := in.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		r.problem(0, "the file", "is not YAML: "+strings.TrimPrefix(err.Error(), "yaml: "))
	case !errors.Is(in.Decode(&yaml.Node{}), io.EOF):
		r.problem(0, "the file", "holds more than one document; write one")
	default:
		r.read(document.Content[0], "", reflect.ValueOf(&c).Elem())
	}
	c.resolve(filepath.Dir(name))
	unread := len(r.problems) > 0
	found := check(&c, unread)
	for i := range found {
		found[i].Line = r.lines[found[i].Key]
	}
	all := append(r.problems, slices.DeleteFunc(found, func(p Problem) bool { return r.bad[p.Key] })...)
	if len(all) > 0 {
		return c, &ConfigError{Name: name, Problems: all}
	}
	return c, nil
}

// reader fills a Config from a YAML tree and notes everything it cannot read.
type reader struct {
	problems []Problem
	lines    map[string]int
	bad      map[string]bool // keys whose value was not read: no second complaint
}

func (r *reader) problem(line int, key, what string) {
	r.problems = append(r.problems, Problem{Line: line, Key: key, What: what})
	if r.bad == nil {
		r.bad = map[string]bool{}
	}
	r.bad[key] = true
}

// read reads one value.
func (r *reader) read(n *yaml.Node, key string, into reflect.Value) {
	r.lines[key] = n.Line
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.problem(n.Line, key, "anchors and aliases are not taken; write the value out")
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		// A key without a value, as a section whose lines are all commented out.
	case into.Kind() == reflect.Struct && !readsText(into):
		r.readMapping(n, key, into)
	case into.Kind() == reflect.Slice:
		r.readList(n, key, into)
	case n.Kind != yaml.ScalarNode:
		r.problem(n.Line, key, "want one value, not a list or a section")
	default:
		if err := setText(into, n.Value); err != nil {
			r.problem(n.Line, key, err.Error())
		}
	}
}

func (r *reader) readMapping(n *yaml.Node, key string, into reflect.Value) {
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, orFile(key), "want a section of keys with values")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := strings.TrimPrefix(key+"."+name.Value, ".")
		field, ok := fieldOf(into, name.Value)
		switch {
		case !ok:
			r.problem(name.Line, path, "there is no such key"+nearest(into.Type(), name.Value))
		case seen[name.Value]:
			r.problem(name.Line, path, "stands twice; write it once")
		default:
			r.read(value, path, field)
		}
		seen[name.Value] = true
	}
}

func (r *reader) readList(n *yaml.Node, key string, into reflect.Value) {
	if n.Kind != yaml.SequenceNode || len(n.Content) > configListMax {
		r.problem(n.Line, key, fmt.Sprintf("want a list of at most %d, each begun by a dash", configListMax))
		return
	}
	for i, item := range n.Content {
		element := reflect.New(into.Type().Elem()).Elem()
		setDefaults(element)
		r.read(item, fmt.Sprintf("%s[%d]", key, i), element)
		into.Set(reflect.Append(into, element))
	}
}

func orFile(key string) string {
	if key == "" {
		return "the file"
	}
	return key
}

// setDefaults fills a new element of a list.
func setDefaults(v reflect.Value) {
	switch e := v.Addr().Interface().(type) {
	case *ExchangeConfig:
		*e = exchangeDefaults()
	case *QuoteConfig:
		*e = quoteDefaults()
	case *BankConfig:
		*e = bankDefaults()
	case *RateConfig:
		*e = rateDefaults()
	}
}

func readsText(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

// setText sets a value from the text of the file.
func setText(into reflect.Value, text string) error {
	if t, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(text))
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		v, err := strconv.ParseBool(text)
		if err != nil || text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		into.SetBool(v)
	case reflect.Int:
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil || into.OverflowInt(v) {
			return fmt.Errorf("%q is no whole number", text)
		}
		into.SetInt(v)
	default:
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil || into.OverflowUint(v) {
			return fmt.Errorf("%q is no whole number from 0 to %d", text, uint64(1)<<(into.Type().Bits()-1)*2-1)
		}
		into.SetUint(v)
	}
	return nil
}

// fieldOf finds the field of a key.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == name && name != "" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// nearest names the key that was probably meant, or all of them.
func nearest(t reflect.Type, name string) string {
	var keys []string
	best, least := "", 3
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		keys = append(keys, key)
		if d := distance(key, name); d < least {
			best, least = key, d
		}
	}
	if best != "" {
		return "; did you mean " + best + "?"
	}
	return "; there are " + strings.Join(keys, ", ")
}

// distance is how many letters must be changed, added or left out to turn one
// word into the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
