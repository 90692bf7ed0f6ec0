package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// said runs the program to its end and returns its exit code and what it said.
func said(t *testing.T, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"=sancun")
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// somePorts is a number behind which the ports that a drill needs are free, with one
// more for its door.
func somePorts(t *testing.T) (base int, door string) {
	t.Helper()
	for base = 20_000; base < 60_000; base += 200 {
		free := true
		for _, n := range []int{0, 1, 2, 11, 12, 101, 102} {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+n))
			if free = free && err == nil; err == nil {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if free {
			return base, fmt.Sprintf("127.0.0.1:%d", base)
		}
	}
	t.Fatal("no ports are free")
	return 0, ""
}

// prepared is the folder of a small drill. The commands of this test find its door.
func prepared(t *testing.T, args ...string) (dir string) {
	t.Helper()
	base, door := somePorts(t)
	dir = filepath.Join(t.TempDir(), "drill")
	args = append([]string{"sim", "prepare", dir, "--door", door, "--ports", strconv.Itoa(base)}, args...)
	if code, text := said(t, args...); code != 0 || !strings.Contains(text, "sancun sim all") {
		t.Fatalf("prepare: %d %s", code, text)
	}
	if code, text := said(t, "sim", "prepare", dir); code != 1 || !strings.Contains(text, "holds something already") {
		t.Errorf("prepare again: %d %s", code, text)
	}
	t.Setenv("SANCUN_URL", "https://"+door)
	t.Setenv("SANCUN_CERTIFICATE", dir+"/keys/http.pem")
	t.Setenv("SANCUN_PASSWORD", "file:"+dir+"/keys/drill.password")
	return dir
}

// serving starts the centre of a drill and waits for its door.
func serving(t *testing.T, dir string) (centre *process) {
	t.Helper()
	centre = start(t, "sancun", "serve", dir+"/drill.yaml")
	for {
		code, text := said(t, "day-end", "status", "--user", "audit")
		if code == 0 {
			return centre
		}
		if !strings.Contains(text, "is the centre running") {
			t.Fatalf("status: %d %s", code, text)
		}
		select {
		case <-centre.ended:
			t.Fatalf("the centre ended: %s", centre.errs)
		case <-time.After(50 * time.Millisecond): // the door is not open yet
		}
	}
}

