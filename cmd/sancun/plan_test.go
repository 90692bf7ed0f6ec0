package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reviewLine is the day until which a plan may begin.
var reviewLine = regexp.MustCompile(`(?m)^review: .*$`)

// planTown is the room of a test: two centres and a runner, each a process, and three people.
type planTown struct {
	t       *testing.T
	dir     string
	configs map[string]string
	centres map[string]*process
}

func (w *planTown) at(name string) string { return filepath.Join(w.dir, name) }

func (w *planTown) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// call runs the program to its end and returns what it printed.
func (w *planTown) call(args ...string) (out string, code int) {
	w.t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env, cmd.Dir = append(os.Environ(), childVariable+"=sancun"), w.dir
	var errs strings.Builder
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return string(text) + errs.String(), cmd.ProcessState.ExitCode()
}

func (w *planTown) want(code int, args ...string) string {
	w.t.Helper()
	out, got := w.call(args...)
	if got != code {
		w.t.Fatalf("sancun %v ended with %d, want %d: %s", args, got, code, out)
	}
	return out
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func newPlanTown(t *testing.T) *planTown {
	w := &planTown{t: t, dir: t.TempDir(), configs: map[string]string{}, centres: map[string]*process{}}
	last := func(out string) string { // the pin or key on the last line
		lines := strings.Fields(out)
		return lines[len(lines)-1]
	}
	pins := map[string]string{}
	for _, name := range []string{"north", "south", "runner"} {
		pins[name] = last(w.want(0, "keys", "centre", w.at(name+".pem"), w.at(name+".key"), name))
	}
	people := "people:\n"
	for i, p := range []string{"wang operate", "li command", "zhao verify"} {
		name, duty, _ := strings.Cut(p, " ")
		people += fmt.Sprintf("  - {name: %s, staff: %d, key: %q, duties: [%s], from: 2020-01-01T00:00:00Z, until: 2040-01-01T00:00:00Z}\n", name, i+1, last(w.want(0, "keys", "person", w.at(name+".key"))), duty)
	}
	w.must(os.WriteFile(w.at("people.yaml"), []byte(people), 0o600))
	w.want(0, "keys", "vault", w.at("vault.key"))
	listen, control := map[string]string{}, map[string]string{}
	for _, name := range []string{"north", "south"} {
		listen[name], control[name] = freePort(t), freePort(t)
	}
	runner := "dir: runner\npeople: people.yaml\ncertificate: runner.pem\nkey: runner.key\nplans: plans\ncentres:\n"
	for name, other := range map[string]string{"north": "south", "south": "north"} {
		w.configs[name] = w.at(name + ".yaml")
		w.must(os.WriteFile(w.configs[name], fmt.Appendf(nil, `
centre: {name: %[1]s, dir: %[1]s, cell: 1}
books: {enabled: false}
vault: {key_file: vault.key}
broker: {code: "60050000"}
peer:
  {name: %[2]s, start: %[3]s, listen: %[4]q, address: %[5]q, control: %[6]q, certificate: %[1]s.pem, key_file: %[1]s.key, pin: %[7]q, people: people.yaml, carriers: [{name: runner, pin: %[8]q}]}
`, name, other, map[string]string{"north": "primary", "south": "standby"}[name], listen[name], listen[other], control[name], pins[other], pins["runner"]), 0o600))
		runner += fmt.Sprintf("  - {name: %s, control: %q, pin: %q}\n", name, control[name], pins[name])
	}
	runner += `probes:
  - {name: first-answer, command: ["true"]}
  - {name: alarm, command: ["true"]}
  - {name: business, command: [sh, -c, "if [ -e once ]; then echo verified=3; else touch once; kill -9 $PPID; fi"]}
`
	w.must(os.WriteFile(w.at("runner.yaml"), []byte(runner), 0o600))
	w.must(os.Mkdir(w.at("plans"), 0o700))
	for _, name := range []string{"switchover", "failover", "switch-back"} {
		file := w.at("plans/" + name + ".yaml")
		w.must(os.WriteFile(file, []byte(reviewLine.ReplaceAllString(w.want(0, "plan", "shipped", name), "review: "+time.Now().AddDate(1, 0, 0).Format(time.DateOnly))), 0o600))
		w.want(0, "plan", "approve", file, "--maker", "wang", "--checker", "li")
		w.want(0, "plan", "sign", file, "wang", w.at("wang.key"))
		w.want(0, "plan", "sign", file, "li", w.at("li.key"))
	}
	return w
}

// run begins a run, or resumes one, as a process of its own in the folder.
func (w *planTown) run(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], append([]string{"plan"}, args...)...)
	cmd.Env, cmd.Dir = append(os.Environ(), childVariable+"=sancun"), w.dir
	cmd.Stderr = os.Stderr
	w.must(cmd.Start())
	w.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// shown is what plan show --json prints.
type shown struct {
	Outcome string `json:"outcome"`
	Safe    string `json:"safe"`
	Resumed int    `json:"resumed"`
	Times   struct {
		RTO   int64 `json:"rto_ns"`
		Marks []struct {
			Mark string `json:"mark"`
		} `json:"marks"`
	} `json:"times"`
	Asked []struct {
		Of []string `json:"of"`
	} `json:"asked"`
}

