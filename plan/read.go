package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sancun/dr"
)

// Problem is one thing wrong with a plan.
type Problem struct {
	Line int // of the text, 0 when it is about the whole
	What string
}

// String is one line of a list.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.What
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.What)
}

// TextError lists everything wrong with a plan.
type TextError struct{ Problems []Problem }

// Error lists the problems, one a line.
func (e *TextError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "the plan cannot be used, %d to put right:", len(e.Problems))
	for _, p := range e.Problems {
		text.WriteString("\n  " + p.String())
	}
	return text.String()
}

// Parse reads a plan. Unknown keys are refused with their line. Whether its names
// and values make sense is for Check. The error is a *TextError.
func Parse(text []byte) (*Plan, error) {
	r := &reader{}
	p := &Plan{Hash: HashOf(text), Text: slices.Clone(text)}
	var document yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(text))
	err := io.EOF
	if len(text) <= TextMax {
		err = in.Decode(&document)
	}
	switch {
	case len(text) > TextMax:
		r.problem(0, "it has %d bytes; write at most %d", len(text), TextMax)
	case errors.Is(err, io.EOF) || err == nil && len(document.Content) != 1:
		r.problem(0, "it is empty")
	case err != nil:
		r.problem(0, "it is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	case !errors.Is(in.Decode(&yaml.Node{}), io.EOF):
		r.problem(0, "it holds more than one document; write one")
	default:
		r.plan(document.Content[0], p)
	}
	if len(r.problems) > 0 {
		return nil, &TextError{r.problems}
	}
	return p, nil
}

// reader fills a plan from a YAML tree and notes everything it cannot read.
type reader struct {
	problems []Problem
	leaves   int
}

func (r *reader) problem(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{line, fmt.Sprintf(format, args...)})
}

// key is a key that a section may have, and who reads its value.
type key struct {
	name string
	read func(*yaml.Node)
}

// section reads the keys of a mapping, each once.
func (r *reader) section(n *yaml.Node, what string, keys []key) {
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		r.problem(n.Line, "%s is a section of keys with values, without anchors", what)
		return
	}
	var seen, all []string
	for _, k := range keys {
		all = append(all, k.name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		at := slices.Index(all, name.Value)
		switch {
		case at < 0 || name.Kind != yaml.ScalarNode:
			r.problem(name.Line, "%s has no key %q; there are %s", what, name.Value, strings.Join(all, ", "))
		case slices.Contains(seen, name.Value):
			r.problem(name.Line, "%q stands twice in %s; write it once", name.Value, what)
		case value.Kind == yaml.AliasNode || value.Anchor != "":
			r.problem(value.Line, "anchors and aliases are not taken; write the value out")
		default:
			keys[at].read(value)
		}
		seen = append(seen, name.Value)
	}
}

func (r *reader) scalar(n *yaml.Node, bytesMax int) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || len(n.Value) == 0 || len(n.Value) > bytesMax || strings.ContainsAny(n.Value, "\x00\r") {
		r.problem(n.Line, "want one value of 1 to %d bytes", bytesMax)
		return ""
	}
	return n.Value
}

func (r *reader) name(n *yaml.Node) string {
	text := r.scalar(n, nameMax)
	if text != "" && !nameText.MatchString(text) {
		r.problem(n.Line, "%q is no name; write small letters, digits and dashes, a letter first", text)
	}
	return text
}

func (r *reader) oneOf(n *yaml.Node, of ...string) string {
	text := r.scalar(n, nameMax)
	if text != "" && !slices.Contains(of, text) {
		r.problem(n.Line, "%q is not known; there are %s", text, strings.Join(of, ", "))
	}
	return text
}

func (r *reader) number(n *yaml.Node, most int) int {
	text := r.scalar(n, nameMax)
	v, err := strconv.Atoi(text)
	if text != "" && (err != nil || v < 1 || v > most) {
		r.problem(n.Line, "%q is no whole number from 1 to %d", text, most)
	}
	return v
}

