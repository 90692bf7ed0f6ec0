package plan

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// good is a plan that every problem below spoils in one place.
const good = `plan: small
version: 1
purpose: switchover
title: a small plan
review: 2027-01-01
parameters:
  - {name: to, type: centre, default: south, help: who is to write}
safe:
  - {name: before, text: as before}
  - {name: behind, text: the other side writes}
start: before
steps:
  - step: look
    owner: operate
    within: 1m
    pre: [{check: role, with: {centre: $to, is: standby}}]
  - step: decide
    owner: operate
    second: command
    signs: [first, first/undo]
    within: 1h
  - step: first
    owner: operate
    within: 1m
    do: {act: order, with: {centre: $to}}
    undo: {act: order, with: {centre: $to}}
  - step: last
    owner: operate
    within: 1m
    do: {act: wait, with: {height: $first.height}}
    rests: behind
`

func problemOf(text string) string {
	p, err := Parse([]byte(text))
	if err == nil {
		err = p.Check(toys)
	}
	if err == nil {
		return ""
	}
	var wrong *TextError
	if !errors.As(err, &wrong) {
		return "another error: " + err.Error()
	}
	return wrong.Problems[0].String()
}

// Every problem of a plan has its message, with the line and what to write.
func TestProblemsOfPlans(t *testing.T) {
	if got := problemOf(good); got != "" {
		t.Fatal(got)
	}
	for _, tt := range []struct{ old, new, want string }{
		{good, "", "it is empty"},
		{good, "plan: [", "it is not YAML: line 1: did not find expected node content"},
		{"plan: small", "plans: small", `line 1: a plan has no key "plans"; there are plan, version, purpose, title, review, parameters, safe, start, steps`},
		{"version: 1", "version: 1\nversion: 2", `line 3: "version" stands twice in a plan; write it once`},
		{"plan: small", "plan: Small Plan", `line 1: "Small Plan" is no name; write small letters, digits and dashes, a letter first`},
		{"version: 1", "version: 0", `line 2: "0" is no whole number from 1 to 1000000`},
		{"purpose: switchover", "purpose: party", `line 3: "party" is not known; there are switchover, failover, switch-back, drill, clearing, acceptance`},
		{"review: 2027-01-01", "review: soon", `line 5: "soon" is no day; write one like 2027-06-30`},
		{"start: before\n", "", "start is missing"},
		{"start: before", "start: nowhere", `start names "nowhere", which is no safe state of the plan`},
		{"    owner: operate\n    within: 1m\n    pre", "    owner: operat\n    within: 1m\n    pre", `line 14: "operat" is not known; there are operate, command, verify, rehearse`},
		{"    owner: operate\n    within: 1m\n    pre", "    within: 1m\n    pre", "line 13: look has no owner; write the duty of who answers for it"},
		{"    within: 1m\n    pre", "    pre", "line 13: look has no time; write within"},
		{"    within: 1m\n    pre", "    within: 100h\n    pre", `line 15: "100h" is no duration from 1ns to 72h0m0s; write one like 500ms or 2m`},
		{"second: command", "second: operate", "line 17: decide: owner and second are the same duty; a second person needs another one"},
		{"signs: [first, first/undo]", "signs: [first]", `line 26: order needs an order of two people: name "first/undo" under signs of a gate before it`},
		{"signs: [first, first/undo]", "signs: [first, first/undo, last]", `line 17: decide signs "last", which needs no order`},
		{"signs: [first, first/undo]", "signs: [first, first/undo, gone]", `line 17: decide signs "gone", which acts nowhere`},
		{"second: command", "second: verify", `line 17: decide signs "first": that takes owner operate and second command`},
		{"check: role", "check: rule", `line 16: there is no check "rule"; there are fine, role`},
		{"act: wait", "act: weight", `line 30: there is no act "weight"; there are order, turn, wait, wild`},
		{"is: standby", "is: asleep", `line 16: is: "asleep" is not a role`},
		{"is: standby", "was: standby", `line 16: role takes no "was"; it takes centre, is`},
		{", is: standby", "", `line 16: role needs is, a role`},
		{"centre: $to, is", "centre: $from, is", `line 16: the plan has no parameter "from"`},
		{"height: $first.height", "height: $first.root", `line 30: first finds no "root"`},
		{"height: $first.height", "height: $later.height", "line 30: no step that is done for certain before finds $later.height"},
		{"height: $first.height", "height: $to", "line 30: $to is no height"},
		{"height: $first.height", "height: x", `line 30: height: "x" is not a height`},
		{"    undo: {act: order, with: {centre: $to}}\n", "", "line 25: first changes something: write undo, or keep when no way leads back"},
		{"do: {act: wait, with: {height: $first.height}}", "do: {act: wild}\n    keep: true", "line 30: wild cannot be asked back nor repeated"},
		{"    rests: behind\n", "    rests: beside\n", `line 27: last rests in "beside", which is no safe state of the plan`},
		{"    rests: behind\n", "", "no step rests in a safe state: the end of the plan has no name"},
		{"step: last", "step: first", `line 27: the step "first" stands twice`},
		{"    rests: behind\n", "    rests: behind\n    colour: red\n", `line 32: a step has no key "colour"; there are step, title, owner, second, manual, signs, pre, do, post, undo, within, expect, tries, fails, keep, rests, marks, steps, parallel, plan`},
		{"    rests: behind\n", "    rests: behind\n    marks: [t10]\n", `line 32: "t10" is no moment; write t0 to t9`},
		{"title: a small plan", "title: &a small", "line 4: anchors and aliases are not taken; write the value out"},
		{"default: south", "default: the south", `line 7: the default: "the south" is not the name of a centre`},
		{"step: look\n", "step: look\n    parallel: [{step: x, owner: operate, within: 1m, post: [{check: fine}]}]\n", "line 13: look is a group: what it does stands in its steps"},
	} {
		if !strings.Contains(good, tt.old) {
			t.Fatalf("the good plan has no %q", tt.old)
		}
		if got := problemOf(strings.Replace(good, tt.old, tt.new, 1)); got != tt.want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.new, got, tt.want)
		}
	}
}

// What stands beside a step is not done for certain before it.
func TestValuesOfParallelSteps(t *testing.T) {
	text := strings.Replace(good, "  - step: first\n", "  - step: group\n    parallel:\n  - step: first\n", 1)
	at := strings.Index(text, "    parallel:\n") + len("    parallel:\n")
	text = text[:at] + "      " + strings.ReplaceAll(strings.TrimSpace(text[at:]), "\n", "\n    ") + "\n"
	if got := problemOf(text); !strings.HasSuffix(got, "no step that is done for certain before finds $first.height") {
		t.Error(got)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("plan: a\nsteps: [{step: b, plan: c@1}]"))
	shipped, err := filepath.Glob("../runner/plans/*.yaml")
	if err != nil || len(shipped) == 0 {
		f.Fatalf("no plans to begin with: %v", err)
	}
	for _, name := range shipped {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(p.Text)
		if err != nil || again.Hash != p.Hash || len(again.Leaves()) != len(p.Leaves()) {
			t.Fatalf("read again: %v", err)
		}
		if p.Check(toys) != nil {
			return
		}
		if names := p.Leaves(); len(names) > LeavesMax || slices.ContainsFunc(names, func(s *Step) bool { return s.Within <= 0 || s.Owner == "" }) {
			t.Fatal("a step without owner or time was taken")
		}
	})
}