func (w *planTown) show(run string) (s shown) {
	out, code := w.call("plan", "show", run, "--json")
	if code == 0 {
		w.must(json.Unmarshal([]byte(out), &s))
	}
	return s
}

// confirm has everybody who is asked say yes until the process of the run ends.
func (w *planTown) confirm(run string, cmd *exec.Cmd) (code int) {
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	for {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode()
		case <-time.After(20 * time.Millisecond): // the people are other processes
		}
		for _, g := range w.show(run).Asked {
			for _, name := range g.Of {
				w.call("plan", "confirm", run, "--name", name, "--key", w.at(name+".key")) // who spoke a moment ago is refused
			}
		}
	}
}

// Two centres and a runner as processes. A planned switchover kills its own runner
// in the middle and is resumed; then the centre that writes is killed, the observer
// says what it would have done, and a failover brings the other one back.
func TestPlansWithRealProcesses(t *testing.T) {
	w := newPlanTown(t)
	for name, config := range w.configs {
		w.centres[name] = start(t, "sancun", "serve", config)
	}
	over := []string{"--set", "from=north", "--set", "to=south"}
	for end := time.Now().Add(time.Minute); ; {
		out, code := w.call(append([]string{"plan", "dry-run", "switchover"}, over...)...)
		if code == 0 {
			if !strings.Contains(out, "order north to end its reign") || !strings.Contains(out, "it would begin") {
				t.Fatal(out)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the centres are not ready: %s\n%s\n%s", out, w.centres["north"].errs, w.centres["south"].errs)
		}
	}
	if out := w.want(0, "plan", "readiness"); !strings.Contains(out, "ready") || !strings.Contains(out, "last-drill") {
		t.Error(out)
	}
	w.want(1, "plan", "dry-run", "switchover", "--set", "from=south", "--set", "to=north")
	w.want(1, "plan", "run", "switchover", "--name", "over-0", "--reason", "nobody says where to")
	run := w.run(append([]string{"run", "switchover", "--name", "over-1", "--reason", "a test"}, over...)...)
	if code := w.confirm("over-1", run); code != -1 {
		t.Fatalf("the runner was not killed by its probe: it ended with %d", code)
	}
	if code := w.confirm("over-1", w.run("resume")); code != 0 {
		t.Fatalf("the resumed run ended with %d: %+v", code, w.show("over-1"))
	}
	if s := w.show("over-1"); s.Outcome != "ok" || s.Safe != "other-side" || s.Resumed != 1 {
		t.Fatalf("the run is %+v", s)
	}
	w.want(1, "plan", "resume")
	watch := start(t, "sancun", "plan", "observe", "--config", w.at("runner.yaml"), "--every", "100ms")
	for end := time.Now().Add(time.Minute); ; { // it has seen the centre alive once its journal is there
		if _, err := os.Stat(w.at("runner/observed/control/fence")); err == nil || time.Now().After(end) {
			break
		}
	}
	time.Sleep(time.Second) // a few looks of another process
	w.must(w.centres["south"].cmd.Process.Kill())
	select {
	case line := <-watch.lines:
		if !strings.HasPrefix(line, "would have failed over to north") {
			t.Error(line)
		}
	case <-time.After(time.Minute):
		t.Error("the observer says nothing")
	}
	w.must(watch.cmd.Process.Signal(os.Interrupt))
	watch.end()
	run = w.run("run", "failover", "--name", "lost-1", "--reason", "the south is lost", "--set", "from=south", "--set", "to=north", "--set", "silent=300ms")
	if code := w.confirm("lost-1", run); code != 0 {
		t.Fatalf("the failover ended with %d: %+v", code, w.show("lost-1"))
	}
	s := w.show("lost-1")
	if s.Outcome != "ok" || s.Times.RTO <= 0 || len(s.Times.Marks) != 10 {
		t.Errorf("the failover is %+v", s)
	}
	w.centres["south"] = start(t, "sancun", "serve", w.configs["south"])
	back := w.run("run", "switch-back", "--name", "back-1", "--reason", "the south came back", "--set", "from=north", "--set", "to=south")
	for end := time.Now().Add(time.Minute); len(w.show("back-1").Asked) == 0 && time.Now().Before(end); { // until it asks people
	}
	w.must(back.Process.Kill())
	_ = back.Wait()
	if code := w.confirm("back-1", w.run("resume")); code != 0 {
		t.Fatalf("the switch-back ended with %d: %+v", code, w.show("back-1"))
	}
	if s := w.show("back-1"); s.Outcome != "ok" || s.Safe != "other-side" || s.Resumed != 1 {
		t.Fatalf("the switch-back is %+v", s)
	}
	out := w.want(0, "plan", "history")
	for _, part := range []string{"over-1", "lost-1", "back-1", "would have failed over to north"} {
		if !strings.Contains(out, part) {
			t.Errorf("the history lacks %s: %s", part, out)
		}
	}
}
