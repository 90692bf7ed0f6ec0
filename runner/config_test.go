package runner

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sancun/plan"
)

var goodConfig = `cell: 1
dir: runner
people: people.yaml
certificate: runner.pem
key: runner.key
plans: plans
centres:
  - {name: north, control: "north:7512", pin: ` + strings.Repeat("ab", 32) + `}
  - {name: south, control: "south:7512", pin: ` + strings.Repeat("cd", 32) + `}
probes:
  - {name: business, command: ["true"]}
`

// Every problem of a configuration has its message; unknown keys have their line.
func TestConfig(t *testing.T) {
	c, err := ParseConfig("/etc/sancun/runner.yaml", []byte(goodConfig))
	if err != nil || c.Dir != "/etc/sancun/runner" || c.Plans != "/etc/sancun/plans" || len(c.Centres) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"cell: 1", "cells: 1", "line 1: field cells not found"},
		{"cell: 1", "cell: 0", "cell is missing"},
		{"people: people.yaml\n", "", "people is missing"},
		{"key: runner.key\n", "", "certificate and key are missing"},
		{`  - {name: south, control: "south:7512", pin: ` + strings.Repeat("cd", 32) + "}\n", "", "centres are missing"},
		{strings.Repeat("cd", 32), "cd", "the pin of south is not 64 hexadecimal digits"},
		{"name: north", "name: the north", `the centre "the north" needs a name`},
		{`command: ["true"]`, "command: []", `the probe "business" needs a name and a command`},
		{goodConfig, strings.Repeat("# long\n", configBytesMax/7+1), "bytes, at most"},
	} {
		if _, err := ParseConfig("runner.yaml", []byte(strings.Replace(goodConfig, tt.old, tt.new, 1))); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.40q: %v, want %s", tt.new, err, tt.want)
		}
	}
}

// A probe gets the values of its call, its lines are found, and a failure tells what
// it printed.
func TestProbes(t *testing.T) {
	c := Config{Probes: []ProbeConfig{
		{Name: "fine", Command: []string{"sh", "-c", `test "$SANCUN_CENTRE" = south && echo verified=12 && echo other=1 && echo at=yesterday`}},
		{Name: "bad", Command: []string{"sh", "-c", "echo no money in the drawer >&2; exit 3"}},
		{Name: "slow", Command: []string{"sleep", "60"}},
	}}
	run := func(name string) ([]plan.Pair, error) {
		p, ok := c.probe(name)
		if !ok {
			t.Fatalf("no probe %s", name)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if name == "slow" {
			cancel()
		}
		return p(ctx, []plan.Pair{{Name: "centre", Value: "south"}})
	}
	if finds, err := run("fine"); err != nil || len(finds) != 1 || finds[0] != (plan.Pair{Name: "verified", Value: "12"}) {
		t.Errorf("found %v, %v", finds, err)
	}
	if _, err := run("bad"); err == nil || !strings.Contains(err.Error(), "no money in the drawer") {
		t.Errorf("a failed probe: %v", err)
	}
	if _, err := run("slow"); !errors.Is(err, context.Canceled) {
		t.Errorf("a probe whose time is over: %v", err)
	}
	if _, ok := c.probe("none"); ok {
		t.Error("a probe that is not there was found")
	}
}

// What people lay into the inbox is heard once and kept; what is no confirmation is
// told and put aside.
func TestInbox(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	b := c.Inbox()
	for gate := range 3 {
		if err := b.Put(&plan.Confirmation{Run: "run-1", Gate: gate, Name: "wang", Answer: plan.Yes}); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"bad.json": "{", "more.json": "{} {}", "other.json": `{"colour": 1}`, "note.txt": "not mine"} {
		if err := os.WriteFile(filepath.Join(c.Dir, inboxName, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error, 10)
	said := b.Listen(ctx, &World{Pause: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }}, func(err error) { told <- err })
	for gate := range 3 {
		if got := <-said; got.Gate != gate || got.Name != "wang" {
			t.Errorf("heard %+v", got)
		}
	}
	cancel()
	for range said {
		t.Error("something was heard twice")
	}
	if err := <-told; !strings.Contains(err.Error(), "bad.json") || !strings.Contains(err.Error(), "more.json") || !strings.Contains(err.Error(), "other.json") {
		t.Errorf("of what is no confirmation: %v", err)
	}
	heard, err := os.ReadDir(filepath.Join(c.Dir, heardName))
	if err != nil || len(heard) != 6 {
		t.Errorf("%d files are kept, %v", len(heard), err)
	}
}

// A library says what is wrong with each plan, and a set holds those a plan contains.
func TestLibrary(t *testing.T) {
	w := newTown(t)
	dir := t.TempDir()
	for _, name := range []string{"switchover", "switch-back", "drill"} {
		a := w.approved(name)
		file := filepath.Join(dir, name+".yaml")
		text, err := json.Marshal(&a.Approval)
		if err == nil {
			err = errors.Join(os.WriteFile(file, []byte(a.Text), 0o600), os.WriteFile(ApprovalFile(file), text, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "drill.approval.json")), os.WriteFile(filepath.Join(dir, "broken.yaml"), []byte("plans: x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	all, err := Library(dir, w.people, monday)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d plans, %v", len(all), err)
	}
	set, whole, err := Set(all, "switch-back")
	if err != nil || len(set) != 2 || whole.Step("over.promote") == nil {
		t.Errorf("a set of %d plans, %v", len(set), err)
	}
	for name, want := range map[string]string{"drill": "nobody has approved it", "broken": "no key", "none": "no plan"} {
		if _, _, err := Set(all, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := filepath.Join(dir, "switchover.yaml")
	text, err := os.ReadFile(old)
	if err == nil {
		err = os.WriteFile(old, append(text, "# a word more\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if all, err = Library(dir, w.people, monday); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Set(all, "switch-back"); !errors.Is(err, plan.ErrApproval) {
		t.Errorf("with a contained plan that was changed: %v", err)
	}
	if pictures := Pictures(all); len(pictures) != 4 || pictures[0].Failure == "" {
		t.Errorf("pictures %+v", pictures)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(goodConfig))
	f.Add([]byte("centres: [{}, {}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ParseConfig("runner.yaml", text); err == nil && (len(c.Centres) != 2 || c.Cell == 0 || c.People == "") {
			t.Fatalf("taken: %+v", c)
		}
	})
}

// FuzzSaid reads anything as what people lay into the inbox or beside a plan: what is
// taken is written again and read as the same.
func FuzzSaid(f *testing.F) {
	said, err := json.Marshal(&plan.Confirmation{Run: "run-1", Gate: 2, Name: "wang", Answer: plan.Yes, At: monday, Orders: []plan.Signed{{Act: "promote", Sign: []byte{1}}}})
	if err != nil {
		f.Fatal(err)
	}
	approval, err := json.Marshal(&plan.Approval{Plan: "failover", Version: 1, Issued: monday, Expires: monday, Maker: "wang", Checker: "li"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(said)
	f.Add(approval)
	f.Fuzz(func(t *testing.T, text []byte) {
		var c, again plan.Confirmation
		if decode(text, &c) == nil {
			written, err := json.Marshal(&c)
			if err == nil {
				err = decode(written, &again)
			}
			if err != nil || again.Name != c.Name || again.Gate != c.Gate || again.Drafts != c.Drafts {
				t.Fatalf("%+v became %+v, %v", c, again, err)
			}
		}
		var a plan.Approval
		if decode(text, &a) == nil {
			if _, err := json.Marshal(&a); err != nil {
				t.Fatal(err)
			}
		}
	})
}