// An operator works at a running centre from the command line, and every no comes
// with what to do.
func TestDayEndCommands(t *testing.T) {
	dir := prepared(t, "--customers", "4")
	centre := serving(t, dir)
	if code, text := said(t, "sim", "clock", dir+"/drill.yaml"); code != 0 || !strings.Contains(text, "2023-08-25 10:00:00, the drill has not begun") {
		t.Errorf("clock: %d %s", code, text)
	}
	if code, text := said(t, "sim", "clock", dir+"/drill.yaml", "--to", "10:05", "--speed", "60"); code != 0 || !strings.Contains(text, "60 seconds pass in one") {
		t.Errorf("clock: %d %s", code, text)
	}
	for _, to := range []string{"10:04", "2023-08-24T12:00", "noon"} {
		if code, text := said(t, "sim", "clock", dir+"/drill.yaml", "--to", to); code != 1 {
			t.Errorf("clock to %s: %d %s", to, code, text)
		}
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"status --user ops", 0, `20230825 is open, next is 20230828[^$]* 1 +waiting +- .*停止受理[^$]*exchange-reporting +due 08-25 21:00:00`},
		{"ready --user audit", 0, `look  static-data-SH +0 of 0[^$]*20230825: open`},
		{"stop --user maker --date 20230825 --reason x", 1, `role-not-permitted: `},
		{"stop --user ops --date 20230824 --reason x", 1, `wrong-date: `},
		{"run --user ops", 1, `day-not-stopped: [^$]*What to do: stop the day first`},
		{"stop --user ops --date 20230825 --reason done", 0, `proposal 1 waits for another person`},
		{"approve 1 --user checker", 0, `proposal 1 is open: stop-day \{"Date":20230825\} by staff/1001, because: done\nto approve, give --yes`},
		{"approve 1 --user ops --yes", 1, `role-not-permitted`},
		{"approve 1 --user checker --yes", 0, `approved`},
		{"approve 9 --user checker --yes", 1, `unknown-object`},
		{"status --user audit", 0, `20230825 is stopped`},
		{"run --user ops --wait --detach", 0, `waiting for clearing house: 0 of 10 files are good; bank 1: strans0825.dat; bank 2: strans0825.dat`},
		{"run --user ops", 1, `day-end-runs: `},
		{"end --user ops", 0, `20230825 is stopped`},
		{"files --user audit", 0, `clearing house +jsmx03_60050_20230825.dbf +missing[^$]*bank 2 +strans0825.dat +missing`},
		{"ask --user ops jsmx03_60050_20230825.dbf", 0, `missing`},
		{"ask --user ops nothing.dbf", 1, `unknown-object: [^$]*nothing.dbf`},
		{"adopt --user ops " + strings.Repeat("ab", 32) + " --reason x", 1, `unknown-object`},
		{"cases --user audit", 0, `no difference is open`},
		{"work --user maker", 0, `nothing to propose`},
		{"compare --user ops", 1, `day-end-not-possible`},
		{"settle --user audit", 0, `nothing`},
		{"settle --user ops --book", 0, `nothing`},
		{"check --user audit 20230825", 1, `unknown-object`},
		{"check --user ops 20230825 --again", 1, `day-end-not-possible`},
		{"open --user ops --date 20230828 --reason x", 1, `not-ready: [^$]*day-cleared: the day 20230825 is stopped`},
		{"status --user nobody", 1, `sign-in-refused`},
		{"status --user ops --password secret", 1, `--password: a secret may not stand here`},
	} {
		code, text := said(t, append([]string{"day-end"}, strings.Fields(c.args)...)...)
		if code != c.code || !regexp.MustCompile(c.want).MatchString(text) {
			t.Errorf("day-end %s: %d, want %d and %s\n%s", c.args, code, c.code, c.want, text)
		}
	}
	if notes, err := os.ReadDir(dir + "/requests/20230825"); err != nil || len(notes) != 1 || notes[0].Name() != "jsmx03_60050_20230825.dbf.request" {
		t.Errorf("requests %v, %v", notes, err)
	}
	code, text := said(t, "day-end", "status", "--user", "audit", "--json")
	var s dayState
	if err := json.Unmarshal([]byte(text), &s); code != 0 || err != nil || s.Phase != "stopped" || len(s.Steps) != 13 {
		t.Errorf("as JSON: %d %v %s", code, err, text)
	}
	if code, text := said(t, "call", "--user", "audit", "GET", "/v1/head"); code != 0 || !strings.Contains(text, `"phase": "stopped"`) {
		t.Errorf("call: %d %s", code, text)
	}
	reloaded(t, dir, centre)
	if err := centre.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := centre.end(); code != 0 {
		t.Errorf("the centre ended with %d\n%s", code, centre.errs)
	}
}

// reloaded takes a user out of the file and has it read again.
func reloaded(t *testing.T, dir string, centre *process) {
	t.Helper()
	name := dir + "/keys/users.json"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), `"ops"`, `"ops2"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := centre.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for {
		code, text := said(t, "day-end", "status", "--user", "ops2")
		if code == 0 {
			break
		}
		if !strings.Contains(text, "sign-in-refused") && !strings.Contains(text, "user-locked") {
			t.Fatalf("ops2: %d %s", code, text)
		}
	}
	if code, text := said(t, "day-end", "status", "--user", "ops"); code != 1 || !strings.Contains(text, "sign-in-refused") {
		t.Errorf("ops is gone: %d %s", code, text)
	}
}