func (r *reader) duration(n *yaml.Node) time.Duration {
	text := r.scalar(n, nameMax)
	d, err := time.ParseDuration(text)
	if text != "" && (err != nil || d <= 0 || d > WithinMax) {
		r.problem(n.Line, "%q is no duration from 1ns to %v; write one like 500ms or 2m", text, WithinMax)
	}
	return d
}

func (r *reader) list(n *yaml.Node, most int, item func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > most {
		r.problem(n.Line, "want a list of 1 to %d, each begun by a dash", most)
		return
	}
	for _, i := range n.Content {
		if i.Kind == yaml.AliasNode || i.Anchor != "" {
			r.problem(i.Line, "anchors and aliases are not taken; write the value out")
			continue
		}
		item(i)
	}
}

func (r *reader) plan(n *yaml.Node, p *Plan) {
	r.section(n, "a plan", []key{
		{"plan", func(v *yaml.Node) { p.Name = r.name(v) }},
		{"version", func(v *yaml.Node) { p.Version = r.number(v, 1_000_000) }},
		{"purpose", func(v *yaml.Node) { p.Purpose = Purpose(r.oneOf(v, purposes...)) }},
		{"title", func(v *yaml.Node) { p.Title = r.scalar(v, titleMax) }},
		{"review", func(v *yaml.Node) {
			day, err := time.Parse(time.DateOnly, r.scalar(v, nameMax))
			if p.Review = day; err != nil {
				r.problem(v.Line, "%q is no day; write one like 2027-06-30", v.Value)
			}
		}},
		{"parameters", func(v *yaml.Node) { r.list(v, outputsMax, func(i *yaml.Node) { r.parameter(i, p) }) }},
		{"safe", func(v *yaml.Node) { r.list(v, outputsMax, func(i *yaml.Node) { r.safe(i, p) }) }},
		{"start", func(v *yaml.Node) { p.Start = r.name(v) }},
		{"steps", func(v *yaml.Node) { p.Steps = r.steps(v, 1) }},
	})
	for _, need := range []struct {
		key string
		ok  bool
	}{
		{"plan", p.Name != ""}, {"version", p.Version != 0}, {"purpose", p.Purpose != ""}, {"title", p.Title != ""}, {"review", !p.Review.IsZero()},
		{"safe", len(p.Safe) > 0}, {"start", p.Start != ""}, {"steps", len(p.Steps) > 0},
	} {
		if !need.ok && len(r.problems) == 0 {
			r.problem(0, "%s is missing", need.key)
		}
	}
}

func (r *reader) parameter(n *yaml.Node, p *Plan) {
	v := Parameter{Line: n.Line}
	r.section(n, "a parameter", []key{
		{"name", func(n *yaml.Node) { v.Name = r.name(n) }},
		{"type", func(n *yaml.Node) { v.Type = Type(r.oneOf(n, types...)) }},
		{"default", func(n *yaml.Node) { v.Default = r.scalar(n, valueMax) }},
		{"help", func(n *yaml.Node) { v.Help = r.scalar(n, titleMax) }},
	})
	p.Parameters = append(p.Parameters, v)
}

func (r *reader) safe(n *yaml.Node, p *Plan) {
	var s SafeState
	r.section(n, "a safe state", []key{
		{"name", func(n *yaml.Node) { s.Name = r.name(n) }},
		{"text", func(n *yaml.Node) { s.Text = r.scalar(n, titleMax) }},
	})
	p.Safe = append(p.Safe, s)
}

func (r *reader) steps(n *yaml.Node, depth int) (all []*Step) {
	if depth > depthMax {
		r.problem(n.Line, "steps lie %d deep; at most %d", depth, depthMax)
		return nil
	}
	r.list(n, LeavesMax, func(i *yaml.Node) { all = append(all, r.step(i, depth)) })
	return all
}

func (r *reader) step(n *yaml.Node, depth int) *Step {
	if r.leaves++; r.leaves > 2*LeavesMax {
		r.problem(n.Line, "there are too many steps; write at most %d", LeavesMax)
		return &Step{}
	}
	s := &Step{Line: n.Line, Fails: RollBack, Tries: 1}
	calls := func(into *[]Call) func(*yaml.Node) {
		return func(n *yaml.Node) {
			r.list(n, outputsMax, func(i *yaml.Node) { *into = append(*into, r.call(i, "check")) })
		}
	}
	call := func(into **Call) func(*yaml.Node) {
		return func(n *yaml.Node) { c := r.call(n, "act"); *into = &c }
	}
	r.section(n, "a step", []key{
		{"step", func(v *yaml.Node) { s.Name = r.name(v) }},
		{"title", func(v *yaml.Node) { s.Title = r.scalar(v, titleMax) }},
		{"owner", func(v *yaml.Node) { s.Owner = dr.Duty(r.oneOf(v, duties...)) }},
		{"second", func(v *yaml.Node) { s.Second = dr.Duty(r.oneOf(v, duties...)) }},
		{"manual", func(v *yaml.Node) { s.Manual = r.scalar(v, titleMax) }},
		{"signs", func(v *yaml.Node) {
			r.list(v, outputsMax, func(i *yaml.Node) { s.Signs = append(s.Signs, r.scalar(i, 2*nameMax)) })
		}},
		{"pre", calls(&s.Pre)},
		{"do", call(&s.Do)},
		{"post", calls(&s.Post)},
		{"undo", call(&s.Undo)},
		{"within", func(v *yaml.Node) { s.Within = r.duration(v) }},
		{"expect", func(v *yaml.Node) { s.Expect = r.duration(v) }},
		{"tries", func(v *yaml.Node) { s.Tries = r.number(v, triesMax) }},
		{"fails", func(v *yaml.Node) { s.Fails = Policy(r.oneOf(v, string(RollBack), string(Hold), string(GoOn))) }},
		{"keep", func(v *yaml.Node) { s.Keep = r.oneOf(v, "true", "false") == "true" }},
		{"rests", func(v *yaml.Node) { s.Rests = r.name(v) }},
		{"marks", func(v *yaml.Node) {
			r.list(v, marksCount, func(i *yaml.Node) {
				m, err := ParseMark(r.scalar(i, nameMax))
				if s.Marks = append(s.Marks, m); err != nil {
					r.problem(i.Line, "%v", err)
				}
			})
		}},
		{"steps", func(v *yaml.Node) { s.Steps = r.steps(v, depth+1) }},
		{"parallel", func(v *yaml.Node) { s.Parallel = r.steps(v, depth+1) }},
		{"plan", func(v *yaml.Node) { s.Plan = r.scalar(v, 2*nameMax) }},
	})
	return s
}

var duties = []string{string(dr.DutyOperate), string(dr.DutyCommand), string(dr.DutyVerify), string(dr.DutyRehearse)}

// call reads an act or a check: its name under its own key, and its values.
func (r *reader) call(n *yaml.Node, what string) Call {
	c := Call{Line: n.Line}
	r.section(n, "a call", []key{
		{what, func(v *yaml.Node) { c.Name = r.name(v) }},
		{"with", func(v *yaml.Node) {
			if v.Kind != yaml.MappingNode {
				r.problem(v.Line, "want a section of values by their names")
				return
			}
			for i := 0; i+1 < len(v.Content); i += 2 {
				name, value := v.Content[i], v.Content[i+1]
				if value.Kind == yaml.AliasNode || value.Anchor != "" {
					r.problem(value.Line, "anchors and aliases are not taken; write the value out")
					continue
				}
				c.With = append(c.With, Value{Name: name.Value, Text: r.scalar(value, valueMax), Line: name.Line})
			}
		}},
	})
	if c.Name == "" {
		r.problem(n.Line, "the %s has no name", what)
	}
	return c
}
